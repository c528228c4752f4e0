//! Accounts at the command line, beside a running issuer, and the link for the first one.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use super::support::TestIssuer;
use super::support::person::PASSWORD;
use super::support::program::{complaint, program, said};

/// Runs the program on the database of a running issuer, with this text on its standard input.
fn issuer_with(issuer: &TestIssuer, arguments: &[&str], input: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let url = issuer.database.url();
    let mut command = program(arguments, &[("ISSUER_DATABASE_URL", &url)], folder.path());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // A program that ends before it reads closes the pipe; what it says then is what is tested.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

#[actix_web::test]
async fn an_account_added_while_the_issuer_runs_can_sign_in_at_once() {
    let issuer = TestIssuer::start().await;
    let added = issuer_with(
        &issuer,
        &["user", "add", "Alex", "--password-stdin"],
        &format!("{PASSWORD}\n"),
    );
    assert_eq!((added.status.code(), said(&added).as_str()), (Some(0), "added Alex\n"));
    let mut person = issuer.person();
    let page = person.visit("/sign-in").await;
    assert_eq!(person.sign_in(&page, "alex", PASSWORD).await.status, 303);
    let listed = issuer_with(&issuer, &["user", "list", "--json"], "");
    let user: Value = serde_json::from_str(&said(&listed)).unwrap();
    assert_eq!(user.get("name"), Some(&Value::from("Alex")));
    assert!(!said(&listed).contains("argon2"));
    assert!(said(&issuer_with(&issuer, &["user", "list"], "")).contains("Alex"));
}

#[actix_web::test]
async fn a_mistake_is_one_clear_line_and_adds_nothing() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    for (arguments, input, words) in [
        (
            vec!["user", "add", "ALEX", "--password-stdin"],
            PASSWORD,
            "there is an account named",
        ),
        (vec!["user", "add", "robin", "--password-stdin"], "short", "at least 8"),
        (vec!["user", "add", "robin", "--password-stdin"], "", "at least 8"),
        (
            vec!["user", "add", "rob in", "--password-stdin"],
            PASSWORD,
            "without spaces",
        ),
        (vec!["user", "add", "robin"], PASSWORD, "--password-stdin"),
    ] {
        let complained = complaint(&issuer_with(&issuer, &arguments, input));
        assert!(
            complained.contains(words) && !complained.contains(PASSWORD),
            "{complained}"
        );
    }
    assert_eq!(issuer.database.count("SELECT COUNT(*) FROM users").await, 1);
}
