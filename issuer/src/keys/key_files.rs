//! Which files of the folder are signing keys, and from when each of them signs.
//!
//! Easy to get wrong: trusting the time that the file system keeps. A folder that was restored from a
//! backup, copied or mounted as a secret has new times, and an old key would sign again. So the keys
//! that are made here have the time from which they sign in their name, and every replica reads the same
//! from it. A file of another name was put there by somebody: it signs some time after it was last changed,
//! because verifiers must see it first.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, NaiveDateTime, Utc};
use shared::clock::NumericDate;

use super::file::KeyFileError;
use super::timeline::LEAD_SECONDS;
use crate::config::SigningAlgorithm;

const PREFIX: &str = "signing-";
/// The time in a name: `20260101T000000Z`.
const TIME: &str = "%Y%m%dT%H%M%SZ";
const TIME_LENGTH: usize = 16;

/// A signing key's file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyFile {
    /// When it signs from.
    pub signs_from: NumericDate,
    /// Where it is.
    pub path: PathBuf,
}

/// The name of a key that signs from then on: `signing-20260101T000000Z-ES256.pem`.
pub(super) fn name(algorithm: SigningAlgorithm, signs_from: NumericDate) -> String {
    let time = DateTime::<Utc>::from_timestamp(signs_from, 0).unwrap_or_default();
    format!("{PREFIX}{}-{algorithm:?}.pem", time.format(TIME))
}

/// All `*.pem` files that are not hidden, in the order in which they sign; by name where the time is the same.
pub(super) fn in_order(folder: &Path) -> Result<Vec<KeyFile>, KeyFileError> {
    let entries = fs::read_dir(folder).map_err(|cause| KeyFileError::io(folder, cause))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|cause| KeyFileError::io(folder, cause))?.path();
        if is_key(&path) {
            let signs_from = signs_from(&path);
            files.push(KeyFile { signs_from, path });
        }
    }
    files.sort();
    Ok(files)
}

fn is_key(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|extension| extension == "pem")
}

fn signs_from(path: &Path) -> NumericDate {
    let name = path.file_name().and_then(|name| name.to_str());
    let seen_from = || changed_at(path).map(|at| at.saturating_add(LEAD_SECONDS));
    name.and_then(time_in).or_else(seen_from).unwrap_or(0)
}

fn time_in(name: &str) -> Option<NumericDate> {
    let time = name.strip_prefix(PREFIX)?.get(..TIME_LENGTH)?;
    Some(NaiveDateTime::parse_from_str(time, TIME).ok()?.and_utc().timestamp())
}

fn changed_at(path: &Path) -> Option<NumericDate> {
    let changed = fs::metadata(path).and_then(|file| file.modified()).ok()?;
    let since = changed.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    NumericDate::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn write(folder: &Path, name: &str, changed_at: u64) {
        let file = fs::File::create(folder.join(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(changed_at))
            .unwrap();
    }

    #[test]
    fn a_name_has_the_time_and_the_algorithm() {
        let name = name(SigningAlgorithm::EdDSA, 1_767_225_600);
        assert_eq!(name, "signing-20260101T000000Z-EdDSA.pem");
        assert_eq!(time_in(&name), Some(1_767_225_600));
        for other in [
            "signing-1.pem",
            "signing-20261301T000000Z.pem",
            "20260101T000000Z.pem",
            "signing-20260101T00000éZ",
        ] {
            assert_eq!(time_in(other), None, "{other}");
        }
    }

    #[test]
    fn the_time_in_the_name_counts_before_that_of_the_file_and_then_the_name() {
        let lead = u64::try_from(LEAD_SECONDS).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write(folder, "signing-20260102T000000Z-ES256.pem", 1);
        write(folder, "signing-20260101T000000Z.pem", 4_000_000_000);
        write(folder, "by-hand-2.pem", 1_767_225_601 - lead);
        write(folder, "by-hand-1.pem", 1_767_225_601 - lead);
        for other in [".hidden.pem", "mac.key", "notes.txt", "pem"] {
            write(folder, other, 4_000_000_000);
        }
        let files = in_order(folder).unwrap();
        let names: Vec<_> = files
            .iter()
            .map(|file| file.path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "signing-20260101T000000Z.pem",
                "by-hand-1.pem",
                "by-hand-2.pem",
                "signing-20260102T000000Z-ES256.pem"
            ]
        );
    }
}
