//! One bearer token for everybody, from a file: what servers without OAuth had, kept for the way to something better.
//!
//! Its text is the operator's own and has no check digits, so it is only compared. Easy to get wrong: an editor's last
//! newline is no part of it, and a file that others may write to lets them in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::key::KeyDigest;
use crate::auth::bearer::is_b64token;
use crate::auth::verifier::MOST_BYTES;

/// A token of fewer characters can be guessed.
const LEAST_BYTES: usize = 16;

/// What is kept of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticToken {
    digest: KeyDigest,
    /// Whether others than the file's owner may read it.
    pub is_exposed: bool,
}

impl StaticToken {
    /// Reads the file. The error says what to do and holds nothing of the token.
    pub fn read(path: &Path) -> Result<Self, String> {
        let mode = fs::metadata(path).map_err(|error| error.to_string())?.permissions();
        if mode.mode() & 0o022 != 0 {
            return Err("others may write to the file: chmod 600 it".to_owned());
        }
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        let token = text.trim_end_matches(['\r', '\n']);
        if !(LEAST_BYTES..=MOST_BYTES).contains(&token.len()) {
            return Err(format!(
                "the token has {} characters; {LEAST_BYTES} to {MOST_BYTES} are taken, such as those of `openssl rand -hex 32`",
                token.len()
            ));
        }
        if !is_b64token(token) {
            return Err("the file must hold one token of letters, digits and -._~+/ (RFC 6750 section 2.1)".to_owned());
        }
        Ok(Self {
            digest: Sha256::digest(token).into(),
            is_exposed: mode.mode() & 0o044 != 0,
        })
    }

    /// Whether this is the token, in constant time.
    pub(super) fn is(&self, digest: &KeyDigest) -> bool {
        self.digest.ct_eq(digest).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, mode: u32) -> Result<StaticToken, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        StaticToken::read(&path)
    }

    #[test]
    fn the_whole_file_without_its_last_newline_is_the_token() {
        let digest: KeyDigest = Sha256::digest("0123456789abcdef").into();
        for text in ["0123456789abcdef", "0123456789abcdef\n", "0123456789abcdef\r\n"] {
            assert!(read(text, 0o600).unwrap().is(&digest));
        }
        assert!(!read("0123456789abcdeF", 0o600).unwrap().is(&digest));
    }

    #[test]
    fn a_file_that_others_may_write_is_refused_and_one_that_they_may_read_is_marked() {
        let token = "0123456789abcdef";
        assert!(read(token, 0o620).is_err() && read(token, 0o602).is_err());
        assert!(read(token, 0o644).unwrap().is_exposed && !read(token, 0o400).unwrap().is_exposed);
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        assert!(StaticToken::read(&folder.path().join("none")).is_err());
        let long = "x".repeat(MOST_BYTES + 1);
        for text in [
            "",
            "\n",
            "planted",
            "planted planted planted",
            "planted-planted-1\nplanted-planted-2",
            &long,
        ] {
            let told = read(text, 0o600).unwrap_err();
            assert!(!told.contains("planted") && !told.contains("xx"), "{told}");
        }
    }
}
