//! `issuer key ...` with the real program beside a running issuer.

use std::process::Output;

use issuer::key_rotation::Watch;
use serde_json::Value;
use shared::clock::Clock;

use crate::support::TestIssuer;
use crate::support::program::{complaint, program, said};

fn key(issuer: &TestIssuer, arguments: &[&str]) -> Output {
    let (database, keys) = (issuer.database.url(), issuer.keys_dir().display().to_string());
    let settings = [("ISSUER_DATABASE_URL", &*database), ("ISSUER_KEYS_DIR", &*keys)];
    let folder = tempfile::tempdir().unwrap();
    let arguments = [&["key"], arguments].concat();
    program(&arguments, &settings, folder.path()).output().unwrap()
}

fn states(output: &Output) -> Vec<(String, String)> {
    let text = |line: &Value, member: &str| line[member].as_str().unwrap().to_owned();
    let lines = said(output);
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (text(&line, "kid"), text(&line, "state"))).collect()
}

fn only_states(output: &Output) -> Vec<String> {
    states(output).into_iter().map(|(_, state)| state).collect()
}

async fn events(issuer: &TestIssuer, kind: &str) -> String {
    let sql = "SELECT CAST(COUNT(*) AS TEXT) FROM audit_events WHERE kind = $1";
    issuer.database.text(sql, &[kind]).await
}

#[actix_web::test]
async fn a_key_is_made_brought_forward_and_the_old_one_taken_away_by_force_only() {
    let issuer = TestIssuer::now(crate::support::database::TestDatabase::of_this_run()).await;
    let old = issuer.app.keys.signing.kid();
    assert_eq!(only_states(&key(&issuer, &["list", "--json"])), ["signing"]);
    assert!(complaint(&key(&issuer, &["retire", "--force", "--", &old])).contains("rotate --now"));

    assert_eq!(only_states(&key(&issuer, &["new", "--json"])), ["signing", "published"]);
    assert!(complaint(&key(&issuer, &["new"])).contains("waits already"));
    assert!(complaint(&key(&issuer, &["rotate"])).contains("within the hour"));
    // Two keys do not begin in one second, and the first began in the one in which the test did.
    while Clock::System.now() <= issuer.clock.now() {
        actix_web::rt::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(
        only_states(&key(&issuer, &["rotate", "--now", "--json"])),
        ["verifying", "signing"]
    );
    // The clock of the issuer in this process stands; the program's went on.
    issuer.advance(600);
    Watch::default().look(&issuer.app).await;
    let new = issuer.app.keys.signing.kid();
    assert_ne!(new, old, "the running issuer signs with it");

    assert!(complaint(&key(&issuer, &["retire", "--", &old])).contains("--force"));
    let left = states(&key(&issuer, &["retire", "--force", "--json", "--", &old]));
    assert_eq!(left, [(new.clone(), "signing".to_owned())]);
    Watch::default().look(&issuer.app).await;
    assert!(issuer.app.keys.signing.jwks().find(&old).is_none());
    assert!(complaint(&key(&issuer, &["retire", "--", &old])).contains("there is no key"));
    assert_eq!(events(&issuer, "key_retired").await, "1");

    let lines = said(&key(&issuer, &["list"]));
    assert!(
        lines.contains(&new) && lines.contains("signs from") && lines.contains("UTC"),
        "{lines}"
    );
}
