//! Clients: their identifier, and their metadata as it holds (RFC 7591 section 3.2.1).
//!
//! A client that registered and whose identifier does not say what it is has its row from then on. One with a
//! self-describing identifier or a metadata document gets a row when a person first allows it, for the
//! list of connected apps and for the token endpoint; or when it is blocked.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader, on_writer};
use sqlx::FromRow;

use super::Store;
use super::audit::{Actor, AuditEvent, AuditKind, insert_audit};

/// A row of the table.
#[derive(Debug, FromRow)]
pub struct ClientRow {
    /// The identifier.
    pub client_id: String,
    /// The metadata as JSON.
    pub metadata: String,
    /// When it registered, or was first allowed.
    pub created_at: NumericDate,
    /// When it last got a code or a token.
    pub last_used_at: NumericDate,
    /// Where the metadata comes from.
    pub source: String,
    /// When the metadata was fetched; 0 when it was not.
    pub metadata_at: NumericDate,
    /// When it was blocked.
    pub blocked_at: Option<NumericDate>,
}

/// A client in the state in which it may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientState<'a> {
    /// The identifier.
    pub client_id: &'a str,
    /// The number of the state; `None` is any.
    pub revision: Option<i64>,
}

impl<'a> ClientState<'a> {
    /// Whatever state the client is in.
    pub fn any(client_id: &'a str) -> Self {
        let revision = None;
        Self { client_id, revision }
    }
}

/// A client that is remembered although its metadata is elsewhere, too.
#[derive(Clone, Copy, Debug)]
pub struct RememberedClient<'a> {
    /// The identifier.
    pub client_id: &'a str,
    /// The metadata as JSON.
    pub metadata: &'a str,
    /// Where the metadata comes from.
    pub source: &'a str,
    /// When the metadata was fetched; 0 when it was not.
    pub metadata_at: NumericDate,
}

// Metadata that was fetched earlier does not replace what was fetched later: a request may wait for 15 minutes.
const REMEMBER: &str = "INSERT INTO clients (client_id, metadata, created_at, last_used_at, source, metadata_at)
     VALUES ($1, $2, $5, $5, $3, $4)
     ON CONFLICT (client_id) DO UPDATE SET metadata = excluded.metadata, metadata_at = excluded.metadata_at
     WHERE clients.source = excluded.source AND clients.metadata_at <= excluded.metadata_at
       AND (clients.metadata <> excluded.metadata OR clients.metadata_at < excluded.metadata_at)";

const BLOCK: &str = "INSERT INTO clients
        (client_id, metadata, created_at, last_used_at, source, metadata_at, blocked_at)
     VALUES ($1, $2, $5, $5, $3, $4, $5)
     ON CONFLICT (client_id) DO UPDATE SET blocked_at = $5 WHERE clients.blocked_at IS NULL";

macro_rules! write_client {
    ($executor:expr, $sql:expr, $client:expr, $now:expr) => {
        sqlx::query($sql)
            .bind($client.client_id)
            .bind($client.metadata)
            .bind($client.source)
            .bind($client.metadata_at)
            .bind($now)
            .execute($executor)
            .await?
            .rows_affected()
    };
}

/// They count no more; without them, the person's list is true.
pub(super) const FORGET_OTHER_CONSENTS: &str = "DELETE FROM consents WHERE client_id = $1 AND metadata_hash <> $2";
const RENEW: &str = "UPDATE clients SET metadata = $2, metadata_at = $4
     WHERE client_id = $1 AND source = $3 AND metadata_at < $4";

impl Store {
    /// Keeps a new client. The same identifier again, which a stored client gets for the same metadata, is no error.
    pub async fn insert_client(&self, client_id: &str, metadata: &str, now: NumericDate) -> Result<(), sqlx::Error> {
        let sql = "INSERT INTO clients (client_id, metadata, created_at, last_used_at) VALUES ($1, $2, $3, $3)
             ON CONFLICT (client_id) DO NOTHING";
        let event = AuditEvent::new(AuditKind::ClientAdded, now).client(client_id);
        in_transaction!(self.database, transaction => {
            let added = sqlx::query(sql).bind(client_id).bind(metadata).bind(now).execute(&mut *transaction).await?;
            if added.rows_affected() == 0 {
                return Ok(());
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(())
    }

    /// Keeps a client that a person allows, with the metadata that held then.
    pub async fn remember_client(&self, client: RememberedClient<'_>, now: NumericDate) -> Result<(), sqlx::Error> {
        on_writer!(self.database, pool => write_client!(pool, REMEMBER, client, now));
        Ok(())
    }

    /// Replaces the metadata of a stored client by what was fetched later, and forgets consents to any other. That they
    /// count no more does not depend on it: see [`consents`](super::consents).
    pub async fn renew_client_metadata(
        &self,
        client: RememberedClient<'_>,
        metadata_hash: &str,
    ) -> Result<(), sqlx::Error> {
        in_transaction!(self.database, transaction => {
            let renew = sqlx::query(RENEW)
                .bind(client.client_id)
                .bind(client.metadata)
                .bind(client.source)
                .bind(client.metadata_at);
            if renew.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(());
            }
            let forget = sqlx::query(FORGET_OTHER_CONSENTS).bind(client.client_id).bind(metadata_hash);
            forget.execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// Blocks a client, known before or not; those in charge do.
    pub async fn block_client(&self, client: RememberedClient<'_>, now: NumericDate) -> Result<(), sqlx::Error> {
        let event = AuditEvent::new(AuditKind::ClientBlocked, now)
            .client(client.client_id)
            .by(Actor::CommandLine);
        in_transaction!(self.database, transaction => {
            if write_client!(&mut *transaction, BLOCK, client, now) == 0 {
                return Ok(());
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(())
    }

    /// Lets a blocked client be used again; `false` when it was not blocked.
    pub async fn unblock_client(&self, client_id: &str, now: NumericDate) -> Result<bool, sqlx::Error> {
        let sql = "UPDATE clients SET blocked_at = NULL WHERE client_id = $1 AND blocked_at IS NOT NULL";
        let event = AuditEvent::new(AuditKind::ClientUnblocked, now)
            .client(client_id)
            .by(Actor::CommandLine);
        in_transaction!(self.database, transaction => {
            if sqlx::query(sql).bind(client_id).execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(false);
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(true)
    }

    /// The client with this identifier.
    pub async fn find_client(&self, client_id: &str) -> Result<Option<ClientRow>, sqlx::Error> {
        let sql = "SELECT client_id, metadata, created_at, last_used_at, source, metadata_at, blocked_at
             FROM clients WHERE client_id = $1";
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(client_id).fetch_optional(pool).await)
    }

    /// All clients, the last used first.
    pub async fn list_clients(&self) -> Result<Vec<ClientRow>, sqlx::Error> {
        let sql = "SELECT client_id, metadata, created_at, last_used_at, source, metadata_at, blocked_at FROM clients
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
