//! Reading the audit log, in the order in which the entries came.
//!
//! Easy to get wrong: on PostgreSQL an entry gets its place before its transaction is committed, so one with a lower
//! place can appear later. Whoever follows the log must look back a little.

use serde::Serialize;
use shared::clock::NumericDate;
use shared::on_reader;
use sqlx::FromRow;

use super::Store;

/// An entry as people read it. A missing member is one that does not apply.
#[derive(Clone, Debug, FromRow, Serialize)]
pub struct AuditEntry {
    /// Where it stands among the entries.
    #[serde(skip)]
    pub place: i64,
    /// When.
    pub at: NumericDate,
    /// What: one of [`AuditKind`](super::audit::AuditKind).
    pub kind: String,
    /// Whose account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Its name, while it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Which client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Which grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// Who did it, when it was not the account or the client itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// A short sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Which entries are asked for.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Those about one account.
    pub user_id: Option<String>,
    /// Those from then on.
    pub since: NumericDate,
}

/// The most entries that are read at once.
pub const PAGE: i64 = 1000;

const ENTRIES: &str =
    "SELECT audit_events.rowid AS place, at, kind, audit_events.user_id, name AS user_name, client_id,
        grant_id, actor, detail
     FROM audit_events LEFT JOIN users ON users.user_id = audit_events.user_id
     WHERE audit_events.rowid > $1 AND at >= $2 AND ($3 IS NULL OR audit_events.user_id = $3)
     ORDER BY audit_events.rowid LIMIT $4";

impl Store {
    /// The next [`PAGE`] entries behind a place.
    pub async fn audit_entries(&self, filter: &AuditFilter, behind: i64) -> Result<Vec<AuditEntry>, sqlx::Error> {
        on_reader!(self.database, pool => sqlx::query_as(ENTRIES)
            .bind(behind)
            .bind(filter.since)
            .bind(&filter.user_id)
            .bind(PAGE)
            .fetch_all(pool)
            .await)
    }

    /// The place before the first entry from then on, so that a long log need not be read from its beginning.
    pub async fn audit_place(&self, since: NumericDate) -> Result<i64, sqlx::Error> {
        let sql = "SELECT COALESCE((SELECT MIN(rowid) FROM audit_events WHERE at >= $1), 1) - 1";
        on_reader!(self.database, pool => sqlx::query_scalar(sql).bind(since).fetch_one(pool).await)
    }
}
