//! The last good key set of an issuer on disk, so that a restart while the issuer is away serves at once.
//!
//! Easy to get wrong: a file that is half written must not be read, so it is put in place whole; a set of another issuer
//! must not be taken, so the file says whose it is; and what is too old must not come back to life by a restart, so it
//! says since when. Whoever can write to the folder can make tokens.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::clock::{Clock, NumericDate};

/// Where the key set of one issuer is kept.
#[derive(Clone, Debug)]
pub struct Disk {
    file: PathBuf,
    issuer: String,
    clock: Clock,
}

#[derive(Deserialize, Serialize)]
struct Kept {
    issuer: String,
    fetched_at: NumericDate,
    document: Value,
}

impl Disk {
    /// A file in `folder` for this issuer.
    pub fn new(folder: &Path, issuer: &str, clock: Clock) -> Self {
        let name = URL_SAFE_NO_PAD.encode(Sha256::digest(issuer));
        Self {
            file: folder.join(format!("jwks-{name}.json")),
            issuer: issuer.to_owned(),
            clock,
        }
    }

    /// What was kept, and how many seconds ago it was fetched.
    pub(super) fn load(&self) -> Option<(Vec<u8>, u64)> {
        let text = std::fs::read(&self.file).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        // From the future: the clock was wrong then or is now, and the age cannot be told.
        let age = u64::try_from(self.clock.now().checked_sub(kept.fetched_at)?).ok()?;
        (kept.issuer == self.issuer).then(|| (kept.document.to_string().into_bytes(), age))
    }

    /// Keeps what was fetched now. A failure is told and changes nothing else.
    pub(super) async fn save(&self, document: &[u8]) {
        let Ok(document) = serde_json::from_slice(document) else {
            return;
        };
        let kept = Kept {
            issuer: self.issuer.clone(),
            fetched_at: self.clock.now(),
            document,
        };
        let (file, partial) = (self.file.clone(), self.file.with_extension("partial"));
        let text = serde_json::to_vec(&kept).unwrap_or_default();
        let written = async {
            tokio::fs::write(&partial, text).await?;
            tokio::fs::rename(&partial, &file).await
        };
        if let Err(error) = written.await {
            log::warn!("cannot keep the issuer's keys in {}: {error}", self.file.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example.com";

    #[tokio::test]
    async fn what_was_kept_comes_back_with_its_age_and_only_for_its_issuer() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::fixed(1_000_000);
        let disk = Disk::new(folder.path(), ISSUER, clock.clone());
        assert_eq!(disk.load(), None);
        disk.save(b"not JSON").await;
        assert_eq!(disk.load(), None);
        disk.save(br#"{"keys":[]}"#).await;
        clock.advance(60);
        assert_eq!(disk.load(), Some((br#"{"keys":[]}"#.to_vec(), 60)));
        clock.advance(-61);
        assert_eq!(disk.load(), None, "from the future");
        clock.advance(61);
        let other = Disk::new(folder.path(), "https://id.example.com/", clock.clone());
        assert_eq!(other.load(), None);
        std::fs::copy(&disk.file, &other.file).unwrap();
        assert_eq!(other.load(), None, "a file that was moved");
        let text = std::fs::read(&disk.file).unwrap();
        std::fs::write(&disk.file, &text[..text.len() / 2]).unwrap();
        assert_eq!(disk.load(), None, "half a file");
        Disk::new(&folder.path().join("gone"), ISSUER, clock).save(b"{}").await;
    }
}
