//! Ending many grants at once, for those in charge: of an account, of a client, one, or all.
//!
//! One statement ends them, and with it their entries in the status lists change (a trigger of `grants`). Easy to
//! get wrong: leaving codes that wait; a client that got one a moment ago would come back by itself. They go
//! first: whoever redeems one at that moment is waited for, and then the grant is there to be ended.

use shared::clock::NumericDate;
use shared::in_transaction;

use super::Store;
use super::audit::{Actor, AuditEvent, AuditKind};

/// Which grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection<'a> {
    /// Those that an account gave.
    User(&'a str),
    /// Those that a client got.
    Client(&'a str),
    /// This one.
    Grant(&'a str),
    /// All.
    All,
}

/// `$1` is what is selected, `$2` now.
#[derive(Clone, Copy)]
pub(super) struct Statements {
    pub codes: &'static str,
    pub grants: &'static str,
    pub told: &'static str,
    /// What was allowed before is asked again; a single grant says nothing about that.
    pub consents: Option<&'static str>,
    /// Tokens that services got for themselves belong to no grant.
    pub services: Option<&'static str>,
}

macro_rules! statements {
    ($where:literal, $consents:expr, $services:expr) => {
        Statements {
            codes: concat!(
                "UPDATE authorization_codes SET used_at = $2 WHERE used_at IS NULL AND ",
                $where
            ),
            grants: concat!(
                "UPDATE grants SET revoked_at = $2, last_step = 'revoked_by_admin' WHERE revoked_at IS NULL AND ",
                $where
            ),
            told: concat!(
                "INSERT INTO audit_events (event_id, at, kind, user_id, client_id, grant_id, actor)
                 SELECT 'grant_revoked:' || grant_id, $2, 'grant_revoked', user_id, client_id, grant_id, 'command line'
                 FROM grants WHERE revoked_at = $2 AND last_step = 'revoked_by_admin' AND ",
                $where,
                " ON CONFLICT (event_id) DO NOTHING"
            ),
            consents: $consents,
            services: $services,
        }
    };
}

macro_rules! revoke_services {
    ($where:literal) => {
        concat!(
            "UPDATE status_entries SET revoked = 1, revision = (SELECT revision FROM status_revision)
             WHERE revoked = 0 AND ",
            $where
        )
    };
}

impl<'a> Selection<'a> {
    pub(super) fn statements(self) -> Statements {
        match self {
            Self::User(_) => statements!("user_id = $1", Some("DELETE FROM consents WHERE user_id = $1"), None),
            Self::Client(_) => statements!(
                "client_id = $1",
                Some("DELETE FROM consents WHERE client_id = $1"),
                Some(revoke_services!("client_id = $1"))
            ),
            Self::Grant(_) => statements!("grant_id = $1", None, None),
            Self::All => statements!(
                "$1 = 'all'",
                Some("DELETE FROM consents WHERE $1 = 'all'"),
                Some(revoke_services!("client_id IS NOT NULL AND $1 = 'all'"))
            ),
        }
    }

    pub(super) fn value(self) -> &'a str {
        match self {
            Self::User(value) | Self::Client(value) | Self::Grant(value) => value,
            Self::All => "all",
        }
    }

    /// One line for the log; the table has one entry for each grant.
    pub(super) fn event(self, count: u64, now: NumericDate) -> AuditEvent {
        let event = AuditEvent::new(AuditKind::GrantRevoked, now).by(Actor::CommandLine);
        let event = event.detail(format!("grants: {count}"));
        match self {
            Self::User(user_id) => event.user(user_id),
            Self::Client(client_id) => event.client(client_id),
            Self::Grant(grant_id) => event.grant(grant_id),
            Self::All => event,
        }
    }
}

/// A browser that stays signed in could allow everything again.
const END_SESSIONS: &str = "UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL";

/// Ends what is selected, on a transaction of either database; how many grants that were.
macro_rules! end_grants {
    ($transaction:expr, $selection:expr, $now:expr) => {{
        let statements = $selection.statements();
        let run = |sql| sqlx::query(sql).bind($selection.value());
        run(statements.codes).bind($now).execute($transaction).await?;
        let ended = run(statements.grants).bind($now).execute($transaction).await?;
        run(statements.told).bind($now).execute($transaction).await?;
        if let Some(consents) = statements.consents {
            run(consents).execute($transaction).await?;
        }
        if let Some(services) = statements.services {
            sqlx::query($crate::store::status_entries::NEXT_REVISION)
                .execute($transaction)
                .await?;
            run(services).execute($transaction).await?;
        }
        ended.rows_affected()
    }};
}
pub(super) use end_grants;

impl Store {
    /// Ends the grants that are selected, and says how many lived; with a client's, the tokens that it got for itself,
    /// and with all, every browser's session.
    pub async fn revoke(&self, selection: Selection<'_>, now: NumericDate) -> Result<u64, sqlx::Error> {
        let ended = in_transaction!(self.database, transaction => {
            if selection == Selection::All {
                sqlx::query(END_SESSIONS).bind(now).execute(&mut *transaction).await?;
            }
            end_grants!(&mut *transaction, selection, now)
        });
        selection.event(ended, now).log();
        Ok(ended)
    }
}
