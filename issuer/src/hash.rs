//! What is kept of a secret: RFC 9700 section 4.3 (a stolen database must not hold usable codes).
//!
//! Codes, session ids and links are 256 random bits, so a plain SHA-256 is enough: there is nothing
//! to guess. Passwords are another matter; see `password`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The SHA-256 of a high-entropy secret, as stored and looked up: 43 base64url characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SecretHash(String);

impl SecretHash {
    /// The hash of a code, session id or link token.
    pub fn of(secret: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes())))
    }

    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sha_256_in_base64url() {
        // RFC 7636 appendix B has this pair of verifier and S256 challenge.
        let hash = SecretHash::of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(hash.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
