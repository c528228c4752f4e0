//! Every claim with a value of every other type: B10 of the list of attacks. jsonwebtoken before 10.3 took an `exp` that
//! was a text for one that never ends (CVE-2026-25537).

use resource::auth::refusal::Refusal;
use serde_json::{Value, json};

use super::{Bench, Row, refused};
use crate::support::NOW;

/// Values that no claim has.
fn of_no_claim() -> Vec<Value> {
    vec![
        json!(true),
        json!(false),
        json!(null),
        json!({}),
        json!({"0": "x"}),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!([1]),
        json!([null]),
    ]
}

/// Wrong for a text.
fn of_no_text() -> Vec<Value> {
    let own = [json!(-1), json!(0), json!(NOW), json!("")];
    of_no_claim().into_iter().chain(own).collect()
}

/// Wrong for a time.
fn of_no_date() -> Vec<Value> {
    let own = ["NaN", "Infinity", "1", "", "9999999999"].map(|text| json!(text));
    let number = serde_json::from_str("99999999999999999999999999").unwrap();
    of_no_claim()
        .into_iter()
        .chain(own)
        .chain([number, json!([NOW])])
        .collect()
}

#[actix_web::test]
async fn every_claim_of_every_other_type() {
    let bench = Bench::start().await;
    let text_or_texts: Vec<Value> = of_no_text()
        .into_iter()
        .chain([json!([]), json!([""]), json!(["x", 1])])
        .collect();
    let mut scope = of_no_claim();
    scope.extend([json!(-1), json!("a\"b"), json!("a\tb"), json!(["x", {}])]);
    let table = [
        ("iss", of_no_text()),
        ("sub", of_no_text()),
        ("client_id", of_no_text()),
        ("azp", of_no_text()),
        ("jti", of_no_text()),
        ("aud", text_or_texts),
        ("scope", scope.clone()),
        ("scp", scope),
        ("iat", of_no_date()),
        ("exp", of_no_date()),
        ("nbf", of_no_date()),
    ];
    let mut rows = Vec::new();
    for (name, values) in table {
        for value in values {
            let why = if name == "iss" && value == json!("") {
                // A text, though nobody's name.
                Refusal::Issuer {
                    expected: bench.issuer.url.clone(),
                    got: resource::auth::refusal::Got::new(""),
                }
            } else {
                Refusal::WrongType(name.into())
            };
            let token = bench.good().claim(name, value.clone()).sign(&bench.issuer.key);
            rows.push(Row(format!("{name} {value}"), token, why));
        }
    }
    refused(&bench, rows, 150).await;
}
