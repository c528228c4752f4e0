//! What one issuer's tokens look like, and which of them are taken: RFC 9068 section 4, RFC 8725 section 3.
//!
//! An [`Issuer`] holds the knobs that differ between identity providers and nothing else; [`mod@file`] reads them from
//! TOML, the settings of the program fill them for a single issuer, and [`check`] tells what does not go together.
//! Easy to get wrong: an issuer that puts no audience into its tokens gives every one of its clients a key to this
//! door, so without `aud` there must be a list of clients.

mod accept;
pub mod check;
pub mod file;
mod identifier;
mod scope;

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use shared::clock::NumericDate;
use shared::jwk::Algorithms;

pub use identifier::{http_url, issuer_identifier};

/// How far clocks may differ: RFC 7519 section 4.1.4 allows "no more than a few minutes".
pub const LEEWAY: NumericDate = 60;
/// How long an introspected token is taken without asking again, in seconds.
pub const CACHE_SECONDS: u32 = 30;
/// How long a token that introspection refused is refused without asking again, in seconds.
pub const NEGATIVE_CACHE_SECONDS: u32 = 5;

/// Whose tokens are taken, and which.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// What `iss` must be, byte for byte.
    pub issuer: String,
    /// One of these must be in `aud`.
    pub audiences: Vec<String>,
    /// What stands for the audience.
    pub aud_mode: AudMode,
    /// The clients whose tokens are taken; empty for all, which needs [`AudMode::Claim`].
    pub clients: Vec<String>,
    /// Where the issuer's metadata is looked for.
    pub discovery: Discovery,
    /// Where its keys are, when its metadata shall not say.
    pub jwks_uri: Option<Url>,
    /// What tokens may be signed with.
    pub algorithms: Algorithms,
    /// What a token must say of its own kind.
    pub typ: Typ,
    /// Claims that must be there with just these values.
    pub require: BTreeMap<String, Value>,
    /// The claim that names the user.
    pub subject: String,
    /// The claims that hold scopes, each a text or an array; all are read.
    pub scope_from: Vec<String>,
    /// Taken off the front of each scope, such as `api://food/`.
    pub scope_strip: String,
    /// What a scope or role of the issuer means here. A name that is not in it means itself.
    pub scope_map: BTreeMap<String, Vec<String>>,
    /// How far the issuer's clock may differ from ours, in seconds.
    pub leeway_s: NumericDate,
    /// How tokens are checked.
    pub mode: Mode,
    /// Whom to ask about tokens, in the modes that ask.
    pub introspection: Option<Introspection>,
    /// Whether the protected resource metadata names it, in the order of the issuers.
    pub advertise: bool,
}

/// What stands for the audience (RFC 7519 section 4.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudMode {
    /// `aud`, which must be there.
    #[default]
    Claim,
    /// `client_id`, which must be in the list of clients. An `aud` that is there must fit nevertheless.
    ClientId,
    /// Nothing; the client, however the token names it, must be in the list. An `aud` that is there must fit.
    None,
}

/// Where an issuer's metadata is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discovery {
    /// RFC 8414, then OpenID Connect Discovery.
    #[default]
    Auto,
    /// OpenID Connect Discovery.
    Oidc,
    /// RFC 8414.
    Rfc8414,
    /// Nowhere: `jwks_uri` says where the keys are.
    None,
}

/// What a token must say of its own kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Typ {
    /// `at+jwt`, and all claims of RFC 9068.
    #[default]
    Strict,
    /// `at+jwt`, `JWT` or nothing; what betrays an ID token is refused.
    Jwt,
}

/// How tokens are checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By signature and claims.
    #[default]
    Jwt,
    /// By asking the issuer (RFC 7662).
    Introspection,
    /// By asking Google's `tokeninfo`, or one like it.
    Tokeninfo,
    /// By signature where the token is a JWT of this issuer, else by asking it.
    Both,
}

/// Whom to ask about tokens.
#[derive(Clone, Debug)]
pub struct Introspection {
    /// The endpoint.
    pub url: Url,
    /// How we prove who we are (RFC 6749 section 2.3.1); not at all where the endpoint asks for nothing.
    pub client: Option<(String, SecretString)>,
    /// How long an answer counts, in seconds; never beyond the token's end.
    pub cache_s: u32,
    /// How long a refusal counts, in seconds.
    pub negative_cache_s: u32,
}

impl Issuer {
    /// An issuer as RFC 9068 has it: signed tokens of type `at+jwt` with this audience.
    pub fn new(issuer: &str, audience: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            audiences: vec![audience.to_owned()],
            aud_mode: AudMode::default(),
            clients: Vec::new(),
            discovery: Discovery::default(),
            jwks_uri: None,
            algorithms: Algorithms::default(),
            typ: Typ::default(),
            require: BTreeMap::new(),
            subject: "sub".to_owned(),
            scope_from: vec!["scope".to_owned(), "scp".to_owned()],
            scope_strip: String::new(),
            scope_map: BTreeMap::new(),
            leeway_s: LEEWAY,
            mode: Mode::default(),
            introspection: None,
            advertise: true,
        }
    }

    /// Whether it signs tokens that are checked here.
    pub fn signs(&self) -> bool {
        matches!(self.mode, Mode::Jwt | Mode::Both)
    }

    /// Whether it is asked about tokens.
    pub fn answers(&self) -> bool {
        !matches!(self.mode, Mode::Jwt)
    }
}
