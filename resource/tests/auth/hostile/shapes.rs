//! Shapes: what is no token at all, or is written so that two readers could read two things.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use resource::auth::jwt::MOST_BYTES;
use resource::auth::refusal::Refusal;
use serde_json::json;

use super::{Bench, Row, refused, with_parts};
use crate::support::{NOW, sign_text};

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
