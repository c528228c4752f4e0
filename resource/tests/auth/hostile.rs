//! Tokens that must not pass: each differs from a good one in one thing, and is refused for just that.
//! RFC 8725 section 2 and 3; B9, B10 and B13 of the list of attacks.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use futures_util::FutureExt;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use resource::auth::jwt::MOST_BYTES;
use resource::auth::refusal::{Got, Refusal};
use serde_json::{Value, json};

use super::{AUDIENCE, Bench};
use crate::support::{NOW, SigningKey, Token, sign_text};

/// What is wrong, the token, and why it is refused.
struct Row(String, String, Refusal);

/// Every refused token is refused for the reason in its row, and the good one that it was made from passes.
async fn refused(bench: &Bench, rows: Vec<Row>, at_least: usize) {
    assert!(rows.len() >= at_least, "{} rows", rows.len());
    assert!(bench.verify_signed(&bench.good()).await.is_ok());
    for Row(what, token, why) in rows {
        assert_eq!(bench.verify(&token).await.unwrap_err(), why, "{what}");
    }
}

fn algorithm(name: &str) -> Refusal {
    Refusal::Algorithm(Got::new(name))
}

fn of_key(expected: &'static str, got: &str) -> Refusal {
    Refusal::AlgorithmOfKey {
        expected,
        got: Got::new(got),
    }
}

#[actix_web::test]
async fn headers() {
    let bench = Bench::start().await;
    let typ = |text: &str| Refusal::Typ(Got::new(text));
    let unknown = |text: &str| Refusal::UnknownKey(Got::new(text));
    let table: Vec<(&str, Value, Refusal)> = vec![
        ("typ", json!("JWT"), typ("JWT")),
        ("typ", json!(""), typ("")),
        ("typ", json!("at+jwt "), typ("at+jwt ")),
        ("typ", json!("at"), typ("at")),
        ("typ", json!("id+jwt"), typ("id+jwt")),
        ("typ", json!("dpop+jwt"), typ("dpop+jwt")),
        ("typ", json!("logout+jwt"), typ("logout+jwt")),
        ("typ", json!("application/jwt"), typ("application/jwt")),
        (
            "typ",
            json!("application/application/at+jwt"),
            typ("application/application/at+jwt"),
        ),
        ("typ", json!("text/at+jwt"), typ("text/at+jwt")),
        ("typ", json!(1), Refusal::Header),
        ("typ", json!(null), Refusal::Header),
        ("typ", json!(["at+jwt"]), Refusal::Header),
        ("crit", json!([]), Refusal::Critical),
        ("crit", json!(["b64"]), Refusal::Critical),
        ("crit", json!(["exp"]), Refusal::Critical),
        ("crit", json!("exp"), Refusal::Critical),
        ("crit", json!(null), Refusal::Critical),
        ("alg", json!("none"), algorithm("none")),
        ("alg", json!("None"), algorithm("None")),
        ("alg", json!("nOnE"), algorithm("nOnE")),
        ("alg", json!(""), algorithm("")),
        ("alg", json!("HS384"), algorithm("HS384")),
        ("alg", json!("es256"), algorithm("es256")),
        ("alg", json!("ES256 "), algorithm("ES256 ")),
        ("alg", json!("ES256K"), algorithm("ES256K")),
        ("alg", json!("ES512"), algorithm("ES512")),
        ("alg", json!("RSA-OAEP"), algorithm("RSA-OAEP")),
        ("alg", json!("RS256"), of_key("ES256", "RS256")),
        ("alg", json!("PS512"), of_key("ES256", "PS512")),
        ("alg", json!("ES384"), of_key("ES256", "ES384")),
        ("alg", json!("EdDSA"), of_key("ES256", "EdDSA")),
        ("alg", json!(256), Refusal::Header),
        ("alg", json!(null), Refusal::Header),
        ("alg", json!(["ES256"]), Refusal::Header),
        ("kid", json!("key-2"), unknown("key-2")),
        ("kid", json!("KEY-1"), unknown("KEY-1")),
        ("kid", json!("key-1 "), unknown("key-1 ")),
        ("kid", json!("key-1\u{0}"), unknown("key-1\u{0}")),
        ("kid", json!(""), unknown("")),
        ("kid", json!("../../../dev/null"), unknown("../../../dev/null")),
        ("kid", json!("key-1' OR '1'='1"), unknown("key-1' OR '1'='1")),
        (
            "kid",
            json!("https://evil.example/key"),
            unknown("https://evil.example/key"),
        ),
        ("kid", json!("ed-1"), of_key("EdDSA", "ES256")),
        ("kid", json!("rs-1"), of_key("RS256", "ES256")),
        ("kid", json!(1), Refusal::Header),
        ("kid", json!(null), Refusal::Header),
        ("kid", json!(["key-1"]), Refusal::Header),
    ];
    let mut rows: Vec<Row> = table
        .into_iter()
        .map(|(name, value, why)| {
            let token = bench.good().header(name, value.clone()).sign(bench.key("key-1"));
            Row(format!("{name} {value}"), token, why)
        })
        .collect();
    for (name, why) in [
        ("typ", Refusal::Typ(Got::nothing())),
        ("alg", Refusal::Header),
        ("kid", Refusal::NoKeyId),
    ] {
        let token = bench.good().without_header(name).sign(bench.key("key-1"));
        rows.push(Row(format!("without {name}"), token, why));
    }
    refused(&bench, rows, 50).await;
}

#[actix_web::test]
async fn claims() {
    let bench = Bench::start().await;
    let url = bench.issuer.url.clone();
    let iss = |got: &str| Refusal::Issuer {
        expected: url.clone(),
        got: Got::new(got),
    };
    let aud = |got: &str| Refusal::Audience {
        expected: AUDIENCE.to_owned(),
        got: Got::new(got),
    };
    let expired = |exp: i64| Refusal::Expired { exp, now: NOW };
    let early = |nbf: i64| Refusal::NotYetValid { nbf, now: NOW };
    let future = |iat: i64| Refusal::IssuedInFuture { iat, now: NOW };
    let with_slash = format!("{url}/");
    let extended = format!("{url}.evil.example");
    let shouted = url.replace("http", "HTTP");
    let table: Vec<(&str, Value, Refusal)> = vec![
        ("iss", json!("https://evil.example"), iss("https://evil.example")),
        ("iss", json!(with_slash), iss(&with_slash)),
        ("iss", json!(extended), iss(&extended)),
        ("iss", json!(shouted), iss(&shouted)),
        ("iss", json!([url]), Refusal::WrongType("iss")),
        (
            "aud",
            json!("https://other.example.com/mcp"),
            aud("https://other.example.com/mcp"),
        ),
        (
            "aud",
            json!("https://food.example.com/mcp/"),
            aud("https://food.example.com/mcp/"),
        ),
        (
            "aud",
            json!("https://food.example.com"),
            aud("https://food.example.com"),
        ),
        (
            "aud",
            json!("https://food.example.com/mcp2"),
            aud("https://food.example.com/mcp2"),
        ),
        (
            "aud",
            json!("https://FOOD.example.com/mcp"),
            aud("https://FOOD.example.com/mcp"),
        ),
        ("aud", json!(["a", "b"]), aud("a b")),
        (
            "aud",
            json!("https://food.example.com/mcp b"),
            aud("https://food.example.com/mcp b"),
        ),
        ("aud", json!([]), Refusal::WrongType("aud")),
        ("aud", json!([AUDIENCE, 1]), Refusal::WrongType("aud")),
        ("aud", json!({"0": AUDIENCE}), Refusal::WrongType("aud")),
        ("exp", json!(NOW - 60), expired(NOW - 60)),
        ("exp", json!(0), expired(0)),
        ("exp", json!(-1), expired(-1)),
        ("exp", json!(i64::MIN), expired(i64::MIN)),
        ("exp", json!((NOW + 3600).to_string()), Refusal::WrongType("exp")),
        ("exp", json!(1_800_003_600.5), Refusal::WrongType("exp")),
        ("exp", json!(u64::MAX), Refusal::WrongType("exp")),
        ("exp", json!(1e300), Refusal::WrongType("exp")),
        ("exp", json!(true), Refusal::WrongType("exp")),
        ("exp", json!(null), Refusal::WrongType("exp")),
        ("nbf", json!(NOW + 61), early(NOW + 61)),
        ("nbf", json!(i64::MAX), early(i64::MAX)),
        ("nbf", json!("0"), Refusal::WrongType("nbf")),
        ("nbf", json!(null), Refusal::WrongType("nbf")),
        ("iat", json!(NOW + 301), future(NOW + 301)),
        ("iat", json!(i64::MAX), future(i64::MAX)),
        ("iat", json!("0"), Refusal::WrongType("iat")),
        ("sub", json!(""), Refusal::WrongType("sub")),
        ("sub", json!(1), Refusal::WrongType("sub")),
        ("client_id", json!(""), Refusal::WrongType("client_id")),
        ("client_id", json!(["client-1"]), Refusal::WrongType("client_id")),
        ("scope", json!(["food:read"]), Refusal::WrongType("scope")),
        ("scope", json!("food:read\"x"), Refusal::WrongType("scope")),
        ("jti", json!(1), Refusal::WrongType("jti")),
        (
            "cnf",
            json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
            Refusal::Bound,
        ),
        ("cnf", json!(null), Refusal::Bound),
        ("nonce", json!("n-0S6_WzA2Mj"), Refusal::IdToken("nonce")),
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"), Refusal::IdToken("at_hash")),
        ("c_hash", json!("LDktKdoQak3Pk0cnXxCltA"), Refusal::IdToken("c_hash")),
        ("token_use", json!("id"), Refusal::IdToken("token_use")),
    ];
    let mut rows: Vec<Row> = table
        .into_iter()
        .map(|(name, value, why)| {
            let token = bench.good().claim(name, value.clone()).sign(bench.key("key-1"));
            Row(format!("{name} {value}"), token, why)
        })
        .collect();
    for name in ["iss", "sub", "aud", "client_id", "iat", "exp"] {
        let token = bench.good().without_claim(name).sign(bench.key("key-1"));
        rows.push(Row(format!("without {name}"), token, Refusal::Missing(name)));
    }
    refused(&bench, rows, 50).await;
}

/// A token with its three parts as given; `None` keeps that of the good one.
fn with_parts(good: &str, header: Option<&str>, claims: Option<&str>, signature: Option<&str>) -> String {
    let parts: Vec<&str> = good.split('.').collect();
    [header, claims, signature]
        .iter()
        .zip(parts)
        .map(|(other, own)| other.unwrap_or(own))
        .collect::<Vec<_>>()
        .join(".")
}

#[actix_web::test]
async fn shapes() {
    let bench = Bench::start().await;
    let key = bench.key("key-1");
    let token = bench.good();
    let good = token.sign(key);
    let (header, claims) = (token.header.to_string(), token.claims.to_string());
    let twice = |text: &str, member: &str| format!("{{{member},{}", &text[1..]);
    let exp_twice = twice(&claims, &format!("\"exp\":{}", NOW + 9_999_999));
    let not_a_jwt: Vec<(&str, String)> = vec![
        ("empty", String::new()),
        ("dots", "..".to_owned()),
        ("one part", good.split('.').next().unwrap().to_owned()),
        ("two parts", good.rsplit_once('.').unwrap().0.to_owned()),
        ("four parts", format!("{good}.AAAA")),
        ("five parts, as encrypted tokens have", format!("{good}.AAAA.AAAA")),
        ("no signature", with_parts(&good, None, None, Some(""))),
        ("no header", with_parts(&good, Some(""), None, None)),
        ("no claims", with_parts(&good, None, Some(""), None)),
        ("a space in front", format!(" {good}")),
        ("another alphabet", with_parts(&good, None, Some("a+b/"), None)),
        (
            "padding",
            with_parts(
                &good,
                None,
                Some(&format!("{}=", URL_SAFE_NO_PAD.encode(&claims))),
                None,
            ),
        ),
    ];
    let not_a_jwt = not_a_jwt
        .into_iter()
        .map(|(what, token)| Row(what.to_owned(), token, Refusal::NotAJwt));
    let long = token.clone().claim("x", json!("y".repeat(MOST_BYTES))).sign(key);
    let malformed = [
        ("too long", long.clone(), Refusal::TooLong(long.len())),
        ("header not JSON", sign_text("alg", &claims, key), Refusal::Header),
        (
            "header an array",
            sign_text(r#"["ES256","at+jwt","key-1"]"#, &claims, key),
            Refusal::Header,
        ),
        (
            "alg twice",
            sign_text(&twice(&header, r#""alg":"none""#), &claims, key),
            Refusal::Header,
        ),
        (
            "typ twice",
            sign_text(&twice(&header, r#""typ":"JWT""#), &claims, key),
            Refusal::Header,
        ),
        (
            "header and more",
            sign_text(&format!("{header}x"), &claims, key),
            Refusal::Header,
        ),
        ("claims not JSON", sign_text(&header, "iss", key), Refusal::Claims),
        (
            "claims an array",
            sign_text(&header, r#"["a","b","c"]"#, key),
            Refusal::Claims,
        ),
        ("exp twice", sign_text(&header, &exp_twice, key), Refusal::Claims),
        (
            "claims and more",
            sign_text(&header, &format!("{claims}{claims}"), key),
            Refusal::Claims,
        ),
        (
            "a token in the token",
            sign_text(&header, &format!("\"{good}\""), key),
            Refusal::Claims,
        ),
    ];
    let malformed = malformed
        .into_iter()
        .map(|(what, token, why)| Row(what.to_owned(), token, why));
    refused(&bench, not_a_jwt.chain(malformed).collect(), 20).await;
}

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

/// Every bit of a good token, one at a time, for each kind of key: nothing else than the token itself passes.
#[actix_web::test]
async fn any_flipped_bit() {
    let bench = Bench::start().await;
    for kid in ["key-1", "ed-1"] {
        let key = bench.key(kid);
        let good = bench.good_by(key).sign(key);
        for at in 0..good.len() * 8 {
            let mut bytes = good.clone().into_bytes();
            bytes[at / 8] ^= 1 << (at % 8);
            let Ok(altered) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(bench.verifier.check(&altered).await.is_err(), "bit {at} of {good}");
        }
    }
}

/// Any text at any place, in any part: the verifier neither accepts nor panics.
#[actix_web::test]
async fn any_replaced_text() {
    let bench = Bench::start().await;
    let good = bench.good().sign(bench.key("key-1"));
    let cases = (0..good.len(), 0..20_usize, "[A-Za-z0-9_.=-]{0,12}|\\PC{0,6}");
    let ran = TestRunner::default().run(&cases, |(at, length, text)| {
        let altered = format!("{}{text}{}", &good[..at], &good[(at + length).min(good.len())..]);
        prop_assume!(altered != good);
        // A key of another name would be waited for; that is no acceptance either.
        let verdict = bench.verifier.check(&altered).now_or_never();
        prop_assert!(!matches!(verdict, Some(Ok(_))));
        Ok(())
    });
    assert_eq!(ran, Ok(()));
}
