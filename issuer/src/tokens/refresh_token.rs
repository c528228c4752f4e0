//! Refresh tokens: opaque, derived, under 200 bytes. RFC 6749 section 10.4, RFC 9700 section 4.14.
//!
//! `rt1_` and the base64url of grant id (16 bytes), counter (8 bytes, big endian) and MAC (32 bytes,
//! HMAC-SHA-256 over the other two under a key that is not in the database). So the same token can be
//! made again, and nothing is stored for each.
//!
//! Easy to get wrong: decoding tolerantly. A token is genuine only when it is, byte for byte, the token
//! that would be minted for the grant and counter it names; there is no second spelling.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::keys::MacKey;
use crate::store::grants::{Counter, GrantId};

/// What the MAC key is used for here.
const PURPOSE: &str = "refresh token 1";
const PREFIX: &str = "rt1_";
/// Bytes of grant id and counter.
const NAMED: usize = 24;
const LENGTH: usize = 79;

/// The refresh token of this grant with this counter.
pub fn mint(key: &MacKey, grant_id: GrantId, counter: Counter) -> String {
    let mut bytes = Vec::with_capacity(NAMED + 32);
    bytes.extend_from_slice(grant_id.as_bytes());
    bytes.extend_from_slice(&counter.to_be_bytes());
    let mac = key.tag(PURPOSE, &bytes);
    bytes.extend_from_slice(&mac);
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// The grant and counter of a genuine token; `None` for everything else.
pub fn parse(key: &MacKey, token: &str) -> Option<(GrantId, Counter)> {
    if token.len() != LENGTH {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
    let (grant_id, rest) = bytes.split_first_chunk()?;
    let grant_id = GrantId::from_bytes(*grant_id);
    let counter = Counter::from_be_bytes(*rest.first_chunk()?);
    let genuine = mint(key, grant_id, counter);
    bool::from(genuine.as_bytes().ct_eq(token.as_bytes())).then_some((grant_id, counter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SigningAlgorithm;
    use crate::keys::Keys;
    use proptest::prelude::*;
    use shared::clock::Clock;

    fn key() -> MacKey {
        let folder = tempfile::tempdir().unwrap();
        Keys::open(folder.path(), SigningAlgorithm::ES256, &Clock::fixed(0))
            .unwrap()
            .mac
    }

    fn grants() -> impl Strategy<Value = (GrantId, Counter)> {
        (any::<[u8; 16]>().prop_map(GrantId::from_bytes), 1..i64::MAX)
    }

    #[test]
    fn every_token_has_the_one_length() {
        for (bytes, counter) in [([0; 16], 1), ([255; 16], i64::MAX)] {
            assert_eq!(mint(&key(), GrantId::from_bytes(bytes), counter).len(), LENGTH);
        }
    }

    #[test]
    fn no_other_byte_at_any_place_is_accepted() {
        let key = key();
        let token = mint(&key, GrantId::random().unwrap(), 7);
        for at in 0..token.len() {
            for byte in (0..128_u8).filter(|byte| token.as_bytes()[at] != *byte) {
                let mut bytes = token.clone().into_bytes();
                bytes[at] = byte;
                assert_eq!(parse(&key, &String::from_utf8(bytes).unwrap()), None);
            }
        }
    }

    #[test]
    fn a_tag_for_something_else_is_no_token() {
        let key = key();
        let named = [[7; 16].as_slice(), &1_i64.to_be_bytes()].concat();
        let tag = key.tag("something else", &named);
        let forged = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([named.as_slice(), &tag].concat()));
        assert_eq!((forged.len(), parse(&key, &forged)), (LENGTH, None));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_token_reads_back_with_its_key_only((grant_id, counter) in grants()) {
            let (key, other) = (key(), key());
            let token = mint(&key, grant_id, counter);
            prop_assert_eq!(parse(&key, &token), Some((grant_id, counter)));
            prop_assert_eq!(parse(&other, &token), None);
        }

        #[test]
        fn no_part_and_no_changed_byte_of_a_token_is_accepted((grant_id, counter) in grants(), flip in 1..128_u8) {
            let key = key();
            let token = mint(&key, grant_id, counter);
            for at in 0..token.len() {
                prop_assert_eq!(parse(&key, &token[..at]), None);
                prop_assert_eq!(parse(&key, &token[token.len() - at..]), None);
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= flip;
                prop_assert_eq!(parse(&key, &String::from_utf8(bytes).unwrap()), None);
            }
            for more in ["=", "A", "\n", " "] {
                prop_assert_eq!(parse(&key, &format!("{token}{more}")), None);
                prop_assert_eq!(parse(&key, &format!("{more}{token}")), None);
            }
        }
    }
}
