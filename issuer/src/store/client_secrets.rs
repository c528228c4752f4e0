//! The secrets of confidential clients, as hashes.
//!
//! A secret has ended when `expires_at` is there and not ahead; its row stays for a while, so that the list tells when
//! it ended.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader};
use sqlx::FromRow;

use super::Store;
use super::audit::{Actor, AuditEvent, AuditKind, insert_audit};
use crate::hash::SecretHash;

/// A secret to keep.
#[derive(Clone, Copy, Debug)]
pub struct NewSecret<'a> {
    /// What people call it.
    pub secret_id: &'a str,
    /// What is kept of it.
    pub secret_hash: &'a SecretHash,
}

/// A secret as people see it.
#[derive(Clone, Debug, FromRow)]
pub struct SecretRow {
    /// What people call it.
    pub secret_id: String,
    /// When it was made.
    pub created_at: NumericDate,
    /// When it ends or ended; `None` is never.
    pub expires_at: Option<NumericDate>,
}

pub(super) const INSERT: &str = "INSERT INTO client_secrets (secret_id, client_id, secret_hash, created_at)
     SELECT $1, client_id, $3, $4 FROM clients WHERE client_id = $2";

/// The client's row before its secrets, as whoever changes or deletes a client takes them (a trigger changes the client's
/// row with its secrets): two at once wait for each other, and do not hold each other up.
const HOLD_CLIENT: &str = "UPDATE clients SET last_used_at = last_used_at WHERE client_id = $1";

impl Store {
    /// All secrets of a client, the newest first.
    pub async fn secrets_of(&self, client_id: &str) -> Result<Vec<SecretRow>, sqlx::Error> {
        let sql = "SELECT secret_id, created_at, expires_at FROM client_secrets
             WHERE client_id = $1 ORDER BY created_at DESC, secret_id";
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(client_id).fetch_all(pool).await)
    }

    /// Adds a secret; the others end at `others_end_at` if not before. `false` when there is no such client.
    pub async fn add_secret(
        &self,
        client_id: &str,
        secret: NewSecret<'_>,
        others_end_at: NumericDate,
        now: NumericDate,
    ) -> Result<bool, sqlx::Error> {
        let event = changed(client_id, now).detail(format!("new secret {}", secret.secret_id));
        let sql = "UPDATE client_secrets SET expires_at = $2
             WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2)";
        in_transaction!(self.database, transaction => {
            sqlx::query(HOLD_CLIENT).bind(client_id).execute(&mut *transaction).await?;
            sqlx::query(sql).bind(client_id).bind(others_end_at).execute(&mut *transaction).await?;
            let added = sqlx::query(INSERT)
                .bind(secret.secret_id)
                .bind(client_id)
                .bind(secret.secret_hash.as_str())
                .bind(now)
                .execute(&mut *transaction)
                .await?;
            if added.rows_affected() == 0 {
                return Ok(false);
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(true)
    }

    /// Ends a secret now; `false` when the client has none of that name, or it has ended.
    pub async fn retire_secret(&self, client_id: &str, secret_id: &str, now: NumericDate) -> Result<bool, sqlx::Error> {
        let sql = "UPDATE client_secrets SET expires_at = $3
             WHERE client_id = $1 AND secret_id = $2 AND (expires_at IS NULL OR expires_at > $3)";
        let event = changed(client_id, now).detail(format!("secret {secret_id} ended"));
        in_transaction!(self.database, transaction => {
            sqlx::query(HOLD_CLIENT).bind(client_id).execute(&mut *transaction).await?;
            let ended = sqlx::query(sql).bind(client_id).bind(secret_id).bind(now).execute(&mut *transaction).await?;
            if ended.rows_affected() == 0 {
                return Ok(false);
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(true)
    }
}

/// Secrets are exchanged at the command line only.
fn changed(client_id: &str, now: NumericDate) -> AuditEvent {
    AuditEvent::new(AuditKind::ClientChanged, now)
        .client(client_id)
        .by(Actor::CommandLine)
}
