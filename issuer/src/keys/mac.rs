//! The key that authenticates what the issuer derives: HMAC-SHA256 (RFC 2104).
//!
//! Every use has a purpose of its own that goes into the MAC, so that a tag made for one thing is
//! never good for another.

use std::fmt;
use std::path::Path;

use aws_lc_rs::hmac::{self, HMAC_SHA256, Key};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::file::{self, KeyFileError, Lock};

/// Its file in the folder of the keys: 32 bytes in base64.
const FILE: &str = "mac.key";

/// What the check value is made and kept for.
pub const CHECK: &str = "mac key check";

/// The key itself; prints nothing of itself.
pub struct MacKey(Key);

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey(hidden)")
    }
}

impl MacKey {
    pub(super) fn open(folder: &Path) -> Result<Self, KeyFileError> {
        let path = folder.join(FILE);
        if !is_there(&path) {
            make(folder, &path)?;
        }
        Self::read(folder)
    }

    /// Whether its file is in the folder.
    pub fn is_in(folder: &Path) -> bool {
        is_there(&folder.join(FILE))
    }

    /// Reads the key that is there, and makes none.
    pub fn read(folder: &Path) -> Result<Self, KeyFileError> {
        let path = folder.join(FILE);
        let text = file::read(&path)?;
        let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() == 32);
        let bytes = bytes.ok_or_else(|| KeyFileError::damaged(&path, "it is not 32 bytes in base64"))?;
        Ok(Self(Key::new(HMAC_SHA256, &bytes)))
    }

    /// What tells this key from another, and nothing else of it; kept in the database.
    pub fn check_value(&self) -> String {
        STANDARD.encode(self.tag(CHECK, b"mac.key"))
    }

    /// The tag of `data` for one purpose.
    pub fn tag(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&self.0, &message(purpose, data));
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    /// Whether `tag` is the tag of `data` for this purpose; takes the same time for every wrong tag.
    pub fn verify(&self, purpose: &str, data: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.0, &message(purpose, data), tag).is_ok()
    }
}

fn make(folder: &Path, path: &Path) -> Result<(), KeyFileError> {
    let lock = Lock::take(folder)?;
    if is_there(path) {
        return Ok(());
    }
    let random = shared::random::bytes::<32>().map_err(|error| KeyFileError::Library(error.to_string()))?;
    lock.make(FILE, &format!("{}\n", STANDARD.encode(random))).map(drop)
}

/// Also as a link that leads nowhere: a secret that was not mounted is an error, not a reason for a new key.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// A purpose has no zero byte, so no two pairs give the same message.
fn message(purpose: &str, data: &[u8]) -> Vec<u8> {
    [purpose.as_bytes(), &[0], data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_good_for_its_purpose_and_data_only_and_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let tag = MacKey::open(folder.path()).unwrap().tag("a", b"data");
        let again = MacKey::open(folder.path()).unwrap();
        assert!(again.verify("a", b"data", &tag));
        assert!(!again.verify("b", b"data", &tag));
        assert!(!again.verify("a", b"datb", &tag));
        assert!(!again.verify("a", b"data", &tag[..31]));
    }

    #[test]
    fn eight_that_start_at_once_on_an_empty_folder_have_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let start = || MacKey::open(folder.path()).unwrap().tag("a", b"data");
        let tags: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(tags.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_damaged_file_stops_the_start_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "c2hvcnQ=").unwrap();
        let error = MacKey::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("mac.key") && error.contains("damaged"), "{error}");
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join(FILE);
        std::os::unix::fs::symlink(folder.path().join("not mounted"), &link).unwrap();
        let error = MacKey::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("mac.key") && link.is_symlink(), "{error}");
    }
}
