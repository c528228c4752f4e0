//! An access token: bytes as they come, which never pass, and headers and claims of the fuzzer's choice with a good
//! signature. Whatever passes says what RFC 9068 section 4 demands, read by another parser.
#![no_main]

use std::sync::LazyLock;

use actix_web::rt::System;
use actix_web::{App, HttpResponse, HttpServer, web};
use libfuzzer_sys::fuzz_target;
use resource::auth::metrics::AuthMetrics;
use resource::auth::status::Policy;
use resource::auth::trust::Issuer;
use resource::auth::verifier::{Means, Trusted, Verifier};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::fetch::Fetch;
use signed::{Key, halves};

const ISSUER: &str = "http://localhost:8080";
const AUDIENCE: &str = "http://localhost:8081/mcp";
const NOW: i64 = 1_800_000_000;
/// What the clock of an issuer may be wrong by.
const LEEWAY: f64 = 61.0;

static KEY: LazyLock<Key> = LazyLock::new(Key::new);

thread_local! {
    static WORLD: (actix_web::rt::SystemRunner, Verifier) = world();
}

/// A verifier that has fetched the key set.
fn world() -> (actix_web::rt::SystemRunner, Verifier) {
    let system = System::new();
    let verifier = system.block_on(async {
        let mut jwk = KEY.jwk();
        jwk["kid"] = json!("k");
        let set = json!({"keys": [jwk]});
        let answer = move || std::future::ready(HttpResponse::Ok().json(&set));
        let server = HttpServer::new(move || App::new().route("/jwks", web::get().to(answer.clone())));
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/jwks", server.addrs().first().expect("an address"));
        actix_web::rt::spawn(server.run());
        let mut issuer = Issuer::new(ISSUER, AUDIENCE);
        issuer.jwks_uri = Some(url.parse().expect("a URL"));
        let fetch = Fetch::new().expect("a client");
        let means = Means {
            fetch,
            clock: Clock::fixed(NOW),
            jwks_cache: None,
            status_list: Policy::FailOpen,
            metrics: AuthMetrics::default(),
        };
        let trusted = Trusted::new(issuer, &means);
        let keys = trusted.keys().expect("keys");
        let kept = trusted.keys().expect("keys");
        actix_web::rt::spawn(async move { kept.keep_fresh().await });
        assert!(keys.find("k").await.is_ok());
        let verifier = Verifier::new(vec![trusted], &means);
        // What is meant to pass does: else nothing behind the signature would be tried.
        let (header, claims) = halves(include_bytes!("../corpus/jwt/good")).expect("two halves");
        assert!(verifier.check(&KEY.sign(header, claims)).await.is_ok());
        verifier
    });
    (system, verifier)
}

fn passes(token: &str) -> bool {
    WORLD.with(|(system, verifier)| system.block_on(verifier.check(token)).is_ok())
}

fuzz_target!(|input: &[u8]| {
    if let Ok(token) = std::str::from_utf8(input) {
        assert!(!passes(token), "a token passed that nobody signed");
    }
    let Some((header, claims)) = halves(input) else { return };
    if !passes(&KEY.sign(header, claims)) {
        return;
    }
    let header: Value = serde_json::from_slice(header).expect("JSON");
    let claims: Value = serde_json::from_slice(claims).expect("JSON");
    let typ = header["typ"].as_str().map(str::to_ascii_lowercase);
    assert!(matches!(typ.as_deref(), Some("at+jwt" | "application/at+jwt")));
    assert_eq!((&header["alg"], &header["kid"]), (&json!("ES256"), &json!("k")));
    assert!(header.get("crit").is_none() && header.get("b64").is_none());
    assert_eq!(claims["iss"], ISSUER);
    let for_us = claims["aud"] == AUDIENCE
        || claims["aud"]
            .as_array()
            .is_some_and(|all| all.contains(&json!(AUDIENCE)));
    assert!(for_us);
    assert!(claims["exp"].as_f64().is_some_and(|exp| exp + LEEWAY > NOW as f64));
    assert!(claims["sub"].as_str().is_some_and(|sub| !sub.is_empty()));
});
