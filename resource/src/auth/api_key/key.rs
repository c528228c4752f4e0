//! The text of an API key: what is shown once, and what is kept of it.
//!
//! `mcpkey_`, then 12 hex digits that name the key, 40 that are secret (160 bits from the operating system) and 8 that
//! are the beginning of the SHA-256 of all before. The prefix lets scanners of source code and logs find a key that
//! leaked, and lets a server with several kinds of tokens see which it has. The check digits tell a key that was cut or
//! mistyped without a look at any table. Easy to get wrong: a key that is compared with its case folded, or trimmed,
//! is several keys; it is taken as it was shown, or not at all.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use shared::random::{self, NoRandomness};

/// What every key begins with.
pub const PREFIX: &str = "mcpkey_";

const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 20;
const CHECK_BYTES: usize = 4;
const HEX_DIGITS: usize = 2 * (ID_BYTES + SECRET_BYTES + CHECK_BYTES);

/// The SHA-256 of a key. Its input has 160 random bits, so it needs neither salt nor a slow hash.
pub type KeyDigest = [u8; 32];

/// A key that was just made. It has no `Debug`: the text is shown once, by whoever asked for it.
pub struct NewKey {
    /// What the user gets.
    pub text: String,
    /// Which key it is; no secret.
    pub id: String,
    /// What is kept.
    pub digest: KeyDigest,
}

/// A key that somebody sent, whose check digits are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentKey<'a> {
    /// Which key it says it is.
    pub id: &'a str,
    /// To be compared with what is kept.
    pub digest: KeyDigest,
}

impl NewKey {
    /// Draws a key.
    pub fn draw() -> Result<Self, NoRandomness> {
        let id = hex(&random::bytes::<ID_BYTES>()?);
        let secret = hex(&random::bytes::<SECRET_BYTES>()?);
        let body = format!("{PREFIX}{id}{secret}");
        let text = format!("{body}{}", check_digits(&body));
        let digest = Sha256::digest(&text).into();
        Ok(Self { text, id, digest })
    }
}

impl<'a> SentKey<'a> {
    /// `None` where the text is not a whole key.
    pub fn parse(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != HEX_DIGITS || !digits.bytes().all(is_hex) {
            return None;
        }
        let (body, check) = text.split_at_checked(text.len().checked_sub(2 * CHECK_BYTES)?)?;
        (check_digits(body) == check).then_some(())?;
        Some(Self {
            id: digits.get(..2 * ID_BYTES)?,
            digest: Sha256::digest(text).into(),
        })
    }
}

fn check_digits(body: &str) -> String {
    let digest: KeyDigest = Sha256::digest(body).into();
    hex(digest.get(..CHECK_BYTES).unwrap_or_default())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_drawn_is_read_again_and_fits_a_header() {
        let key = NewKey::draw().unwrap();
        let sent = SentKey::parse(&key.text).unwrap();
        assert_eq!((sent.id, sent.digest), (key.id.as_str(), key.digest));
        assert_eq!(key.text.len(), PREFIX.len() + HEX_DIGITS);
        assert_ne!(key.text, NewKey::draw().unwrap().text);
    }

    #[test]
    fn each_change_of_one_character_and_each_cut_is_seen_without_a_table() {
        let key = NewKey::draw().unwrap().text;
        for at in 0..key.len() {
            for other in "0123456789abcdefABCDEF_-x ".chars() {
                let mut changed: Vec<char> = key.chars().collect();
                if changed[at] == other {
                    continue;
                }
                changed[at] = other;
                let changed: String = changed.iter().collect();
                assert_eq!(SentKey::parse(&changed), None, "{changed}");
            }
            assert_eq!(SentKey::parse(&key[..at]), None);
            assert_eq!(SentKey::parse(&key[at + 1..]), None);
        }
        for longer in [
            format!("{key}0"),
            format!("{key} "),
            format!(" {key}"),
            format!("{key}{key}"),
        ] {
            assert_eq!(SentKey::parse(&longer), None, "{longer}");
        }
        assert_eq!(SentKey::parse(&"é".repeat(40)), None);
    }

    /// Looks at every cut and every other byte at every place of so many keys. The check digits let one changed key in
    /// four thousand million through, which its digest then refuses.
    fn none_of_what_was_cut_or_changed_is_a_key(keys: usize) {
        for _ in 0..keys {
            let key = NewKey::draw().unwrap();
            let is_taken = |text: &str| SentKey::parse(text).is_some_and(|sent| sent.digest == key.digest);
            assert!(is_taken(&key.text));
            for at in 0..key.text.len() {
                assert!(!is_taken(&key.text[..at]) && !is_taken(&key.text[at + 1..]));
                for byte in 0..=u8::MAX {
                    let mut bytes = key.text.clone().into_bytes();
                    bytes[at] = byte;
                    let changed = String::from_utf8(bytes).ok().filter(|text| *text != key.text);
                    assert!(!changed.is_some_and(|text| is_taken(&text)), "{byte} at {at}");
                }
            }
        }
    }

    #[test]
    fn no_cut_and_no_other_byte_of_three_keys_is_taken() {
        none_of_what_was_cut_or_changed_is_a_key(3);
    }

    #[test]
    #[ignore = "takes a while; no_cut_and_no_other_byte_of_three_keys_is_taken is the short form"]
    fn no_cut_and_no_other_byte_of_a_thousand_keys_is_taken() {
        none_of_what_was_cut_or_changed_is_a_key(1000);
    }
}
