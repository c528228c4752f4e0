//! Authorization requests that were checked and wait for the person.
//!
//! A request is bound to the browser that brought it, and decided once: by one statement that carries
//! all its conditions, so that a double click, a replay and another browser get nothing.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader};
use sqlx::FromRow;

use super::Store;
use super::audit::{AuditEvent, insert_audit};
use crate::hash::SecretHash;

/// What the person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The client gets a code.
    Allowed,
    /// The client gets `access_denied`.
    Denied,
}

impl Decision {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
        }
    }
}

/// A request as stored.
#[derive(Clone, Debug, FromRow)]
pub struct StoredRequest {
    /// The browser it is bound to.
    pub browser_hash: String,
    /// The checked request, as JSON.
    pub request: String,
    /// The session that was begun for it, if any.
    pub session_hash: Option<String>,
    /// Its end.
    pub expires_at: NumericDate,
    /// `allowed` or `denied`, when it was decided.
    pub decision: Option<String>,
    /// When it was decided.
    pub decided_at: Option<NumericDate>,
}

const INSERT: &str = "INSERT INTO authorization_requests (handle_hash, browser_hash, request, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5)";
/// Requests that are over, or the oldest when there are too many, a few at a time; for an hour after their end a
/// page can still explain.
const PURGE: &str = "DELETE FROM authorization_requests WHERE handle_hash IN
     (SELECT handle_hash FROM authorization_requests
      WHERE expires_at <= $1 OR (SELECT COUNT(*) FROM authorization_requests) >= $2
      ORDER BY expires_at LIMIT 20)";
const EXPLAINED_SECONDS: NumericDate = 3600;
/// Requests that are kept at most: anybody can send one of up to 9 KiB, with a client's document of up to 8 KiB, and the
/// disk must not fill. The oldest give way: if new ones were refused, who sends this many once would keep everybody out
/// for as long as they wait.
const KEPT: i64 = 50_000;

impl Store {
    /// Keeps a request.
    pub async fn insert_request(
        &self,
        handle: &SecretHash,
        browser: &SecretHash,
        request: &str,
        now: NumericDate,
        expires_at: NumericDate,
    ) -> Result<(), sqlx::Error> {
        in_transaction!(self.database, transaction => {
            sqlx::query(PURGE)
                .bind(now - EXPLAINED_SECONDS)
                .bind(KEPT)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(INSERT)
                .bind(handle.as_str())
                .bind(browser.as_str())
                .bind(request)
                .bind(now)
                .bind(expires_at)
                .execute(&mut *transaction)
                .await?;
        });
        Ok(())
    }

    /// The request of this handle, in whatever state it is.
    pub async fn find_request(&self, handle: &SecretHash) -> Result<Option<StoredRequest>, sqlx::Error> {
        let sql = "SELECT browser_hash, request, session_hash, expires_at, decision, decided_at
             FROM authorization_requests WHERE handle_hash = $1";
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(handle.as_str()).fetch_optional(pool).await)
    }

    /// Decides a request. `true` for one call only, and only for the browser it is bound to; that one writes `event`.
    pub async fn decide_request(
        &self,
        (handle, browser): (&SecretHash, &SecretHash),
        decision: Decision,
        event: Option<&AuditEvent>,
        now: NumericDate,
    ) -> Result<bool, sqlx::Error> {
        let sql = "UPDATE authorization_requests SET decided_at = $4, decision = $3
             WHERE handle_hash = $1 AND browser_hash = $2 AND decided_at IS NULL AND expires_at > $4";
        in_transaction!(self.database, transaction => {
            let decided = sqlx::query(sql).bind(handle.as_str()).bind(browser.as_str()).bind(decision.as_str()).bind(now);
            if decided.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(false);
            }
            if let Some(event) = event {
                insert_audit!(&mut *transaction, event);
            }
        });
        event.into_iter().for_each(AuditEvent::log);
        Ok(true)
    }
}
