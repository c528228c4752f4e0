//! threats.md B30: a request belongs to the browser where its code was typed, and its forms to our pages there.

use super::{Device, headless, offering};
use crate::support::database::TestDatabase;
use crate::support::person::Person;
use crate::support::{TestIssuer, error};

async fn scene() -> (TestIssuer, Device, Person) {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let device = Device::begin(&issuer, &headless(&issuer, "Tool").await, &[]).await;
    let alex = issuer.signed_in_person("alex").await;
    (issuer, device, alex)
}

#[actix_web::test]
async fn the_forms_are_taken_from_our_pages_in_this_browser_alone() {
    let (issuer, device, mut alex) = scene().await;
    let page = alex.type_code(&device.user_code).await;
    let (csrf, waiting) = (page.field("csrf"), page.field("waiting"));
    let mut mallory = issuer.signed_in_person("alex").await;
    let other = mallory.visit("/device").await.field("csrf");
    let decide = |csrf: &str| {
        [
            ("csrf".to_owned(), csrf.to_owned()),
            ("waiting".to_owned(), waiting.clone()),
            ("decision".to_owned(), "allow".to_owned()),
        ]
    };
    for (what, token, headers) in [
        ("no token", "", &[][..]),
        ("another session's", other.as_str(), &[]),
        ("another site", csrf.as_str(), &[("origin", "https://evil.example")]),
        (
            "another site, by fetch metadata",
            csrf.as_str(),
            &[("sec-fetch-site", "cross-site")],
        ),
    ] {
        let form = decide(token);
        let form: Vec<_> = form
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            alex.post_with("/device/decide", &form, headers).await.status,
            403,
            "{what}"
        );
        let enter = [("csrf", token), ("user_code", &device.user_code)];
        assert_eq!(alex.post_with("/device", &enter, headers).await.status, 403, "{what}");
    }
    // The address of the page, in another browser of whoever.
    let form = decide(&other);
    let form: Vec<_> = form
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(mallory.post("/device/decide", &form).await.status, 403);
    assert_eq!(mallory.get(&format!("/device?waiting={waiting}")).await.status, 403);
    assert_eq!(error(&device.poll(&issuer).await), (400, "authorization_pending"));
    assert_eq!(
        issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await,
        0
    );
}

/// Whoever types the code last has the request, so that a person may change to another browser.
#[actix_web::test]
async fn typing_the_code_elsewhere_takes_the_request_there() {
    let (issuer, device, mut alex) = scene().await;
    let first = alex.type_code(&device.user_code).await;
    let mut phone = issuer.signed_in_person("alex").await;
    let second = phone.type_code(&device.user_code).await;
    assert_eq!(alex.decide_device(&first, "allow").await.status, 410);
    assert!(phone.decide_device(&second, "allow").await.text.contains("You allowed"));
    assert_eq!(device.poll(&issuer).await.0, 200);
    assert_eq!(
        alex.type_code(&device.user_code).await.status,
        422,
        "an answered one is no code any more"
    );
}

/// What somebody who reads the database finds: no code, and no hash that codes could be tried out against.
#[actix_web::test]
async fn the_database_holds_no_code() {
    let (issuer, device, mut alex) = scene().await;
    alex.allow_device(&device).await;
    let row = "SELECT device_code_hash || ' ' || user_code_hash || ' ' || claim_hash FROM device_authorizations";
    let row = issuer.database.text(row, &[]).await;
    let plain = device.user_code.replace('-', "");
    for secret in [
        device.code.as_str(),
        &device.user_code,
        &plain,
        issuer::hash::SecretHash::of(&plain).as_str(),
        issuer::hash::SecretHash::of(&device.user_code).as_str(),
    ] {
        assert!(!row.contains(secret), "{row}");
    }
}
