//! Registrations that their clients manage (RFC 7592), by a token of which only the hash is here.
//!
//! A change is one transaction that begins with the client's row, under the condition that the token still manages it,
//! so that of a change and a deletion at the same moment the deletion is the last word.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader};

use super::Store;
use super::audit::{AuditEvent, AuditKind, insert_audit};
use super::client_secrets::NewSecret;
use super::clients::FORGET_OTHER_CONSENTS;
use crate::hash::SecretHash;

/// What takes the place of a registration.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'a> {
    /// The client.
    pub client_id: &'a str,
    /// The hash of the token that manages it.
    pub token_hash: &'a SecretHash,
    /// The metadata as JSON.
    pub metadata: &'a str,
    /// What a consent knows the client by, with this metadata.
    pub metadata_hash: &'a str,
    /// A secret for when it has none and needs one; `None` when its way to authenticate has no secret.
    pub secret: Option<NewSecret<'a>>,
}

/// What came of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// Nothing: the token manages no such client any more.
    Gone,
    /// The metadata is another; the client authenticates as before, or with keys.
    Changed,
    /// So is the secret: it had none, and the new one is kept.
    ChangedWithSecret,
}

const UPDATE: &str = "UPDATE clients SET metadata = $2
     WHERE client_id = $1 AND blocked_at IS NULL
       AND EXISTS (SELECT 1 FROM registration_tokens
                   WHERE registration_tokens.client_id = clients.client_id AND token_hash = $3)";
const END_SECRETS: &str = "UPDATE client_secrets SET expires_at = $2
     WHERE client_id = $1 AND (expires_at IS NULL OR expires_at > $2)";
const INSERT_FIRST_SECRET: &str = "INSERT INTO client_secrets (secret_id, client_id, secret_hash, created_at)
     SELECT $1, $2, $3, $4 WHERE NOT EXISTS (
       SELECT 1 FROM client_secrets WHERE client_id = $2 AND (expires_at IS NULL OR expires_at > $4))";

impl Store {
    /// The hash of the token that manages this client's registration; `None` when nobody manages it or it is blocked.
    pub async fn registration_token(&self, client_id: &str) -> Result<Option<String>, sqlx::Error> {
        let sql = "SELECT token_hash FROM registration_tokens
             WHERE client_id = $1 AND client_id IN (SELECT client_id FROM clients WHERE blocked_at IS NULL)";
        on_reader!(self.database, pool => sqlx::query_scalar(sql).bind(client_id).fetch_optional(pool).await)
    }

    /// Replaces all that a client registered (RFC 7592 section 2.2).
    pub async fn replace_registration(
        &self,
        change: Replacement<'_>,
        now: NumericDate,
    ) -> Result<Replaced, sqlx::Error> {
        let event = AuditEvent::new(AuditKind::ClientChanged, now)
            .client(change.client_id)
            .detail("it replaced its registration");
        let with_secret = in_transaction!(self.database, transaction => {
            let forget = sqlx::query(FORGET_OTHER_CONSENTS).bind(change.client_id).bind(change.metadata_hash);
            forget.execute(&mut *transaction).await?;
            let update = sqlx::query(UPDATE).bind(change.client_id).bind(change.metadata).bind(change.token_hash.as_str());
            if update.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(Replaced::Gone);
            }
            insert_audit!(&mut *transaction, event);
            match change.secret {
                None => {
                    let end = sqlx::query(END_SECRETS).bind(change.client_id).bind(now);
                    end.execute(&mut *transaction).await?;
                    false
                }
                Some(secret) => {
                    let insert = sqlx::query(INSERT_FIRST_SECRET)
                        .bind(secret.secret_id)
                        .bind(change.client_id)
                        .bind(secret.secret_hash.as_str())
                        .bind(now);
                    insert.execute(&mut *transaction).await?.rows_affected() == 1
                }
            }
        });
        event.log();
        Ok(if with_secret {
            Replaced::ChangedWithSecret
        } else {
            Replaced::Changed
        })
    }
}
