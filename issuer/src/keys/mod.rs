//! The issuer's keys: signing keys (RFC 7517, RFC 7638) and the key that authenticates what is derived.
//!
//! They live in one folder, apart from the database: a stolen database signs nothing and derives no
//! refresh token. What is missing is made at the first start; what is damaged stops the start.

mod file;
mod key_files;
mod mac;
mod private_key;
mod rotation;
mod signing;
mod signing_key;
mod timeline;

use std::path::Path;

pub use file::KeyFileError;
pub use mac::{CHECK as MAC_KEY_CHECK, MacKey};
pub use rotation::{Rotated, bring_forward, make_next, retire};
pub use signing::{ListedKey, SigningKeys, listed};
pub use signing_key::{SignError, SigningKey};
pub use timeline::{JWKS_MAX_AGE_SECONDS, KEEP_SECONDS, KeyState, LEAD_SECONDS, LOOK_SECONDS};

use shared::clock::Clock;

use crate::config::SigningAlgorithm;

/// Makes the folder and the MAC key in it when they are not there, and reads the key.
pub fn open_mac_key(folder: &Path) -> Result<MacKey, KeyFileError> {
    file::make_folder(folder)?;
    MacKey::open(folder)
}

/// All keys of the issuer.
#[derive(Debug)]
pub struct Keys {
    /// What tokens are signed with, and what is published.
    pub signing: SigningKeys,
    /// What refresh tokens are derived with.
    pub mac: MacKey,
}

impl Keys {
    /// Loads the keys in `folder`, makes what is missing, and tries out that signing works. `algorithm` is
    /// for a signing key that is made.
    pub fn open(folder: &Path, algorithm: SigningAlgorithm, clock: &Clock) -> Result<Self, KeyFileError> {
        file::make_folder(folder)?;
        Ok(Self {
            signing: SigningKeys::open(folder, algorithm, clock)?,
            mac: MacKey::open(folder)?,
        })
    }
}
