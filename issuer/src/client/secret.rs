//! Client secrets: RFC 6749 section 2.3.1, RFC 7591 section 3.2.1 (`client_secret`).
//!
//! 256 random bits, shown once, kept as a hash. A client may have several at a time, so that one can be exchanged for
//! the next while nobody is locked out. Easy to get wrong: a comparison that takes longer the more is right.

use shared::clock::NumericDate;
use shared::random::{self, NoRandomness};
use subtle::{Choice, ConstantTimeEq};

use super::Client;
use crate::hash::SecretHash;
use crate::store::client_secrets::NewSecret;
use crate::store::stored_clients::LiveSecret;

/// A secret that was just made: the only moment at which its text is there.
pub struct FreshSecret {
    /// What people call it.
    pub secret_id: String,
    /// What the client sends.
    pub text: String,
    hash: SecretHash,
}

impl FreshSecret {
    /// Makes one.
    pub fn random() -> Result<Self, NoRandomness> {
        let text = random::token()?;
        Ok(Self {
            secret_id: random::uuid()?,
            hash: SecretHash::of(&text),
            text,
        })
    }

    /// What is kept of it.
    pub fn kept(&self) -> NewSecret<'_> {
        NewSecret {
            secret_id: &self.secret_id,
            secret_hash: &self.hash,
        }
    }
}

/// Whether this is a secret of the client that has not ended. All are compared, whichever it is.
pub(super) fn is_genuine(client: &Client, secret: &str, now: NumericDate) -> bool {
    let hash = SecretHash::of(secret);
    let same = |found: Choice, live: &LiveSecret| found | live.hash.as_bytes().ct_eq(hash.as_str().as_bytes());
    let live = client.secrets.iter().filter(|secret| secret.is_live(now));
    live.fold(Choice::from(0), same).into()
}
