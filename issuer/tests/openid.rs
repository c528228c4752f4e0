//! ID tokens, from the authorization request to the signature: OpenID Connect Core 1.0 sections 2, 3.1.3 and 12.2.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::database::TestDatabase;
use crate::support::person::{Person, authorize};
use crate::support::{BEGIN, RESOURCE, TestIssuer, client, text};

const REDIRECT_URI: &str = "http://localhost/callback";

/// The claims of the ID token, which verifies with the published key that it names.
async fn claims(issuer: &TestIssuer, tokens: &Value) -> Value {
    let token = text(tokens, "id_token");
    let jwks: JwkSet = client()
        .get(format!("{}/.well-known/jwks.json", issuer.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("JWT"));
    let jwk = jwks.find(header.kid.as_deref().unwrap()).unwrap();
    let mut validation = Validation::new(jwk.common.key_algorithm.unwrap().to_string().parse().unwrap());
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_jwk(jwk).unwrap();
    jsonwebtoken::decode(token, &key, &validation).unwrap().claims
}

/// The tokens after this person pressed Allow for this request.
async fn allowed(issuer: &TestIssuer, person: &mut Person, client_id: &str, besides: &str) -> Value {
    let page = person.visit(&authorize(client_id, REDIRECT_URI, besides)).await;
    let answer = person.decide(&page, "allow").await;
    issuer.tokens(client_id, &answer).await
}

#[actix_web::test]
async fn an_id_token_says_who_signed_in_when_and_for_which_request() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let user_id = issuer.account("alex").await;
        let client_id = issuer.client_named("Web", &[REDIRECT_URI]).await;
        let mut person = issuer.signed_in_person("alex").await;
        issuer.advance(30);
        let besides = "&scope=openid%20profile%20food:read&nonce=n-0S6_WzA2Mj%20%2B";
        let tokens = allowed(&issuer, &mut person, &client_id, besides).await;
        let hash = Sha256::digest(text(&tokens, "access_token"));
        let expected = json!({"iss": issuer.url, "sub": user_id, "aud": client_id, "iat": BEGIN + 30,
            "exp": BEGIN + 30 + 3600, "auth_time": BEGIN, "nonce": "n-0S6_WzA2Mj +",
            "at_hash": URL_SAFE_NO_PAD.encode(&hash[..16]), "name": "alex", "preferred_username": "alex"});
        assert_eq!(claims(&issuer, &tokens).await, expected);
    }
}

#[actix_web::test]
async fn a_refresh_gives_one_with_the_same_auth_time_and_without_nonce() {
    let issuer = TestIssuer::start().await;
    let user_id = issuer.account("alex").await;
    let client_id = issuer.client_named("Web", &[REDIRECT_URI]).await;
    let mut person = issuer.signed_in_person("alex").await;
    let tokens = allowed(&issuer, &mut person, &client_id, "&scope=openid&nonce=n").await;
    let first = claims(&issuer, &tokens).await;
    assert!(first.get("name").is_none(), "profile was not allowed: {first}");
    issuer.advance(5000);
    let (status, tokens) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!(status, 200);
    let again = claims(&issuer, &tokens).await;
    assert_eq!(
        (&again["sub"], &again["auth_time"], &again["iat"]),
        (&json!(user_id), &json!(BEGIN), &json!(BEGIN + 5000))
    );
    assert!(again.get("nonce").is_none(), "{again}");
    assert_ne!(again["at_hash"], first["at_hash"]);
}

#[actix_web::test]
async fn without_openid_there_is_none() {
    let issuer = TestIssuer::start().await;
    let (_, tokens) = issuer.signed_in().await;
    assert!(tokens.get("id_token").is_none(), "{tokens}");
}

#[actix_web::test]
async fn every_algorithm_signs_them_and_the_document_names_it() {
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[("ISSUER_SIGNING_ALGORITHM", algorithm)]).await;
        let client_id = issuer.client().await;
        let code = issuer.code_for(&client_id, &issuer.user().await, "openid").await;
        let (_, tokens) = issuer.exchange(&code).await;
        let at_hash = claims(&issuer, &tokens).await["at_hash"].as_str().unwrap().len();
        assert_eq!(at_hash, if algorithm == "EdDSA" { 43 } else { 22 }, "{algorithm}");
        let document = issuer.request("GET", "/.well-known/openid-configuration").send().await;
        let document: Value = document.unwrap().json().await.unwrap();
        assert_eq!(document["id_token_signing_alg_values_supported"], json!([algorithm]));
    }
}

#[actix_web::test]
async fn an_id_token_opens_nothing() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    let code = issuer.code_for(&client_id, &issuer.user().await, "openid").await;
    let (_, tokens) = issuer.exchange(&code).await;
    let request = issuer.request("GET", "/oauth/userinfo");
    let answer = request.bearer_auth(text(&tokens, "id_token")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let answer = issuer.refresh(&client_id, text(&tokens, "id_token")).await;
    assert_eq!(answer.0, 400);
    assert_ne!(claims(&issuer, &tokens).await["aud"], RESOURCE);
}
