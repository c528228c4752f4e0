//! Clients that have more than metadata: secrets, what they may do by themselves, and who may change them.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader, on_writer};
use sqlx::FromRow;

use super::Store;
use super::audit::{Actor, AuditEvent, AuditKind, insert_audit};
use super::client_secrets::{self, NewSecret};
use super::clients::ClientRow;
use crate::hash::SecretHash;

/// A client to keep, with all that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct NewClient<'a> {
    /// The identifier.
    pub client_id: &'a str,
    /// The metadata as JSON.
    pub metadata: &'a str,
    /// Its first secret.
    pub secret: Option<NewSecret<'a>>,
    /// What it manages its registration with.
    pub registration_token: Option<&'a SecretHash>,
    /// What it may do by itself.
    pub service: &'a Service,
    /// Who adds it.
    pub by: Actor,
}

/// What the people in charge allow a client by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Service {
    /// The most it gets with `client_credentials`; `None` when it does not take that grant.
    pub scope: Option<String>,
    /// For which resources that is, separated by spaces; `None` where an older version added it, until the next start.
    pub scope_at: Option<String>,
    /// The resource whose tokens it may introspect.
    pub resource: Option<String>,
}

/// A client with what belongs to it.
#[derive(Debug)]
pub struct StoredClient {
    /// The client.
    pub row: ClientRow,
    /// Its secrets that have not ended.
    pub secrets: Vec<LiveSecret>,
    /// What it may do by itself.
    pub service: Service,
    /// Which of its states this is: another number once it, a secret of it or what it may do by itself changes.
    pub revision: i64,
}

/// A secret that had not ended when it was read.
#[derive(Clone, Debug)]
pub struct LiveSecret {
    /// What is kept of it.
    pub hash: String,
    /// When it ends; `None` is never.
    pub expires_at: Option<NumericDate>,
}

impl LiveSecret {
    /// Whether it has not ended.
    pub fn is_live(&self, now: NumericDate) -> bool {
        self.expires_at.is_none_or(|expires_at| expires_at > now)
    }
}

/// A row for each secret that has not ended, or one without.
#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    client: ClientRow,
    #[sqlx(flatten)]
    service: Service,
    revision: i64,
    secret_hash: Option<String>,
    expires_at: Option<NumericDate>,
}

const FIND: &str =
    "SELECT clients.client_id, metadata, clients.created_at, last_used_at, source, metadata_at, blocked_at,
        scope, scope_at, resource, clients.revision, secret_hash, expires_at
     FROM clients
     LEFT JOIN service_clients ON service_clients.client_id = clients.client_id
     LEFT JOIN client_secrets ON client_secrets.client_id = clients.client_id
        AND (expires_at IS NULL OR expires_at > $2)
     WHERE clients.client_id = $1";

/// A blocked client's row is what keeps it out, where its identifier says all else of it.
const DELETE_CLIENT: &str = "DELETE FROM clients WHERE client_id = $1 AND blocked_at IS NULL";

impl Store {
    /// Keeps a new client and all that belongs to it, or nothing.
    pub async fn insert_stored_client(&self, client: NewClient<'_>, now: NumericDate) -> Result<(), sqlx::Error> {
        let event = AuditEvent::new(AuditKind::ClientAdded, now)
            .client(client.client_id)
            .by(client.by);
        in_transaction!(self.database, transaction => {
            sqlx::query("INSERT INTO clients (client_id, metadata, created_at, last_used_at) VALUES ($1, $2, $3, $3)")
                .bind(client.client_id)
                .bind(client.metadata)
                .bind(now)
                .execute(&mut *transaction)
                .await?;
            if let Some(secret) = client.secret {
                sqlx::query(client_secrets::INSERT)
                    .bind(secret.secret_id)
                    .bind(client.client_id)
                    .bind(secret.secret_hash.as_str())
                    .bind(now)
                    .execute(&mut *transaction)
                    .await?;
            }
            if let Some(token) = client.registration_token {
                sqlx::query("INSERT INTO registration_tokens (client_id, token_hash) VALUES ($1, $2)")
                    .bind(client.client_id)
                    .bind(token.as_str())
                    .execute(&mut *transaction)
                    .await?;
            }
            if *client.service != Service::default() {
                sqlx::query("INSERT INTO service_clients (client_id, scope, scope_at, resource) VALUES ($1, $2, $3, $4)")
                    .bind(client.client_id)
                    .bind(&client.service.scope)
                    .bind(&client.service.scope_at)
                    .bind(&client.service.resource)
                    .execute(&mut *transaction)
                    .await?;
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(())
    }

    /// Ties services that an older version added to this resource, which theirs was when none was kept; their
    /// identifiers. Settings that change later move them to no other.
    pub async fn settle_services(&self, resource: &str) -> Result<Vec<String>, sqlx::Error> {
        let sql = "UPDATE service_clients SET scope_at = $1 WHERE scope IS NOT NULL AND scope_at IS NULL
             RETURNING client_id";
        on_writer!(self.database, pool => sqlx::query_scalar(sql).bind(resource).fetch_all(pool).await)
    }

    /// The client with this identifier, with its secrets that have not ended and what it may do by itself: all that a
    /// request of it needs, in one statement.
    pub async fn find_stored_client(
        &self,
        client_id: &str,
        now: NumericDate,
    ) -> Result<Option<StoredClient>, sqlx::Error> {
        let rows: Vec<Row> = on_reader!(self.database, pool => sqlx::query_as(FIND)
            .bind(client_id)
            .bind(now)
            .fetch_all(pool)
            .await)?;
        let mut secrets = Vec::new();
        let mut found = None;
        for row in rows {
            let expires_at = row.expires_at;
            secrets.extend(row.secret_hash.map(|hash| LiveSecret { hash, expires_at }));
            found = Some((row.client, row.service, row.revision));
        }
        Ok(found.map(|(row, service, revision)| StoredClient {
            row,
            secrets,
            service,
            revision,
        }))
    }

    /// Deletes a client, and ends everything that was issued to it (RFC 7592 section 2.3); `false` when there is none,
    /// or it is blocked.
    pub async fn delete_client(&self, client_id: &str, by: Actor, now: NumericDate) -> Result<bool, sqlx::Error> {
        let event = AuditEvent::new(AuditKind::ClientRemoved, now).client(client_id).by(by);
        let deleted = in_transaction!(self.database, transaction => {
            // The codes first: who is exchanging one holds it, and its grant is there when the codes are done.
            for sql in [
                "UPDATE authorization_codes SET expires_at = $2 WHERE client_id = $1 AND expires_at > $2",
                "UPDATE grants SET revoked_at = $2, last_step = 'revoked' WHERE client_id = $1 AND revoked_at IS NULL",
            ] {
                sqlx::query(sql).bind(client_id).bind(now).execute(&mut *transaction).await?;
            }
            sqlx::query("DELETE FROM consents WHERE client_id = $1").bind(client_id).execute(&mut *transaction).await?;
            let deleted = sqlx::query(DELETE_CLIENT).bind(client_id);
            let deleted = deleted.execute(&mut *transaction).await?.rows_affected() == 1;
            if deleted {
                insert_audit!(&mut *transaction, event);
            }
            deleted
        });
        if deleted {
            event.log();
        }
        Ok(deleted)
    }
}
