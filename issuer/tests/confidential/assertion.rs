//! `private_key_jwt`: RFC 7523 section 3, a table of assertions that differ from a good one in one thing.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::command_line::{client, complains};
use super::register;
use crate::support::database::TestDatabase;
use crate::support::{Answer, REDIRECT_URI, TestIssuer, error, text};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client that holds a private key.
struct Signer {
    client_id: String,
    key: EncodingKey,
}

fn new_key() -> (EncodingKey, Value) {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let key = EncodingKey::from_ec_der(pkcs8.as_ref());
    let jwk = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()).unwrap();
    (
        key,
        json!({"kty": "EC", "crv": "P-256", "x": jwk.get("x"), "y": jwk.get("y"), "kid": "k1"}),
    )
}

impl Signer {
    async fn new(issuer: &TestIssuer) -> Self {
        let (key, jwk) = new_key();
        let metadata = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk]}});
        let answer = register(issuer, metadata).await;
        assert_eq!(text(&answer, "token_endpoint_auth_method"), "private_key_jwt");
        assert_eq!(answer.get("jwks"), Some(&json!({"keys": [jwk]})));
        assert!(answer.get("client_secret").is_none());
        let client_id = text(&answer, "client_id").to_owned();
        Self { client_id, key }
    }

    fn claims(&self, issuer: &TestIssuer, jti: &str) -> Value {
        json!({"iss": self.client_id, "sub": self.client_id, "aud": issuer.url, "exp": issuer.clock.now() + 300, "jti": jti})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, Algorithm::ES256).unwrap();
        format!("{signed}.{signature}")
    }

    fn good(&self, issuer: &TestIssuer, jti: &str) -> String {
        self.sign(&json!({"alg": "ES256", "kid": "k1"}), &self.claims(issuer, jti))
    }
}

/// A refresh with a token that is none: `invalid_grant` when the client is who it says.
async fn send(issuer: &TestIssuer, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    issuer.post_token(&form).await
}

fn passed(answer: &Answer) -> bool {
    error(answer) == (400, "invalid_grant")
}

#[actix_web::test]
async fn a_signed_assertion_authenticates_and_secrets_or_nothing_do_not() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let signer = Signer::new(&issuer).await;
        let code = issuer.code(&signer.client_id).await;
        assert_eq!(error(&issuer.exchange(&code).await), (401, "invalid_client"));
        let mut form = code.form();
        form.push(("client_secret", "x"));
        assert_eq!(error(&issuer.post_token(&form).await), (401, "invalid_client"));
        let assertion = signer.good(&issuer, "1");
        let mut form = code.form_but("client_id", "");
        form.extend([("client_assertion_type", TYPE), ("client_assertion", &assertion)]);
        let (status, tokens) = issuer.post_token(&form).await;
        assert_eq!(status, 200, "{tokens}");
        let public = issuer.client().await;
        let other = Signer {
            client_id: public,
            key: signer.key,
        };
        assert_eq!(
            error(&send(&issuer, &other.good(&issuer, "2")).await),
            (401, "invalid_client")
        );
    }
}

#[actix_web::test]
async fn every_claim_is_checked() {
    let issuer = TestIssuer::start().await;
    let signer = Signer::new(&issuer).await;
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
    let signer = Signer::new(&issuer).await;
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
    let (stranger, _) = new_key();
    let forged = Signer {
        client_id: signer.client_id.clone(),
        key: stranger,
    };
    assert_eq!(
        error(&send(&issuer, &forged.good(&issuer, "a")).await),
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
        passed(&send(&issuer, &signer.good(&issuer, "a")).await),
        "what was refused used nothing up"
    );
}

#[actix_web::test]
async fn a_service_that_signs_is_added_with_its_public_keys() {
    let issuer = TestIssuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (key, jwk) = new_key();
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
    let assertion = signer.good(&issuer, "a");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    let (status, body) = issuer.post_token(&form).await;
    assert_eq!((status, text(&body, "scope")), (200, "food:read"), "{body}");
}

/// RFC 7523 section 3, 7: a thousand replays, also across a restart, and at the same moment.
#[actix_web::test]
async fn an_assertion_counts_once() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let signer = Signer::new(&issuer).await;
        let assertion = signer.good(&issuer, "once");
        let answers = join_all((0..20).map(|_| send(&issuer, &assertion))).await;
        assert_eq!(answers.iter().filter(|answer| passed(answer)).count(), 1, "{answers:?}");
        for _ in 0..980 {
            assert_eq!(error(&send(&issuer, &assertion).await), (401, "invalid_client"));
        }
        let issuer = issuer.restart().await;
        assert_eq!(error(&send(&issuer, &assertion).await), (401, "invalid_client"));
        let other = Signer::new(&issuer).await;
        assert!(
            passed(&send(&issuer, &other.good(&issuer, "once")).await),
            "each client has its own"
        );
    }
}

#[actix_web::test]
async fn one_way_and_one_client_at_a_time() {
    let issuer = TestIssuer::start().await;
    let signer = Signer::new(&issuer).await;
    let assertion = signer.good(&issuer, "a");
    let with = |name: &'static str, value: &'static str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_assertion_type", TYPE),
            ("client_assertion", &assertion),
            (name, value),
        ];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        issuer.request("POST", "/oauth/token").form(&form).send()
    };
    assert_eq!(with("client_secret", "x").await.unwrap().status(), 400);
    assert_eq!(with("client_id", "somebody").await.unwrap().status(), 401);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_assertion", assertion.as_str()),
    ];
    assert_eq!(
        error(&issuer.post_token(&form).await),
        (401, "invalid_client"),
        "without its type"
    );
    assert!(passed(&send(&issuer, &assertion).await));
}

#[actix_web::test]
async fn keys_that_prove_nothing_are_not_registered() {
    let issuer = TestIssuer::start().await;
    let (_, jwk) = new_key();
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
