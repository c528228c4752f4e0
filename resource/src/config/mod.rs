//! The resource server's settings.

mod api_keys;
mod issuers;
mod providers;
mod table;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use shared::database::DatabaseUrl;
use shared::http::client_address::TrustedProxies;
use shared::http::connections::Connections;
use shared::http::listen::Listen;
use shared::http::tls::TlsFiles;
use shared::scope::Scope;
use shared::settings::{Mistakes, Typed, on_or_off, whole_number};
use url::Url;

pub use self::api_keys::{ApiKeySettings, AuthMode, Warning, day};
pub use self::table::SETTINGS;
use crate::auth::anonymous::Anonymous;
use crate::auth::status::Policy;
use crate::auth::trust::Issuer;
use crate::food::providers::ProviderSettings;
use crate::identifier::{ResourceIdentifier, is_loopback};

/// What the resource server runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: Listen,
    /// What it is called, and where clients reach it.
    pub public_url: ResourceIdentifier,
    /// Its database.
    pub database_url: DatabaseUrl,
    /// Whose tokens are taken, in the order of preference.
    pub issuers: Vec<Issuer>,
    /// Where the issuers' keys are kept from one start to the next.
    pub jwks_cache_dir: Option<PathBuf>,
    /// What every call needs beside the tool's own scope.
    pub required_scopes: Scope,
    /// What is open without a token.
    pub anonymous: Anonymous,
    /// What is taken as proof of who calls.
    pub api_keys: ApiKeySettings,
    /// Host names that requests may be addressed to, lower case, without port.
    pub allowed_hosts: Vec<String>,
    /// Origins beside the public URL's that pages may call from.
    pub allowed_origins: Vec<String>,
    /// Largest request body, in bytes.
    pub body_bytes: usize,
    /// How long and how many connections may be.
    pub connections: Connections,
    /// Threads that serve requests.
    pub workers: Option<NonZeroUsize>,
    /// The proxies that are believed about whose request it is.
    pub trusted_proxies: TrustedProxies,
    /// Where its metrics are told.
    pub metrics_listen: Option<Listen>,
    /// The certificate of its own TLS.
    pub tls: Option<TlsFiles>,
    /// Whether DPoP proofs must hold a nonce.
    pub dpop_nonce: bool,
    /// Whether clients get sessions.
    pub sessions: bool,
    /// What becomes of tokens while their status list cannot be had.
    pub status_list: Policy,
    /// Live providers of foods.
    pub providers: ProviderSettings,
}

impl Config {
    /// What was typed in the environment and as flags.
    pub fn typed(
        variables: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Typed {
        issuers::with_aliases(SETTINGS, variables, flags)
    }

    /// Gives the settings their meaning, or tells every mistake.
    pub fn read(mut typed: Typed) -> Result<Self, Mistakes> {
        let listen = typed.read("RESOURCE_LISTEN", str::parse);
        let public_url: Option<ResourceIdentifier> = typed.read("RESOURCE_PUBLIC_URL", str::parse);
        let database_url = typed.read("RESOURCE_DATABASE_URL", str::parse);
        let api_keys = api_keys::read(&mut typed);
        let issuers = match &api_keys {
            Some(ApiKeySettings {
                mode: AuthMode::ApiKey, ..
            }) => Some(Vec::new()),
            _ => issuers::read(&mut typed, public_url.as_ref()),
        };
        let jwks_cache_dir = typed.read("RESOURCE_JWKS_CACHE_DIR", |text| optional(text, |path| Ok(path.into())));
        let required_scopes = typed.read("OAUTH_REQUIRED_SCOPES", Scope::parse);
        let anonymous = typed.read("RESOURCE_ANONYMOUS", str::parse);
        let allowed_hosts = typed.read("RESOURCE_ALLOWED_HOSTS", |text| list(text, host));
        let allowed_origins = typed.read("RESOURCE_ALLOWED_ORIGINS", |text| list(text, origin));
        let body_bytes = typed.read("RESOURCE_BODY_BYTES", |text| bytes(text, 1024..=16_777_216));
        let connections = Connections::read(&mut typed, &table::CONNECTIONS);
        let workers = typed.read("RESOURCE_WORKERS", |text| optional(text, threads));
        let trusted_proxies = typed.read("RESOURCE_TRUSTED_PROXIES", str::parse);
        let metrics_listen = typed.read("RESOURCE_METRICS_LISTEN", Listen::optional);
        let certificate = typed.text("RESOURCE_TLS_CERT_FILE").to_owned();
        let tls = typed.read("RESOURCE_TLS_KEY_FILE", |key| TlsFiles::of(&certificate, key));
        let status_list = typed.read("RESOURCE_STATUS_LIST", str::parse);
        let sessions = typed.read("RESOURCE_SESSIONS", on_or_off);
        let dpop_nonce = typed.read("RESOURCE_DPOP_NONCE", on_or_off);
        let providers = providers::read(&mut typed);
        typed.finish(|| {
            Some(Self {
                listen: listen?,
                public_url: public_url?,
                database_url: database_url?,
                issuers: issuers?,
                jwks_cache_dir: jwks_cache_dir?,
                required_scopes: required_scopes?,
                anonymous: anonymous?,
                api_keys: api_keys?,
                allowed_hosts: allowed_hosts?,
                allowed_origins: allowed_origins?,
                body_bytes: body_bytes?,
                connections: connections?,
                workers: workers?,
                trusted_proxies: trusted_proxies?,
                metrics_listen: metrics_listen?,
                tls: tls?,
                dpop_nonce: dpop_nonce?,
                sessions: sessions?,
                status_list: status_list?,
                providers: providers?,
            })
        })
    }

    /// What works here and will not work for the people who connect; for the log at the start.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.public_url.is_exposed() {
            warnings.push(
                "RESOURCE_PUBLIC_URL is plain http and not on this computer: tokens travel in clear text".to_owned(),
            );
        }
        warnings.extend(self.api_keys.warnings());
        for issuer in &self.issuers {
            if Url::parse(&issuer.issuer).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url)) {
                warnings.push(format!(
                    "the issuer {} is plain http and not on this computer: MCP clients refuse it",
                    issuer.issuer
                ));
            }
            warnings.extend(issuer.warnings());
        }
        warnings
    }
}

/// A host name or address as it stands in `Host`, without port.
fn host(text: &str) -> Result<String, String> {
    let lower = text.to_ascii_lowercase();
    let url = Url::parse(&format!("http://{lower}"));
    if url.is_ok_and(|url| url.host_str() == Some(lower.as_str())) {
        Ok(lower)
    } else {
        Err(format!(
            "{text:?} is not a host name like food.example.com, without port"
        ))
    }
}

/// An origin as browsers write it (RFC 6454 section 6.2).
fn origin(text: &str) -> Result<String, String> {
    let written = Url::parse(text).map(|url| url.origin().ascii_serialization());
    match written {
        Ok(written) if written == text => Ok(written),
        _ => Err(format!(
            "{text:?} is not an origin like https://app.example.com, without path"
        )),
    }
}

fn bytes(text: &str, range: std::ops::RangeInclusive<i64>) -> Result<usize, String> {
    usize::try_from(whole_number(range)(text)?).map_err(|_| "is too large for this machine".to_owned())
}

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    NonZeroUsize::new(bytes(text, 1..=1024)?).ok_or_else(|| "must be at least 1".to_owned())
}

fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text.is_empty() {
        Ok(None)
    } else {
        parse(text).map(Some)
    }
}

fn list<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(parse)
        .collect()
}

#[cfg(test)]
mod tests;
