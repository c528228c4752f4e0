//! The table of settings: names, flags, defaults, help. The README shows the same, held by a test.

use shared::settings::Setting;

use super::{cimd, device, dpop, observability, protection, resources, status_list, upkeep};

/// Every setting, in the order of `--help` and of the README.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "ISSUER_LISTEN",
        flag: "listen",
        default: "127.0.0.1:8080,[::1]:8080",
        help: "Addresses to listen on, separated by commas.",
        secret: false,
    },
    Setting {
        name: "ISSUER_PUBLIC_URL",
        flag: "public-url",
        default: "http://localhost:8080",
        help: "The issuer identifier: the URL under which browsers and clients reach the issuer, without a trailing slash.",
        secret: false,
    },
    Setting {
        name: "ISSUER_DATABASE_URL",
        flag: "database-url",
        default: "sqlite:data/issuer.db",
        help: "The database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME.",
        secret: true,
    },
    Setting {
        name: "ISSUER_KEYS_DIR",
        flag: "keys-dir",
        default: "keys",
        help: "The folder of the signing keys (PKCS#8 PEM) and of the key that authenticates refresh tokens.",
        secret: false,
    },
    Setting {
        name: "ISSUER_SIGNING_ALGORITHM",
        flag: "signing-algorithm",
        default: "ES256",
        help: "The algorithm of a signing key that is made: ES256, EdDSA or RS256.",
        secret: false,
    },
    resources::RESOURCES,
    resources::FILE,
    Setting {
        name: "ISSUER_ACCESS_TOKEN_SECONDS",
        flag: "access-token-seconds",
        default: "3600",
        help: "Lifetime of access tokens, 60 to 86400 seconds. Claude Code refreshes before every request when 300 or less are left.",
        secret: false,
    },
    Setting {
        name: "ISSUER_REFRESH_TOKEN_DAYS",
        flag: "refresh-token-days",
        default: "30",
        help: "Days without use after which a refresh token ends, or up to a 64th of them earlier; 1 to 365.",
        secret: false,
    },
    Setting {
        name: "ISSUER_GRANT_DAYS",
        flag: "grant-days",
        default: "90",
        help: "Days after sign-in at which refresh tokens end in any case, 1 to 3650.",
        secret: false,
    },
    Setting {
        name: "ISSUER_REFRESH_GRACE_SECONDS",
        flag: "refresh-grace-seconds",
        default: "30",
        help: "How long the token just rotated still gets the same successor, 0 to 300 seconds; parallel refreshes need it.",
        secret: false,
    },
    Setting {
        name: "ISSUER_CODE_SECONDS",
        flag: "code-seconds",
        default: "120",
        help: "Lifetime of authorization codes, 10 to 600 seconds.",
        secret: false,
    },
    cimd::ON,
    cimd::SEED_FILE,
    cimd::ALLOW_LOOPBACK,
    dpop::NONCE,
    device::GRANT,
    status_list::SECONDS,
    protection::ROWS[0],
    protection::ROWS[1],
    protection::ROWS[2],
    protection::ROWS[3],
    protection::ROWS[4],
    protection::CONNECTIONS[0],
    protection::CONNECTIONS[1],
    protection::CONNECTIONS[2],
    observability::METRICS_LISTEN,
    upkeep::KEY_ROTATION_DAYS,
    upkeep::AUDIT_DAYS,
];
