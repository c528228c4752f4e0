//! Clients: who asks for tokens (RFC 6749 section 2, RFC 7591).

pub mod authentication;
pub mod metadata;
pub mod registration;

use shared::clock::NumericDate;

use crate::store::Store;
pub use metadata::ClientMetadata;

/// A client's identifier, as issued at registration.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// The text as clients send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its identifier.
    pub client_id: ClientId,
    /// What it said of itself, as far as it was accepted.
    pub metadata: ClientMetadata,
    /// When it registered.
    pub created_at: NumericDate,
    /// When it last got a code or a token.
    pub last_used_at: NumericDate,
}

/// The client with this identifier, or `None` when it never registered here.
pub async fn find(store: &Store, client_id: &str) -> Result<Option<Client>, sqlx::Error> {
    store.find_client(client_id).await?.map(Client::try_from).transpose()
}

/// All clients, the last used first.
pub async fn list(store: &Store) -> Result<Vec<Client>, sqlx::Error> {
    store.list_clients().await?.into_iter().map(Client::try_from).collect()
}

impl TryFrom<crate::store::clients::ClientRow> for Client {
    type Error = sqlx::Error;

    fn try_from(row: crate::store::clients::ClientRow) -> Result<Self, sqlx::Error> {
        let metadata = serde_json::from_str(&row.metadata).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Self {
            client_id: ClientId(row.client_id),
            metadata,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
    }
}
