//! Signed-in browsers: NIST SP 800-63B section 5.2 (reauthentication), OWASP on session fixation.
//!
//! Signing in is one transaction that (1) goes on only while the password is the one that was verified and
//! the account is not disabled, (2) ends the session the browser had, (3) begins a new one under
//! a new id, so that whoever planted or saw the old one holds nothing, (4) notes the session with the
//! authorization request it was for, and (5) remembers the browser for the account.
//!
//! Easy to get wrong: looking at the password, which takes a while, and then beginning the session whatever
//! happened meanwhile. It would outlive a change of the password that ended all others. Here the first statement
//! locks the account's row, as the change does: one of the two comes first, and either the session does not
//! begin or the change sees and ends it.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader, on_writer};
use sqlx::FromRow;

use super::Store;
use super::audit::{AuditEvent, AuditKind, insert_audit};
use crate::hash::SecretHash;

/// A session begun by signing in.
#[derive(Clone, Debug)]
pub struct SignIn<'a> {
    /// The account.
    pub user_id: &'a str,
    /// The PHC string of the password that was verified.
    pub password_hash: &'a str,
    /// A stronger one of the same password, to be stored in its place.
    pub rehash: Option<&'a str>,
    /// The new session.
    pub session: &'a SecretHash,
    /// The session that the browser had.
    pub old_session: Option<&'a SecretHash>,
    /// The browser.
    pub browser: &'a SecretHash,
    /// Which browser it is, in a few words.
    pub browser_words: &'a str,
    /// The authorization request that it was for.
    pub request: Option<&'a SecretHash>,
    /// Now.
    pub at: NumericDate,
    /// The end in any case.
    pub expires_at: NumericDate,
    /// What the audit log tells; nothing when the session only goes on under a new id.
    pub event: Option<&'a AuditEvent>,
}

/// A living session.
#[derive(Clone, Debug, FromRow)]
pub struct Session {
    /// Whose it is.
    pub user_id: String,
    /// The account's name.
    pub name: String,
    /// When the person signed in.
    pub auth_time: NumericDate,
    /// When it was last seen, to the minute or so.
    pub last_seen_at: NumericDate,
}

const CLAIM: &str = "UPDATE users SET signed_in_at = $3, password_hash = $4
     WHERE user_id = $1 AND password_hash = $2 AND disabled_at IS NULL";
const INSERT: &str = "INSERT INTO sessions (session_hash, user_id, auth_time, last_seen_at, expires_at, browser_words)
     VALUES ($1, $2, $3, $3, $4, $5)";
const END: &str = "UPDATE sessions SET ended_at = $2 WHERE session_hash = $1 AND ended_at IS NULL
     RETURNING user_id";
const MARK_REQUEST: &str = "UPDATE authorization_requests SET session_hash = $3
     WHERE handle_hash = $1 AND browser_hash = $2";
const REMEMBER: &str = "INSERT INTO known_browsers (browser_hash, user_id, signed_in_at) VALUES ($1, $2, $3)
     ON CONFLICT (browser_hash, user_id) DO UPDATE SET signed_in_at = excluded.signed_in_at";

impl Store {
    /// Begins a session; `false`, and nothing changed, when the password is not the one that was verified any more, or
    /// the account may not sign in.
    pub async fn sign_in(&self, sign_in: &SignIn<'_>) -> Result<bool, sqlx::Error> {
        let browser = sign_in.browser.as_str();
        in_transaction!(self.database, transaction => {
            let claimed = sqlx::query(CLAIM)
                .bind(sign_in.user_id)
                .bind(sign_in.password_hash)
                .bind(sign_in.at)
                .bind(sign_in.rehash.unwrap_or(sign_in.password_hash));
            if claimed.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(false);
            }
            if let Some(old) = sign_in.old_session {
                sqlx::query(END).bind(old.as_str()).bind(sign_in.at).execute(&mut *transaction).await?;
            }
            sqlx::query(INSERT)
                .bind(sign_in.session.as_str())
                .bind(sign_in.user_id)
                .bind(sign_in.at)
                .bind(sign_in.expires_at)
                .bind(sign_in.browser_words)
                .execute(&mut *transaction)
                .await?;
            if let Some(request) = sign_in.request {
                sqlx::query(MARK_REQUEST)
                    .bind(request.as_str())
                    .bind(browser)
                    .bind(sign_in.session.as_str())
                    .execute(&mut *transaction)
                    .await?;
            }
            sqlx::query(REMEMBER).bind(browser).bind(sign_in.user_id).bind(sign_in.at).execute(&mut *transaction).await?;
            if let Some(event) = sign_in.event {
                insert_audit!(&mut *transaction, event);
            }
        });
        sign_in.event.into_iter().for_each(AuditEvent::log);
        Ok(true)
    }

    /// The session, when it was not ended, has not run out, and was seen after `idle_since`.
    pub async fn find_session(
        &self,
        session: &SecretHash,
        now: NumericDate,
        idle_since: NumericDate,
    ) -> Result<Option<Session>, sqlx::Error> {
        let sql = "SELECT users.user_id, users.name, sessions.auth_time, sessions.last_seen_at
             FROM sessions JOIN users ON users.user_id = sessions.user_id
             WHERE session_hash = $1 AND ended_at IS NULL AND expires_at > $2 AND last_seen_at > $3";
        on_reader!(self.database, pool => sqlx::query_as(sql)
            .bind(session.as_str())
            .bind(now)
            .bind(idle_since)
            .fetch_optional(pool)
            .await)
    }

    /// Notes that a session was used; never moves the time back.
    pub async fn touch_session(&self, session: &SecretHash, now: NumericDate) -> Result<(), sqlx::Error> {
        let sql = "UPDATE sessions SET last_seen_at = $2 WHERE session_hash = $1 AND last_seen_at < $2";
        on_writer!(self.database, pool => sqlx::query(sql).bind(session.as_str()).bind(now).execute(pool).await.map(drop))
    }

    /// Ends a session for good: its person signed out.
    pub async fn end_session(&self, session: &SecretHash, now: NumericDate) -> Result<(), sqlx::Error> {
        let event = in_transaction!(self.database, transaction => {
            let user_id: Option<String> =
                sqlx::query_scalar(END).bind(session.as_str()).bind(now).fetch_optional(&mut *transaction).await?;
            let Some(user_id) = user_id else {
                return Ok(());
            };
            let event = AuditEvent::new(AuditKind::SignOut, now).user(user_id);
            insert_audit!(&mut *transaction, event);
            event
        });
        event.log();
        Ok(())
    }

    /// Whether the account signed in with this browser before.
    pub async fn browser_is_known(&self, browser: &SecretHash, user_id: &str) -> Result<bool, sqlx::Error> {
        let sql = "SELECT user_id FROM known_browsers WHERE browser_hash = $1 AND user_id = $2";
        let found: Option<String> = on_reader!(self.database, pool => sqlx::query_scalar(sql)
            .bind(browser.as_str())
            .bind(user_id)
            .fetch_optional(pool)
            .await)?;
        Ok(found.is_some())
    }
}
