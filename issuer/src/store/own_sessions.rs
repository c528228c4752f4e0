//! The signed-in browsers of one account, as its owner sees and ends them.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader};
use sqlx::FromRow;

use super::Store;
use super::audit::{AuditEvent, AuditKind, insert_audit};
use crate::hash::SecretHash;

/// A signed-in browser. Its hash names it to its owner; a session cannot be taken over with it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OwnSession {
    /// The hash of the session id.
    pub session_hash: String,
    /// When the person signed in.
    pub auth_time: NumericDate,
    /// When it was last seen, to the minute or so.
    pub last_seen_at: NumericDate,
    /// Which browser it is, in a few words.
    pub browser_words: Option<String>,
}

const LIVING: &str = "SELECT session_hash, auth_time, last_seen_at, browser_words FROM sessions
     WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 AND last_seen_at > $3
     ORDER BY last_seen_at DESC, auth_time DESC, session_hash";
const END_ONE: &str = "UPDATE sessions SET ended_at = $3
     WHERE user_id = $1 AND session_hash = $2 AND ended_at IS NULL";
const END_OTHERS: &str = "UPDATE sessions SET ended_at = $3
     WHERE user_id = $1 AND session_hash <> $2 AND ended_at IS NULL";
const CHANGE: &str = "UPDATE users SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2";
const FORGET_BROWSERS: &str = "DELETE FROM known_browsers WHERE user_id = $1 AND browser_hash <> $2";

/// A new password for an account.
#[derive(Clone, Copy, Debug)]
pub struct NewPassword<'a> {
    /// The account.
    pub user_id: &'a str,
    /// The PHC string of the password that was just given.
    pub old: &'a str,
    /// The PHC string of the new one.
    pub new: &'a str,
    /// The session that stays.
    pub session: &'a SecretHash,
    /// The browser that stays known.
    pub browser: &'a SecretHash,
}

impl Store {
    /// The living sessions of an account, the last seen first.
    pub async fn sessions_of(
        &self,
        user_id: &str,
        now: NumericDate,
        idle_since: NumericDate,
    ) -> Result<Vec<OwnSession>, sqlx::Error> {
        on_reader!(self.database, pool => sqlx::query_as(LIVING)
            .bind(user_id)
            .bind(now)
            .bind(idle_since)
            .fetch_all(pool)
            .await)
    }

    /// Ends one session of this account; another account's stays.
    pub async fn end_session_of(&self, user_id: &str, session_hash: &str, now: NumericDate) -> Result<(), sqlx::Error> {
        self.end_sessions(END_ONE, user_id, session_hash, now).await
    }

    /// Ends every session of this account but one.
    pub async fn end_other_sessions(
        &self,
        user_id: &str,
        session: &SecretHash,
        now: NumericDate,
    ) -> Result<(), sqlx::Error> {
        self.end_sessions(END_OTHERS, user_id, session.as_str(), now).await
    }

    async fn end_sessions(
        &self,
        sql: &'static str,
        user_id: &str,
        session_hash: &str,
        now: NumericDate,
    ) -> Result<(), sqlx::Error> {
        let event = in_transaction!(self.database, transaction => {
            let ended = sqlx::query(sql).bind(user_id).bind(session_hash).bind(now).execute(&mut *transaction).await?;
            if ended.rows_affected() == 0 {
                return Ok(());
            }
            let event = AuditEvent::new(AuditKind::SessionsEnded, now).user(user_id);
            let event = event.detail(format!("browsers: {}", ended.rows_affected()));
            insert_audit!(&mut *transaction, event);
            event
        });
        event.log();
        Ok(())
    }

    /// Changes the password, ends the other sessions and forgets the other browsers; `false` when the password
    /// is not the old one any more, and then nothing changed.
    pub async fn change_password(&self, change: NewPassword<'_>, now: NumericDate) -> Result<bool, sqlx::Error> {
        let user_id = change.user_id;
        let event = AuditEvent::new(AuditKind::PasswordChanged, now).user(user_id);
        in_transaction!(self.database, transaction => {
            let changed = sqlx::query(CHANGE)
                .bind(user_id)
                .bind(change.old)
                .bind(change.new)
                .execute(&mut *transaction)
                .await?
                .rows_affected();
            if changed == 0 {
                return Ok(false);
            }
            let (session, browser) = (change.session.as_str(), change.browser.as_str());
            sqlx::query(END_OTHERS).bind(user_id).bind(session).bind(now).execute(&mut *transaction).await?;
            sqlx::query(FORGET_BROWSERS).bind(user_id).bind(browser).execute(&mut *transaction).await?;
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(true)
    }

    /// Deletes an account with everything that is its own; `false` when its password is not this one any more.
    pub async fn delete_own_account(
        &self,
        user_id: &str,
        password_hash: &str,
        now: NumericDate,
    ) -> Result<bool, sqlx::Error> {
        let sql = "DELETE FROM users WHERE user_id = $1 AND password_hash = $2";
        let event = AuditEvent::new(AuditKind::UserDeleted, now).user(user_id);
        in_transaction!(self.database, transaction => {
            let deleted = sqlx::query(sql).bind(user_id).bind(password_hash).execute(&mut *transaction).await?;
            if deleted.rows_affected() == 0 {
                return Ok(false);
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(true)
    }
}
