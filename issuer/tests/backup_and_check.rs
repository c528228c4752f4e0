//! `issuer backup` and `issuer check`, beside a running issuer, and where something is wrong.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use shared::clock::Clock;

use crate::support::database::TestDatabase;
use crate::support::person::PASSWORD;
use crate::support::program::{complaint, said};
use crate::support::{TestIssuer, text};

/// What `check` finds: name and state, in its order.
fn checked(issuer: &TestIssuer) -> Vec<(String, String)> {
    let output = issuer.run_with(&["check", "--json"], "");
    let lines = said(&output);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found = lines
        .iter()
        .map(|line| (text(line, "check").to_owned(), text(line, "state").to_owned()));
    let found: Vec<_> = found.collect();
    let is_wrong = found.iter().any(|(_, state)| state == "failed");
    assert_eq!(output.status.code(), Some(i32::from(is_wrong)), "{output:?}");
    found
}

fn failed(issuer: &TestIssuer) -> Vec<String> {
    let found = checked(issuer).into_iter().filter(|(_, state)| state == "failed");
    found.map(|(name, _)| name).collect()
}

#[actix_web::test]
async fn check_finds_nothing_at_a_running_issuer_and_names_what_is_wrong() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::now(database).await;
        issuer.account("alex").await;
        let names: Vec<String> = checked(&issuer).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["settings", "keys", "database", "tables", "mac.key", "clock"]);
        assert!(failed(&issuer).is_empty());
        assert!(issuer.command(&["check"]).contains("ok       mac.key"));

        let mac = issuer.keys_dir().join("mac.key");
        fs::set_permissions(&mac, Permissions::from_mode(0o644)).unwrap();
        assert_eq!(failed(&issuer), ["keys"], "others can read it");
        fs::set_permissions(&mac, Permissions::from_mode(0o600)).unwrap();
        let right = fs::read(&mac).unwrap();
        fs::write(&mac, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap();
        assert_eq!(failed(&issuer), ["mac.key"]);
        fs::remove_file(&mac).unwrap();
        assert_eq!(failed(&issuer), ["mac.key"]);
        assert!(!mac.exists(), "it makes nothing");
        fs::write(&mac, right).unwrap();
        fs::set_permissions(&mac, Permissions::from_mode(0o600)).unwrap();

        issuer.advance(600);
        issuer.signed_in_person("alex").await;
        assert_eq!(failed(&issuer), ["clock"], "the database is from the future");
    }
}

#[actix_web::test]
async fn check_tells_damage_in_the_database_and_steps_that_wait() {
    let issuer = TestIssuer::now(TestDatabase::sqlite()).await.stop().await;
    let path = issuer.database.url().strip_prefix("sqlite:").unwrap().to_owned();
    let sql = "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
    issuer.database.execute(sql, &[]).await;
    let tables = |found: Vec<(String, String)>| found.into_iter().find(|(name, _)| name == "tables").unwrap().1;
    assert_eq!(tables(checked(&issuer)), "warning");
    issuer
        .database
        .execute("UPDATE _sqlx_migrations SET checksum = X'00'", &[])
        .await;
    assert_eq!(tables(checked(&issuer)), "failed");

    let mut bytes = fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes.iter_mut().skip(half).for_each(|byte| *byte = 0x5a);
    fs::write(&path, bytes).unwrap();
    assert!(failed(&issuer).contains(&"database".to_owned()));
}

#[actix_web::test]
async fn a_backup_of_a_running_issuer_is_whole_private_and_another_issuer_goes_on_with_it() {
    let issuer = TestIssuer::now(TestDatabase::sqlite()).await;
    issuer.account("alex").await;
    let (client_id, tokens) = issuer.signed_in().await;
    let folder = tempfile::tempdir().unwrap();
    let (file, missing) = (folder.path().join("copy.db"), folder.path().join("missing/copy.db"));
    let told = issuer.command_json(&["backup", file.to_str().unwrap()]);
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!(told["bytes"].as_u64(), Some(metadata.len()));
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let before = fs::read(&file).unwrap();
    let again = complaint(&issuer.run_with(&["backup", file.to_str().unwrap()], ""));
    assert!(again.contains("nothing is overwritten"), "{again}");
    assert_eq!(fs::read(&file).unwrap(), before);
    complaint(&issuer.run_with(&["backup", missing.to_str().unwrap()], ""));
    assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing else is left");

    // Whoever restores it has everybody's accounts and grants again.
    let issuer = issuer.stop().await;
    restore(&file, issuer.database.url().strip_prefix("sqlite:").unwrap());
    let issuer = issuer.restart().await;
    let page = issuer.person().get("/sign-in").await;
    assert_eq!(page.status, 200);
    let mut person = issuer.person();
    let page = person.get("/sign-in").await;
    assert_eq!(person.sign_in(&page, "alex", PASSWORD).await.status, 303);
    assert_eq!(issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.0, 200);
    assert!(issuer.clock.now() <= Clock::System.now());
}

fn restore(copy: &Path, database: &str) {
    for journal in ["-wal", "-shm"] {
        drop(fs::remove_file(format!("{database}{journal}")));
    }
    fs::copy(copy, database).unwrap();
}

#[actix_web::test]
async fn for_postgresql_the_backup_names_its_own_program_and_no_password() {
    let issuer = TestIssuer::now(TestDatabase::sqlite()).await;
    let url = "postgres://issuer:planted@localhost/issuer";
    let output = issuer.run_with(&["backup", "copy.dump", "--database-url", url], "");
    let line = complaint(&output);
    assert!(
        line.contains("pg_dump --format=custom --file=copy.dump") && !line.contains("planted"),
        "{line}"
    );
}
