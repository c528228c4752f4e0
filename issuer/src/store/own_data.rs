//! Everything that is kept about one account, for its owner (GDPR article 20), without hashes and other secrets.

use serde::Serialize;
use shared::clock::NumericDate;
use shared::on_reader;
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::Store;

/// The copy. Times are NumericDates.
#[derive(Debug, Serialize)]
pub struct OwnData {
    /// The account.
    pub account: Account,
    /// What programs were allowed, living or ended.
    pub grants: Vec<Grant>,
    /// What need not be asked again.
    pub consents: Vec<Consent>,
    /// Where somebody signed in, living or ended.
    pub sessions: Vec<Session>,
    /// What happened.
    pub events: Vec<Event>,
}

/// The row of the account.
#[derive(Debug, FromRow, Serialize)]
#[expect(missing_docs, reason = "the columns")]
pub struct Account {
    pub user_id: String,
    pub name: String,
    pub created_at: NumericDate,
}

/// A row of `grants`.
#[derive(Debug, FromRow, Serialize)]
#[expect(missing_docs, reason = "the columns")]
pub struct Grant {
    pub grant_id: String,
    pub client_id: String,
    pub client_name: Option<String>,
    pub redirect_uri: Option<String>,
    pub scope: String,
    pub resource: String,
    pub created_at: NumericDate,
    pub rotated_at: NumericDate,
    pub ends_at: NumericDate,
    pub revoked_at: Option<NumericDate>,
}

/// A row of `consents`.
#[derive(Debug, FromRow, Serialize)]
#[expect(missing_docs, reason = "the columns")]
pub struct Consent {
    pub client_id: String,
    pub redirect_uri: String,
    pub resource: String,
    pub scope_token: String,
    pub given_at: NumericDate,
}

/// A row of `sessions`.
#[derive(Debug, FromRow, Serialize)]
#[expect(missing_docs, reason = "the columns")]
pub struct Session {
    pub browser_words: Option<String>,
    pub auth_time: NumericDate,
    pub last_seen_at: NumericDate,
    pub ended_at: Option<NumericDate>,
}

/// A row of `audit_events`.
#[derive(Debug, FromRow, Serialize)]
#[expect(missing_docs, reason = "the columns")]
pub struct Event {
    pub at: NumericDate,
    pub kind: String,
    pub client_id: Option<String>,
    pub grant_id: Option<String>,
    pub detail: Option<String>,
}

const ACCOUNT: &str = "SELECT user_id, name, created_at FROM users WHERE user_id = $1";
const GRANTS: &str = "SELECT grant_id, client_id, client_name, redirect_uri, scope, resource,
        created_at, rotated_at, ends_at, revoked_at
     FROM grants WHERE user_id = $1 ORDER BY created_at, grant_id";
const CONSENTS: &str = "SELECT client_id, redirect_uri, resource, scope_token, given_at
     FROM consents WHERE user_id = $1 ORDER BY given_at, client_id, scope_token";
const SESSIONS: &str = "SELECT browser_words, auth_time, last_seen_at, ended_at
     FROM sessions WHERE user_id = $1 ORDER BY auth_time, session_hash";
const EVENTS: &str = "SELECT at, kind, client_id, grant_id, detail
     FROM audit_events WHERE user_id = $1 ORDER BY at, event_id";

impl Store {
    /// The copy for the owner of this account; `None` when it is gone.
    pub async fn own_data(&self, user_id: &str) -> Result<Option<OwnData>, sqlx::Error> {
        let account = on_reader!(self.database, pool => sqlx::query_as(ACCOUNT)
            .bind(user_id)
            .fetch_optional(pool)
            .await)?;
        let Some(account) = account else { return Ok(None) };
        Ok(Some(OwnData {
            account,
            grants: self.all_of(GRANTS, user_id).await?,
            consents: self.all_of(CONSENTS, user_id).await?,
            sessions: self.all_of(SESSIONS, user_id).await?,
            events: self.all_of(EVENTS, user_id).await?,
        }))
    }

    async fn all_of<T>(&self, sql: &'static str, user_id: &str) -> Result<Vec<T>, sqlx::Error>
    where
        T: for<'row> FromRow<'row, SqliteRow> + for<'row> FromRow<'row, PgRow> + Send + Unpin,
    {
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(user_id).fetch_all(pool).await)
    }
}
