//! What happened, for the people in charge: the table `audit_events`, and a log line for each entry.
//!
//! An entry is written in the transaction of the change it tells of, so that neither is there without
//! the other. It holds identifiers and never a secret.

use shared::clock::NumericDate;
use shared::{on_reader, on_writer, random};
use sqlx::FromRow;

use super::Store;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditKind {
    /// A refresh token came that its successors had made useless; the grant was revoked
    /// (RFC 9700 section 4.14.2).
    RefreshReuse,
    /// A refresh token came again after the grace window; its unused successor was made useless.
    RefreshRecovery,
    /// An authorization code came a second time; what the first use gave was revoked
    /// (RFC 6749 section 4.1.2).
    CodeReplay,
    /// A grant was given back by its client (RFC 7009) or ended by its user.
    GrantRevoked,
}

impl AuditKind {
    /// The kind as it is stored and logged.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RefreshReuse => "refresh_reuse",
            Self::RefreshRecovery => "refresh_recovery",
            Self::CodeReplay => "code_replay",
            Self::GrantRevoked => "grant_revoked",
        }
    }
}

/// One entry: who and what, as far as it is known.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// When.
    pub at: NumericDate,
    /// What.
    pub kind: AuditKind,
    /// Whose account.
    pub user_id: Option<String>,
    /// Which client.
    pub client_id: Option<String>,
    /// Which grant.
    pub grant_id: Option<String>,
    /// A short sentence; never a secret.
    pub detail: Option<String>,
}

/// An entry as read back.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AuditRow {
    /// When.
    pub at: NumericDate,
    /// What.
    pub kind: String,
    /// Which grant.
    pub grant_id: Option<String>,
    /// Which client.
    pub client_id: Option<String>,
}

pub(super) const INSERT: &str = "INSERT INTO audit_events (event_id, at, kind, user_id, client_id, grant_id, detail)
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Writes an entry on an executor of either database: `insert_audit!(&mut *transaction, event)`.
macro_rules! insert_audit {
    ($executor:expr, $event:expr) => {
        sqlx::query($crate::store::audit::INSERT)
            .bind($crate::store::audit::event_id()?)
            .bind($event.at)
            .bind($event.kind.as_str())
            .bind(&$event.user_id)
            .bind(&$event.client_id)
            .bind(&$event.grant_id)
            .bind(&$event.detail)
            .execute($executor)
            .await
            .map(drop)?
    };
}
pub(super) use insert_audit;

pub(super) fn event_id() -> Result<String, sqlx::Error> {
    random::uuid().map_err(|error| sqlx::Error::Encode(error.into()))
}

impl AuditEvent {
    /// Writes the log line; call it when the entry is committed.
    pub fn log(&self) {
        log::warn!(
            target: "audit",
            kind = self.kind.as_str(),
            user_id:serde = self.user_id,
            client_id:serde = self.client_id,
            grant_id:serde = self.grant_id;
            "{}", self.detail.as_deref().unwrap_or_default()
        );
    }
}

impl Store {
    /// Writes an entry that belongs to no other change, and its log line.
    pub async fn audit(&self, event: &AuditEvent) -> Result<(), sqlx::Error> {
        on_writer!(self.database, pool => insert_audit!(pool, event));
        event.log();
        Ok(())
    }

    /// The entries about one grant, oldest first.
    pub async fn audit_of_grant(&self, grant_id: &str) -> Result<Vec<AuditRow>, sqlx::Error> {
        let sql = "SELECT at, kind, grant_id, client_id FROM audit_events WHERE grant_id = $1 ORDER BY at";
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(grant_id).fetch_all(pool).await)
    }
}
