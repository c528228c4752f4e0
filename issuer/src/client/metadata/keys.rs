//! Where the keys are that a client signs with: `jwks` or `jwks_uri` of RFC 7591 section 2, never both.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::fetch::guarded::Reach;

use super::InvalidMetadata;
use super::members::{other_error, quoted};
use crate::client::jwks::ClientJwks;
use crate::client::method::AuthMethod;
use crate::client::remote::url::ClientUrl;

/// A client's public keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClientKeys {
    /// These.
    #[serde(rename = "jwks")]
    Inline(ClientJwks),
    /// Those that are there at the moment.
    #[serde(rename = "jwks_uri")]
    At(ClientUrl),
}

/// What a client says about its keys, before it is decided.
#[derive(Clone, Copy, Debug)]
pub struct AskedKeys<'a> {
    /// The member `jwks`.
    pub jwks: Option<&'a Value>,
    /// The member `jwks_uri`.
    pub jwks_uri: Option<&'a str>,
    /// What may be fetched; `None` where nothing is.
    pub reach: Option<Reach>,
}

impl AskedKeys<'_> {
    /// Keys are for clients that sign with them, and those need them; others' are not kept.
    pub(super) fn of(self, method: AuthMethod) -> Result<Option<ClientKeys>, InvalidMetadata> {
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            return Err(other_error("jwks and jwks_uri may not both be there".to_owned()));
        }
        if method != AuthMethod::PrivateKeyJwt {
            return Ok(None);
        }
        let missing = || other_error("private_key_jwt needs jwks or jwks_uri with the client's public keys".to_owned());
        self.read()?.ok_or_else(missing).map(Some)
    }

    /// The keys that are told, whatever they are for.
    pub(super) fn read(self) -> Result<Option<ClientKeys>, InvalidMetadata> {
        match (self.jwks, self.jwks_uri) {
            (Some(jwks), _) => ClientJwks::parse(jwks)
                .map(|jwks| Some(ClientKeys::Inline(jwks)))
                .map_err(other_error),
            (None, Some(jwks_uri)) => self.at(jwks_uri).map(|url| Some(ClientKeys::At(url))),
            (None, None) => Ok(None),
        }
    }

    fn at(self, jwks_uri: &str) -> Result<ClientUrl, InvalidMetadata> {
        let off = || other_error("this server fetches no keys; put them into jwks instead of jwks_uri".to_owned());
        let reach = self.reach.ok_or_else(off)?;
        ClientUrl::parse(jwks_uri, reach)
            .map_err(|error| other_error(format!("jwks_uri {}: {error}", quoted(jwks_uri))))
    }
}
