//! What this program is when it is started to be measured: the two servers themselves, or what they cannot do without.
//!
//! The servers are the same code as in their own programs, with the same allocator and the same profile.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use issuer::config::SigningAlgorithm;
use issuer::keys::Keys;
use serde_json::{Value, json};
use shared::clock::Clock;
use sqlx::{Connection, SqliteConnection};

use crate::noop;

/// Runs the role that the arguments name, if they name one.
pub fn run(arguments: &[OsString]) -> Option<ExitCode> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let ended = match words.as_slice() {
        // Without a command of its own it is the scenario of this name.
        [_, "issuer", "serve" | "client" | "user", ..] => return Some(issuer::run(arguments.iter().skip(1).cloned())),
        [_, "resource", ..] => return Some(resource::run(arguments.iter().skip(1).cloned())),
        [_, "raw", address] => block_on(raw(address)),
        [_, "noop", address] => block_on(noop::bare(address)),
        [_, "guarded-noop", address, issuer] => block_on(noop::guarded(address, issuer)),
        [_, "open-noop", address, issuer] => block_on(noop::open(address, issuer)),
        [_, "sqlite", rows, file] => block_on(rows_a_second(rows, file)),
        [_, "sign", folder] => signatures(folder),
        [_, "verify", folder] => verifications(folder),
        _ => return None,
    };
    Some(match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            println!("{error}");
            ExitCode::FAILURE
        }
    })
}

fn block_on(role: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    actix_web::rt::System::new().block_on(role)
}

/// A handler with a fixed body: the most that HTTP allows here.
async fn raw(address: &str) -> Result<(), String> {
    let server = HttpServer::new(|| {
        let fixed = || {
            std::future::ready(
                HttpResponse::Ok()
                    .content_type("application/json")
                    .body("{\"ok\":true}"),
            )
        };
        App::new().default_service(web::to(fixed))
    });
    let server = server
        .tcp_nodelay(true)
        .bind(address)
        .map_err(|error| error.to_string())?;
    server.run().await.map_err(|error| error.to_string())
}

/// How many rows a second SQLite makes durable, with so many in each commit; printed.
async fn rows_a_second(rows: &str, file: &str) -> Result<(), String> {
    let rows: u32 = rows.parse().map_err(|_| "a number of rows")?;
    let rate = insert_rows(rows, file).await.map_err(|error| error.to_string())?;
    println!("{rate}");
    Ok(())
}

async fn insert_rows(rows: u32, file: &str) -> Result<f64, sqlx::Error> {
    let mut database = SqliteConnection::connect(&format!("sqlite:{file}?mode=rwc")).await?;
    let set_up = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT";
    sqlx::raw_sql(set_up).execute(&mut database).await?;
    let (begun, mut inserted) = (Instant::now(), 0);
    while begun.elapsed() < MEASURED {
        let mut transaction = database.begin_with("BEGIN IMMEDIATE").await?;
        for _ in 0..rows {
            let insert = sqlx::query("INSERT INTO rows (word) VALUES ($1)").bind("the word of a row");
            insert.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        inserted += rows;
    }
    Ok(f64::from(inserted) / begun.elapsed().as_secs_f64())
}

/// How long such a role measures.
const MEASURED: Duration = Duration::from_secs(2);

/// The claims of an access token.
fn claims() -> Value {
    json!({"iss": "http://localhost:8080", "sub": "0f6b5c1e-0001-4000-8000-000000000001",
        "aud": "http://localhost:8081/mcp", "client_id": "0f6b5c1e-0002-4000-8000-000000000002",
        "scope": "food:read food:write", "iat": 1_800_000_000, "exp": 1_800_000_900,
        "jti": "0f6b5c1e-0003-4000-8000-000000000003"})
}

/// How many access tokens a second are signed with new keys in this folder; printed, ES256 and then EdDSA.
fn signatures(folder: &str) -> Result<(), String> {
    let claims = claims();
    for algorithm in [SigningAlgorithm::ES256, SigningAlgorithm::EdDSA] {
        let folder = PathBuf::from(folder).join(format!("{algorithm:?}"));
        let keys = Keys::open(&folder, algorithm, &Clock::System).map_err(|error| error.to_string())?;
        println!("{}", signed_a_second(&keys, &claims)?);
    }
    Ok(())
}

fn signed_a_second(keys: &Keys, claims: &Value) -> Result<f64, String> {
    a_second(|| {
        let signed = keys.signing.sign("at+jwt", claims);
        signed.map(drop).map_err(|error| error.to_string())
    })
}

/// How many access tokens a second are verified with a new ES256 key in this folder; printed.
fn verifications(folder: &str) -> Result<(), String> {
    let keys = Keys::open(&PathBuf::from(folder), SigningAlgorithm::ES256, &Clock::System);
    let keys = keys.map_err(|error| error.to_string())?;
    let token = keys
        .signing
        .sign("at+jwt", &claims())
        .map_err(|error| error.to_string())?;
    let verify = || {
        let claims: Option<Value> = keys.signing.verify("at+jwt", &token);
        claims.map(drop).ok_or_else(|| "a signature does not hold".to_owned())
    };
    println!("{}", a_second(verify)?);
    Ok(())
}

fn a_second(step: impl Fn() -> Result<(), String>) -> Result<f64, String> {
    let (begun, mut done) = (Instant::now(), 0_u32);
    while begun.elapsed() < MEASURED {
        step()?;
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}
