//! Client ID Metadata Documents over HTTP: the real fetcher, against a real server on this computer.

mod budget;
mod consents;
mod documents;
mod fallback;
mod flow;
mod process;
mod pushed;
mod redirects;
mod signing;

use super::support::TestIssuer;
use super::support::database::TestDatabase;
use super::support::documents::{DocumentServer, LOOPBACK};
use super::support::person::{Person, Shown};

/// The redirect URI of the clients here; it has no port, and theirs have.
pub const REDIRECT_URI: &str = "http://localhost/callback";
/// What a client asks with.
pub const WITH_PORT: &str = "http://localhost:49152/callback";
/// What opens the challenge of every request of the tests (RFC 7636 appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An issuer that takes documents from this computer, a server of documents, and a person who is signed in.
pub async fn begin() -> (TestIssuer, DocumentServer, Person) {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[LOOPBACK]).await;
    issuer.account("alex").await;
    let person = issuer.signed_in_person("alex").await;
    (issuer, DocumentServer::start(), person)
}

/// Exchanges the code of an answer.
pub async fn exchange(issuer: &TestIssuer, client_id: &str, answer: &Shown) -> super::support::Answer {
    let code = answer.answer("code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("code", &code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", WITH_PORT),
    ];
    issuer.post_token(&form).await
}
