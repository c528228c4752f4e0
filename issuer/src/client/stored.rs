//! Clients that are kept with what belongs to them, whether they registered or somebody added them.

use serde::Serialize;
use shared::clock::NumericDate;
use shared::random;

use super::metadata::ClientMetadata;
use super::secret::FreshSecret;
use crate::store::Store;
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
    #[serde(flatten)]
    metadata: &'a ClientMetadata,
}

/// A client that was just kept.
pub struct Stored {
    client_id: String,
    created_at: NumericDate,
    secret: Option<FreshSecret>,
}

impl<'a> ClientInformation<'a> {
    /// What is told of a client without a secret.
    pub fn new(client_id: &'a str, client_id_issued_at: NumericDate, metadata: &'a ClientMetadata) -> Self {
        Self {
            client_id,
            client_id_issued_at,
            client_secret: None,
            client_secret_expires_at: None,
            metadata,
        }
    }
}

impl Stored {
    /// Its identifier.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What is told of it, this once with its secret.
    pub fn information<'a>(&'a self, metadata: &'a ClientMetadata) -> ClientInformation<'a> {
        ClientInformation {
            client_secret: self.secret.as_ref().map(|secret| secret.text.as_str()),
            client_secret_expires_at: self.secret.as_ref().map(|_| 0),
            ..ClientInformation::new(&self.client_id, self.created_at, metadata)
        }
    }
}

/// Keeps a client under a new identifier, with a secret when it has one.
pub async fn keep(
    store: &Store,
    metadata: &ClientMetadata,
    service: &Service,
    now: NumericDate,
) -> Result<Stored, sqlx::Error> {
    let secret = metadata.token_endpoint_auth_method.has_secret();
    let secret = secret.then(FreshSecret::random).transpose().map_err(unusable)?;
    let client_id = random::uuid().map_err(unusable)?;
    let kept = serde_json::to_string(metadata).map_err(unusable)?;
    let client = NewClient {
        client_id: &client_id,
        metadata: &kept,
        secret: secret.as_ref().map(FreshSecret::kept),
        registration_token: None,
        service,
    };
    store.insert_stored_client(client, now).await?;
    Ok(Stored {
        client_id,
        created_at: now,
        secret,
    })
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Encode(error.into())
}
