//! The table of settings: names, flags, defaults, help. The README shows the same, held by a test.

use shared::connection_settings;
use shared::settings::Setting;

pub(super) const CONNECTIONS: [Setting; 3] = connection_settings!("RESOURCE", body: "20", most: "20000");

/// Every setting, in the order of `--help` and of the README.
pub const SETTINGS: &[Setting] = &[
    Setting::new(
        "RESOURCE_LISTEN",
        "listen",
        "127.0.0.1:8081,[::1]:8081",
        "Addresses to listen on, separated by commas.",
    ),
    Setting::new(
        "RESOURCE_PUBLIC_URL",
        "public-url",
        "http://localhost:8081/mcp",
        "The resource identifier: the exact MCP URL that people type into their client, without a trailing slash.",
    ),
    Setting {
        name: "RESOURCE_DATABASE_URL",
        flag: "database-url",
        default: "sqlite:data/resource.db",
        help: "The database of saved foods: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.",
        secret: true,
    },
    Setting::new(
        "RESOURCE_ISSUERS_FILE",
        "issuers-file",
        "",
        "A TOML file of issuers whose tokens are taken, in place of the one of OAUTH_ISSUER; see deploy/README.md.",
    ),
    Setting::new(
        "RESOURCE_JWKS_CACHE_DIR",
        "jwks-cache-dir",
        "",
        "A folder that keeps the issuers' keys, so that a restart while an issuer is away serves at once; nobody else may write to it.",
    ),
    Setting::new(
        "OAUTH_ISSUER",
        "oauth-issuer",
        "http://localhost:8080",
        "The issuer whose tokens are taken, byte for byte as in its metadata and its tokens.",
    ),
    Setting::new(
        "OAUTH_AUDIENCE",
        "oauth-audience",
        "",
        "What a token's aud must contain; the public URL when not set.",
    ),
    Setting::new(
        "OAUTH_JWKS_URI",
        "oauth-jwks-uri",
        "",
        "Where the issuer's keys are fetched, such as an address inside a container network; from the issuer's metadata when not set.",
    ),
    Setting::new(
        "OAUTH_INTROSPECTION_ENDPOINT",
        "oauth-introspection-endpoint",
        "",
        "Where the issuer is asked about tokens that are no JWTs of its own (RFC 7662); such tokens are refused when not set.",
    ),
    Setting::new(
        "OAUTH_INTROSPECTION_CLIENT_ID",
        "oauth-introspection-client-id",
        "",
        "The client id that this server has at the introspection endpoint.",
    ),
    Setting {
        name: "OAUTH_INTROSPECTION_CLIENT_SECRET",
        flag: "oauth-introspection-client-secret",
        default: "",
        help: "The client secret that goes with it.",
        secret: true,
    },
    Setting::new(
        "OAUTH_REQUIRED_SCOPES",
        "oauth-required-scopes",
        "",
        "Scopes that every call needs beside those of the tool, separated by spaces.",
    ),
    Setting::new(
        "RESOURCE_ANONYMOUS",
        "anonymous",
        "none",
        "What is open without a token: none; discovery, which shows the tools; or tools, which also calls those that only look up foods.",
    ),
    Setting::new(
        "MCP_OAUTH_ENABLED",
        "mcp-oauth-enabled",
        "true",
        "Must be true: the tools are never open to everybody. Each OAUTH_ variable is also read as MCP_OAUTH_.",
    ),
    Setting::new(
        "RESOURCE_AUTH_MODE",
        "auth-mode",
        "oauth",
        "What is taken as proof of who calls: oauth, api_key (the keys of `resource key` and the static token), or both; also read as AUTH_MODE.",
    ),
    Setting::new(
        "RESOURCE_STATIC_TOKEN_FILE",
        "static-token-file",
        "",
        "A file with one bearer token that is taken like an API key with every scope; only its owner may write to it.",
    ),
    Setting::new(
        "RESOURCE_API_KEY_DEPRECATION_WARNING",
        "api-key-deprecation-warning",
        "false",
        "Whether answers to users of keys say Deprecation: true (since the start), or the day since when, such as 2027-01-31; also read as API_KEY_DEPRECATION_WARNING.",
    ),
    Setting::new(
        "RESOURCE_API_KEY_SUNSET",
        "api-key-sunset",
        "",
        "The day on which keys will no longer be taken, such as 2027-12-31, told as Sunset with that warning; nothing is refused by it.",
    ),
    Setting::new(
        "RESOURCE_ALLOWED_HOSTS",
        "allowed-hosts",
        "",
        "Further host names that requests may be addressed to, without port, separated by commas; the public URL's is always allowed.",
    ),
    Setting::new(
        "RESOURCE_ALLOWED_ORIGINS",
        "allowed-origins",
        "",
        "Further origins that web pages may call from, such as https://app.example.com, separated by commas.",
    ),
    Setting::new(
        "RESOURCE_BODY_BYTES",
        "body-bytes",
        "1048576",
        "Largest request body, 1024 to 16777216 bytes.",
    ),
    CONNECTIONS[0],
    CONNECTIONS[1],
    CONNECTIONS[2],
    Setting::new(
        "RESOURCE_WORKERS",
        "workers",
        "",
        "Threads that serve requests, 1 to 1024; one for each processor when not set.",
    ),
    Setting::new(
        "RESOURCE_TRUSTED_PROXIES",
        "trusted-proxies",
        "",
        "Networks and addresses of proxies in front, separated by commas; what they say in Forwarded or X-Forwarded-For is whose request it is.",
    ),
    Setting::new(
        "RESOURCE_TLS_CERT_FILE",
        "tls-cert-file",
        "",
        "TLS without a proxy: the chain of certificates (PEM), the server's own first; a new one is taken while it runs.",
    ),
    Setting::new(
        "RESOURCE_TLS_KEY_FILE",
        "tls-key-file",
        "",
        "The private key of that certificate (PEM).",
    ),
    Setting::new(
        "RESOURCE_DPOP_NONCE",
        "dpop-nonce",
        "off",
        "Whether DPoP proofs must hold a nonce of this process (RFC 9449 section 9): on or off.",
    ),
    Setting::new(
        "RESOURCE_SESSIONS",
        "sessions",
        "off",
        "Whether clients of revisions before 2026-07-28 get sessions and may listen with GET: on or off. They work without.",
    ),
    Setting::new(
        "RESOURCE_METRICS_LISTEN",
        "metrics-listen",
        "",
        "Addresses where /metrics answers, for Prometheus, such as 127.0.0.1:9081; nowhere when not set. Whoever reaches it may read it.",
    ),
    Setting::new(
        "RESOURCE_STATUS_LIST",
        "status-list",
        "fail-open",
        "What becomes of tokens while the list of revoked ones cannot be fetched from their issuer: fail-open (taken), fail-closed (refused), or off to look at no list.",
    ),
    Setting {
        name: "RESOURCE_FDC_API_KEY",
        flag: "fdc-api-key",
        default: "",
        help: "Switches FoodData Central on, for branded foods: a key of api.data.gov. Names and barcodes for which nothing at hand is clearly meant go there.",
        secret: true,
    },
    Setting::new(
        "RESOURCE_FDC_URL",
        "fdc-url",
        "https://api.nal.usda.gov/fdc",
        "Where FoodData Central is: https, or http on this computer.",
    ),
    Setting::new(
        "RESOURCE_OPEN_FOOD_FACTS",
        "open-food-facts",
        "off",
        "Whether Open Food Facts is asked about barcodes that no own food has, and names for which nothing at hand is clearly meant: on or off. They go there then; what comes is under the ODbL.",
    ),
    Setting::new(
        "RESOURCE_OPEN_FOOD_FACTS_CONTACT",
        "open-food-facts-contact",
        "",
        "A mail address or https URL that Open Food Facts is told with every request, as it demands.",
    ),
    Setting::new(
        "RESOURCE_OPEN_FOOD_FACTS_URL",
        "open-food-facts-url",
        "https://world.openfoodfacts.org",
        "Where Open Food Facts is, such as a copy of one's own: https, or http on this computer.",
    ),
];
