//! The pages: where they lead without a session, what they have around them, and what they look like in Chromium.

use super::{Device, headless, offering};
use crate::chromium::check_page;
use crate::support::chromium::Chromium;
use crate::support::database::TestDatabase;
use crate::support::person::PASSWORD;
use crate::support::{TestIssuer, error};

async fn scene() -> (TestIssuer, Device) {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let device = Device::begin(
        &issuer,
        &headless(&issuer, "A tool on a server").await,
        &[("scope", "food:read food:write openid")],
    )
    .await;
    (issuer, device)
}

#[actix_web::test]
async fn who_is_not_signed_in_signs_in_and_comes_back_to_the_code() {
    let (issuer, device) = scene().await;
    let mut person = issuer.person();
    let page = person
        .visit(&format!("/device?user_code={}", device.user_code.to_lowercase()))
        .await;
    assert!(page.title().starts_with("Sign in"));
    let (csrf, onward) = (page.field("csrf"), page.field("device"));
    let form = [
        ("csrf", csrf.as_str()),
        ("device", &onward),
        ("username", "alex"),
        ("password", "wrong one"),
    ];
    let again = person.post("/sign-in", &form).await;
    assert_eq!(
        (again.status, again.field("device")),
        (422, onward.clone()),
        "also after a mistake"
    );
    let form = [
        ("csrf", csrf.as_str()),
        ("device", &onward),
        ("username", "alex"),
        ("password", PASSWORD),
    ];
    let answer = person.post("/sign-in", &form).await;
    assert_eq!(answer.location(), format!("/device?user_code={}", device.user_code));
    let page = person.get(&answer.location()).await;
    assert_eq!(page.status, 200);

    // The other account of somebody who is at the decision.
    let page = person.type_code(&device.user_code).await;
    let link = format!("/sign-in?device={}", page.field("waiting"));
    assert!(page.text.contains(&link), "{}", page.text);
    issuer.account("sam").await;
    let sign_in = person.get(&link).await;
    let (csrf, onward) = (sign_in.field("csrf"), sign_in.field("device"));
    let form = [
        ("csrf", csrf.as_str()),
        ("device", &onward),
        ("username", "sam"),
        ("password", PASSWORD),
    ];
    let answer = person.post("/sign-in", &form).await;
    let page = person.get(&answer.location()).await;
    assert!(page.text.contains("As <strong><bdi>sam</bdi>"), "{}", page.text);
    assert!(person.decide_device(&page, "allow").await.text.contains("You allowed"));
    assert_eq!(device.poll(&issuer).await.0, 200);
}

/// What travels through the sign-in form is no address.
#[actix_web::test]
async fn signing_in_leads_to_pages_of_ours_alone() {
    let (issuer, _) = scene().await;
    for (device, expected) in [
        ("https://evil.example/", "/device"),
        ("//evil.example", "/device"),
        ("\" onfocus=alert(1)", "/device"),
        ("", "/"),
        ("wdjbmjht", "/device?user_code=WDJB-MJHT"),
    ] {
        let mut person = issuer.person();
        let csrf = person.get("/sign-in").await.field("csrf");
        let form = [
            ("csrf", csrf.as_str()),
            ("device", device),
            ("username", "alex"),
            ("password", PASSWORD),
        ];
        let answer = person.post("/sign-in", &form).await;
        assert_eq!((answer.status, answer.location().as_str()), (303, expected), "{device}");
    }
}

#[actix_web::test]
async fn every_page_of_a_code_has_every_header() {
    let (issuer, device) = scene().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let page = alex.type_code(&device.user_code).await;
    let waiting = format!("/device?waiting={}", page.field("waiting"));
    for path in [
        "/device",
        waiting.as_str(),
        "/device?user_code=WDJB-MJHT",
        "/device?waiting=x",
        "/device/decide",
    ] {
        let page = alex.get(path).await;
        let policy = page.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        assert_eq!(
            (
                page.header("referrer-policy").as_str(),
                page.header("cache-control").as_str()
            ),
            ("no-referrer", "no-store"),
            "{path}"
        );
        assert_eq!(page.header("access-control-allow-origin"), "", "{path}");
    }
    let request = issuer
        .request("POST", "/oauth/device_authorization")
        .form(&[("client_id", "x")]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let body: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(body["error_uri"], format!("{}/help/errors/invalid_client", issuer.url));
}

#[actix_web::test]
async fn the_pages_of_a_code_fit_and_can_be_read_and_their_buttons_work() {
    let Some(browser) = Chromium::start().await else { return };
    let (issuer, device) = scene().await;
    let shots = std::env::var_os("ISSUER_SCREENSHOTS");
    browser.open(&format!("{}/device", issuer.url)).await;
    browser.sign_in("alex", PASSWORD).await;
    browser.shows("Connect another machine").await;
    check_page(&browser, "device", shots.as_ref()).await;
    browser.fill("user_code", "bcdf-ghjk").await;
    browser.press("Continue").await;
    browser.shows("Error: Connect another machine").await;
    check_page(&browser, "device-error", shots.as_ref()).await;
    browser
        .open(&format!("{}/device?user_code={}", issuer.url, device.user_code))
        .await;
    check_page(&browser, "device-link", shots.as_ref()).await;
    browser.press("Continue").await;
    browser.shows("Allow “A tool on a server” on another machine?").await;
    check_page(&browser, "device-consent", shots.as_ref()).await;
    browser.press("Allow").await;
    browser.shows("Allowed").await;
    check_page(&browser, "device-done", shots.as_ref()).await;
    assert_eq!(device.poll(&issuer).await.0, 200);
    browser.press("It was not me: take it back").await;
    browser.shows("Your account").await;
    assert_eq!(error(&device.poll(&issuer).await), (400, "invalid_grant"));
    browser.page.back().await.unwrap();
    browser.shows("Ended").await;
    check_page(&browser, "device-taken-back", shots.as_ref()).await;
    let denied = Device::begin(&issuer, &device.client_id, &[]).await;
    browser.open(&format!("{}/device", issuer.url)).await;
    browser.fill("user_code", &denied.user_code).await;
    browser.press("Continue").await;
    browser.shows("Allow “A tool on a server” on another machine?").await;
    browser.press("Deny").await;
    browser.shows("Denied").await;
    check_page(&browser, "device-denied", shots.as_ref()).await;
    assert_eq!(error(&denied.poll(&issuer).await), (400, "access_denied"));
    browser
        .open(&format!("{}/device?waiting={}", issuer.url, "x".repeat(43)))
        .await;
    browser.shows("This code has ended").await;
    check_page(&browser, "device-ended", shots.as_ref()).await;
    browser.stop().await;
}
