//! The account pages, the error help and signing out in Chromium: they fit, they can be read, and their buttons work.

use crate::chromium::check_page;
use crate::support::TestIssuer;
use crate::support::chromium::Chromium;
use crate::support::person::{PASSWORD, authorize};

const WEB: &str = "https://client.example/cb";

/// Consents of a person elsewhere, so that the list has something of each kind.
///
/// The answer is an address at which the second of them asks for more than it has.
async fn connect(issuer: &TestIssuer) -> String {
    let mut person = issuer.signed_in_person("alex").await;
    let mut step_up = String::new();
    for (name, uri, besides) in [
        (
            "Claude",
            "https://claude.ai/api/mcp/auth_callback",
            "&scope=food:read%20food:write%20openid",
        ),
        (
            "Claude Code (food)",
            "http://localhost:51234/callback",
            "&scope=food:read",
        ),
        (
            "A program with a long name, as people write it who want to say all of it at once",
            WEB,
            "",
        ),
    ] {
        let client_id = issuer.client_named(name, &[uri]).await;
        let page = person.visit(&authorize(&client_id, uri, besides)).await;
        let answer = person.decide(&page, "allow").await;
        issuer.tokens(&client_id, &answer).await;
        if besides.ends_with("food:read") {
            step_up = authorize(&client_id, uri, "&scope=food:write");
        }
    }
    issuer.advance(7200);
    step_up
}

#[actix_web::test]
async fn the_account_pages_fit_and_can_be_read_and_their_buttons_work() {
    let Some(browser) = Chromium::start().await else { return };
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let step_up = connect(&issuer).await;
    let shots = std::env::var_os("ISSUER_SCREENSHOTS");
    browser.open(&format!("{}/sign-in", issuer.url)).await;
    browser.sign_in("alex", PASSWORD).await;
    browser.shows("Signed in").await;
    for (name, path) in [
        ("consent-step-up", step_up.as_str()),
        ("account", "/account"),
        ("account-password", "/account/password"),
        ("account-delete", "/account/delete"),
        ("account-deleted", "/account/deleted"),
        ("end-session", "/oauth/end-session"),
        ("help", "/help/errors/invalid_grant"),
    ] {
        browser.open(&format!("{}{path}", issuer.url)).await;
        check_page(&browser, name, shots.as_ref()).await;
    }
    browser.open(&format!("{}/account/password", issuer.url)).await;
    for (id, text) in [
        ("password", PASSWORD),
        ("new", "another good one"),
        ("repeat", "something else"),
    ] {
        browser.fill(id, text).await;
    }
    browser.press("Change password").await;
    browser.shows("Error").await;
    check_page(&browser, "account-password-error", shots.as_ref()).await;
    for (id, text) in [
        ("password", PASSWORD),
        ("new", "another good one"),
        ("repeat", "another good one"),
    ] {
        browser.fill(id, text).await;
    }
    browser.press("Change password").await;
    browser.shows("Your account").await;
    assert!(browser.text().await.contains("Your password was changed"));
    check_page(&browser, "account-changed", shots.as_ref()).await;
    browser.open(&format!("{}/account/delete", issuer.url)).await;
    browser.fill("username", "alex").await;
    browser.fill("password", "another good one").await;
    browser.press("Delete account").await;
    browser.shows("Account deleted").await;
    browser.stop().await;
}
