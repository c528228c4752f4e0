//! What an account is connected with: the clients that hold living grants of it or that it remembers having allowed.
//!
//! Disconnecting a client is one transaction: its grants end, its consents are forgotten, and codes that
//! were not exchanged yet are used up. Easy to get wrong: leaving the codes; a client that got one a moment
//! ago would be connected again by itself.

use shared::audience::Audience;
use shared::clock::NumericDate;
use shared::scope::Scope;
use shared::{in_transaction, on_reader};
use sqlx::FromRow;

use super::Store;
use super::audit::{AuditEvent, AuditKind, insert_audit};
use super::grants::{revocation, stored_audience, stored_scope};

/// A grant as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The client.
    pub client_id: String,
    /// What it called itself then.
    pub client_name: Option<String>,
    /// Where its code was sent.
    pub redirect_uri: Option<String>,
    /// What it may do.
    pub scope: Scope,
    /// Where.
    pub resource: Audience,
    /// Since when.
    pub first_used_at: NumericDate,
    /// When it last got a token.
    pub last_used_at: NumericDate,
}

#[derive(FromRow)]
struct Row {
    client_id: String,
    client_name: Option<String>,
    redirect_uri: Option<String>,
    scope: String,
    resource: String,
    first_used_at: NumericDate,
    last_used_at: NumericDate,
}

/// A consent that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct RememberedConsent {
    /// The client.
    pub client_id: String,
    /// Where its answers go.
    pub redirect_uri: String,
    /// What was allowed.
    pub scope_token: String,
    /// Where.
    pub resource: String,
    /// When.
    pub given_at: NumericDate,
    /// What the client was then: [`Client::metadata_hash`](crate::client::Client::metadata_hash).
    pub metadata_hash: String,
}

const LIVING: &str = "SELECT client_id, client_name, redirect_uri, scope, resource,
        created_at AS first_used_at, rotated_at AS last_used_at
     FROM grants WHERE user_id = $1 AND revoked_at IS NULL AND idle_ends_at > $2 AND ends_at > $2
     ORDER BY rotated_at DESC, created_at DESC";
const CONSENTS: &str = "SELECT client_id, redirect_uri, scope_token, resource, given_at, metadata_hash
     FROM consents WHERE user_id = $1 ORDER BY given_at DESC, client_id, scope_token";
const END_GRANTS: &str = "UPDATE grants SET revoked_at = $3, last_step = 'revoked'
     WHERE user_id = $1 AND client_id = $2 AND revoked_at IS NULL RETURNING grant_id";
const FORGET_CONSENTS: &str = "DELETE FROM consents WHERE user_id = $1 AND client_id = $2";
const USE_UP_CODES: &str = "UPDATE authorization_codes SET used_at = $3
     WHERE user_id = $1 AND client_id = $2 AND used_at IS NULL";

impl Store {
    /// The living grants of an account, the last used first.
    pub async fn connections(&self, user_id: &str, now: NumericDate) -> Result<Vec<Connection>, sqlx::Error> {
        let rows: Vec<Row> = on_reader!(self.database, pool => sqlx::query_as(LIVING)
            .bind(user_id)
            .bind(now)
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(Connection::try_from).collect()
    }

    /// The consents that an account remembers, the newest first.
    pub async fn remembered_consents(&self, user_id: &str) -> Result<Vec<RememberedConsent>, sqlx::Error> {
        on_reader!(self.database, pool => sqlx::query_as(CONSENTS).bind(user_id).fetch_all(pool).await)
    }

    /// Ends everything between an account and a client.
    pub async fn disconnect(&self, user_id: &str, client_id: &str, now: NumericDate) -> Result<(), sqlx::Error> {
        let events = in_transaction!(self.database, transaction => {
            let used_up =
                sqlx::query(USE_UP_CODES).bind(user_id).bind(client_id).bind(now).execute(&mut *transaction).await?;
            let ended: Vec<String> = sqlx::query_scalar(END_GRANTS)
                .bind(user_id)
                .bind(client_id)
                .bind(now)
                .fetch_all(&mut *transaction)
                .await?;
            let forgotten =
                sqlx::query(FORGET_CONSENTS).bind(user_id).bind(client_id).execute(&mut *transaction).await?;
            let was_connected =
                !ended.is_empty() || used_up.rows_affected() > 0 || forgotten.rows_affected() > 0;
            let whole = AuditEvent::new(AuditKind::AppDisconnected, now).user(user_id).client(client_id);
            let event = |grant_id| revocation(grant_id, user_id.to_owned(), client_id.to_owned(), now);
            let events = ended.into_iter().map(event).chain(was_connected.then_some(whole));
            let events: Vec<_> = events.collect();
            for event in &events {
                insert_audit!(&mut *transaction, event);
            }
            events
        });
        events.iter().for_each(AuditEvent::log);
        Ok(())
    }
}

impl TryFrom<Row> for Connection {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            scope: stored_scope(&row.scope)?,
            client_id: row.client_id,
            client_name: row.client_name,
            redirect_uri: row.redirect_uri,
            resource: stored_audience(&row.resource)?,
            first_used_at: row.first_used_at,
            last_used_at: row.last_used_at,
        })
    }
}
