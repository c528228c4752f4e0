//! Accounts.
//!
//! The first account is made by whoever holds the one-time link. What decides is the statement that
//! takes the link away: two forms sent at once both bring the link, and only one finds it still there.
//! Easy to get wrong: "insert if there is no user yet", which on PostgreSQL lets two transactions both
//! see an empty table.

use shared::clock::NumericDate;
use shared::{in_transaction, on_reader, on_writer};
use sqlx::FromRow;

use super::Store;
use super::audit::{Actor, AuditEvent, AuditKind, insert_audit};
use crate::account::UserName;
use crate::hash::SecretHash;

/// An account to make.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// The subject of its tokens: a new identifier, never used again.
    pub user_id: &'a str,
    /// Its name.
    pub name: &'a UserName,
    /// The PHC string of its password.
    pub password_hash: &'a str,
    /// When it is made.
    pub created_at: NumericDate,
}

/// An account as sign-in needs it.
#[derive(Clone, Debug, FromRow)]
pub struct Credentials {
    /// The subject.
    pub user_id: String,
    /// The name as its owner writes it.
    pub name: String,
    /// The PHC string of the password.
    pub password_hash: String,
    /// When it was disabled.
    pub disabled_at: Option<NumericDate>,
}

/// An account as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct User {
    /// The subject.
    pub user_id: String,
    /// The name as its owner writes it.
    pub name: String,
    /// When it was made.
    pub created_at: NumericDate,
    /// When it was disabled.
    pub disabled_at: Option<NumericDate>,
    /// When somebody last signed in to it.
    pub signed_in_at: Option<NumericDate>,
}

/// What came of making an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It is there now.
    Now,
    /// There is one of that name; nothing changed.
    NameTaken,
    /// The one-time link was used, replaced, or is not needed any more; nothing changed.
    LinkDead,
}

const INSERT: &str = "INSERT INTO users (user_id, name, name_key, password_hash, created_at)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name_key) DO NOTHING";

const TAKE_LINK: &str = "DELETE FROM setup_links
     WHERE token_hash = $1 AND NOT EXISTS (SELECT 1 FROM users) RETURNING slot";

macro_rules! insert_user {
    ($executor:expr, $user:expr) => {
        sqlx::query(INSERT)
            .bind($user.user_id)
            .bind($user.name.as_str())
            .bind($user.name.key())
            .bind($user.password_hash)
            .bind($user.created_at)
            .execute($executor)
            .await?
            .rows_affected()
    };
}

fn added(user: &NewUser<'_>) -> AuditEvent {
    AuditEvent::new(AuditKind::UserAdded, user.created_at).user(user.user_id)
}

impl Store {
    /// Makes an account at the command line, and ends the one-time link: there is a first account now.
    pub async fn insert_user(&self, user: &NewUser<'_>) -> Result<Created, sqlx::Error> {
        let event = added(user).by(Actor::CommandLine);
        in_transaction!(self.database, transaction => {
            let inserted = insert_user!(&mut *transaction, user);
            sqlx::query("DELETE FROM setup_links").execute(&mut *transaction).await?;
            if inserted == 0 {
                return Ok(Created::NameTaken);
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(Created::Now)
    }

    /// Makes the first account, if the link is the one that lives; only one call ever succeeds.
    pub async fn insert_first_user(&self, link: &SecretHash, user: &NewUser<'_>) -> Result<Created, sqlx::Error> {
        let event = added(user).detail("with the one-time link");
        in_transaction!(self.database, transaction => {
            let taken: Option<i64> =
                sqlx::query_scalar(TAKE_LINK).bind(link.as_str()).fetch_optional(&mut *transaction).await?;
            if taken.is_none() {
                return Ok(Created::LinkDead);
            }
            if insert_user!(&mut *transaction, user) == 0 {
                return Ok(Created::NameTaken);
            }
            insert_audit!(&mut *transaction, event);
        });
        event.log();
        Ok(Created::Now)
    }

    /// The account of this name.
    pub async fn find_credentials(&self, name: &UserName) -> Result<Option<Credentials>, sqlx::Error> {
        let sql = "SELECT user_id, name, password_hash, disabled_at FROM users WHERE name_key = $1";
        on_reader!(self.database, pool => sqlx::query_as(sql).bind(name.key()).fetch_optional(pool).await)
    }

    /// The name of this account.
    pub async fn name_of_user(&self, user_id: &str) -> Result<Option<String>, sqlx::Error> {
        let sql = "SELECT name FROM users WHERE user_id = $1";
        on_reader!(self.database, pool => sqlx::query_scalar(sql).bind(user_id).fetch_optional(pool).await)
    }

    /// All accounts, oldest first.
    pub async fn users(&self) -> Result<Vec<User>, sqlx::Error> {
        let sql =
            "SELECT user_id, name, created_at, disabled_at, signed_in_at FROM users ORDER BY created_at, name_key";
        on_reader!(self.database, pool => sqlx::query_as(sql).fetch_all(pool).await)
    }

    /// Whether there is any account.
    pub async fn has_users(&self) -> Result<bool, sqlx::Error> {
        let sql = "SELECT user_id FROM users LIMIT 1";
        let found: Option<String> =
            on_reader!(self.database, pool => sqlx::query_scalar(sql).fetch_optional(pool).await)?;
        Ok(found.is_some())
    }

    /// Makes this the one-time link, in place of any earlier one; `false` when there is an account.
    pub async fn offer_setup_link(&self, link: &SecretHash, now: NumericDate) -> Result<bool, sqlx::Error> {
        let sql = "INSERT INTO setup_links (slot, token_hash, created_at)
             SELECT 1, $1, $2 WHERE NOT EXISTS (SELECT 1 FROM users)
             ON CONFLICT (slot) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at";
        let made = on_writer!(self.database, pool => sqlx::query(sql)
            .bind(link.as_str())
            .bind(now)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(made == 1)
    }

    /// Whether this is the link that lives.
    pub async fn setup_link_lives(&self, link: &SecretHash) -> Result<bool, sqlx::Error> {
        let sql = "SELECT slot FROM setup_links WHERE token_hash = $1 AND NOT EXISTS (SELECT 1 FROM users)";
        let found: Option<i64> = on_reader!(self.database, pool => sqlx::query_scalar(sql)
            .bind(link.as_str())
            .fetch_optional(pool)
            .await)?;
        Ok(found.is_some())
    }
}
