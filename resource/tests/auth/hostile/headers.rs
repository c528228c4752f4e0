//! Headers: what the token is, how it is signed, and by which key.

use resource::auth::refusal::{Got, Refusal};
use serde_json::json;

use super::{Bench, Row, algorithm, refused, rows};
use crate::support::Token;

fn of_key(expected: &'static str, got: &str) -> Refusal {
    Refusal::AlgorithmOfKey {
        expected,
        got: Got::new(got),
    }
}

#[actix_web::test]
async fn types_and_extensions() {
    let bench = Bench::start().await;
    let typ = |text: &str| Refusal::Typ(Got::new(text));
    let table = vec![
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
    ];
    let mut rows = rows(&bench, table, Token::header);
    rows.push(Row(
        "without typ".to_owned(),
        bench.good().without_header("typ").sign(&bench.issuer.key),
        Refusal::Typ(Got::nothing()),
    ));
    refused(&bench, rows, 18).await;
}

#[actix_web::test]
async fn algorithms() {
    let bench = Bench::start().await;
    let table = vec![
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
    ];
    let mut rows = rows(&bench, table, Token::header);
    rows.push(Row(
        "without alg".to_owned(),
        bench.good().without_header("alg").sign(&bench.issuer.key),
        Refusal::Header,
    ));
    refused(&bench, rows, 16).await;
}

#[actix_web::test]
async fn names_of_keys() {
    let bench = Bench::start().await;
    let unknown = |text: &str| Refusal::UnknownKey(Got::new(text));
    let table = vec![
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
    let mut rows = rows(&bench, table, Token::header);
    rows.push(Row(
        "without kid".to_owned(),
        bench.good().without_header("kid").sign(&bench.issuer.key),
        Refusal::NoKeyId,
    ));
    refused(&bench, rows, 13).await;
}
