//! Files that hold keys: readable by their owner only, and made once.
//!
//! Easy to get wrong: two programs that start at once must not each make a key, and nobody may ever
//! read half a key. So a key is written under a temporary name and then *linked* to its own, which
//! fails when somebody was faster; the winner's key is then read.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A key file that cannot be used; the text says which and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The folder or a file in it cannot be made, read or written.
    #[error(
        "cannot use {path} for the keys: {cause}; check who owns it, or choose another folder with ISSUER_KEYS_DIR"
    )]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The file is there but holds no usable key.
    #[error(
        "the key file {path} is damaged: {reason}; restore it from a backup, or move it away to have a new one made (what was issued under it then ends)"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The cryptographic library made no key, or made one that does not work.
    #[error("cannot make or use a signing key: {0}")]
    Library(String),
}

impl KeyFileError {
    pub(super) fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.display().to_string(),
            reason: reason.into(),
        }
    }

    pub(super) fn io(path: &Path, cause: io::Error) -> Self {
        Self::Io {
            path: path.display().to_string(),
            cause,
        }
    }
}

/// Makes the folder, for its owner only, when it is not there.
pub(super) fn make_folder(folder: &Path) -> Result<(), KeyFileError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|cause| KeyFileError::io(folder, cause))
}

/// The file's text. Warns when others may read it, too.
pub(super) fn read(path: &Path) -> Result<String, KeyFileError> {
    let mode = fs::metadata(path)
        .map_err(|cause| KeyFileError::io(path, cause))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        log::warn!("{} can be read by others: chmod 600 it", path.display());
    }
    let bytes = fs::read(path).map_err(|cause| KeyFileError::io(path, cause))?;
    String::from_utf8(bytes).map_err(|_| KeyFileError::damaged(path, "it is not text"))
}

/// Writes a key under `name` unless that name is taken by now; gives the path of whichever is there.
pub(super) fn make(folder: &Path, name: &str, text: &str) -> Result<PathBuf, KeyFileError> {
    let path = folder.join(name);
    let random = shared::random::uuid().map_err(|error| KeyFileError::Library(error.to_string()))?;
    let temporary = folder.join(format!(".{name}.{random}"));
    let linked = write_new(&temporary, text).and_then(|()| fs::hard_link(&temporary, &path));
    // The temporary name is of no use any more, whether or not linking succeeded.
    drop(fs::remove_file(&temporary));
    match linked {
        Ok(()) => Ok(path),
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists && path.exists() => Ok(path),
        Err(cause) => Err(KeyFileError::io(&path, cause)),
    }
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_make_a_key_wins_and_the_file_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let first = make(folder.path(), "a.key", "one").unwrap();
        let second = make(folder.path(), "a.key", "two").unwrap();
        assert_eq!(first, second);
        assert_eq!(read(&first).unwrap(), "one");
        assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no temporary file is left"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_written_names_the_setting() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = make_folder(&file.join("keys")).unwrap_err().to_string();
        assert!(error.contains("ISSUER_KEYS_DIR"), "{error}");
    }
}
