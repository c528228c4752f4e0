//! Tokens that other issuers may write and that are right: each differs from ours in one thing.

use serde_json::{Value, json};

use super::{AUDIENCE, Bench};
use crate::support::NOW;

#[actix_web::test]
async fn every_kind_of_key_is_taken_with_its_own_algorithm() {
    let bench = Bench::start().await;
    for kid in ["key-1", "ed-1", "es384-1", "rs-1", "ps-1"] {
        let key = bench.key(kid);
        let token = bench.good_by(key).sign(key);
        assert!(bench.verify(&token).await.is_ok(), "{kid}");
    }
}

#[actix_web::test]
async fn what_the_specifications_leave_open_is_taken() {
    let bench = Bench::start().await;
    let headers = [
        ("typ", json!("AT+JWT")),
        ("typ", json!("application/at+jwt")),
        ("typ", json!("Application/AT+jwt")),
        ("cty", json!("json")),
        ("x5t", json!("AAAA")),
    ];
    for (name, value) in headers {
        let token = bench.good().header(name, value.clone());
        assert!(bench.verify_signed(&token).await.is_ok(), "{name} {value}");
    }
    let claims = [
        ("aud", json!([AUDIENCE])),
        ("aud", json!(["https://id.example.com/userinfo", AUDIENCE])),
        ("exp", json!(NOW - 59)),
        ("exp", json!(i64::MAX)),
        ("nbf", json!(NOW + 60)),
        ("nbf", json!(0)),
        ("iat", json!(NOW + 300)),
        ("iat", json!(0)),
        ("scope", json!("")),
        ("auth_time", json!("whenever")),
        ("roles", json!(["admin"])),
        ("token_use", json!("access")),
        ("typ", json!("Bearer")),
        ("typ", json!(["ID"])),
        ("sub", json!("auth0|5f7c8ec7c33c6c004bbafe82")),
    ];
    for (name, value) in claims {
        let token = bench.good().claim(name, value.clone());
        assert!(bench.verify_signed(&token).await.is_ok(), "{name} {value}");
    }
    for absent in ["scope", "jti", "grant_id"] {
        let token = bench.good().without_claim(absent);
        assert!(bench.verify_signed(&token).await.is_ok(), "without {absent}");
    }
}

#[actix_web::test]
async fn a_token_without_scope_allows_nothing() {
    let bench = Bench::start().await;
    let verified = bench.verify_signed(&bench.good().without_claim("scope")).await.unwrap();
    assert!(verified.principal.scope.is_empty());
    assert_eq!(bench.good().claims["scope"], Value::from("food:read food:write"));
}
