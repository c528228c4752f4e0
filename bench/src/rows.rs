//! What the load needs in the issuer's database, put there as it would be after sign-in and consent, and what makes a
//! database large.

use issuer::hash::SecretHash;
use issuer::keys::open_mac_key;
use issuer::store::grants::GrantId;
use issuer::tokens::refresh_token;
use shared::clock::Clock;
use shared::random;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::issuer_server::IssuerServer;
use crate::noop::RESOURCE;

const SCOPE: &str = "food:read food:write";
/// Whose grants they are.
pub const USER: &str = "0f6b5c1e-0001-4000-8000-000000000001";

/// A browser in which somebody is signed in, by its cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    /// The line of the header.
    pub cookies: String,
}

/// A connection to the database of an issuer.
#[derive(Debug)]
pub enum Rows {
    /// A SQLite file.
    Sqlite(SqliteConnection),
    /// PostgreSQL.
    Postgres(PgConnection),
}

/// Runs one statement, which both understand.
macro_rules! execute {
    ($rows:expr, $sql:expr, $($value:expr),+) => {
        match $rows {
            Rows::Sqlite(database) => sqlx::query($sql)$(.bind($value))+.execute(database).await.map(drop),
            Rows::Postgres(database) => sqlx::query($sql)$(.bind($value))+.execute(database).await.map(drop),
        }
        .map_err(|error| error.to_string())
    };
}

impl IssuerServer {
    async fn rows(&self) -> Result<Rows, String> {
        let url = &self.database;
        let opened = if url.starts_with("sqlite:") {
            SqliteConnection::connect(url).await.map(Rows::Sqlite)
        } else {
            PgConnection::connect(url).await.map(Rows::Postgres)
        };
        opened.map_err(|error| error.to_string())
    }

    /// The account whose grants they are.
    pub(crate) async fn insert_account(&self) -> Result<(), String> {
        let account =
            "INSERT INTO users (user_id, name, name_key, password_hash, created_at) VALUES ($1, 'a', 'a', '', $2)";
        execute!(&mut self.rows().await?, account, USER, Clock::System.now())
    }

    /// So many new grants of the client; the first refresh token of each.
    pub async fn refresh_tokens(&self, count: usize) -> Result<Vec<String>, String> {
        let mac = open_mac_key(&self.folder.path().join("keys")).map_err(|error| error.to_string())?;
        let (mut rows, mut tokens) = (self.rows().await?, Vec::new());
        for _ in 0..count {
            let grant_id = GrantId::random().map_err(|error| error.to_string())?;
            self.insert_grant(&mut rows, &grant_id.to_string()).await?;
            tokens.push(refresh_token::mint(&mac, grant_id, 1));
        }
        Ok(tokens)
    }

    async fn insert_grant(&self, rows: &mut Rows, grant_id: &str) -> Result<(), String> {
        // As random as the identifier: its first twenty bits.
        let place = grant_id
            .get(..5)
            .and_then(|digits| i64::from_str_radix(digits, 16).ok());
        let grant = "INSERT INTO grants (grant_id, user_id, client_id, scope, resource, auth_time, current_counter,
                from_counter, rotated_at, last_step, created_at, idle_ends_at, ends_at, status_list, status_idx)
             VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $6, 'issued', $6, $6 + 86400, $6 + 864000, 0, $7)";
        let (client_id, now) = (&self.client_id, Clock::System.now());
        let place = place.unwrap_or_default();
        execute!(
            &mut *rows, grant, grant_id, USER, client_id, SCOPE, RESOURCE, now, place
        )?;
        let entry = "INSERT INTO status_entries (list_id, idx, free_at)
             SELECT status_list, status_idx, ends_at FROM grants WHERE grant_id = $1 ON CONFLICT DO NOTHING";
        execute!(rows, entry, grant_id)
    }

    /// A browser in which the account is signed in, and which has allowed the client.
    pub async fn browser(&self) -> Result<Browser, String> {
        let token = || random::token().map_err(|error| error.to_string());
        let (browser, session, now) = (token()?, token()?, Clock::System.now());
        let mut rows = self.rows().await?;
        let sql = "INSERT INTO sessions (session_hash, user_id, auth_time, last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $3 + 86400)";
        execute!(&mut rows, sql, SecretHash::of(&session).as_str(), USER, now)?;
        let cookies = format!("Cookie: issuer_browser={browser}; issuer_session={session}");
        self.allow(&cookies).await?;
        Ok(Browser { cookies })
    }

    /// Adds people, clients and grants that nobody uses in the load, to a SQLite file.
    pub async fn grow(&self, families: i64, clients: i64, users: i64) -> Result<(), String> {
        let mut rows = self.rows().await?;
        for (sql, count) in [
            (GROW_USERS, users),
            (GROW_CLIENTS, clients),
            (GROW_GRANTS, families),
            (GROW_ENTRIES, families),
        ] {
            execute!(&mut rows, sql, count, Clock::System.now())?;
        }
        Ok(())
    }
}

const GROW_USERS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
     INSERT INTO users (user_id, name, name_key, password_hash, created_at)
     SELECT printf('10000000-0000-4000-8000-%012x', i), 'user' || i, 'user' || i, '', $2 FROM n";
const GROW_CLIENTS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
     INSERT INTO clients (client_id, metadata, created_at, last_used_at)
     SELECT printf('20000000-0000-4000-8000-%012x', i),
        '{\"client_name\":\"bench\",\"redirect_uris\":[\"https://client.example.com/callback\"]}', $2, $2 + 1 FROM n";
const GROW_GRANTS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
     INSERT INTO grants (grant_id, user_id, client_id, scope, resource, auth_time, current_counter, from_counter,
        rotated_at, last_step, created_at, idle_ends_at, ends_at, status_list, status_idx)
     SELECT lower(printf('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2),
            substr(hex(randomblob(2)), 2), hex(randomblob(6)))),
        (SELECT user_id FROM users WHERE rowid = 1 + i % (SELECT COUNT(*) FROM users)),
        (SELECT client_id FROM clients WHERE rowid = 1 + i % (SELECT COUNT(*) FROM clients)),
        'food:read food:write', 'http://localhost:8081/mcp', $2, 1, 0, $2, 'issued', $2, $2 + 86400, $2 + 864000,
        1 + i / 524288, i % 524288 * 2 FROM n";
const GROW_ENTRIES: &str = "INSERT INTO status_entries (list_id, idx, free_at)
     SELECT status_list, status_idx, ends_at FROM grants WHERE status_list > 0 AND $1 + $2 > 0";
