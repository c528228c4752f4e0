//! The program against servers that run.

use std::process::{Command, Output};

use resource::doctor::check::{Check, Verdict};
use resource::doctor::examine;
use serde_json::Value;
use shared::clock::Clock;
use shared::fetch::Fetch;

use super::pair::Pair;
use crate::support::TestResource;

/// Runs it while this thread serves.
async fn doctor(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_resource"));
    command.arg("doctor").args(arguments).env_clear();
    actix_web::rt::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[actix_web::test]
async fn our_own_resource_server_is_well() {
    let resource = TestResource::start().await;
    let report = examine(&resource.url, &Fetch::new().unwrap(), &Clock::System, &|_| ())
        .await
        .unwrap();
    for check in [
        Check::Challenge,
        Check::ResourceMetadata,
        Check::Resource,
        Check::ResourceExact,
        Check::ServerMetadata,
        Check::Issuer,
        Check::Scopes,
        Check::Keys,
        Check::Clock,
    ] {
        let finding = report.finding(check).unwrap();
        assert_eq!(finding.verdict, Verdict::Ok, "{finding:?}");
    }
}

#[actix_web::test]
async fn a_healthy_pair_is_told_by_a_table_and_success() {
    let pair = Pair::healthy();
    let url = pair.url.clone();
    let _served = actix_web::rt::spawn(pair.serve());
    let output = doctor(&[&url]).await;
    let (table, progress) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{table}{progress}");
    assert!(progress.contains(&format!("POST {url}")), "{progress}");
    let row = table.lines().find(|line| line.starts_with("challenge ")).unwrap();
    assert_eq!(
        row.split_whitespace().filter(|word| *word == "ok").count(),
        9,
        "{table}"
    );
    assert!(!table.contains("broken"), "{table}");
}

#[actix_web::test]
async fn json_says_the_same_and_a_broken_server_fails() {
    let mut pair = Pair::healthy();
    pair.challenge = None;
    let url = pair.url.clone();
    let _served = actix_web::rt::spawn(pair.serve());
    let output = doctor(&[&url, "--json"]).await;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!((&report["broken"], &report["url"]), (&true.into(), &url.clone().into()));
    assert_eq!(report["findings"][0]["verdict"], "broken");
    assert_eq!(report["clients"][0]["client"], "Claude Code");
    assert_eq!(report["clients"][0]["checks"]["challenge"], "broken");
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("something is broken")
    );
}

#[actix_web::test]
async fn a_server_that_is_not_there_is_broken_and_the_rest_is_unknown() {
    let report = examine(
        "http://127.0.0.1:1/mcp",
        &Fetch::new().unwrap(),
        &Clock::System,
        &|_| (),
    )
    .await
    .unwrap();
    assert_eq!(report.finding(Check::Challenge).unwrap().verdict, Verdict::Broken);
    assert_eq!(report.finding(Check::Pkce).unwrap().verdict, Verdict::Unknown);
    assert!(report.is_broken());
}
