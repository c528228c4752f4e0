//! The program is killed in the middle of refreshes, again and again: every client can go on.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::Value;
use shared::random;

use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::{TestIssuer, client, refresh_form, text};

const CLIENTS: usize = 6;

/// A client that keeps what it is given, as far as an answer arrives.
struct Kept {
    client_id: String,
    token: RefCell<String>,
}

#[actix_web::test]
async fn every_client_can_go_on_after_kill_9() {
    let database = TestDatabase::of_this_run();
    let rounds = if database.is_postgres() { 10 } else { 30 };
    killed(database, rounds).await;
}

/// Kills so many times, at a random moment of all clients' rotations; how many rotations that interrupted.
pub async fn killed(database: TestDatabase, rounds: usize) -> usize {
    let issuer = TestIssuer::now(database).await;
    let kept: Vec<Kept> = join_all((0..CLIENTS).map(|_| sign_in(&issuer))).await;
    let issuer = issuer.stop().await;
    let interrupted = Cell::new(0);
    for round in 0..rounds {
        // With a window and without one: the same token again, or a recovery.
        let window = if round % 2 == 0 { "30" } else { "0" };
        let log = tempfile::tempfile().unwrap();
        let mut process = Process::start(&issuer, &[("ISSUER_REFRESH_GRACE_SECONDS", window)], log).await;
        for kept in &kept {
            assert!(refresh(&process.url, kept).await.is_some(), "round {round}");
        }
        let url = process.url.clone();
        let refreshing = join_all(kept.iter().map(|kept| refresh_until_it_dies(&url, kept, &interrupted)));
        let moment = u64::from(u16::from_be_bytes(random::bytes().unwrap())) % 60_000;
        let killing = async {
            actix_web::rt::time::sleep(Duration::from_micros(moment)).await;
            process.kill();
        };
        join(refreshing, killing).await;
    }
    assert!(
        interrupted.get() > rounds / 2,
        "killed beside the refreshes: {interrupted:?}"
    );
    let database = &issuer.database;
    if !database.is_postgres() {
        let damages = "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
        assert_eq!(database.count(damages).await, 0);
    }
    let families = i64::try_from(CLIENTS).unwrap();
    assert_eq!(
        database
            .count("SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL")
            .await,
        families
    );
    assert_eq!(
        database
            .count("SELECT COUNT(*) FROM audit_events WHERE kind = 'refresh_reuse'")
            .await,
        0
    );
    interrupted.get()
}

async fn sign_in(issuer: &TestIssuer) -> Kept {
    let (client_id, tokens) = issuer.signed_in().await;
    let token = RefCell::new(text(&tokens, "refresh_token").to_owned());
    Kept { client_id, token }
}

async fn refresh_until_it_dies(url: &str, kept: &Kept, interrupted: &Cell<usize>) {
    while refresh(url, kept).await.is_some() {}
    interrupted.set(interrupted.get() + 1);
}

/// Refreshes and keeps the new token; `None` when no answer came.
async fn refresh(url: &str, kept: &Kept) -> Option<()> {
    let token = kept.token.borrow().clone();
    let request = client()
        .post(format!("{url}/oauth/token"))
        .form(&refresh_form(&kept.client_id, &token));
    let answer = request.send().await.ok()?;
    let status = answer.status();
    let tokens: Value = answer.json().await.ok()?;
    assert_eq!(status, 200, "{tokens}");
    kept.token.replace(text(&tokens, "refresh_token").to_owned());
    Some(())
}
