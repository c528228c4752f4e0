//! `private_key_jwt`: RFC 7523 section 3, a table of assertions that differ from a good one in one thing.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::command_line::{client, complains};
use super::register;
use crate::support::database::TestDatabase;
use crate::support::signer::{Signer, TYPE, new_key, passed, send};
use crate::support::{REDIRECT_URI, TestIssuer, error, text};

/// A client that registered its key.
pub async fn registered(issuer: &TestIssuer) -> Signer {
    let (mut signer, jwk) = Signer::with_key("", "k1");
    let metadata = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk]}});
    let answer = register(issuer, metadata).await;
    assert_eq!(text(&answer, "token_endpoint_auth_method"), "private_key_jwt");
    assert_eq!(answer.get("jwks"), Some(&json!({"keys": [jwk]})));
    assert!(answer.get("client_secret").is_none());
    text(&answer, "client_id").clone_into(&mut signer.client_id);
    signer
}

fn assertion(signer: &Signer, issuer: &TestIssuer, jti: &str) -> String {
    signer.signed_with(issuer, "k1", jti)
}

#[actix_web::test]
async fn a_signed_assertion_authenticates_and_secrets_or_nothing_do_not() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let signer = registered(&issuer).await;
        let code = issuer.code(&signer.client_id).await;
        assert_eq!(error(&issuer.exchange(&code).await), (401, "invalid_client"));
        let mut form = code.form();
        form.push(("client_secret", "x"));
        assert_eq!(error(&issuer.post_token(&form).await), (401, "invalid_client"));
        let signed = assertion(&signer, &issuer, "1");
        let mut form = code.form_but("client_id", "");
        form.extend([("client_assertion_type", TYPE), ("client_assertion", &signed)]);
        let (status, tokens) = issuer.post_token(&form).await;
        assert_eq!(status, 200, "{tokens}");
        let public = issuer.client().await;
        let other = Signer {
            client_id: public,
            key: signer.key,
        };
        assert_eq!(
            error(&send(&issuer, &assertion(&other, &issuer, "2")).await),
            (401, "invalid_client")
        );
    }
}

#[actix_web::test]
async fn every_claim_is_checked() {
    let issuer = TestIssuer::start().await;
    let signer = registered(&issuer).await;
    let (now, token_endpoint) = (issuer.clock.now(), format!("{}/oauth/token", issuer.url));
    let cases = [
        ("aud", json!(token_endpoint), true),
        ("aud", json!([issuer.url, token_endpoint]), true),
        ("aud", json!(format!("{}/oauth/par", issuer.url)), true),
        ("aud", json!([issuer.url, "https://other.example"]), false),
        ("aud", json!("https://other.example"), false),
        ("aud", json!([]), false),
        ("aud", json!(format!("{}/", issuer.url)), false),
        ("iss", json!("somebody"), false),
        ("sub", json!("somebody"), false),
        ("sub", Value::Null, false),
        ("exp", json!(now - 59), true),
        ("exp", json!(now - 60), false),
        ("exp", json!(now + 360), true),
        ("exp", json!(now + 361), false),
        ("exp", json!(i64::MAX), false),
        ("exp", json!("soon"), false),
        ("nbf", json!(now + 60), true),
        ("nbf", json!(now + 61), false),
        ("iat", json!(now + 61), false),
        ("iat", json!("now"), false),
        ("jti", json!(""), false),
        ("jti", json!(1), false),
        ("jti", json!("a".repeat(257)), false),
    ];
    for (at, (name, value, passes)) in cases.into_iter().enumerate() {
        let mut claims = signer.claims(&issuer, &format!("j{at}"));
        claims[name] = value;
        let answer = send(&issuer, &signer.sign(&json!({"alg": "ES256"}), &claims)).await;
        assert_eq!(passed(&answer), passes, "{name}: {claims}: {answer:?}");
        assert!(passes || error(&answer) == (401, "invalid_client"), "{answer:?}");
    }
}

#[actix_web::test]
async fn the_signature_is_the_clients_and_the_algorithm_the_keys() {
    let issuer = TestIssuer::start().await;
    let signer = registered(&issuer).await;
    let claims = |jti: &str| signer.claims(&issuer, jti);
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "RS256"}),
        json!({}),
        json!({"alg": "ES256", "kid": "k2"}),
        json!({"alg": "ES256", "typ": "at+jwt"}),
        json!({"alg": "ES256", "typ": "dpop+jwt"}),
        json!({"alg": "ES256", "crit": ["x"], "x": 1}),
    ] {
        let answer = send(&issuer, &signer.sign(&header, &claims("a"))).await;
        assert_eq!(error(&answer), (401, "invalid_client"), "{header}");
    }
    let (stranger, _) = new_key("k1");
    let forged = Signer {
        client_id: signer.client_id.clone(),
        key: stranger,
    };
    assert_eq!(
        error(&send(&issuer, &assertion(&forged, &issuer, "a")).await),
        (401, "invalid_client")
    );
    for garbage in ["x", "a.b.c", "..", "e30.e30.AA"] {
        assert_eq!(
            error(&send(&issuer, garbage).await),
            (401, "invalid_client"),
            "{garbage}"
        );
    }
    for typ in ["JWT", "client-authentication+jwt"] {
        let header = json!({"alg": "ES256", "typ": typ, "kid": "k1"});
        assert!(
            passed(&send(&issuer, &signer.sign(&header, &claims(typ))).await),
            "{typ}"
        );
    }
    assert!(
        passed(&send(&issuer, &assertion(&signer, &issuer, "a")).await),
        "what was refused used nothing up"
    );
}

#[actix_web::test]
async fn a_service_that_signs_is_added_with_its_public_keys() {
    let issuer = TestIssuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (key, jwk) = new_key("k1");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let good = file("good", &json!({"keys": [jwk]}).to_string());
    let add = ["add", "Nightly", "--scope", "food:read", "--method", "private_key_jwt"];
    assert!(
        complains(&issuer, &add).contains("needs jwks"),
        "no client without a key"
    );
    for bad in [file("text", "x"), file("empty", "{}"), "/nowhere/at/all".to_owned()] {
        assert!(
            complains(&issuer, &[&add[..], &["--jwks", &bad]].concat()).contains("jwks"),
            "{bad}"
        );
    }
    let added = client(&issuer, &[&add[..], &["--jwks", &good]].concat());
    assert!(added[0].get("client_secret").is_none());
    let client_id = text(&added[0], "client_id").to_owned();
    let signer = Signer { client_id, key };
    let signed = assertion(&signer, &issuer, "a");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", signed.as_str()),
    ];
    let (status, body) = issuer.post_token(&form).await;
    assert_eq!((status, text(&body, "scope")), (200, "food:read"), "{body}");
}

/// RFC 7523 section 3, 7: a thousand replays, also across a restart, and at the same moment.
#[actix_web::test]
async fn an_assertion_counts_once() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let signer = registered(&issuer).await;
        let signed = assertion(&signer, &issuer, "once");
        let answers = join_all((0..20).map(|_| send(&issuer, &signed))).await;
        assert_eq!(answers.iter().filter(|answer| passed(answer)).count(), 1, "{answers:?}");
        for _ in 0..980 {
            assert_eq!(error(&send(&issuer, &signed).await), (401, "invalid_client"));
        }
        let issuer = issuer.restart().await;
        assert_eq!(error(&send(&issuer, &signed).await), (401, "invalid_client"));
        let other = registered(&issuer).await;
        assert!(
            passed(&send(&issuer, &assertion(&other, &issuer, "once")).await),
            "each client has its own"
        );
    }
}

#[actix_web::test]
async fn one_way_and_one_client_at_a_time() {
    let issuer = TestIssuer::start().await;
    let signer = registered(&issuer).await;
    let signed = assertion(&signer, &issuer, "a");
    let with = |name: &'static str, value: &'static str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_assertion_type", TYPE),
            ("client_assertion", &signed),
            (name, value),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        issuer.request("POST", "/oauth/token").form(&form).send()
    };
    assert_eq!(with("client_secret", "x").await.unwrap().status(), 400);
    assert_eq!(with("client_id", "somebody").await.unwrap().status(), 401);
    let form = [("grant_type", "refresh_token"), ("client_assertion", signed.as_str())];
    assert_eq!(
        error(&issuer.post_token(&form).await),
        (401, "invalid_client"),
        "without its type"
    );
    assert!(passed(&send(&issuer, &signed).await));
}

#[actix_web::test]
async fn keys_that_prove_nothing_are_not_registered() {
    let issuer = TestIssuer::start().await;
    let (_, jwk) = new_key("k1");
    let mut private = jwk.clone();
    private["d"] = json!("AA");
    for jwks in [
        Value::Null,
        json!({}),
        json!({"keys": []}),
        json!({"keys": [private]}),
        json!({"keys": [{"kty": "oct", "k": "AA"}]}),
        json!({"keys": [{"kty": "EC", "crv": "P-521"}]}),
        json!({"keys": vec![jwk.clone(); 11]}),
    ] {
        let body =
            json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks});
        let answer = issuer
            .request("POST", "/oauth/register")
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        assert_eq!(
            answer.json::<Value>().await.unwrap()["error"],
            "invalid_client_metadata"
        );
    }
}
