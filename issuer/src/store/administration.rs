//! Accounts as those in charge change them at the command line.
//!
//! Whoever disables an account or sets its password changes its row first, which a sign-in that is under way waits
//! for (`store::sessions`); then its codes, grants and sessions end.

use shared::clock::NumericDate;
use shared::in_transaction;

use super::Store;
use super::audit::{Actor, AuditEvent, AuditKind, insert_audit};
use super::revocations::{Selection, end_grants};

const DISABLE: &str = "UPDATE users SET disabled_at = $2 WHERE user_id = $1 AND disabled_at IS NULL";
const ENABLE: &str = "UPDATE users SET disabled_at = NULL WHERE user_id = $1 AND disabled_at IS NOT NULL";
const SET_PASSWORD: &str = "UPDATE users SET password_hash = $2 WHERE user_id = $1";
const END_SESSIONS: &str = "UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL";
const FORGET_BROWSERS: &str = "DELETE FROM known_browsers WHERE user_id = $1";

/// What ended with an account, or with its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Signed-in browsers.
    pub sessions: u64,
    /// Grants.
    pub grants: u64,
}

fn event(kind: AuditKind, user_id: &str, now: NumericDate) -> AuditEvent {
    AuditEvent::new(kind, now).user(user_id).by(Actor::CommandLine)
}

impl Store {
    /// Disables an account, and ends its sessions and grants; `None` when there is none, or it is disabled already.
    pub async fn disable_user(&self, user_id: &str, now: NumericDate) -> Result<Option<Ended>, sqlx::Error> {
        let (event, selection) = (event(AuditKind::UserDisabled, user_id, now), Selection::User(user_id));
        let ended = in_transaction!(self.database, transaction => {
            let disabled = sqlx::query(DISABLE).bind(user_id).bind(now).execute(&mut *transaction).await?;
            if disabled.rows_affected() == 0 {
                return Ok(None);
            }
            let grants = end_grants!(&mut *transaction, selection, now);
            let sessions = sqlx::query(END_SESSIONS).bind(user_id).bind(now).execute(&mut *transaction).await?;
            insert_audit!(&mut *transaction, event);
            Ended { sessions: sessions.rows_affected(), grants }
        });
        event.log();
        selection.event(ended.grants, now).log();
        Ok(Some(ended))
    }

    /// Lets an account sign in again; `false` when it was not disabled.
    pub async fn enable_user(&self, user_id: &str, now: NumericDate) -> Result<bool, sqlx::Error> {
        let event = event(AuditKind::UserEnabled, user_id, now);
        in_transaction!(self.database, transaction => {
            let enabled = sqlx::query(ENABLE).bind(user_id).execute(&mut *transaction).await?;
            if enabled.rows_affected() == 0 {
                return Ok(false);
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(true)
    }

    /// Sets a password, ends all sessions and forgets all browsers; `None` when there is no such account. Its grants
    /// stay: apps are not signed out by a new password.
    pub async fn set_password(
        &self,
        user_id: &str,
        password_hash: &str,
        now: NumericDate,
    ) -> Result<Option<Ended>, sqlx::Error> {
        let event = event(AuditKind::PasswordChanged, user_id, now);
        let sessions = in_transaction!(self.database, transaction => {
            let set = sqlx::query(SET_PASSWORD).bind(user_id).bind(password_hash).execute(&mut *transaction).await?;
            if set.rows_affected() == 0 {
                return Ok(None);
            }
            sqlx::query(FORGET_BROWSERS).bind(user_id).execute(&mut *transaction).await?;
            insert_audit!(&mut *transaction, event);
            let ended = sqlx::query(END_SESSIONS).bind(user_id).bind(now).execute(&mut *transaction).await?;
            ended.rows_affected()
        });
        event.log();
        Ok(Some(Ended { sessions, grants: 0 }))
    }

    /// Deletes an account with everything that is its own; `false` when there is none.
    pub async fn delete_user(&self, user_id: &str, now: NumericDate) -> Result<bool, sqlx::Error> {
        let event = event(AuditKind::UserDeleted, user_id, now);
        in_transaction!(self.database, transaction => {
            let sql = "DELETE FROM users WHERE user_id = $1";
            if sqlx::query(sql).bind(user_id).execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(false);
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(true)
    }
}
