//! From the first request to tokens, and what is left of it.

use serde_json::{Value, json};

use super::{DEVICE_CODE, Device, ask, headless, offering};
use crate::support::database::TestDatabase;
use crate::support::{RESOURCE, TestIssuer, error, text};

async fn metadata(issuer: &TestIssuer) -> Value {
    let request = issuer.request("GET", "/.well-known/oauth-authorization-server");
    request.send().await.unwrap().json().await.unwrap()
}

#[actix_web::test]
async fn a_program_without_a_browser_gets_tokens_once_a_person_typed_its_code() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let client_id = headless(&issuer, "A tool on a server").await;
        let (status, body) = ask(&issuer, &[("client_id", &client_id), ("scope", "food:read openid")]).await;
        assert_eq!(
            (status, &body["expires_in"], &body["interval"]),
            (200, &json!(600), &json!(5)),
            "{body}"
        );
        let page = format!("{}/device", issuer.url);
        assert_eq!(text(&body, "verification_uri"), page);
        let device = Device::of(&client_id, &body);
        assert_eq!(
            text(&body, "verification_uri_complete"),
            format!("{page}?user_code={}", device.user_code)
        );
        assert_eq!(error(&device.poll(&issuer).await), (400, "authorization_pending"));
        let mut alex = issuer.signed_in_person("alex").await;
        alex.allow_device(&device).await;
        let (status, tokens) = device.poll(&issuer).await;
        assert_eq!((status, text(&tokens, "scope")), (200, "food:read openid"), "{tokens}");
        assert!(tokens["id_token"].is_string() && tokens["expires_in"].is_number());
        let (status, refreshed) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(status, 200, "{refreshed}");
        let kinds = "SELECT COUNT(*) FROM audit_events WHERE kind IN ('consent_given', 'grant_begun')
            AND client_id IS NOT NULL AND user_id IS NOT NULL";
        assert_eq!(issuer.database.count(kinds).await, 2);
    }
}

#[actix_web::test]
async fn the_grant_is_a_connected_app_and_ends_with_it() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let client_id = headless(&issuer, "A tool on a server").await;
    let device = Device::begin(&issuer, &client_id, &[]).await;
    let mut alex = issuer.signed_in_person("alex").await;
    alex.allow_device(&device).await;
    let (_, tokens) = device.poll(&issuer).await;
    let list = alex.get("/account").await.text;
    assert!(
        list.contains("“A tool on a server”")
            && list.contains("a program on another machine, by a code that you typed"),
        "{list}"
    );
    alex.press("/account/apps", &[("client_id", &client_id)]).await;
    let refused = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(error(&refused), (400, "invalid_grant"));
    assert!(!alex.get("/account").await.text.contains("A tool on a server"));
}

#[actix_web::test]
async fn the_grant_is_in_the_metadata_where_it_is_offered_and_nothing_of_it_elsewhere() {
    let on = offering(TestDatabase::of_this_run()).await;
    let document = metadata(&on).await;
    assert_eq!(
        text(&document, "device_authorization_endpoint"),
        format!("{}/oauth/device_authorization", on.url)
    );
    let listed = |document: &Value| {
        document["grant_types_supported"]
            .as_array()
            .unwrap()
            .contains(&json!(DEVICE_CODE))
    };
    assert!(listed(&document));
    assert!(document.to_string().len() < 3000, "clients keep it in small stores");

    let off = TestIssuer::start().await;
    off.account("alex").await;
    let document = metadata(&off).await;
    assert!(document.get("device_authorization_endpoint").is_none() && !listed(&document));
    let client_id = off.client().await;
    let asked = ask(&off, &[("client_id", &client_id)]).await;
    assert_eq!(error(&asked), (400, "unsupported_grant_type"));
    let form = [
        ("grant_type", DEVICE_CODE),
        ("client_id", client_id.as_str()),
        ("device_code", "x"),
    ];
    assert_eq!(error(&off.post_token(&form).await), (400, "unsupported_grant_type"));
    let mut alex = off.signed_in_person("alex").await;
    assert_eq!(alex.get("/device").await.status, 404);
    let csrf = alex.get("/account").await.field("csrf");
    for path in ["/device", "/device/decide"] {
        assert_eq!(alex.post(path, &[("csrf", &csrf)]).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn resource_and_scope_are_those_of_the_code_grant() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let client_id = headless(&issuer, "Tool").await;
    let asked = |name: &'static str, value: &'static str| {
        let form = [("client_id", client_id.clone()), (name, value.to_owned())];
        let issuer = &issuer;
        async move {
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            ask(issuer, &form).await
        }
    };
    assert_eq!(
        error(&asked("resource", "https://other.example/").await),
        (400, "invalid_target")
    );
    assert_eq!(error(&asked("scope", "a\"b").await), (400, "invalid_scope"));
    assert_eq!(error(&asked("client_id", "twice").await), (400, "invalid_request"));
    let device = Device::begin(&issuer, &client_id, &[("scope", "food:read unknown")]).await;
    let mut alex = issuer.signed_in_person("alex").await;
    alex.allow_device(&device).await;
    let other: Vec<_> = device
        .form()
        .into_iter()
        .chain([("resource", crate::support::OTHER_RESOURCE)])
        .collect();
    assert_eq!(
        error(&issuer.post_token(&other).await),
        (400, "invalid_target"),
        "and nothing is used up"
    );
    let own: Vec<_> = device.form().into_iter().chain([("resource", RESOURCE)]).collect();
    let (status, tokens) = issuer.post_token(&own).await;
    assert_eq!((status, text(&tokens, "scope")), (200, "food:read"));
}
