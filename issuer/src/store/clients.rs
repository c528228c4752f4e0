//! Registered clients: their identifier, and their metadata as it was answered (RFC 7591 section 3.2.1).

use shared::clock::NumericDate;
use shared::{on_reader, on_writer};
use sqlx::FromRow;

use super::Store;

/// A row of the table.
#[derive(Debug, FromRow)]
pub struct ClientRow {
    /// The identifier.
    pub client_id: String,
    /// The metadata as JSON.
    pub metadata: String,
    /// When it registered.
    pub created_at: NumericDate,
    /// When it last got a code or a token.
    pub last_used_at: NumericDate,
}

impl Store {
    /// Keeps a new client.
    pub async fn insert_client(&self, client_id: &str, metadata: &str, now: NumericDate) -> Result<(), sqlx::Error> {
        let sql = "INSERT INTO clients (client_id, metadata, created_at, last_used_at) VALUES ($1, $2, $3, $3)";
        on_writer!(self.database, pool => {
            sqlx::query(sql).bind(client_id).bind(metadata).bind(now).execute(pool).await?;
        });
        Ok(())
    }

    /// The client with this identifier.
    pub async fn find_client(&self, client_id: &str) -> Result<Option<ClientRow>, sqlx::Error> {
        let sql = "SELECT client_id, metadata, created_at, last_used_at FROM clients WHERE client_id = $1";
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(client_id).fetch_optional(pool).await)
    }

    /// All clients, the last used first.
    pub async fn list_clients(&self) -> Result<Vec<ClientRow>, sqlx::Error> {
        let sql = "SELECT client_id, metadata, created_at, last_used_at FROM clients
             ORDER BY last_used_at DESC, client_id";
        on_reader!(self.database, pool => sqlx::query_as(sql).fetch_all(pool).await)
    }

    /// Notes that a client got a code or a token, so that it is not taken for an abandoned one.
    pub async fn touch_client(&self, client_id: &str, now: NumericDate) -> Result<(), sqlx::Error> {
        let sql = "UPDATE clients SET last_used_at = $2 WHERE client_id = $1 AND last_used_at < $2";
        on_writer!(self.database, pool => {
            sqlx::query(sql).bind(client_id).bind(now).execute(pool).await?;
        });
        Ok(())
    }
}
