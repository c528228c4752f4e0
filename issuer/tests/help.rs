//! Every error has a page that explains it: RFC 6749 sections 4.1.2.1 and 5.2 (`error_uri`).

use serde_json::json;

use crate::support::person::authorize;
use crate::support::{TestIssuer, refresh_form, text};

/// The codes that the issuer can send, as its source lists them.
fn codes() -> Vec<String> {
    let source = include_str!("../src/error.rs");
    let body = source.split("pub fn as_str(self)").nth(1).unwrap();
    let arms = body.split("\n        }\n").next().unwrap();
    let codes = arms
        .lines()
        .filter_map(|line| line.split_once("=> \"")?.1.strip_suffix("\","));
    codes.map(str::to_owned).collect()
}

#[actix_web::test]
async fn every_code_that_the_issuer_can_send_has_its_page() {
    let issuer = TestIssuer::start().await;
    let codes = codes();
    assert!(codes.len() >= 23, "{codes:?}");
    for code in codes {
        let page = issuer.person().get(&format!("/help/errors/{code}")).await;
        assert_eq!(page.status, 200, "{code} has no page");
        assert!(
            page.title().starts_with(&code) && page.text.contains("What to do"),
            "{code}"
        );
    }
    let other = issuer.person().get("/help/errors/nothing").await;
    assert_eq!(other.status, 404);
}

#[actix_web::test]
async fn errors_of_every_endpoint_lead_to_their_page() {
    let issuer = TestIssuer::start().await;
    let (client_id, _) = issuer.signed_in().await;
    let expected = |code: &str| format!("{}/help/errors/{code}", issuer.url);

    let (_, body) = issuer.post_token(&refresh_form(&client_id, "gone")).await;
    assert_eq!(text(&body, "error_uri"), expected("invalid_grant"));
    let request = issuer.request("POST", "/oauth/register").json(&json!({}));
    let body = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(text(&body, "error_uri"), expected("invalid_redirect_uri"));
    let request = issuer
        .request("POST", "/oauth/par")
        .form(&[("client_id", client_id.as_str())]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(answer.headers()["content-type"], "application/json");
    let body = answer.json().await.unwrap();
    assert_eq!(text(&body, "error_uri"), expected("invalid_request"));

    let client_id = issuer.client_named("Local", &["http://localhost/callback"]).await;
    let link = authorize(&client_id, "http://localhost/callback", "&prompt=none");
    let answer = issuer.person().get(&link).await;
    assert_eq!(answer.answer("error_uri"), Some(expected("login_required")));
    let page = issuer.person().get("/help/errors/login_required").await;
    assert!(page.text.contains("prompt=none"));
}
