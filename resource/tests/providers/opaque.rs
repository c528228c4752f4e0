//! Providers that are asked about their tokens. Their ID tokens are refused by them: they are not active.

use resource::auth::refusal::Refusal;
use resource::auth::trust::{Issuer, Mode};
use serde_json::{Value, json};
use shared::clock::Clock;

use super::{changed, claims, shipped};
use crate::support::{Answer, NOW, TestIssuer, verifier};

pub(super) const FILES: &[&str] = &["dex", "google", "mas", "zitadel"];

const CLIENTS: [&str; 2] = ["client_id", "azp"];

async fn ask(at: &TestIssuer, mut issuer: Issuer, answer: Answer) -> Result<String, Refusal> {
    issuer.introspection.as_mut().unwrap().url = format!("{}/introspect", at.url).parse().unwrap();
    at.answer_about_tokens(answer);
    let verifier = verifier(vec![issuer], &Clock::fixed(NOW));
    let passed = verifier.verify("opaque-token").await?;
    Ok(passed.principal.scope.to_string())
}

/// Everything that must hold for a provider whose access tokens are opaque. `answer` is the one about a good token.
async fn check(file: &str, answer: Value) {
    let at = TestIssuer::start();
    let issuer = || shipped(file);
    let refused = match issuer().mode {
        Mode::Tokeninfo => Answer::Status(400),
        _ => Answer::Json(json!({"active": false})),
    };
    let scope = ask(&at, issuer(), Answer::Json(answer.clone()))
        .await
        .unwrap_or_else(|why| panic!("{file}: {why}"));
    assert!(scope.contains("food:read"), "{file}: {scope}");
    assert_eq!(ask(&at, issuer(), refused).await, Err(Refusal::Inactive), "{file}");
    let elsewhere = changed(&answer, "aud", json!("another-audience"));
    let elsewhere = ask(&at, issuer(), Answer::Json(elsewhere)).await;
    assert!(
        matches!(elsewhere, Err(Refusal::Audience { .. })),
        "{file}: {elsewhere:?}"
    );
    if issuer().clients.is_empty() {
        let nowhere = ask(&at, issuer(), Answer::Json(changed(&answer, "aud", Value::Null))).await;
        assert_eq!(nowhere, Err(Refusal::Missing("aud".into())), "{file}");
    }
    let claim = CLIENTS.into_iter().find(|name| answer.get(name).is_some()).unwrap();
    let mut listed = issuer();
    listed.clients = vec![answer[claim].as_str().unwrap().to_owned()];
    assert!(
        ask(&at, listed.clone(), Answer::Json(answer.clone())).await.is_ok(),
        "{file}"
    );
    let other = ask(
        &at,
        listed,
        Answer::Json(changed(&answer, claim, json!("another-client"))),
    )
    .await;
    assert!(matches!(other, Err(Refusal::Client(_))), "{file}: {other:?}");
}

#[actix_web::test]
async fn google() {
    let client = "1234567890-abc.apps.googleusercontent.com";
    let answer = json!({"azp": client, "aud": client, "sub": "110248495921238986420", "expires_in": "3599",
        "scope": "openid https://www.googleapis.com/auth/userinfo.email", "exp": (NOW + 3599).to_string(),
        "email": "alice@example.com", "email_verified": "true", "access_type": "online"});
    check("google", answer).await;
}

#[actix_web::test]
async fn zitadel() {
    let answer = json!({"active": true, "iss": "https://food-abc123.zitadel.cloud", "sub": "220000000000000001",
        "aud": ["270000000000000001@food", "260000000000000001"], "client_id": "270000000000000001@food",
        "scope": "openid food:read", "token_type": "Bearer", "jti": "V2_1", "nbf": 0, "username": "alice"});
    check("zitadel", claims(answer)).await;
}

#[actix_web::test]
async fn matrix_authentication_service() {
    let answer = json!({"active": true, "scope": "openid urn:matrix:org.matrix.msc2967.client:api:*",
        "client_id": "01HFVBY12TMNTYTBV8W921M5FA", "username": "alice", "token_type": "access_token",
        "sub": "01HFVBY0000000000000000000", "iss": "https://account.example.com/", "jti": "j"});
    check("mas", claims(answer)).await;
}

#[actix_web::test]
async fn dex() {
    let answer = json!({"active": true, "client_id": "mcp-client", "sub": "CgVhbGljZRIFbG9jYWw", "nbf": 0,
        "aud": "mcp-client", "iss": "https://dex.example.com/dex", "token_type": "Bearer",
        "token_use": "access_token"});
    check("dex", claims(answer.clone())).await;
    let refresh_token = changed(&claims(answer), "token_use", json!("refresh_token"));
    let refused = ask(&TestIssuer::start(), shipped("dex"), Answer::Json(refresh_token)).await;
    assert_eq!(refused, Err(Refusal::IdToken("token_use")));
}
