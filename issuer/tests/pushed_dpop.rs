//! RFC 9449 section 10.1: a proof at the endpoint for pushed requests binds the code to its key.

use serde_json::{Value, json};

use crate::dpop::ProofKey;
use crate::support::database::TestDatabase;
use crate::support::person::{CHALLENGE, code_form};
use crate::support::{Answer, REDIRECT_URI, TestIssuer, error, read, text};

fn proof(key: &ProofKey, issuer: &TestIssuer, path: &str, jti: &str) -> String {
    let url = format!("{}{path}", issuer.url);
    key.proof(&json!({"jti": jti, "htm": "POST", "htu": url, "iat": issuer.clock.now()}))
}

async fn push(issuer: &TestIssuer, client_id: &str, dpop_jkt: Option<&str>, proof: Option<&str>) -> Answer {
    let mut form = vec![
        ("client_id", client_id),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    form.extend(dpop_jkt.map(|jkt| ("dpop_jkt", jkt)));
    let mut request = issuer.request("POST", "/oauth/par").form(&form);
    if let Some(proof) = proof {
        request = request.header("dpop", proof);
    }
    read(request.send().await.unwrap()).await
}

/// The token request for the code of a pushed request that the person allows; the proof is over `key`.
async fn redeem(issuer: &TestIssuer, client_id: &str, pushed: &Value, key: Option<&ProofKey>, jti: &str) -> Answer {
    let mut person = issuer.signed_in_person("alex").await;
    let request_uri = text(pushed, "request_uri");
    let page = person
        .visit(&format!(
            "/oauth/authorize?client_id={client_id}&request_uri={request_uri}"
        ))
        .await;
    let code = person.decide(&page, "allow").await.answer("code").unwrap();
    let form = code_form(client_id, &code);
    let mut request = issuer.request("POST", "/oauth/token").form(&form);
    if let Some(key) = key {
        request = request.header("dpop", proof(key, issuer, "/oauth/token", jti));
    }
    read(request.send().await.unwrap()).await
}

async fn scene(database: TestDatabase) -> (TestIssuer, String) {
    let issuer = TestIssuer::with(database, &[]).await;
    issuer.account("alex").await;
    let client_id = issuer.client_named("Bound", &[REDIRECT_URI]).await;
    (issuer, client_id)
}

#[actix_web::test]
async fn a_proof_at_the_pushed_request_binds_the_code_to_its_key() {
    for database in TestDatabase::each() {
        let (issuer, client_id) = scene(database).await;
        let (key, other) = (ProofKey::new(), ProofKey::new());
        let jkt = key.thumbprint();
        for (n, dpop_jkt) in [None, Some(jkt.as_str())].into_iter().enumerate() {
            let push = async |jti: &str| {
                let proof = proof(&key, &issuer, "/oauth/par", &format!("{jti}{n}"));
                let (status, pushed) = push(&issuer, &client_id, dpop_jkt, Some(&proof)).await;
                assert_eq!(status, 201, "{pushed}");
                pushed
            };
            let without = redeem(&issuer, &client_id, &push("a").await, None, "").await;
            assert_eq!(error(&without), (400, "invalid_grant"));
            let stolen = redeem(&issuer, &client_id, &push("b").await, Some(&other), &format!("o{n}")).await;
            assert_eq!(error(&stolen), (400, "invalid_grant"));
            let (status, tokens) = redeem(&issuer, &client_id, &push("c").await, Some(&key), &format!("k{n}")).await;
            assert_eq!((status, text(&tokens, "token_type")), (200, "DPoP"), "{tokens}");
        }
    }
}

#[actix_web::test]
async fn a_proof_of_another_key_or_for_another_place_pushes_nothing() {
    let (issuer, client_id) = scene(TestDatabase::of_this_run()).await;
    let (key, other) = (ProofKey::new(), ProofKey::new());
    let jkt = key.thumbprint();
    let mismatch = proof(&other, &issuer, "/oauth/par", "1");
    let answer = push(&issuer, &client_id, Some(&jkt), Some(&mismatch)).await;
    assert_eq!(error(&answer), (400, "invalid_request"));
    let elsewhere = proof(&key, &issuer, "/oauth/token", "2");
    for (proof, code) in [(elsewhere.as_str(), "invalid_dpop_proof"), ("x", "invalid_dpop_proof")] {
        let answer = push(&issuer, &client_id, None, Some(proof)).await;
        assert_eq!(error(&answer), (400, code));
    }
    let good = proof(&key, &issuer, "/oauth/par", "3");
    assert_eq!(push(&issuer, &client_id, Some(&jkt), Some(&good)).await.0, 201);
    let again = push(&issuer, &client_id, Some(&jkt), Some(&good)).await;
    assert_eq!(error(&again), (400, "invalid_dpop_proof"), "each request has its own");
    let (status, pushed) = push(&issuer, &client_id, Some(&jkt), None).await;
    assert_eq!(status, 201, "dpop_jkt alone binds, too");
    let stolen = redeem(&issuer, &client_id, &pushed, Some(&other), "4").await;
    assert_eq!(error(&stolen), (400, "invalid_grant"));
    assert_eq!(issuer.database.count("SELECT COUNT(*) FROM grants").await, 0);
}
