//! The issuer's settings.

use std::path::PathBuf;

use shared::clock::NumericDate;
use shared::database::DatabaseUrl;
use shared::http::listen::Listen;
use shared::settings::{Mistakes, Typed, whole_number};
use url::Url;

use crate::resource::Resources;

pub mod cimd;
mod device;
mod dpop;
mod issuer_identifier;
mod observability;
mod protection;
mod rate_limits;
mod resources;
mod status_list;
mod table;
pub mod upkeep;

pub use cimd::CimdConfig;
use issuer_identifier::{is_loopback, issuer_identifier};
pub use protection::Protection;
pub use rate_limits::{RateLimits, Rated};
pub use table::SETTINGS;

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
    /// Lifetime of access tokens for resources that have none of their own, in seconds.
    pub access_token_seconds: NumericDate,
    /// Idle end of refresh tokens, in seconds.
    pub refresh_idle_seconds: NumericDate,
    /// Absolute end of a grant, in seconds.
    pub grant_seconds: NumericDate,
    /// The window in which the token just rotated gets the same successor, in seconds.
    pub refresh_grace_seconds: NumericDate,
    /// Lifetime of authorization codes, in seconds.
    pub code_seconds: NumericDate,
    /// Client ID Metadata Documents.
    pub cimd: CimdConfig,
    /// Where its metrics are told.
    pub metrics_listen: Option<Listen>,
    /// What protects it.
    pub protection: Protection,
    /// Whether DPoP proofs must hold a nonce of ours.
    pub dpop_nonce: bool,
    /// Whether programs may have people type a code (RFC 8628).
    pub device_grant: bool,
    /// Keys and records.
    pub upkeep: upkeep::UpkeepConfig,
    /// How long a status list may be kept before it is fetched again, in seconds.
    pub status_list_seconds: NumericDate,
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
/// The shortest lifetime of access tokens that the settings permit, in seconds.
pub const ACCESS_TOKEN_SECONDS_MIN: NumericDate = 60;
/// The longest lifetime of access tokens that the settings permit, in seconds.
pub const ACCESS_TOKEN_SECONDS_MAX: NumericDate = DAY;

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
        let plain_http = protection::allows_plain_http(&mut typed);
        let public_url = typed.read("ISSUER_PUBLIC_URL", |text| issuer_identifier(text, plain_http));
        let database_url = typed.read("ISSUER_DATABASE_URL", str::parse);
        let keys_dir = typed.read("ISSUER_KEYS_DIR", |text| Ok::<_, String>(PathBuf::from(text)));
        let signing_algorithm = typed.read("ISSUER_SIGNING_ALGORITHM", signing_algorithm);
        let resources = resources::read(&mut typed);
        let access_token_seconds = typed.read(
            "ISSUER_ACCESS_TOKEN_SECONDS",
            whole_number(ACCESS_TOKEN_SECONDS_MIN..=ACCESS_TOKEN_SECONDS_MAX),
        );
        let refresh_days = typed.read("ISSUER_REFRESH_TOKEN_DAYS", whole_number(1..=365));
        let grant_days = typed.read("ISSUER_GRANT_DAYS", whole_number(1..=3650));
        let refresh_grace_seconds = typed.read("ISSUER_REFRESH_GRACE_SECONDS", whole_number(0..=300));
        let code_seconds = typed.read("ISSUER_CODE_SECONDS", whole_number(10..=600));
        let cimd = cimd::read(&mut typed);
        let metrics_listen = typed.read(observability::METRICS_LISTEN.name, Listen::optional);
        let protection = Protection::read(&mut typed);
        let dpop_nonce = dpop::read(&mut typed);
        let device_grant = device::read(&mut typed);
        let upkeep = upkeep::read(&mut typed);
        let status_list_seconds = status_list::read(&mut typed);
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
                cimd: cimd?,
                metrics_listen: metrics_listen?,
                protection: protection?,
                dpop_nonce: dpop_nonce?,
                device_grant: device_grant?,
                upkeep: upkeep?,
                status_list_seconds: status_list_seconds?,
            })
        })
    }

    /// An absolute URL under the issuer identifier; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// What works here and will not work for the people who connect; for the log at the start.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if !self.is_https() && !is_loopback(&self.public_url) {
            warnings.push(
                "ISSUER_PUBLIC_URL is plain http and not on this computer: passwords and tokens travel in clear text, and MCP clients refuse it",
            );
        }
        if self.protection.tls.is_some() && !self.is_https() {
            warnings.push(
                "the issuer has a certificate, but ISSUER_PUBLIC_URL begins with http://: nothing will answer there",
            );
        }
        warnings
    }

    /// Whether browsers reach the issuer over https.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
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
