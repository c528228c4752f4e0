//! Attacks on the way from the browser to the code, each with the number of `threats.md`.

mod answers;
mod consent;
mod markup;
mod proof_key;

use super::support::TestIssuer;

const WEB: &str = "https://client.example/cb";

async fn codes(issuer: &TestIssuer) -> i64 {
    issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await
}
