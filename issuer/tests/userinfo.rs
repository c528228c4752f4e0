//! The userinfo endpoint: OpenID Connect Core 1.0 section 5.3, RFC 6750 section 3.

use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::{TestIssuer, read, text};

/// A signed-in user: `sub`, `client_id`, and the tokens with this scope.
async fn signed_in(issuer: &TestIssuer, scope: &str) -> (String, String, Value) {
    let (user_id, client_id) = (issuer.user().await, issuer.client().await);
    let code = issuer.code_for(&client_id, &user_id, scope).await;
    let (status, tokens) = issuer.exchange(&code).await;
    assert_eq!(status, 200, "{tokens}");
    (user_id, client_id, tokens)
}

/// Status, body and challenge.
async fn ask(issuer: &TestIssuer, authorization: &[&str]) -> (u16, Value, Option<String>) {
    let mut request = issuer.request("GET", "/oauth/userinfo");
    for value in authorization {
        request = request.header("authorization", *value);
    }
    let response = request.send().await.unwrap();
    let challenge = response.headers().get("www-authenticate");
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
    let (status, body) = read(response).await;
    (status, body, challenge)
}

async fn ask_with(issuer: &TestIssuer, access_token: &str) -> (u16, Value, Option<String>) {
    ask(issuer, &[&format!("Bearer {access_token}")]).await
}

#[actix_web::test]
async fn it_says_who_as_far_as_the_scope_goes() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (user_id, _, tokens) = signed_in(&issuer, "openid email food:read").await;
        let (status, body, _) = ask_with(&issuer, text(&tokens, "access_token")).await;
        assert_eq!((status, body), (200, json!({"sub": user_id})));
        let (user_id, _, tokens) = signed_in(&issuer, "openid profile").await;
        let token = text(&tokens, "access_token");
        let expected = json!({"sub": user_id, "name": user_id, "preferred_username": user_id});
        assert_eq!(ask_with(&issuer, token).await.1, expected);
        let post = issuer.request("POST", "/oauth/userinfo").bearer_auth(token);
        assert_eq!(read(post.send().await.unwrap()).await, (200, expected));
    }
}

#[actix_web::test]
async fn without_a_token_there_is_a_challenge_without_an_error() {
    let issuer = TestIssuer::start().await;
    for authorization in [&[][..], &["Basic YTo="], &["Bearer"], &["Bearer é"]] {
        let (status, _, challenge) = ask(&issuer, authorization).await;
        let challenge = challenge.unwrap();
        assert_eq!(status, 401, "{authorization:?}");
        assert!(
            challenge.starts_with("Bearer ") && !challenge.contains("error"),
            "{challenge}"
        );
    }
    assert_eq!(ask(&issuer, &["Bearer a", "Bearer a"]).await.0, 400);
}

#[actix_web::test]
async fn a_token_without_openid_is_not_enough() {
    let issuer = TestIssuer::start().await;
    let (_, _, tokens) = signed_in(&issuer, "profile food:read").await;
    let (status, body, challenge) = ask_with(&issuer, text(&tokens, "access_token")).await;
    assert_eq!((status, text(&body, "error")), (403, "insufficient_scope"));
    assert!(challenge.unwrap().starts_with("Bearer "));
}

async fn is_refused(issuer: &TestIssuer, token: &str) {
    let (status, body, challenge) = ask_with(issuer, token).await;
    assert_eq!((status, text(&body, "error")), (401, "invalid_token"));
    assert!(challenge.unwrap().starts_with("Bearer error=\"invalid_token\""));
}

#[actix_web::test]
async fn tokens_that_are_not_ours_are_refused() {
    let (issuer, stranger) = (TestIssuer::start().await, TestIssuer::start().await);
    let (_, _, tokens) = signed_in(&issuer, "openid").await;
    let (_, _, strange) = signed_in(&stranger, "openid").await;
    let token = text(&tokens, "access_token");
    let refresh = text(&tokens, "refresh_token");
    let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
    for bad in [
        text(&strange, "access_token"),
        refresh,
        &unsigned,
        &token[..token.len() - 1],
        "a.b.c",
    ] {
        is_refused(&issuer, bad).await;
    }
    assert_eq!(ask_with(&issuer, token).await.0, 200);
}

#[actix_web::test]
async fn a_jwt_of_ours_that_is_no_access_token_or_for_another_issuer_or_audience_is_refused() {
    let issuer = TestIssuer::start().await;
    let (user_id, client_id, tokens) = signed_in(&issuer, "openid").await;
    let good: shared::claims::AccessTokenClaims = issuer
        .app
        .keys
        .signing
        .verify("at+jwt", text(&tokens, "access_token"))
        .unwrap();
    let good = serde_json::to_value(&good).unwrap();
    let sign = |typ: &str, claims: &Value| issuer.app.keys.signing.sign(typ, claims).unwrap();
    assert_eq!(ask_with(&issuer, &sign("at+jwt", &good)).await.0, 200);
    is_refused(&issuer, &sign("JWT", &good)).await;
    for (member, value) in [
        ("iss", json!("http://localhost:1")),
        ("aud", json!("http://elsewhere/mcp")),
        ("sub", json!(issuer.user().await)),
        ("exp", json!(issuer.clock.now())),
        ("exp", json!((issuer.clock.now() + 60).to_string())),
        ("grant_id", json!("x")),
        ("grant_id", json!(shared::random::uuid().unwrap())),
        ("scope", json!(["openid"])),
    ] {
        let mut claims = good.clone();
        claims[member] = value;
        is_refused(&issuer, &sign("at+jwt", &claims)).await;
    }
    assert_eq!((text(&good, "sub"), text(&good, "client_id")), (&*user_id, &*client_id));
}

#[actix_web::test]
async fn a_token_ends_with_its_time_its_grant_and_its_user() {
    let issuer = TestIssuer::start().await;
    let (_, _, tokens) = signed_in(&issuer, "openid").await;
    issuer.advance(3599);
    assert_eq!(ask_with(&issuer, text(&tokens, "access_token")).await.0, 200);
    issuer.advance(1);
    is_refused(&issuer, text(&tokens, "access_token")).await;

    let (user_id, _, tokens) = signed_in(&issuer, "openid").await;
    assert_eq!(
        issuer
            .app
            .store
            .revoke_grants_of_user(&user_id, issuer.clock.now())
            .await
            .unwrap(),
        1
    );
    is_refused(&issuer, text(&tokens, "access_token")).await;

    let (user_id, client_id, tokens) = signed_in(&issuer, "openid").await;
    issuer
        .database
        .execute("DELETE FROM users WHERE user_id = $1", &[&user_id])
        .await;
    is_refused(&issuer, text(&tokens, "access_token")).await;
    assert_eq!(issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.0, 400);
}
