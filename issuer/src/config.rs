//! The issuer's settings.

use std::path::PathBuf;

use shared::clock::NumericDate;
use shared::database::DatabaseUrl;
use shared::http::listen::Listen;
use shared::settings::{Mistakes, Setting, Typed, whole_number};
use url::{Host, Url};

use crate::resource::Resources;

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
    Setting {
        name: "ISSUER_RESOURCES",
        flag: "resources",
        default: "http://localhost:8081/mcp",
        help: "Resource identifiers that tokens may be for, separated by commas; the first is the default.",
        secret: false,
    },
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
        help: "Days without use after which a refresh token ends, 1 to 365.",
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
];

/// What the issuer runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: Listen,
    /// The issuer identifier (RFC 8414 section 2), byte for byte as in every document, token and answer.
    pub issuer: String,
    /// The same, parsed.
    pub public_url: Url,
    /// Its database.
    pub database_url: DatabaseUrl,
    /// The folder of its keys.
    pub keys_dir: PathBuf,
    /// What a new signing key is made for.
    pub signing_algorithm: SigningAlgorithm,
    /// The resources that tokens may be for.
    pub resources: Resources,
    /// Lifetime of access tokens, in seconds.
    pub access_token_seconds: NumericDate,
    /// Idle end of refresh tokens, in seconds.
    pub refresh_idle_seconds: NumericDate,
    /// Absolute end of a grant, in seconds.
    pub grant_seconds: NumericDate,
    /// The window in which the token just rotated gets the same successor, in seconds.
    pub refresh_grace_seconds: NumericDate,
    /// Lifetime of authorization codes, in seconds.
    pub code_seconds: NumericDate,
}

/// The algorithms that access tokens may be signed with (RFC 7518 section 3.1, RFC 8037 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// ECDSA with P-256 and SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits.
    RS256,
}

const DAY: NumericDate = 86_400;

impl Config {
    /// What was typed in the environment and as flags.
    pub fn typed(
        variables: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Typed {
        Typed::gather(SETTINGS, &["ISSUER_"], variables, flags)
    }

    /// Gives the settings their meaning, or tells every mistake.
    pub fn read(mut typed: Typed) -> Result<Self, Mistakes> {
        let listen = typed.read("ISSUER_LISTEN", str::parse);
        let public_url = typed.read("ISSUER_PUBLIC_URL", issuer_identifier);
        let database_url = typed.read("ISSUER_DATABASE_URL", str::parse);
        let keys_dir = typed.read("ISSUER_KEYS_DIR", |text| Ok::<_, String>(PathBuf::from(text)));
        let signing_algorithm = typed.read("ISSUER_SIGNING_ALGORITHM", signing_algorithm);
        let resources = typed.read("ISSUER_RESOURCES", Resources::parse);
        let access_token_seconds = typed.read("ISSUER_ACCESS_TOKEN_SECONDS", whole_number(60..=DAY));
        let refresh_days = typed.read("ISSUER_REFRESH_TOKEN_DAYS", whole_number(1..=365));
        let grant_days = typed.read("ISSUER_GRANT_DAYS", whole_number(1..=3650));
        let refresh_grace_seconds = typed.read("ISSUER_REFRESH_GRACE_SECONDS", whole_number(0..=300));
        let code_seconds = typed.read("ISSUER_CODE_SECONDS", whole_number(10..=600));
        let issuer = typed.text("ISSUER_PUBLIC_URL").to_owned();
        typed.finish(|| {
            Some(Self {
                listen: listen?,
                issuer,
                public_url: public_url?,
                database_url: database_url?,
                keys_dir: keys_dir?,
                signing_algorithm: signing_algorithm?,
                resources: resources?,
                access_token_seconds: access_token_seconds?,
                refresh_idle_seconds: refresh_days? * DAY,
                grant_seconds: grant_days? * DAY,
                refresh_grace_seconds: refresh_grace_seconds?,
                code_seconds: code_seconds?,
            })
        })
    }

    /// An absolute URL under the issuer identifier; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Whether browsers reach the issuer over https.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// RFC 8414 section 2: https, no query, no fragment. http only on loopback, where clients allow it.
fn issuer_identifier(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "must be an absolute URL".to_owned())?;
    let clean =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if !clean || text.ends_with('/') {
        return Err("must have no trailing slash, no query, no fragment and no user name".to_owned());
    }
    if url.as_str().trim_end_matches('/') != text {
        return Err(format!("write it as {}", url.as_str().trim_end_matches('/')));
    }
    if !is_plain_host(&url) {
        return Err("its host may hold letters, digits, hyphens and dots".to_owned());
    }
    if !is_plain_path(url.path()) {
        return Err("its path may hold letters, digits and - . _ ~ between single slashes".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => {
            Err("must be https: MCP clients refuse plain http outside loopback; put a TLS proxy in front".to_owned())
        }
        _ => Err("must begin with https:// (or http:// on loopback)".to_owned()),
    }
}

/// URL parsers let more through than names may have (`h&x`, `h;x`).
fn is_plain_host(url: &Url) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-.".contains(&c);
    match url.host() {
        Some(Host::Domain(name)) => name.bytes().all(plain),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// The path stands in routes and in every document, so it has nothing that anybody would have to escape.
fn is_plain_path(path: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-._~/".contains(&c);
    path.bytes().all(plain) && !path.contains("//")
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn signing_algorithm(text: &str) -> Result<SigningAlgorithm, String> {
    match text {
        "ES256" => Ok(SigningAlgorithm::ES256),
        "EdDSA" => Ok(SigningAlgorithm::EdDSA),
        "RS256" => Ok(SigningAlgorithm::RS256),
        _ => Err("must be ES256, EdDSA or RS256".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, Mistakes> {
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::read(Config::typed(variables, []))
    }

    #[test]
    fn every_default_is_valid() {
        let config = read(&[]).unwrap();
        assert_eq!(config.url("/oauth/token"), "http://localhost:8080/oauth/token");
        assert_eq!(
            (config.access_token_seconds, config.refresh_idle_seconds),
            (3600, 30 * DAY)
        );
    }

    #[test]
    fn the_issuer_identifier_is_https_or_loopback_and_in_its_plain_form() {
        for good in [
            "https://id.example.com",
            "https://example.com/oauth",
            "http://localhost:8080",
            "http://127.0.0.1:1",
            "http://[::1]:8080",
        ] {
            assert_eq!(read(&[("ISSUER_PUBLIC_URL", good)]).unwrap().issuer, good);
        }
        for bad in [
            "http://example.com",
            "http://localhost:8080/",
            "https://h?a",
            "https://h#a",
            "https://u@h",
            "id.example.com",
            "https://EXAMPLE.com",
            "https://h:443",
            "http://localhost.example.com",
            "https://h&x",
            "https://h;x",
            "https://h$",
            "https://h/a%20b",
            "https://h/{a}",
            "https://h/a'b",
            "https://h//a",
            "https://h/a/../b",
            "https://h/a;b",
        ] {
            assert!(read(&[("ISSUER_PUBLIC_URL", bad)]).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let Mistakes(mistakes) = read(&[
            ("ISSUER_LISTEN", "x"),
            ("ISSUER_CODE_SECONDS", "601"),
            ("ISSUER_TYPO", "1"),
        ])
        .unwrap_err();
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    }
}
