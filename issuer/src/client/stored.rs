//! Clients that are kept with what belongs to them, whether they registered or somebody added them.

use serde::Serialize;
use shared::clock::NumericDate;
use shared::random;

use super::metadata::ClientMetadata;
use super::secret::FreshSecret;
use crate::hash::SecretHash;
use crate::store::Store;
use crate::store::audit::Actor;
use crate::store::stored_clients::{NewClient, Service};

/// The client information response: RFC 7591 section 3.2.1.
#[derive(Serialize)]
pub struct ClientInformation<'a> {
    client_id: &'a str,
    client_id_issued_at: NumericDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
    /// 0: it does not end by itself. There exactly when there is a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<NumericDate>,
    /// RFC 7592 section 3; both or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_access_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_client_uri: Option<String>,
    #[serde(flatten)]
    metadata: &'a ClientMetadata,
}

/// A client that was just kept.
pub struct Stored {
    client_id: String,
    created_at: NumericDate,
    secret: Option<FreshSecret>,
    token: Option<String>,
}

/// How a client came to be kept.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// It registered, and manages its registration itself (RFC 7592).
    Registered,
    /// Somebody in charge added it, and allows it this by itself.
    Added(&'a Service),
}

impl<'a> ClientInformation<'a> {
    /// What is told of a client without a secret.
    pub fn new(client_id: &'a str, client_id_issued_at: NumericDate, metadata: &'a ClientMetadata) -> Self {
        Self {
            client_id,
            client_id_issued_at,
            client_secret: None,
            client_secret_expires_at: None,
            registration_access_token: None,
            registration_client_uri: None,
            metadata,
        }
    }

    /// With a secret that was just made, if one was.
    #[must_use]
    pub(super) fn with_secret(mut self, secret: Option<&'a FreshSecret>) -> Self {
        self.client_secret = secret.map(|secret| secret.text.as_str());
        self.client_secret_expires_at = secret.map(|_| 0);
        self
    }

    /// With where and by which token the client manages its registration.
    #[must_use]
    pub(super) fn managed_at(mut self, uri: String, token: &'a str) -> Self {
        self.registration_client_uri = Some(uri);
        self.registration_access_token = Some(token);
        self
    }
}

impl Stored {
    /// Its identifier.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What is told of it, this once with its secret.
    pub fn information<'a>(&'a self, metadata: &'a ClientMetadata) -> ClientInformation<'a> {
        ClientInformation::new(&self.client_id, self.created_at, metadata).with_secret(self.secret.as_ref())
    }

    /// What it manages its registration with, this once; `None` when it does not.
    pub(super) fn registration_access_token(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

/// Keeps a client under a new identifier, with a secret when it has one.
pub async fn keep(
    store: &Store,
    metadata: &ClientMetadata,
    origin: Origin<'_>,
    now: NumericDate,
) -> Result<Stored, sqlx::Error> {
    let secret = metadata.token_endpoint_auth_method.has_secret();
    let secret = secret.then(FreshSecret::random).transpose().map_err(unusable)?;
    let client_id = random::uuid().map_err(unusable)?;
    let kept = serde_json::to_string(metadata).map_err(unusable)?;
    let (token, service, by) = match origin {
        Origin::Registered => {
            let token = random::token().map_err(unusable)?;
            (Some(token), &Service::default(), Actor::Itself)
        }
        Origin::Added(service) => (None, service, Actor::CommandLine),
    };
    let token_hash = token.as_deref().map(SecretHash::of);
    let client = NewClient {
        client_id: &client_id,
        metadata: &kept,
        secret: secret.as_ref().map(FreshSecret::kept),
        registration_token: token_hash.as_ref(),
        service,
        by,
    };
    store.insert_stored_client(client, now).await?;
    Ok(Stored {
        client_id,
        created_at: now,
        secret,
        token,
    })
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Encode(error.into())
}
