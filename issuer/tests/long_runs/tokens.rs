//! threats.md B14: no refresh token that was cut or changed anywhere is taken.

use issuer::config::SigningAlgorithm;
use issuer::keys::Keys;
use issuer::store::grants::GrantId;
use issuer::tokens::refresh_token::{mint, parse};
use shared::clock::Clock;

/// Looks at every cut and every other byte at every place; how many were looked at.
fn altered(tokens: u32) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path(), SigningAlgorithm::ES256, &Clock::fixed(0)).unwrap();
    let mut looked = 0;
    for counter in 0..tokens {
        let grant_id = GrantId::random().unwrap();
        let token = mint(&keys.mac, grant_id, counter.into());
        assert_eq!(parse(&keys.mac, &token), Some((grant_id, counter.into())));
        for at in 0..token.len() {
            assert_eq!(parse(&keys.mac, &token[..at]), None);
            assert_eq!(parse(&keys.mac, &token[token.len() - at..]), None);
            looked += 2 + changed(&keys, &token, at);
        }
    }
    looked
}

/// Every other byte at this place. What is no UTF-8 never gets as far as this: forms are text.
fn changed(keys: &Keys, token: &str, at: usize) -> u64 {
    let mut looked = 0;
    for byte in 0..=u8::MAX {
        let mut bytes = token.as_bytes().to_owned();
        bytes[at] = byte;
        if let Ok(text) = std::str::from_utf8(&bytes)
            && text != token
        {
            assert_eq!(parse(&keys.mac, text), None, "{text:?} for {token:?}");
            looked += 1;
        }
    }
    looked
}

#[test]
fn no_cut_and_no_other_byte_of_five_refresh_tokens_is_taken() {
    assert!(altered(5) > 5 * 50 * 127);
}

#[test]
#[ignore = "takes minutes; no_cut_and_no_other_byte_of_five_refresh_tokens_is_taken is the short form"]
fn no_cut_and_no_other_byte_of_a_thousand_refresh_tokens_is_taken() {
    println!("{} tokens that were cut or changed: none taken", altered(1000));
}
