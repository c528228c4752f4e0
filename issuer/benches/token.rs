//! How long a refresh and a code exchange take, beside what they cannot do without: one signature and
//! one commit that is synced to the disk. The ratio is what to look at; the rest depends on the machine.
//!
//! `cargo bench -p issuer`, with a number behind `--` for more or fewer rounds.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench")]
#![expect(dead_code, unreachable_pub, reason = "what the tests share has more than this needs")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::Value;
use sqlx::{Connection, Executor, SqliteConnection};

use support::{TestIssuer, text};

const ROUNDS: usize = 300;
const AT_ONCE: usize = 8;

fn main() {
    let rounds = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(ROUNDS);
    actix_web::rt::System::new().block_on(measure(rounds));
}

async fn measure(rounds: usize) {
    let issuer = TestIssuer::start().await;
    let base = baseline(&issuer, rounds).await;
    println!("{rounds} rounds, microseconds each");
    show("baseline: a signature and a commit", base, base);
    show(
        "GET /healthz: the way there and back",
        healthz(&issuer, rounds).await,
        base,
    );
    show("code exchange", exchanges(&issuer, rounds).await, base);
    show("refresh", refreshes(&issuer, rounds).await, base);
    show(
        "refresh, 8 clients at once",
        refreshes_at_once(&issuer, rounds).await,
        base,
    );
    show(
        "refresh, 8 times the same token",
        same_token(&issuer, rounds).await,
        base,
    );
}

fn show(what: &str, each: Duration, base: Duration) {
    let ratio = each.as_secs_f64() / base.as_secs_f64();
    println!("{what:<38} {:>8} {ratio:>6.2} x", each.as_micros());
}

fn each(begun: Instant, rounds: usize) -> Duration {
    begun.elapsed() / u32::try_from(rounds).unwrap()
}

/// A signed JWT of the usual size, and a commit in a file with the same settings as the issuer's.
async fn baseline(issuer: &TestIssuer, rounds: usize) -> Duration {
    let (_, tokens) = issuer.signed_in().await;
    let claims: Value = issuer
        .app
        .keys
        .signing
        .verify("at+jwt", text(&tokens, "access_token"))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("bare.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let set_up = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE bare (id INTEGER PRIMARY KEY, n INTEGER) STRICT; INSERT INTO bare VALUES (1, 0)";
    sqlx::raw_sql(set_up).execute(&mut database).await.unwrap();
    let begun = Instant::now();
    for _ in 0..rounds {
        issuer.app.keys.signing.sign("at+jwt", &claims).unwrap();
        database
            .execute("UPDATE bare SET n = n + 1 WHERE id = 1")
            .await
            .unwrap();
    }
    each(begun, rounds)
}

async fn healthz(issuer: &TestIssuer, rounds: usize) -> Duration {
    let begun = Instant::now();
    for _ in 0..rounds {
        issuer
            .request("GET", "/healthz")
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
    }
    each(begun, rounds)
}

async fn exchanges(issuer: &TestIssuer, rounds: usize) -> Duration {
    let (client_id, user_id) = (issuer.client().await, issuer.user().await);
    let mut codes = Vec::new();
    for _ in 0..rounds {
        codes.push(issuer.code_for(&client_id, &user_id, "food:read").await);
    }
    let begun = Instant::now();
    for code in &codes {
        assert_eq!(issuer.exchange(code).await.0, 200);
    }
    each(begun, rounds)
}

async fn refreshes(issuer: &TestIssuer, rounds: usize) -> Duration {
    let (client_id, mut tokens) = issuer.signed_in().await;
    let begun = Instant::now();
    for _ in 0..rounds {
        tokens = refresh(issuer, &client_id, &tokens).await;
    }
    each(begun, rounds)
}

async fn refreshes_at_once(issuer: &TestIssuer, rounds: usize) -> Duration {
    let signed_in = join_all((0..AT_ONCE).map(|_| issuer.signed_in())).await;
    let begun = Instant::now();
    join_all(signed_in.into_iter().map(async |(client_id, mut tokens)| {
        for _ in 0..rounds / AT_ONCE {
            tokens = refresh(issuer, &client_id, &tokens).await;
        }
    }))
    .await;
    each(begun, rounds / AT_ONCE * AT_ONCE)
}

async fn same_token(issuer: &TestIssuer, rounds: usize) -> Duration {
    let (client_id, tokens) = issuer.signed_in().await;
    let begun = Instant::now();
    for _ in 0..rounds / AT_ONCE {
        join_all((0..AT_ONCE).map(|_| refresh(issuer, &client_id, &tokens))).await;
    }
    each(begun, rounds / AT_ONCE * AT_ONCE)
}

async fn refresh(issuer: &TestIssuer, client_id: &str, tokens: &Value) -> Value {
    let (status, next) = issuer.refresh(client_id, text(tokens, "refresh_token")).await;
    assert_eq!(status, 200, "{next}");
    next
}
