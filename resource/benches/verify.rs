//! What checking a token costs: remembered, not remembered, and the plain decoding of the library beneath.
//!
//! `cargo bench -p resource --bench verify`. All three are measured in turns within one run, so that their ratios
//! hold on a busy machine too; the fastest turn counts.
#![expect(clippy::unwrap_used, reason = "a measuring program")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use resource::auth::metrics::AuthMetrics;
use resource::auth::status::Policy;
use resource::auth::trust::Issuer;
use resource::auth::verifier::{Means, Trusted, Verifier};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::fetch::Fetch;

const ISSUER: &str = "http://localhost:8080";
const AUDIENCE: &str = "http://localhost:8081/mcp";
const NOW: i64 = 1_800_000_000;
const TURNS: usize = 20;
const CALLS: u32 = 500;

#[actix_web::main]
async fn main() {
    let rng = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
    let key = EncodingKey::from_ec_der(pkcs8.as_ref());
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
    jwk.common.key_id = Some("key-1".to_owned());
    let token = token(&key);
    let verifier = verifier(json!({"keys": [&jwk]})).await;
    let (decoding, validation) = (DecodingKey::from_jwk(&jwk).unwrap(), validation());

    let mut fastest = [Duration::MAX; 3];
    for _ in 0..TURNS {
        let begun = Instant::now();
        for _ in 0..CALLS {
            black_box(decode::<Value>(&token, &decoding, &validation).unwrap());
        }
        fastest[0] = fastest[0].min(begun.elapsed());
        let begun = Instant::now();
        for _ in 0..CALLS {
            black_box(verifier.check(&token).await.unwrap());
        }
        fastest[1] = fastest[1].min(begun.elapsed());
        let begun = Instant::now();
        for _ in 0..CALLS {
            black_box(verifier.verify(&token).await.unwrap());
        }
        fastest[2] = fastest[2].min(begun.elapsed());
    }
    report(fastest);
}

fn report(fastest: [Duration; 3]) {
    let [baseline, ..] = fastest;
    let names = ["jsonwebtoken decode", "check, not remembered", "verify, remembered"];
    for (name, time) in names.iter().zip(fastest) {
        let each = time / CALLS;
        let ratio = time.as_secs_f64() / baseline.as_secs_f64();
        println!("{name:<22} {each:>10.2?} a token, {ratio:>6.3} of the baseline");
    }
}

fn token(key: &EncodingKey) -> String {
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some("key-1".to_owned());
    let claims = json!({"iss": ISSUER, "sub": "0f6b5c1e-0001-4000-8000-000000000001", "aud": AUDIENCE,
        "client_id": "0f6b5c1e-0002-4000-8000-000000000002", "scope": "food:read food:write", "iat": NOW,
        "exp": NOW + 3600, "jti": "0f6b5c1e-0003-4000-8000-000000000003"});
    encode(&header, &claims, key).unwrap()
}

fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    validation
}

/// A verifier that has fetched this key set.
async fn verifier(set: Value) -> Verifier {
    let server = HttpServer::new(move || {
        let set = set.clone();
        App::new().route(
            "/jwks",
            web::get().to(move || std::future::ready(HttpResponse::Ok().json(&set))),
        )
    });
    let server = server.workers(1).bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks", server.addrs().first().unwrap());
    actix_web::rt::spawn(server.run());
    let mut issuer = Issuer::new(ISSUER, AUDIENCE);
    issuer.jwks_uri = Some(url.parse().unwrap());
    let clock = Clock::fixed(NOW);
    let means = Means {
        fetch: Fetch::new().unwrap(),
        clock: clock.clone(),
        jwks_cache: None,
        status_list: Policy::FailOpen,
        metrics: AuthMetrics::default(),
    };
    let trusted = Trusted::new(issuer, &means);
    let keys = trusted.keys().unwrap();
    let kept = trusted.keys().unwrap();
    actix_web::rt::spawn(async move { kept.keep_fresh().await });
    assert!(keys.find("key-1").await.is_ok());
    Verifier::new(vec![trusted], &means)
}
