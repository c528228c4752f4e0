//! API keys in the database: every SQL statement about them.
//!
//! Each change is one conditional statement: of two keys added under one name one is made, and a key is revoked once.

use shared::clock::NumericDate;
use shared::database::Database;
use shared::{on_reader, on_writer};

use super::key::NewKey;

/// How long a revoked key is still looked at, in seconds: whoever sends it is told that it was revoked, and after that
/// that it is unknown.
const REMEMBERED_SECONDS: NumericDate = 30 * 86_400;

/// A key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    /// The digits that name it.
    pub key_id: String,
    /// What its owner calls it; unique among those that are not revoked.
    pub name: String,
    /// The SHA-256 of the key.
    pub digest: Vec<u8>,
    /// Whose foods it works on.
    pub sub: String,
    /// What it may do.
    pub scope: String,
    /// When it was made.
    pub created_at: NumericDate,
    /// When it ends.
    pub expires_at: NumericDate,
    /// When it was used last, at most a minute behind.
    pub last_used_at: Option<NumericDate>,
    /// When it was revoked.
    pub revoked_at: Option<NumericDate>,
}

/// What a new key is made from.
#[derive(Clone, Copy, Debug)]
pub struct Added<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Whose foods it works on.
    pub sub: &'a str,
    /// What it may do: scopes, separated by spaces.
    pub scope: &'a str,
    /// When it ends.
    pub expires_at: NumericDate,
}

/// The table of keys.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
}

impl Store {
    /// The table in an open database.
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// All keys, by name, the revoked ones too.
    pub async fn all(&self) -> Result<Vec<Row>, sqlx::Error> {
        const SQL: &str = "SELECT key_id, name, digest, sub, scope, created_at, expires_at, last_used_at, revoked_at
            FROM api_keys ORDER BY name, created_at, key_id";
        on_reader!(self.database, pool => sqlx::query_as(SQL).fetch_all(pool).await)
    }

    /// The keys that somebody may send and should hear more of than that they are unknown.
    pub async fn current(&self, now: NumericDate) -> Result<Vec<Row>, sqlx::Error> {
        const SQL: &str = "SELECT key_id, name, digest, sub, scope, created_at, expires_at, last_used_at, revoked_at
            FROM api_keys WHERE revoked_at IS NULL OR revoked_at > $1";
        let since = now.saturating_sub(REMEMBERED_SECONDS);
        on_reader!(self.database, pool => sqlx::query_as(SQL).bind(since).fetch_all(pool).await)
    }

    /// Keeps a new key. `false` when a key that is not revoked has the name.
    pub async fn add(&self, key: &NewKey, added: Added<'_>, now: NumericDate) -> Result<bool, sqlx::Error> {
        const SQL: &str = "INSERT INTO api_keys (key_id, name, digest, sub, scope, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING";
        let made = on_writer!(self.database, pool => sqlx::query(SQL)
            .bind(&key.id).bind(added.name).bind(key.digest.to_vec()).bind(added.sub).bind(added.scope)
            .bind(now).bind(added.expires_at)
            .execute(pool).await?.rows_affected());
        Ok(made == 1)
    }

    /// Revokes the key of this name. `false` when there is none, or it was revoked before.
    pub async fn revoke(&self, name: &str, now: NumericDate) -> Result<bool, sqlx::Error> {
        const SQL: &str = "UPDATE api_keys SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL";
        let revoked = on_writer!(self.database, pool =>
            sqlx::query(SQL).bind(name).bind(now).execute(pool).await?.rows_affected());
        Ok(revoked == 1)
    }

    /// Notes that a key was used; a later use that is known already stays.
    pub async fn used(&self, key_id: &str, at: NumericDate) -> Result<(), sqlx::Error> {
        const SQL: &str = "UPDATE api_keys SET last_used_at = $2
            WHERE key_id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
        on_writer!(self.database, pool => sqlx::query(SQL).bind(key_id).bind(at).execute(pool).await?.rows_affected());
        Ok(())
    }
}
