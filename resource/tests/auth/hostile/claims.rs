//! Claims: who issued the token, for what, when, and what else it says.

use resource::auth::refusal::{Got, Refusal};
use serde_json::json;

use super::{AUDIENCE, Bench, Row, refused, rows};
use crate::support::{NOW, Token};

#[actix_web::test]
async fn issuers_and_audiences() {
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
    let with_slash = format!("{url}/");
    let extended = format!("{url}.evil.example");
    let shouted = url.replace("http", "HTTP");
    let table = vec![
        ("iss", json!("https://evil.example"), iss("https://evil.example")),
        ("iss", json!(with_slash), iss(&with_slash)),
        ("iss", json!(extended), iss(&extended)),
        ("iss", json!(shouted), iss(&shouted)),
        ("iss", json!([url]), Refusal::WrongType("iss".into())),
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
        ("aud", json!([]), Refusal::WrongType("aud".into())),
        ("aud", json!([AUDIENCE, 1]), Refusal::WrongType("aud".into())),
        ("aud", json!({"0": AUDIENCE}), Refusal::WrongType("aud".into())),
    ];
    refused(&bench, rows(&bench, table, Token::claim), 15).await;
}

#[actix_web::test]
async fn times() {
    let bench = Bench::start().await;
    let expired = |exp: i64| Refusal::Expired { exp, now: NOW };
    let early = |nbf: i64| Refusal::NotYetValid { nbf, now: NOW };
    let future = |iat: i64| Refusal::IssuedInFuture { iat, now: NOW };
    let table = vec![
        ("exp", json!(NOW - 60), expired(NOW - 60)),
        ("exp", json!(0), expired(0)),
        ("exp", json!(-1), expired(-1)),
        ("exp", json!(i64::MIN), expired(i64::MIN)),
        ("exp", json!((NOW + 3600).to_string()), Refusal::WrongType("exp".into())),
        ("exp", json!(1_800_003_600.5), Refusal::WrongType("exp".into())),
        ("exp", json!(u64::MAX), Refusal::WrongType("exp".into())),
        ("exp", json!(1e300), Refusal::WrongType("exp".into())),
        ("exp", json!(true), Refusal::WrongType("exp".into())),
        ("exp", json!(null), Refusal::WrongType("exp".into())),
        ("nbf", json!(NOW + 61), early(NOW + 61)),
        ("nbf", json!(i64::MAX), early(i64::MAX)),
        ("nbf", json!("0"), Refusal::WrongType("nbf".into())),
        ("nbf", json!(null), Refusal::WrongType("nbf".into())),
        ("iat", json!(NOW + 301), future(NOW + 301)),
        ("iat", json!(i64::MAX), future(i64::MAX)),
        ("iat", json!("0"), Refusal::WrongType("iat".into())),
    ];
    refused(&bench, rows(&bench, table, Token::claim), 17).await;
}

#[actix_web::test]
async fn subjects_scopes_and_other_kinds_of_token() {
    let bench = Bench::start().await;
    let table = vec![
        ("sub", json!(""), Refusal::WrongType("sub".into())),
        ("sub", json!(1), Refusal::WrongType("sub".into())),
        ("client_id", json!(""), Refusal::WrongType("client_id".into())),
        ("client_id", json!(["client-1"]), Refusal::WrongType("client_id".into())),
        ("scope", json!(["food:read", 1]), Refusal::WrongType("scope".into())),
        ("scope", json!("food:read\"x"), Refusal::WrongType("scope".into())),
        ("jti", json!(1), Refusal::WrongType("jti".into())),
        (
            "cnf",
            json!({"x5t#S256": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
            Refusal::BoundOtherwise,
        ),
        ("cnf", json!(null), Refusal::BoundOtherwise),
        ("cnf", json!({"jkt": "x", "x5t#S256": "y"}), Refusal::BoundOtherwise),
        ("cnf", json!({"jkt": 1}), Refusal::BoundOtherwise),
        ("nonce", json!("n-0S6_WzA2Mj"), Refusal::IdToken("nonce")),
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"), Refusal::IdToken("at_hash")),
        ("c_hash", json!("LDktKdoQak3Pk0cnXxCltA"), Refusal::IdToken("c_hash")),
        ("token_use", json!("id"), Refusal::IdToken("token_use")),
        ("typ", json!("ID"), Refusal::IdToken("typ")),
        ("typ", json!("Refresh"), Refusal::IdToken("typ")),
        ("typ", json!("Offline"), Refusal::IdToken("typ")),
    ];
    refused(&bench, rows(&bench, table, Token::claim), 18).await;
}

#[actix_web::test]
async fn claims_that_are_not_there() {
    let bench = Bench::start().await;
    let row = |name: &'static str| {
        let token = bench.good().without_claim(name).sign(&bench.issuer.key);
        Row(format!("without {name}"), token, Refusal::Missing(name.into()))
    };
    let rows = ["iss", "sub", "aud", "client_id", "iat", "exp"].map(row);
    refused(&bench, rows.into(), 6).await;
}
