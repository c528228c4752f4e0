//! Tokens that must not pass: each differs from a good one in one thing, and is refused for just that.
//! RFC 8725 sections 2 and 3; B9, B10 and B13 of the list of attacks.

mod altered;
mod claims;
mod headers;
mod shapes;
mod signatures;
mod types;

use resource::auth::refusal::{Got, Refusal};
use serde_json::Value;

use super::{AUDIENCE, Bench};
use crate::support::Token;

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

/// A row for each value of a header or claim.
fn rows(bench: &Bench, table: Vec<(&str, Value, Refusal)>, set: fn(Token, &str, Value) -> Token) -> Vec<Row> {
    let row = |(name, value, why): (&str, Value, Refusal)| {
        let what = format!("{name} {value}");
        Row(what, set(bench.good(), name, value).sign(&bench.issuer.key), why)
    };
    table.into_iter().map(row).collect()
}

fn algorithm(name: &str) -> Refusal {
    Refusal::Algorithm(Got::new(name))
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
