//! Files that hold keys: readable by their owner only, and made once.
//!
//! Easy to get wrong: two programs that start at once must not each make a key, and nobody may ever
//! read half a key. So whoever finds a key missing takes the folder's [`Lock`], looks again, writes the
//! key under a temporary name and renames it. Who only reads needs no lock, and no writable folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
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
    /// There is no key at all.
    #[error("there is no signing key in {0}; a start of the issuer makes one, or restore the folder from a backup")]
    Empty(String),
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

/// The right to make keys in a folder; others wait for it until this is dropped or the program ends.
#[derive(Debug)]
pub(super) struct Lock {
    folder: PathBuf,
    _held: File,
}

impl Lock {
    /// Waits for the right. Who has it must look again: whoever had it before may have made the key.
    pub(super) fn take(folder: &Path) -> Result<Self, KeyFileError> {
        let path = folder.join(".lock");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
        let held = file.and_then(|file| file.lock().map(|()| file));
        Ok(Self {
            folder: folder.to_owned(),
            _held: held.map_err(|cause| KeyFileError::io(&path, cause))?,
        })
    }

    /// Writes a key under a name that is not taken, and gives its path.
    pub(super) fn make(&self, name: &str, text: &str) -> Result<PathBuf, KeyFileError> {
        let path = self.folder.join(name);
        let random = shared::random::uuid().map_err(|error| KeyFileError::Library(error.to_string()))?;
        let temporary = self.folder.join(format!(".{name}.{random}"));
        let made = write_new(&temporary, text).and_then(|()| fs::rename(&temporary, &path));
        if let Err(cause) = made {
            drop(fs::remove_file(&temporary));
            return Err(KeyFileError::io(&path, cause));
        }
        // The name should survive a power cut, too. Some file systems cannot do this for a folder.
        drop(File::open(&self.folder).and_then(|folder| folder.sync_all()));
        Ok(path)
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
    fn a_key_is_whole_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path()).unwrap();
        let path = lock.make("a.key", "one").unwrap();
        assert_eq!(read(&path).unwrap(), "one");
        let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut entries: Vec<_> = entries.collect();
        entries.sort();
        assert_eq!(
            entries,
            [folder.path().join(".lock"), path],
            "no temporary file is left"
        );
        for path in entries {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn who_comes_second_waits_and_then_sees_the_first_ones_key() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let _lock = Lock::take(folder.path()).unwrap();
                folder.path().join("a.key").exists()
            });
            first.make("a.key", "one").unwrap();
            drop(first);
            assert!(second.join().unwrap());
        });
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
