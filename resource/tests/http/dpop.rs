//! Tokens that are bound to a key: RFC 9449 sections 7.1, 9 and 11.1, over HTTP.

use reqwest::Method;
use serde_json::{Value, json};
use shared::dpop::ath;
use shared::jwk::{Algorithms, VerificationKey};

use super::tools_list;
use crate::support::{NOW, Reply, SigningKey, TestResource, sign_text};

fn thumbprint(key: &SigningKey) -> String {
    let key = VerificationKey::from_jwk(&key.jwk(), &Algorithms::default()).unwrap();
    key.thumbprint().unwrap()
}

fn bound(resource: &TestResource, key: &SigningKey) -> String {
    let cnf = json!({"jkt": thumbprint(key)});
    resource.token().claim("cnf", cnf).sign(resource.key())
}

fn proof(key: &SigningKey, claims: &Value) -> String {
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk()});
    sign_text(&header.to_string(), &claims.to_string(), key)
}

fn claims(resource: &TestResource, token: &str, jti: &str) -> Value {
    json!({"jti": jti, "htm": "POST", "htu": resource.url, "iat": NOW, "ath": ath(token)})
}

async fn call(resource: &TestResource, scheme: &str, token: &str, proofs: &[&str]) -> Reply {
    let authorization = format!("{scheme} {token}");
    let mut headers = vec![
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    headers.extend(proofs.iter().map(|proof| ("dpop", *proof)));
    let body = tools_list().to_string().into_bytes();
    resource.send(Method::POST, &resource.url, &headers, body).await
}

/// The challenges in the order in which they came.
fn challenges(reply: &Reply) -> Vec<String> {
    let all = reply.headers.get_all("www-authenticate").iter();
    all.map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn a_bound_token_opens_the_door_with_a_proof_of_its_key_once() {
    let resource = TestResource::start().await;
    let key = SigningKey::es256("client");
    let token = bound(&resource, &key);
    let first = proof(&key, &claims(&resource, &token, "1"));
    assert_eq!(call(&resource, "DPoP", &token, &[&first]).await.status, 200);
    let again = call(&resource, "DPoP", &token, &[&first]).await;
    assert_eq!(again.status, 401);
    assert!(challenges(&again)[1].starts_with("DPoP error=\"invalid_dpop_proof\", algs=\"ES256 "));
    let second = proof(&key, &claims(&resource, &token, "2"));
    assert_eq!(call(&resource, "dpop", &token, &[&second]).await.status, 200);
}

#[actix_web::test]
async fn a_bound_token_alone_or_with_a_wrong_proof_is_refused() {
    let resource = TestResource::start().await;
    let (key, other) = (SigningKey::es256("client"), SigningKey::es256("thief"));
    let token = bound(&resource, &key);
    let with = |name: &str, value: Value| {
        let mut claims = claims(&resource, &token, name);
        claims[name] = value;
        proof(&key, &claims)
    };
    let good = proof(&key, &claims(&resource, &token, "good"));
    let rows = [
        ("Bearer", vec![]),
        ("Bearer", vec![good.clone()]),
        ("DPoP", vec![]),
        ("DPoP", vec![good.clone(), good.clone()]),
        ("DPoP", vec![proof(&other, &claims(&resource, &token, "other"))]),
        ("DPoP", vec![with("htm", json!("GET"))]),
        ("DPoP", vec![with("htu", json!("http://localhost:1/mcp"))]),
        ("DPoP", vec![with("iat", json!(NOW - 121))]),
        ("DPoP", vec![with("ath", json!(ath("another")))]),
        ("DPoP", vec![with("jti", json!(null))]),
        ("DPoP", vec!["x".to_owned()]),
    ];
    for (scheme, proofs) in rows {
        let proofs: Vec<_> = proofs.iter().map(String::as_str).collect();
        let reply = call(&resource, scheme, &token, &proofs).await;
        assert_eq!(reply.status, 401, "{scheme} {proofs:?}");
        let challenges = challenges(&reply);
        assert!(
            challenges[0].starts_with("Bearer ") && challenges[1].starts_with("DPoP "),
            "{challenges:?}"
        );
    }
    assert_eq!(
        call(&resource, "DPoP", &token, &[&good]).await.status,
        200,
        "nothing used it up"
    );
}

#[actix_web::test]
async fn a_token_that_is_bound_to_nothing_is_a_bearer_token() {
    let resource = TestResource::start().await;
    let key = SigningKey::es256("client");
    let token = resource.signed();
    let proof = proof(&key, &claims(&resource, &token, "1"));
    assert_eq!(call(&resource, "DPoP", &token, &[&proof]).await.status, 401);
    assert_eq!(call(&resource, "Bearer", &token, &[&proof]).await.status, 200);
}

#[actix_web::test]
async fn one_proof_that_comes_twenty_times_at_once_passes_once() {
    let resource = TestResource::start_with(&[("RESOURCE_WORKERS", "2")]).await;
    let key = SigningKey::es256("client");
    let token = bound(&resource, &key);
    let proof = proof(&key, &claims(&resource, &token, "once"));
    let proofs = [proof.as_str()];
    let calls = (0..20).map(|_| call(&resource, "DPoP", &token, &proofs));
    let replies = futures_util::future::join_all(calls).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
}

#[actix_web::test]
async fn a_proof_is_remembered_for_as_long_as_it_could_pass() {
    let resource = TestResource::start().await;
    let key = SigningKey::es256("client");
    let token = bound(&resource, &key);
    let mut early = claims(&resource, &token, "early");
    early["iat"] = json!(NOW + 120);
    let early = proof(&key, &early);
    assert_eq!(call(&resource, "DPoP", &token, &[&early]).await.status, 200);
    for _ in 0..240 {
        resource.clock.advance(1);
        assert_eq!(call(&resource, "DPoP", &token, &[&early]).await.status, 401);
    }
}

#[actix_web::test]
async fn a_nonce_is_asked_for_when_the_settings_say_so() {
    let resource = TestResource::start_with(&[("RESOURCE_DPOP_NONCE", "on")]).await;
    let key = SigningKey::es256("client");
    let token = bound(&resource, &key);
    let refused = call(
        &resource,
        "DPoP",
        &token,
        &[&proof(&key, &claims(&resource, &token, "1"))],
    )
    .await;
    let nonce = refused.header("dpop-nonce").unwrap().to_owned();
    assert_eq!(refused.status, 401);
    assert!(challenges(&refused)[1].starts_with("DPoP error=\"use_dpop_nonce\""));
    let with = |nonce: &str, jti: &str, iat: i64| {
        let mut claims = claims(&resource, &token, jti);
        claims["nonce"] = json!(nonce);
        claims["iat"] = json!(iat);
        proof(&key, &claims)
    };
    assert_eq!(
        call(&resource, "DPoP", &token, &[&with("made up", "2", NOW)])
            .await
            .status,
        401
    );
    assert_eq!(
        call(&resource, "DPoP", &token, &[&with(&nonce, "3", NOW)]).await.status,
        200
    );
    resource.clock.advance(301);
    assert_eq!(
        call(&resource, "DPoP", &token, &[&with(&nonce, "4", NOW + 301)])
            .await
            .status,
        401
    );
}

#[actix_web::test]
async fn the_metadata_names_the_algorithms_of_proofs() {
    let resource = TestResource::start().await;
    let metadata = resource.get("/.well-known/oauth-protected-resource/mcp").await.json();
    let algorithms = metadata["dpop_signing_alg_values_supported"].as_array().unwrap();
    assert!(algorithms.contains(&json!("ES256")) && !algorithms.contains(&json!("HS256")));
}
