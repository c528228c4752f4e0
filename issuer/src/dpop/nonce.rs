//! Nonces that the issuer gives out for proofs: RFC 9449 section 8.
//!
//! A nonce is a span of time with a MAC, so that every replica knows the others' and nothing is stored. It is good in
//! its own span and the next; a proof that was made ahead of time cannot know it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::clock::NumericDate;
use subtle::ConstantTimeEq;

use crate::keys::MacKey;

/// What the MAC key is used for here.
const PURPOSE: &str = "dpop nonce 1";
/// Seconds of a span.
const SPAN: NumericDate = 150;

/// The nonce of this moment.
pub(super) fn at(key: &MacKey, now: NumericDate) -> String {
    of_span(key, now.div_euclid(SPAN))
}

/// Whether it is the nonce of this span or the one before.
pub(super) fn is_fresh(key: &MacKey, nonce: Option<&str>, now: NumericDate) -> bool {
    let nonce = nonce.unwrap_or_default();
    let span = now.div_euclid(SPAN);
    [span, span.saturating_sub(1)]
        .into_iter()
        .any(|span| of_span(key, span).as_bytes().ct_eq(nonce.as_bytes()).into())
}

fn of_span(key: &MacKey, span: i64) -> String {
    URL_SAFE_NO_PAD.encode(key.tag(PURPOSE, &span.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SigningAlgorithm;
    use crate::keys::Keys;

    #[test]
    fn a_nonce_is_good_in_its_span_and_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let key = Keys::open(folder.path(), SigningAlgorithm::ES256, &shared::clock::Clock::fixed(0))
            .unwrap()
            .mac;
        let nonce = at(&key, SPAN);
        let fresh = |now| is_fresh(&key, Some(&nonce), now);
        assert!(fresh(SPAN) && fresh(3 * SPAN - 1));
        assert!(!fresh(SPAN - 1) && !fresh(3 * SPAN));
        assert!(!is_fresh(&key, None, SPAN) && !is_fresh(&key, Some(""), SPAN));
    }
}
