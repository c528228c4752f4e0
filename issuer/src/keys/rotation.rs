//! Making the next key, bringing it forward, and taking one away.
//!
//! Each is done under the folder's lock after looking again, so that replicas that share a folder make one
//! key and not one each. Easy to get wrong: writing over a key. Names have seconds in them, and two keys may
//! be made in one; a name that is taken is passed over.

use std::fs;
use std::path::{Path, PathBuf};

use shared::clock::NumericDate;

use super::file::{self, KeyFileError, Lock};
use super::key_files::{self, KeyFile};
use super::private_key;
use super::timeline::LEAD_SECONDS;
use crate::config::SigningAlgorithm;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// A key was made, or brought forward; this is its file, and the time from which it signs.
    Next(PathBuf, NumericDate),
    /// A key waits already; nothing changed.
    Waits(PathBuf, NumericDate),
    /// It is not time yet; nothing changed.
    NotDue,
}

/// Makes the next key, when none waits and the newest began to sign `after` seconds ago or will have when the
/// new one is ready. `after` 0 is always.
pub fn make_next(
    folder: &Path,
    algorithm: SigningAlgorithm,
    after: NumericDate,
    now: NumericDate,
) -> Result<Rotated, KeyFileError> {
    let signs_from = now.saturating_add(LEAD_SECONDS);
    let looks = |files: &[KeyFile]| match files.last() {
        Some(newest) if newest.signs_from > now => Some(Rotated::Waits(newest.path.clone(), newest.signs_from)),
        Some(newest) if newest.signs_from.saturating_add(after) > signs_from => Some(Rotated::NotDue),
        _ => None,
    };
    // Most looks find nothing to do, and need no lock.
    if let Some(nothing) = looks(&key_files::in_order(folder)?) {
        return Ok(nothing);
    }
    let lock = Lock::take(folder)?;
    if let Some(nothing) = looks(&key_files::in_order(folder)?) {
        return Ok(nothing);
    }
    make(&lock, folder, algorithm, &private_key::generate(algorithm)?, signs_from)
}

/// Makes the next key sign from `at`, if it would later; one is made when none waits.
pub fn bring_forward(
    folder: &Path,
    algorithm: SigningAlgorithm,
    at: NumericDate,
    now: NumericDate,
) -> Result<Rotated, KeyFileError> {
    let lock = Lock::take(folder)?;
    let files = key_files::in_order(folder)?;
    let Some(next) = files.into_iter().find(|file| file.signs_from > now) else {
        return make(&lock, folder, algorithm, &private_key::generate(algorithm)?, at);
    };
    if next.signs_from <= at {
        return Ok(Rotated::Waits(next.path, next.signs_from));
    }
    // Written anew before the old name goes: who lists the folder meanwhile must not miss the key.
    let text = file::read(&next.path)?;
    let algorithm = private_key::algorithm(&text).map_err(|reason| KeyFileError::damaged(&next.path, reason))?;
    let made = make(&lock, folder, algorithm, &text, at)?;
    fs::remove_file(&next.path).map_err(|cause| KeyFileError::io(&next.path, cause))?;
    Ok(made)
}

/// Takes a key away: its file gets a name that is not looked at. Gives the new name.
pub fn retire(folder: &Path, path: &Path) -> Result<PathBuf, KeyFileError> {
    let _lock = Lock::take(folder)?;
    let mut retired = path.as_os_str().to_owned();
    retired.push(".retired");
    fs::rename(path, &retired).map_err(|cause| KeyFileError::io(path, cause))?;
    Ok(retired.into())
}

fn make(
    lock: &Lock,
    folder: &Path,
    algorithm: SigningAlgorithm,
    text: &str,
    mut signs_from: NumericDate,
) -> Result<Rotated, KeyFileError> {
    while folder.join(key_files::name(algorithm, signs_from)).exists() {
        signs_from = signs_from.saturating_add(1);
    }
    let path = lock.make(&key_files::name(algorithm, signs_from), text)?;
    Ok(Rotated::Next(path, signs_from))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: NumericDate = 1_767_225_600;
    const DAY: NumericDate = 86_400;

    fn names(folder: &Path) -> Vec<String> {
        let files = key_files::in_order(folder).unwrap();
        let name = |file: KeyFile| file.path.file_name().unwrap().to_str().unwrap().to_owned();
        files.into_iter().map(name).collect()
    }

    fn first(folder: &Path) {
        let made = bring_forward(folder, SigningAlgorithm::ES256, NOW, NOW).unwrap();
        assert!(matches!(made, Rotated::Next(_, NOW)));
    }

    fn next(folder: &Path, after: NumericDate, now: NumericDate) -> Rotated {
        make_next(folder, SigningAlgorithm::EdDSA, after, now).unwrap()
    }

    #[test]
    fn the_next_is_made_so_early_that_it_signs_when_its_time_has_come() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        first(folder);
        let due = NOW + 90 * DAY - LEAD_SECONDS;
        assert_eq!(next(folder, 90 * DAY, due - 1), Rotated::NotDue);
        let made = next(folder, 90 * DAY, due);
        assert!(matches!(made, Rotated::Next(_, at) if at == NOW + 90 * DAY), "{made:?}");
        assert!(matches!(next(folder, 90 * DAY, due), Rotated::Waits(..)));
        let expected = [
            "signing-20260101T000000Z-ES256.pem",
            "signing-20260401T000000Z-EdDSA.pem",
        ];
        assert_eq!(names(folder), expected);
    }

    #[test]
    fn a_key_that_waits_is_brought_forward_and_stays_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        first(folder);
        let Rotated::Next(path, _) = next(folder, 0, NOW) else {
            panic!("a key is made")
        };
        let text = file::read(&path).unwrap();
        let Rotated::Next(path, at) = bring_forward(folder, SigningAlgorithm::ES256, NOW + 1, NOW + 1).unwrap() else {
            panic!("it is brought forward")
        };
        assert_eq!((file::read(&path).unwrap(), at), (text, NOW + 1));
        let expected = [
            "signing-20260101T000000Z-ES256.pem",
            "signing-20260101T000001Z-EdDSA.pem",
        ];
        assert_eq!(names(folder), expected);
    }

    #[test]
    fn no_key_is_ever_written_over() {
        let folder = tempfile::tempdir().unwrap();
        (0..5).for_each(|_| drop(bring_forward(folder.path(), SigningAlgorithm::ES256, NOW, NOW + 9).unwrap()));
        assert_eq!(names(folder.path()).len(), 5);
    }

    #[test]
    fn eight_replicas_that_find_a_key_due_make_one() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        first(folder);
        let made = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|at| scope.spawn(move || next(folder, DAY, NOW + DAY + at)))
                .collect();
            let made = threads.into_iter().map(|thread| thread.join().unwrap());
            made.filter(|made| matches!(made, Rotated::Next(..))).count()
        });
        assert_eq!((made, names(folder).len()), (1, 2));
    }

    #[test]
    fn a_retired_file_is_kept_and_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        first(folder);
        let retired = retire(folder, &folder.join("signing-20260101T000000Z-ES256.pem")).unwrap();
        assert!(retired.exists() && names(folder).is_empty());
    }
}
