//! An issuer to be measured: its process, and a database with people, clients and grants in it.
//!
//! What the load needs is put into the database as it would be after sign-in and consent; the tokens are derived with
//! the issuer's own key. Further rows, for the growth of a database, are made by SQLite itself.

use std::path::Path;
use std::process::Command;

use issuer::hash::SecretHash;
use issuer::keys::open_mac_key;
use issuer::store::grants::GrantId;
use issuer::tokens::refresh_token;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::random;
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;

use crate::noop::RESOURCE;
use crate::server::{Server, Start, free_address};
use crate::wire::{Connection, post};

/// Where codes go: consent is remembered for clients that are known by such an address.
pub const REDIRECT_URI: &str = "https://client.example.com/callback";
const SCOPE: &str = "food:read food:write";
const USER: &str = "0f6b5c1e-0001-4000-8000-000000000001";

/// The running issuer, and what is in it.
#[derive(Debug)]
pub struct IssuerServer {
    /// Its process.
    pub server: Server,
    /// Its folder, which goes away with it.
    pub folder: TempDir,
    /// A public client that registered.
    pub client_id: String,
}

/// A client that authenticates.
#[derive(Clone, Debug)]
pub struct Confidential {
    /// Its identifier.
    pub client_id: String,
    /// Its secret.
    pub secret: String,
}

/// A browser in which somebody is signed in, by its cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    /// The line of the header.
    pub cookies: String,
}

fn variables(folder: &Path, listen: &str) -> Vec<(String, String)> {
    let at = |name: &str| folder.join(name).display().to_string();
    let variables = [
        ("ISSUER_LISTEN", listen.to_owned()),
        ("ISSUER_PUBLIC_URL", format!("http://{listen}")),
        ("ISSUER_DATABASE_URL", format!("sqlite:{}", at("issuer.db"))),
        ("ISSUER_KEYS_DIR", at("keys")),
        ("ISSUER_RESOURCES", RESOURCE.to_owned()),
        ("ISSUER_RATE_LIMITS", "off".to_owned()),
    ];
    variables.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

impl IssuerServer {
    /// Starts one with an empty database, and registers a client.
    pub async fn start(name: &str, cores: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let server = process(name, folder.path(), cores).await?;
        let client_id = register(&server).await?;
        let started = Self {
            server,
            folder,
            client_id,
        };
        let now = Clock::System.now();
        let account =
            "INSERT INTO users (user_id, name, name_key, password_hash, created_at) VALUES ($1, 'a', 'a', '', $2)";
        let mut database = started.database().await?;
        let account = sqlx::query(account).bind(USER).bind(now).execute(&mut database).await;
        account.map_err(|error| error.to_string())?;
        Ok(started)
    }

    /// Ends the process and starts it again on the same folder; how long that took is in its server.
    pub async fn restart(self, name: &str, cores: &str) -> Result<Self, String> {
        drop(self.server);
        let server = process(name, self.folder.path(), cores).await?;
        Ok(Self { server, ..self })
    }

    async fn database(&self) -> Result<SqliteConnection, String> {
        let url = format!("sqlite:{}", self.folder.path().join("issuer.db").display());
        SqliteConnection::connect(&url).await.map_err(|error| error.to_string())
    }

    /// So many new grants of the client; the first refresh token of each.
    pub async fn refresh_tokens(&self, count: usize) -> Result<Vec<String>, String> {
        let mac = open_mac_key(&self.folder.path().join("keys")).map_err(|error| error.to_string())?;
        let (mut database, mut tokens) = (self.database().await?, Vec::new());
        for _ in 0..count {
            let grant_id = GrantId::random().map_err(|error| error.to_string())?;
            self.insert_grant(&mut database, &grant_id.to_string())
                .await
                .map_err(|error| error.to_string())?;
            tokens.push(refresh_token::mint(&mac, grant_id, 1));
        }
        Ok(tokens)
    }

    async fn insert_grant(&self, database: &mut SqliteConnection, grant_id: &str) -> Result<(), sqlx::Error> {
        let now = Clock::System.now();
        let grant = "INSERT INTO grants (grant_id, user_id, client_id, scope, resource, auth_time, current_counter,
                from_counter, rotated_at, last_step, created_at, idle_ends_at, ends_at, status_list, status_idx)
             VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $6, 'issued', $6, $6 + 86400, $6 + 864000, 0, ABS(RANDOM() % 1048576))";
        sqlx::query(grant)
            .bind(grant_id)
            .bind(USER)
            .bind(&self.client_id)
            .bind(SCOPE)
            .bind(RESOURCE)
            .bind(now)
            .execute(&mut *database)
            .await?;
        let entry = "INSERT INTO status_entries (list_id, idx, free_at)
             SELECT status_list, status_idx, ends_at FROM grants WHERE grant_id = $1 ON CONFLICT DO NOTHING";
        sqlx::query(entry).bind(grant_id).execute(database).await.map(drop)
    }

    /// A browser in which the account is signed in and has allowed the client.
    pub async fn browser(&self) -> Result<Browser, String> {
        let token = || random::token().map_err(|error| error.to_string());
        let (browser, session, now) = (token()?, token()?, Clock::System.now());
        let mut database = self.database().await?;
        let sql = "INSERT INTO sessions (session_hash, user_id, auth_time, last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $3 + 86400)";
        let hash = SecretHash::of(&session);
        let inserted = sqlx::query(sql)
            .bind(hash.as_str())
            .bind(USER)
            .bind(now)
            .execute(&mut database)
            .await;
        inserted.map_err(|error| error.to_string())?;
        for scope in SCOPE.split(' ') {
            let sql = "INSERT INTO consents (user_id, client_id, redirect_uri, resource, scope_token, given_at)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
            let consent = sqlx::query(sql)
                .bind(USER)
                .bind(&self.client_id)
                .bind(REDIRECT_URI)
                .bind(RESOURCE);
            let inserted = consent.bind(scope).bind(now).execute(&mut database).await;
            inserted.map_err(|error| error.to_string())?;
        }
        let cookies = format!("Cookie: issuer_browser={browser}; issuer_session={session}");
        Ok(Browser { cookies })
    }

    /// A client that authenticates, added with these arguments beside its name.
    pub fn confidential(&self, arguments: &[&str]) -> Result<Confidential, String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let output = Command::new(own)
            .args(["issuer", "client", "add", "bench", "--json"])
            .args(arguments)
            .env_clear()
            .envs(variables(self.folder.path(), &self.server.address.to_string()))
            .output()
            .map_err(|error| error.to_string())?;
        let told: Value = serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("client add: {}", String::from_utf8_lossy(&output.stderr)))?;
        Ok(Confidential {
            client_id: text(&told, "client_id"),
            secret: text(&told, "client_secret"),
        })
    }

    /// Adds people, clients and grants that nobody uses in the load.
    pub async fn grow(&self, families: i64, clients: i64, users: i64) -> Result<(), String> {
        let mut database = self.database().await?;
        for (sql, count) in [
            (GROW_USERS, users),
            (GROW_CLIENTS, clients),
            (GROW_GRANTS, families),
            (GROW_ENTRIES, families),
        ] {
            let grown = sqlx::query(sql)
                .bind(count)
                .bind(Clock::System.now())
                .execute(&mut database)
                .await;
            grown.map_err(|error| error.to_string())?;
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

async fn process(name: &str, folder: &Path, cores: &str) -> Result<Server, String> {
    let address = free_address()?;
    let start = Start {
        name,
        program: std::env::current_exe().map_err(|error| error.to_string())?,
        arguments: vec!["issuer".to_owned(), "serve".to_owned()],
        variables: variables(folder, &address.to_string()),
        address,
        ready: "/healthz",
        folder,
        cores,
    };
    start.run().await
}

async fn register(server: &Server) -> Result<String, String> {
    let metadata = json!({"client_name": "bench", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"]});
    let request = post("/oauth/register", "application/json", &[], &metadata.to_string());
    let connection = Connection::open(server.address).await;
    let mut connection = connection.map_err(|error| error.to_string())?;
    let answer = connection.send(&request).await.map_err(|error| error.to_string())?;
    let told: Value = serde_json::from_slice(answer.body).map_err(|error| error.to_string())?;
    Ok(text(&told, "client_id"))
}

fn text(told: &Value, name: &str) -> String {
    told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
