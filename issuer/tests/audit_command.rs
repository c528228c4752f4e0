//! `issuer audit`: what it shows, of whom, since when, and while it waits for more.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::program::program;
use crate::support::{BEGIN, TestIssuer, text};

/// How long a line may take.
const PATIENCE: Duration = Duration::from_mins(1);

fn kinds(lines: &str) -> Vec<String> {
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let kinds = lines.map(|line| text(&line, "kind").to_owned());
    kinds.filter(|kind| !kind.starts_with("key_")).collect()
}

#[actix_web::test]
async fn it_shows_what_is_asked_for_oldest_first_in_a_line_each() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let user_id = issuer.account("Alex").await;
        issuer.account("robin").await;
        issuer.advance(86_400);
        issuer.signed_in_person("alex").await;
        issuer.signed_in_person("robin").await;
        let json = |more: &[&str]| kinds(&issuer.command(&[&["audit", "--json"], more].concat()));
        assert_eq!(json(&[]), ["user_added", "user_added", "sign_in", "sign_in"]);
        assert_eq!(json(&["--user", "alex"]), ["user_added", "sign_in"]);
        assert_eq!(json(&["--user", &user_id]), ["user_added", "sign_in"]);
        assert_eq!(json(&["--since", "2026-01-02"]), ["sign_in", "sign_in"]);
        assert!(json(&["--since", "2026-01-02T00:00:01Z"]).is_empty() && json(&["--user", "nobody"]).is_empty());
        let lines = issuer.command(&["audit", "--user", "alex"]);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(
            lines[0],
            "2026-01-01T00:00:00Z  user_added        user Alex  by command line"
        );
        assert!(
            lines[1].starts_with("2026-01-02T00:00:00Z  sign_in           user Alex  ("),
            "{lines:?}"
        );
        assert_eq!(issuer.clock.now(), BEGIN + 86_400);
    }
}

#[actix_web::test]
async fn more_than_a_page_is_shown_once_each() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3210)
         INSERT INTO audit_events (event_id, at, kind, detail) SELECT 'event' || i, 1767225600, 'sign_in', i FROM n";
        issuer.database.execute(sql, &[]).await;
        let shown = issuer.command(&["audit", "--json"]);
        let details = shown.lines().filter_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["detail"].as_str()?.parse().ok()
        });
        let details: Vec<u32> = details.collect();
        assert!(details == (1..=3210).collect::<Vec<_>>(), "{} lines", details.len());
    }
}

/// A program that follows, ended when it goes out of scope.
struct Follower(Child, Receiver<String>);

impl Follower {
    fn start(issuer: &TestIssuer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = issuer.database.url();
        let mut command = program(
            &["audit", "--follow", "--json"],
            &[("ISSUER_DATABASE_URL", &url)],
            folder.path(),
        );
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, receiver) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self(child, receiver)
    }

    /// The next kind that is not about keys.
    fn next(&self) -> String {
        loop {
            let line = self.1.recv_timeout(PATIENCE).unwrap();
            if let Some(kind) = kinds(&line).pop() {
                return kind;
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[actix_web::test]
async fn who_follows_sees_what_happens_as_it_happens() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let follower = Follower::start(&issuer);
        assert_eq!(follower.next(), "user_added");
        for _ in 0..2 {
            issuer.signed_in_person("alex").await;
            assert_eq!(follower.next(), "sign_in");
        }
        issuer.account("robin").await;
        assert_eq!(follower.next(), "user_added", "and nothing twice");
    }
}
