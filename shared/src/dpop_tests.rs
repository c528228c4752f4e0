//! A proof that holds, and a table of proofs that differ from it in one thing.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::*;

const NOW: NumericDate = 1_767_225_600;
const TOKEN: &str = "header.claims.signature";

fn new_key(algorithm: &'static aws_lc_rs::signature::EcdsaSigningAlgorithm) -> EncodingKey {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let pkcs8 = aws_lc_rs::signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    EncodingKey::from_ec_der(pkcs8.as_ref())
}

struct Maker {
    key: EncodingKey,
    jwk: Value,
}

impl Maker {
    fn new() -> Self {
        let key = new_key(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING);
        let jwk = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()).unwrap();
        let jwk = json!({"kty": jwk["kty"], "crv": jwk["crv"], "x": jwk["x"], "y": jwk["y"]});
        Self { key, jwk }
    }

    fn header(&self) -> Value {
        json!({"typ": TYP, "alg": "ES256", "jwk": self.jwk})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, Algorithm::ES256).unwrap();
        format!("{signed}.{signature}")
    }
}

fn claims() -> Value {
    json!({"jti": "j1", "htm": "POST", "htu": "https://food.example/mcp", "iat": NOW, "ath": ath(TOKEN)})
}

fn checked(proof: &str) -> Result<Proof, BadProof> {
    let url = Url::parse("https://food.example/mcp").unwrap();
    let request = Request {
        method: "POST",
        url: &url,
        access_token: Some(TOKEN),
    };
    check(proof, &request, NOW)
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

#[test]
fn a_proof_that_holds_gives_the_thumbprint_and_the_identifier() {
    let maker = Maker::new();
    let proof = checked(&maker.sign(&maker.header(), &with(claims(), "nonce", json!("n")))).unwrap();
    assert_eq!(
        (proof.jti.as_str(), proof.nonce.as_deref(), proof.iat),
        ("j1", Some("n"), NOW)
    );
    assert_eq!(proof.jkt.len(), 43);
}

#[test]
fn the_same_url_may_be_spelled_otherwise_and_the_clock_may_be_off_a_little() {
    let maker = Maker::new();
    for htu in [
        "https://food.example:443/mcp",
        "HTTPS://FOOD.example/mcp",
        "https://food.example/mcp?a=b#c",
        "https://food.example/x/../mcp",
    ] {
        checked(&maker.sign(&maker.header(), &with(claims(), "htu", json!(htu)))).unwrap();
    }
    for iat in [NOW - WINDOW, NOW + WINDOW] {
        checked(&maker.sign(&maker.header(), &with(claims(), "iat", json!(iat)))).unwrap();
    }
}

#[test]
fn a_proof_that_differs_in_one_thing_is_refused() {
    let maker = Maker::new();
    let other = Maker::new();
    let (good, header) = (claims(), maker.header());
    let claim = |name, value| (header.clone(), with(claims(), name, value));
    let head = |name, value| (with(maker.header(), name, value), good.clone());
    let rows = [
        claim("htm", json!("GET")),
        claim("htm", json!("post")),
        claim("htm", json!(["POST"])),
        (header.clone(), without(claims(), "htm")),
        claim("htu", json!("https://food.example/mcp/")),
        claim("htu", json!("http://food.example/mcp")),
        claim("htu", json!("https://food.example:8443/mcp")),
        claim("htu", json!("https://user@food.example/mcp")),
        claim("htu", json!("https://food.example.evil/mcp")),
        claim("htu", json!("/mcp")),
        claim("htu", json!("")),
        claim("htu", json!(null)),
        (header.clone(), without(claims(), "htu")),
        claim("iat", json!(NOW - WINDOW - 1)),
        claim("iat", json!(NOW + WINDOW + 1)),
        claim("iat", json!(NOW.to_string())),
        claim("iat", json!(1_767_225_600.5)),
        claim("iat", json!(i64::MIN)),
        claim("iat", json!(u64::MAX)),
        (header.clone(), without(claims(), "iat")),
        claim("ath", json!(ath("another.access.token"))),
        claim("ath", json!(TOKEN)),
        claim("ath", json!(null)),
        (header.clone(), without(claims(), "ath")),
        claim("jti", json!("")),
        claim("jti", json!(7)),
        claim("jti", json!("j".repeat(MOST_TEXT + 1))),
        (header.clone(), without(claims(), "jti")),
        claim("nonce", json!(1)),
        claim("nonce", json!("n".repeat(MOST_TEXT + 1))),
        head("typ", json!("JWT")),
        head("typ", json!("at+jwt")),
        (without(maker.header(), "typ"), good.clone()),
        head("alg", json!("none")),
        head("alg", json!("HS256")),
        head("alg", json!("ES384")),
        head("alg", json!("RS256")),
        (without(maker.header(), "alg"), good.clone()),
        head("jwk", other.jwk.clone()),
        head("jwk", with(maker.jwk.clone(), "d", json!("AAAA"))),
        head("jwk", json!({"kty": "oct", "k": "c2VjcmV0"})),
        head("jwk", with(maker.jwk.clone(), "use", json!("enc"))),
        head("jwk", json!("text")),
        (without(maker.header(), "jwk"), good.clone()),
        (
            with(without(maker.header(), "jwk"), "jku", json!("https://evil.example/k")),
            good.clone(),
        ),
        head("crit", json!(["exp"])),
    ];
    for (header, claims) in rows {
        let proof = maker.sign(&header, &claims);
        assert!(checked(&proof).is_err(), "{header} {claims}");
    }
}

#[test]
fn a_changed_character_anywhere_is_found() {
    let maker = Maker::new();
    let proof = maker.sign(&maker.header(), &claims());
    for at in 0..proof.len() {
        let mut bytes = proof.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(checked(&changed).is_err(), "at {at}");
    }
    assert!(checked(&format!("{proof}{}", "A".repeat(MOST_BYTES))).is_err());
}

#[test]
fn there_is_one_header_field_or_none() {
    assert_eq!(single([]), Ok(None));
    assert_eq!(single([&b"a"[..]]), Ok(Some("a")));
    assert!(single([&b"a"[..], &b"a"[..]]).is_err());
    assert!(single([&b"\xff"[..]]).is_err());
}
