//! Pushed authorization requests: RFC 9126.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::person::CHALLENGE;
use crate::support::{RESOURCE, TestIssuer, error, read, text};

const CALLBACK: &str = "http://localhost/callback";

/// The request of a well-behaved client with one parameter changed; an empty value leaves it out.
fn form<'a>(client_id: &'a str, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let good = [
        ("client_id", client_id),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", "st4te"),
        ("scope", "food:read openid"),
        ("nonce", "n"),
        ("resource", RESOURCE),
    ];
    let others = good.into_iter().filter(|(key, _)| *key != name);
    others
        .chain([(name, value)])
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

async fn push(issuer: &TestIssuer, form: &[(&str, &str)]) -> (u16, Value) {
    let request = issuer.request("POST", "/oauth/par").form(form);
    read(request.send().await.unwrap()).await
}

/// The link for a request that was pushed.
async fn link(issuer: &TestIssuer, client_id: &str) -> String {
    let (status, body) = push(issuer, &form(client_id, "", "")).await;
    assert_eq!((status, body.get("expires_in")), (201, Some(&json!(90))), "{body}");
    let request_uri = text(&body, "request_uri");
    assert!(
        request_uri.starts_with("urn:ietf:params:oauth:request_uri:"),
        "{request_uri}"
    );
    format!("/oauth/authorize?client_id={client_id}&request_uri={request_uri}")
}

async fn scene() -> (TestIssuer, String) {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let client_id = issuer.client_named("Local", &[CALLBACK]).await;
    (issuer, client_id)
}

#[actix_web::test]
async fn a_pushed_request_gives_a_code_and_the_link_changes_nothing_in_it() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let client_id = issuer.client_named("Local", &[CALLBACK]).await;
        let link = link(&issuer, &client_id).await;
        let mut alex = issuer.signed_in_person("alex").await;
        let page = alex
            .visit(&format!(
                "{link}&scope=food:write&state=other&redirect_uri=https://evil.example/"
            ))
            .await;
        assert!(
            page.text.contains("look up foods") && !page.text.contains("save foods"),
            "{}",
            page.text
        );
        let answer = alex.decide(&page, "allow").await;
        assert!(answer.location().starts_with(CALLBACK));
        assert_eq!(answer.answer("state").as_deref(), Some("st4te"));
        let (status, tokens) = issuer.redeem(&client_id, &answer).await;
        assert_eq!((status, text(&tokens, "scope")), (200, "food:read openid"));
    }
}

#[actix_web::test]
async fn the_link_is_for_one_browser_one_client_and_90_seconds() {
    let (issuer, client_id) = scene().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let first = link(&issuer, &client_id).await;
    assert_eq!(alex.get(&first).await.status, 303);
    assert_eq!(alex.get(&first).await.status, 303, "loaded again");
    let other = issuer.signed_in_person("alex").await.get(&first).await;
    assert_eq!(other.status, 410, "another browser");

    let someone_else = issuer.client_named("Other", &[CALLBACK]).await;
    let second = link(&issuer, &client_id).await.replace(&client_id, &someone_else);
    assert_eq!(alex.get(&second).await.status, 410, "another client");

    let third = link(&issuer, &client_id).await;
    issuer.advance(89);
    assert_eq!(alex.get(&third).await.status, 303);
    issuer.advance(1);
    assert_eq!(alex.get(&third).await.status, 410);
}

#[actix_web::test]
async fn of_browsers_that_come_at_once_one_gets_the_request() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let client_id = issuer.client_named("Local", &[CALLBACK]).await;
        let link = link(&issuer, &client_id).await;
        let browsers = (0..12).map(|_| {
            let (mut person, link) = (issuer.person(), link.clone());
            async move { person.get(&link).await.status }
        });
        let statuses = join_all(browsers).await;
        let got = statuses.iter().filter(|status| **status == 303).count();
        assert_eq!((got, statuses.len()), (1, 12), "{statuses:?}");
    }
}

#[actix_web::test]
async fn what_is_wrong_is_told_when_it_is_pushed() {
    let (issuer, client_id) = scene().await;
    for (name, value, code) in [
        ("client_id", "unknown", (401, "invalid_client")),
        ("client_id", "", (401, "invalid_client")),
        ("redirect_uri", "https://evil.example/cb", (400, "invalid_request")),
        ("response_type", "token", (400, "unsupported_response_type")),
        ("code_challenge", "", (400, "invalid_request")),
        ("code_challenge_method", "plain", (400, "invalid_request")),
        ("scope", "\"", (400, "invalid_scope")),
        ("resource", "https://unknown.example/", (400, "invalid_target")),
        ("request", "a.b.c", (400, "request_not_supported")),
        (
            "request_uri",
            "urn:ietf:params:oauth:request_uri:x",
            (400, "invalid_request"),
        ),
        ("prompt", "none login", (400, "invalid_request")),
    ] {
        let answer = push(&issuer, &form(&client_id, name, value)).await;
        assert_eq!(error(&answer), code, "{name}={value}: {}", answer.1);
    }
}

#[actix_web::test]
async fn request_uri_leads_to_nothing_else() {
    let (issuer, client_id) = scene().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let good = form(&client_id, "", "");
    let encoded = |value: &str| value.replace(' ', "+").replace(':', "%3A").replace('/', "%2F");
    let pairs: Vec<_> = good
        .iter()
        .map(|(name, value)| format!("&{name}={}", encoded(value)))
        .collect();
    let query = pairs.concat();
    for elsewhere in [
        "https%3A%2F%2Fevil.example%2Frequest.jwt",
        "urn%3Aother",
        "urn:ietf:params:oauth:request_uri:x",
    ] {
        let answer = alex
            .get(&format!("/oauth/authorize?request_uri={elsewhere}{query}"))
            .await;
        assert_eq!(
            answer.answer("error").as_deref(),
            Some("request_uri_not_supported"),
            "{elsewhere}"
        );
    }
    let unknown = "A".repeat(43);
    let link = format!("/oauth/authorize?request_uri=urn:ietf:params:oauth:request_uri:{unknown}{query}");
    assert_eq!(alex.get(&link).await.status, 410);
}

#[actix_web::test]
async fn a_client_may_want_all_its_requests_pushed() {
    let (issuer, _) = scene().await;
    let metadata = json!({"client_name": "Strict", "redirect_uris": [CALLBACK],
        "require_pushed_authorization_requests": true});
    let request = issuer.request("POST", "/oauth/register").json(&metadata);
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["require_pushed_authorization_requests"], true);
    let client_id = text(&body, "client_id");
    let mut alex = issuer.signed_in_person("alex").await;
    let plain = crate::support::person::authorize(client_id, CALLBACK, "");
    assert_eq!(
        alex.get(&plain).await.answer("error").as_deref(),
        Some("invalid_request")
    );
    let link = link(&issuer, client_id).await;
    assert!(alex.visit(&link).await.title().contains("Allow"));
}
