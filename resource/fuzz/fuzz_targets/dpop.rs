//! A DPoP proof: bytes as they come, and headers and claims of the fuzzer's choice with a good signature. Whatever
//! passes says what RFC 9449 section 4.3 demands, read by another parser.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use shared::dpop::{Proof, Request, WINDOW, check};
use signed::{Key, halves};
use url::Url;

const NOW: i64 = 1_800_000_000;
static KEY: LazyLock<Key> = LazyLock::new(|| {
    let key = Key::new();
    // What is meant to pass does: else nothing behind the signature would be tried.
    assert!(passing(&key, include_bytes!("../corpus/dpop/good")).is_some());
    key
});
static URL: LazyLock<Url> = LazyLock::new(|| "https://food.example/mcp".parse().expect("a URL"));

/// The header, the claims and the proof, if it passes.
fn passing(key: &Key, input: &[u8]) -> Option<(Value, Value, Proof)> {
    let (header, claims) = halves(input)?;
    // The key of this run in the place of the word that stands for it.
    let header = String::from_utf8_lossy(header).replace("\"KEY\"", &key.jwk().to_string());
    let proof = check(&key.sign(header.as_bytes(), claims), &request(), NOW).ok()?;
    let header = serde_json::from_str(&header).expect("JSON");
    Some((header, serde_json::from_slice(claims).expect("JSON"), proof))
}

fn request() -> Request<'static> {
    Request {
        method: "POST",
        url: &URL,
        access_token: None,
    }
}

fuzz_target!(|input: &[u8]| {
    if let Ok(proof) = std::str::from_utf8(input) {
        drop(check(proof, &request(), NOW));
    }
    let Some((header, claims, proof)) = passing(&KEY, input) else {
        return;
    };
    assert_eq!(
        header["typ"].as_str().map(str::to_ascii_lowercase).as_deref(),
        Some("dpop+jwt")
    );
    assert_eq!(header["alg"], "ES256");
    assert!(header["jwk"].get("d").is_none());
    assert_eq!(claims["htm"], "POST");
    assert!(
        claims["iat"]
            .as_f64()
            .is_some_and(|iat| (iat - NOW as f64).abs() <= WINDOW as f64 + 1.0)
    );
    assert_eq!(claims["jti"].as_str(), Some(proof.jti.as_str()));
});
