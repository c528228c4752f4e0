//! The authorization code grant: RFC 6749 section 4.1.3, RFC 7636, OAuth 2.1 section 4.1.3.

use issuer::hash::SecretHash;
use shared::random;

use crate::support::{OTHER_RESOURCE, RESOURCE, TestIssuer, client, error, read, text};

#[actix_web::test]
async fn a_code_gives_tokens_that_say_what_they_are() {
    let issuer = TestIssuer::start().await;
    let code = issuer.code(&issuer.client().await).await;
    let (status, tokens) = issuer.exchange(&code).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(text(&tokens, "token_type"), "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(text(&tokens, "scope"), "food:read food:write");
    assert!(text(&tokens, "access_token").len() < 1500);
    assert!(text(&tokens, "refresh_token").len() < 200);
    assert_eq!(tokens.as_object().unwrap().len(), 5, "{tokens}");
}

#[actix_web::test]
async fn an_access_token_is_a_jwt_of_rfc_9068() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    let user_id = issuer.user().await;
    let code = issuer.code_for(&client_id, &user_id, "food:read").await;
    let (_, tokens) = issuer.exchange(&code).await;
    let (header, claims) = parts(text(&tokens, "access_token"));
    assert_eq!((text(&header, "typ"), text(&header, "alg")), ("at+jwt", "ES256"));
    assert_eq!(text(&claims, "iss"), issuer.url);
    assert_eq!(text(&claims, "sub"), user_id);
    assert_eq!(text(&claims, "aud"), RESOURCE);
    assert_eq!(text(&claims, "client_id"), client_id);
    assert_eq!(text(&claims, "scope"), "food:read");
    assert_eq!(text(&claims, "grant_id"), code.grant_id.to_string());
    assert_eq!(claims["iat"], issuer.clock.now());
    assert_eq!(claims["exp"], issuer.clock.now() + 3600);
    assert!(text(&claims, "jti").len() >= 22);
    assert_eq!(claims.get("nbf"), None, "a clock that is late would refuse it");
}

/// Header and claims of a JWT, unverified.
fn parts(jwt: &str) -> (serde_json::Value, serde_json::Value) {
    use base64::Engine;
    let decode = |part: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap();
    let mut parts = jwt
        .split('.')
        .map(|part| serde_json::from_slice(&decode(part)).unwrap_or_default());
    (parts.next().unwrap(), parts.next().unwrap())
}

#[actix_web::test]
async fn what_oauth_2_1_leaves_out_may_be_left_out() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    for without in ["redirect_uri", "resource"] {
        let code = issuer.code(&client_id).await;
        assert_eq!(issuer.post_token(&code.form_but(without, "")).await.0, 200, "{without}");
    }
}

#[actix_web::test]
async fn a_code_is_bound_to_all_that_it_was_given_for() {
    let issuer = TestIssuer::start().await;
    let (client_id, other) = (issuer.client().await, issuer.client().await);
    let code = issuer.code(&client_id).await;
    let wrong = random::token().unwrap();
    for (name, value, expected) in [
        ("client_id", other.as_str(), "invalid_grant"),
        ("code", wrong.as_str(), "invalid_grant"),
        ("code", "", "invalid_request"),
        ("code_verifier", wrong.as_str(), "invalid_grant"),
        ("code_verifier", "", "invalid_request"),
        ("redirect_uri", "http://localhost:49152/other", "invalid_grant"),
        ("redirect_uri", "http://localhost:49153/callback", "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1:49152/callback", "invalid_grant"),
        ("resource", OTHER_RESOURCE, "invalid_target"),
        ("resource", "http://elsewhere/mcp", "invalid_target"),
        ("grant_type", "", "invalid_request"),
        ("grant_type", "password", "unsupported_grant_type"),
    ] {
        let answer = issuer.post_token(&code.form_but(name, value)).await;
        assert_eq!(error(&answer), (400, expected), "{name}={value}");
    }
    assert_eq!(issuer.exchange(&code).await.0, 200, "none of these used the code up");
}

/// The challenge is {right} in the store always: a code without one cannot be. What the authorization
/// endpoint takes as a challenge is its own test.
#[actix_web::test]
async fn only_the_verifier_of_the_challenge_passes() {
    let issuer = TestIssuer::start().await;
    let code = issuer.code(&issuer.client().await).await;
    let challenge = SecretHash::of(&code.verifier).as_str().to_owned();
    let longer = format!("{}A", code.verifier);
    let verifiers = [
        String::new(),
        challenge,
        longer,
        code.verifier[..42].to_owned(),
        code.verifier.to_ascii_lowercase(),
        "a".repeat(42),
        "a".repeat(43),
        "a".repeat(128),
        "a".repeat(129),
        format!("{} ", code.verifier),
        format!("{}\n", code.verifier),
    ];
    for verifier in &verifiers {
        let (status, body) = issuer.post_token(&code.form_but("code_verifier", verifier)).await;
        assert_eq!(status, 400, "{verifier:?}: {body}");
    }
    assert_eq!(issuer.exchange(&code).await.0, 200);
}

#[actix_web::test]
async fn a_code_expires() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    let (early, late) = (issuer.code(&client_id).await, issuer.code(&client_id).await);
    issuer.advance(119);
    assert_eq!(issuer.exchange(&early).await.0, 200);
    issuer.advance(1);
    assert_eq!(error(&issuer.exchange(&late).await), (400, "invalid_grant"));
}

#[actix_web::test]
async fn a_second_use_fails_and_revokes_what_came_from_the_first() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    let code = issuer.code(&client_id).await;
    let (_, tokens) = issuer.exchange(&code).await;
    assert_eq!(error(&issuer.exchange(&code).await), (400, "invalid_grant"));
    let refreshed = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(error(&refreshed), (400, "invalid_grant"));
    assert_eq!(issuer.audit(code.grant_id).await, ["code_replay"]);
}

#[actix_web::test]
async fn a_second_use_revokes_after_the_code_has_expired_and_after_a_restart() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    let code = issuer.code(&client_id).await;
    let (_, tokens) = issuer.exchange(&code).await;
    issuer.advance(600);
    let issuer = issuer.restart().await;
    assert_eq!(error(&issuer.exchange(&code).await), (400, "invalid_grant"));
    assert_eq!(issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.0, 400);
}

#[actix_web::test]
async fn somebody_with_the_used_code_alone_cannot_end_the_grant() {
    let issuer = TestIssuer::start().await;
    let (client_id, other) = (issuer.client().await, issuer.client().await);
    let code = issuer.code(&client_id).await;
    let (_, tokens) = issuer.exchange(&code).await;
    let wrong = random::token().unwrap();
    for (name, value) in [("client_id", other.as_str()), ("code_verifier", wrong.as_str())] {
        assert_eq!(
            error(&issuer.post_token(&code.form_but(name, value)).await),
            (400, "invalid_grant")
        );
    }
    assert_eq!(issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.0, 200);
}

#[actix_web::test]
async fn a_client_that_takes_no_refresh_tokens_gets_none() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client_with_grants(&["authorization_code"]).await;
    let (status, tokens) = issuer.exchange(&issuer.code(&client_id).await).await;
    assert_eq!((status, tokens.get("refresh_token")), (200, None));
    let answer = issuer.refresh(&client_id, "rt1_x").await;
    assert_eq!(error(&answer), (400, "unauthorized_client"));
}

#[actix_web::test]
async fn a_client_says_who_it_is_in_the_body_or_in_a_basic_header_without_a_secret() {
    let issuer = TestIssuer::start().await;
    let (client_id, other) = (issuer.client().await, issuer.client().await);
    for (in_header, secret, in_body, expected) in [
        (Some(&client_id), "", Some(&client_id), 200),
        (Some(&client_id), "", None, 200),
        (Some(&client_id), "", Some(&other), 401),
        (Some(&other), "", None, 400),
        (Some(&client_id), "secret", Some(&client_id), 401),
        (None, "", None, 401),
        (None, "", Some(&"nobody".to_owned()), 401),
    ] {
        let code = issuer.code(&client_id).await;
        let body = in_body.map_or("", String::as_str);
        let mut request = client().post(format!("{}/oauth/token", issuer.url));
        if let Some(user) = in_header {
            request = request.basic_auth(user, Some(secret));
        }
        let answer = read(request.form(&code.form_but("client_id", body)).send().await.unwrap()).await;
        assert_eq!(answer.0, expected, "{in_header:?} {secret} {in_body:?}: {}", answer.1);
        if expected == 401 {
            assert_eq!(text(&answer.1, "error"), "invalid_client");
        }
    }
}

#[actix_web::test]
async fn a_secret_of_a_client_that_has_none_is_refused_and_an_empty_one_is_none() {
    let issuer = TestIssuer::start().await;
    let code = issuer.code(&issuer.client().await).await;
    let mut form = code.form();
    form.push(("client_secret", "planted"));
    assert_eq!(error(&issuer.post_token(&form).await), (401, "invalid_client"));
    form.pop();
    form.push(("client_secret", ""));
    assert_eq!(issuer.post_token(&form).await.0, 200);
}
