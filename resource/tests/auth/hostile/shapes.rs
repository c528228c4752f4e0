//! Shapes: what is no token at all, or is written so that two readers could read two things.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use resource::auth::refusal::Refusal;
use resource::auth::verifier::MOST_BYTES;
use serde_json::json;

use super::{Bench, Row, refused, with_parts};
use crate::support::{NOW, sign_text};

#[actix_web::test]
async fn what_is_not_three_parts() {
    let bench = Bench::start().await;
    let good = bench.good().sign(&bench.issuer.key);
    let padded = format!("{}=", URL_SAFE_NO_PAD.encode(bench.good().claims.to_string()));
    let cases: [(&str, String); 12] = [
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
        ("padding", with_parts(&good, None, Some(&padded), None)),
    ];
    let rows = cases.map(|(what, token)| Row(what.to_owned(), token, Refusal::NotAJwt));
    refused(&bench, rows.into(), 12).await;
}

/// An object with one more member in front.
fn with_member(object: &str, member: &str) -> String {
    format!("{{{member},{}", &object[1..])
}

#[actix_web::test]
async fn headers_that_are_no_object_or_say_a_thing_twice() {
    let bench = Bench::start().await;
    let token = bench.good();
    let header = token.header.to_string();
    let cases = [
        ("not JSON", "alg".to_owned()),
        ("an array", r#"["ES256","at+jwt","key-1"]"#.to_owned()),
        ("alg twice", with_member(&header, r#""alg":"none""#)),
        ("typ twice", with_member(&header, r#""typ":"JWT""#)),
        ("and more", format!("{header}x")),
    ];
    let rows = cases.map(|(what, header)| {
        let token = sign_text(&header, &token.claims.to_string(), &bench.issuer.key);
        Row(what.to_owned(), token, Refusal::Header)
    });
    refused(&bench, rows.into(), 5).await;
}

#[actix_web::test]
async fn claims_that_are_no_object_or_say_a_thing_twice() {
    let bench = Bench::start().await;
    let token = bench.good();
    let claims = token.claims.to_string();
    let cases = [
        ("not JSON", "iss".to_owned()),
        ("an array", r#"["a","b","c"]"#.to_owned()),
        (
            "exp twice",
            with_member(&claims, &format!("\"exp\":{}", NOW + 9_999_999)),
        ),
        ("and more", format!("{claims}{claims}")),
        ("a token in the token", format!("\"{}\"", token.sign(&bench.issuer.key))),
    ];
    let rows = cases.map(|(what, claims)| {
        let token = sign_text(&token.header.to_string(), &claims, &bench.issuer.key);
        Row(what.to_owned(), token, Refusal::Claims)
    });
    refused(&bench, rows.into(), 5).await;
}

#[actix_web::test]
async fn a_token_longer_than_any() {
    let bench = Bench::start().await;
    let with = |length: usize| {
        bench
            .good()
            .claim("x", json!("y".repeat(length)))
            .sign(&bench.issuer.key)
    };
    assert!(bench.verify(&with(MOST_BYTES / 2)).await.is_ok());
    let long = with(MOST_BYTES);
    assert_eq!(bench.verify(&long).await, Err(Refusal::TooLong(long.len())));
}
