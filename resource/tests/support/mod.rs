//! What the tests are written in: an issuer that signs anything, the program under test, and tokens.

mod chromium;
mod issuer;
mod keys;
mod resource;
mod token;

use std::net::TcpListener;
use std::sync::{Arc, LazyLock};

use ::resource::auth::metrics::AuthMetrics;
use ::resource::auth::status::Policy;
use ::resource::auth::trust::Issuer;
use ::resource::auth::verifier::{Means, Trusted, Verifier};
use ::resource::food::catalogue::Catalogue;
use shared::clock::Clock;
use shared::fetch::Fetch;

pub(crate) use chromium::Chromium;
pub(crate) use issuer::{Answer, Question, TestIssuer};
pub(crate) use keys::SigningKey;
pub(crate) use resource::{Reply, TestResource, client};
pub(crate) use token::{Token, sign_text};

/// The time at which the clock stands: 2027-01-15.
pub(crate) const NOW: i64 = 1_800_000_000;

/// The shipped foods, unpacked once for all tests.
pub(crate) fn catalogue() -> Arc<Catalogue> {
    static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| Arc::new(Catalogue::load().unwrap()));
    Arc::clone(&CATALOGUE)
}

/// What a verifier works with; nothing is kept on disk.
pub(crate) fn means(clock: &Clock) -> Means {
    Means {
        fetch: Fetch::new().unwrap(),
        clock: clock.clone(),
        jwks_cache: None,
        status_list: Policy::FailOpen,
        metrics: AuthMetrics::default(),
    }
}

/// A verifier that fetches the keys of these issuers.
pub(crate) fn verifier(issuers: Vec<Issuer>, clock: &Clock) -> Verifier {
    verifier_with(issuers, &means(clock))
}

/// The same with other means.
pub(crate) fn verifier_with(issuers: Vec<Issuer>, means: &Means) -> Verifier {
    let trusted = issuers.into_iter().map(|issuer| Trusted::new(issuer, means));
    let trusted: Vec<Trusted> = trusted.collect();
    for keys in trusted.iter().filter_map(Trusted::keys) {
        actix_web::rt::spawn(async move { keys.keep_fresh().await });
    }
    for lists in trusted.iter().filter_map(Trusted::status_lists) {
        actix_web::rt::spawn(async move { lists.keep_fresh().await });
    }
    Verifier::new(trusted, means)
}

/// An address that nobody listens at.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Waits until `done` holds; for what another thread does.
pub(crate) async fn eventually(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(2);
    while !done().await {
        assert!(std::time::Instant::now() < deadline, "not within two minutes: {what}");
        actix_web::rt::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
