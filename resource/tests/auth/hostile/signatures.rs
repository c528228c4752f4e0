//! Signatures: other keys, keys that the token brings, other encodings, other algorithms.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use resource::auth::refusal::Refusal;
use serde_json::{Value, json};

use super::{Bench, Row, algorithm, refused, with_parts};
use crate::support::{SigningKey, Token};

/// The signature in the other encoding of ECDSA: DER instead of two numbers (RFC 7518 section 3.4).
fn der(signature: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let mut number = vec![0];
        number.extend(bytes);
        let mut out = vec![2, u8::try_from(number.len()).unwrap()];
        out.extend(number);
        out
    };
    let (r, s) = signature.split_at(32);
    let body = [number(r), number(s)].concat();
    [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat()
}

#[actix_web::test]
async fn signatures() {
    let bench = Bench::start().await;
    let key = bench.key("key-1");
    let good = bench.good().sign(key);
    let signature = URL_SAFE_NO_PAD.decode(good.rsplit('.').next().unwrap()).unwrap();
    let signed_as = |bytes: &[u8]| with_parts(&good, None, None, Some(&URL_SAFE_NO_PAD.encode(bytes)));
    let swapped: Vec<u8> = signature[32..].iter().chain(&signature[..32]).copied().collect();
    let other_claims = URL_SAFE_NO_PAD.encode(bench.good().claim("sub", json!("admin")).claims.to_string());
    let other_header = URL_SAFE_NO_PAD.encode(format!("{} ", bench.good().header));
    let stranger = SigningKey::es256("key-1");
    let brought = |name: &str, value: Value| bench.good().header(name, value).sign(&stranger);
    let (rs, ps) = (bench.key("rs-1"), bench.key("ps-1"));
    let rows = [
        ("another key of the same name", bench.good().sign(&stranger)),
        ("the key in the token (jwk)", brought("jwk", stranger.jwk())),
        (
            "the key at an address (jku)",
            brought("jku", json!("https://evil.example/jwks")),
        ),
        (
            "the key at an address (x5u)",
            brought("x5u", json!("https://evil.example/x")),
        ),
        ("a certificate in the token (x5c)", brought("x5c", json!(["MIIB"]))),
        ("other claims", with_parts(&good, None, Some(&other_claims), None)),
        ("another header", with_parts(&good, Some(&other_header), None, None)),
        ("zeros", signed_as(&[0; 64])),
        ("ones", signed_as(&[0xff; 64])),
        ("one byte", signed_as(&[0])),
        ("cut", signed_as(&signature[..63])),
        ("longer", signed_as(&[&signature[..], &[0]].concat())),
        ("r and s swapped", signed_as(&swapped)),
        ("DER", signed_as(&der(&signature))),
        ("padding in the signature", format!("{good}=")),
        ("another alphabet", format!("{}+", &good[..good.len() - 1])),
        ("a newline behind", format!("{good}\n")),
        ("a space behind", format!("{good} ")),
        (
            "RSA-PSS by an RS256 key",
            forged(&bench.good_by(rs), rs, Algorithm::PS256),
        ),
        (
            "PKCS#1 v1.5 by a PS256 key",
            forged(&bench.good_by(ps), ps, Algorithm::RS256),
        ),
    ];
    let mut rows: Vec<Row> = rows
        .map(|(what, token)| Row(what.to_owned(), token, Refusal::Signature))
        .into();
    rows.extend(shared_secrets(&bench));
    refused(&bench, rows, 22).await;
    assert_eq!(bench.issuer.fetches(), 1, "no hostile token caused a fetch");
}

/// The header says what the key is for, and the signature is another algorithm's of the same family.
fn forged(token: &Token, key: &SigningKey, algorithm: Algorithm) -> String {
    let head = URL_SAFE_NO_PAD.encode(token.header.to_string());
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(token.claims.to_string()));
    let signature = key.sign(&signed, algorithm);
    format!("{signed}.{signature}")
}

/// The public key, which everybody has, taken for a shared secret: RFC 8725 section 2.1.
fn shared_secrets(bench: &Bench) -> Vec<Row> {
    let jwk = bench.key("rs-1").jwk();
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    let secrets = [
        jwk.to_string().into_bytes(),
        modulus.clone(),
        STANDARD_NO_PAD.encode(modulus).into_bytes(),
    ];
    let forge = |secret: &[u8]| {
        let token = bench.good_by(bench.key("rs-1")).header("alg", json!("HS256"));
        let head = URL_SAFE_NO_PAD.encode(token.header.to_string());
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(token.claims.to_string()));
        let key = EncodingKey::from_secret(secret);
        let signature = crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).unwrap();
        Row(
            "HS256 with the public key".to_owned(),
            format!("{signed}.{signature}"),
            algorithm("HS256"),
        )
    };
    secrets.iter().map(|secret| forge(secret)).collect()
}
