//! `issuer client ...` beside a running issuer.

use serde_json::{Value, json};

use super::Confidential;
use crate::support::program::{complaint, run, said};
use crate::support::{REDIRECT_URI, TestIssuer, error, text};

const TOKEN: &str = "/oauth/token";

/// Runs `issuer client ARGUMENTS --json`, which must succeed; its lines.
pub fn client(issuer: &TestIssuer, arguments: &[&str]) -> Vec<Value> {
    client_with(issuer, arguments, &[])
}

/// The same with settings besides.
pub fn client_with(issuer: &TestIssuer, arguments: &[&str], settings: &[(&str, &str)]) -> Vec<Value> {
    let arguments = [&["client"], arguments, &["--json"]].concat();
    let url = issuer.database.url();
    let output = run(
        &arguments,
        &[&[("ISSUER_DATABASE_URL", url.as_str())], settings].concat(),
    );
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    let lines = said(&output);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What it complains of.
pub fn complains(issuer: &TestIssuer, arguments: &[&str]) -> String {
    let arguments = [&["client"], arguments].concat();
    complaint(&run(&arguments, &[("ISSUER_DATABASE_URL", &issuer.database.url())]))
}

fn added(issuer: &TestIssuer, more: &[&str]) -> Confidential {
    let lines = client(
        issuer,
        &[&["add", "Claude Code", "--redirect-uri", REDIRECT_URI], more].concat(),
    );
    Confidential::of(&lines)
}

#[actix_web::test]
async fn a_client_that_is_added_authenticates_in_either_way_unless_one_was_chosen() {
    let issuer = TestIssuer::start().await;
    let either = added(&issuer, &[]);
    let code = issuer.code(&either.client_id).await;
    assert_eq!(either.basic(&issuer, TOKEN, &code.form()).await.0, 200);
    let code = issuer.code(&either.client_id).await;
    assert_eq!(
        either.post(&issuer, TOKEN, &code.form_but("client_id", "")).await.0,
        200
    );

    let post = added(&issuer, &["--method", "client_secret_post"]);
    let code = issuer.code(&post.client_id).await;
    assert_eq!(
        error(&post.basic(&issuer, TOKEN, &code.form()).await),
        (401, "invalid_client")
    );
    assert_eq!(post.post(&issuer, TOKEN, &code.form_but("client_id", "")).await.0, 200);

    let public = client(
        &issuer,
        &["add", "Public", "--redirect-uri", REDIRECT_URI, "--method", "none"],
    );
    assert!(public[0].get("client_secret").is_none(), "{public:?}");
    let code = issuer.code(text(&public[0], "client_id")).await;
    assert_eq!(issuer.exchange(&code).await.0, 200);
}

#[actix_web::test]
async fn a_secret_is_exchanged_listed_and_retired() {
    let issuer = TestIssuer::now(crate::support::database::TestDatabase::of_this_run()).await;
    let old = added(&issuer, &[]);
    let made = client(&issuer, &["secret", "new", &old.client_id]);
    let new = Confidential {
        secret: text(&made[0], "client_secret").to_owned(),
        ..old.clone()
    };
    let works = async |client: &Confidential| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        error(&client.basic(&issuer, TOKEN, &form).await) == (400, "invalid_grant")
    };
    assert!(works(&old).await && works(&new).await);
    let listed = client(&issuer, &["secret", "list", &old.client_id]);
    assert_eq!(listed.len(), 2);
    assert!(
        listed.iter().all(|line| line.get("client_secret").is_none()),
        "{listed:?}"
    );
    let ends = |line: &&Value| line["expires_at"] != json!(0);
    let ending: Vec<&Value> = listed.iter().filter(ends).collect();
    assert_eq!(ending.len(), 1, "the old one ends: {listed:?}");
    client(
        &issuer,
        &["secret", "retire", &old.client_id, text(ending[0], "secret_id")],
    );
    // The program has the real time, which went on since.
    issuer.advance(3600);
    assert!(!works(&old).await && works(&new).await);
    client(&issuer, &["secret", "new", &old.client_id, "--overlap", "0"]);
    // The program has the real time, which went on since.
    issuer.advance(3600);
    assert!(!works(&new).await, "without overlap");
}

#[actix_web::test]
async fn clients_are_shown_and_deleted_and_mistakes_are_told_in_one_line() {
    let issuer = TestIssuer::start().await;
    let one = added(&issuer, &[]);
    let shown = client(&issuer, &["show", &one.client_id]);
    assert_eq!(text(&shown[0], "client_name"), "Claude Code");
    assert!(!shown[0].to_string().contains(&one.secret));
    for arguments in [
        &["show", "nobody"][..],
        &["delete", "nobody"],
        &["secret", "new", "nobody"],
        &["secret", "list", "nobody"],
    ] {
        assert!(complains(&issuer, arguments).contains("no client"), "{arguments:?}");
    }
    assert!(complains(&issuer, &["secret", "retire", &one.client_id, "x"]).contains("no such secret"));
    let uri = ["add", "A", "--redirect-uri", "http://example.com/cb"];
    assert!(complains(&issuer, &uri).contains("http://example.com/cb"));
    let method = ["add", "A", "--redirect-uri", REDIRECT_URI, "--method", "mtls"];
    assert!(complains(&issuer, &method).contains("client_secret_post"));
    let public = client(
        &issuer,
        &["add", "P", "--redirect-uri", REDIRECT_URI, "--method", "none"],
    );
    assert!(complains(&issuer, &["secret", "new", text(&public[0], "client_id")]).contains("none"));

    let code = issuer.code(&one.client_id).await;
    client(&issuer, &["delete", &one.client_id]);
    assert!(complains(&issuer, &["show", &one.client_id]).contains("no client"));
    assert_eq!(
        error(&one.basic(&issuer, TOKEN, &code.form()).await),
        (401, "invalid_client")
    );
}
