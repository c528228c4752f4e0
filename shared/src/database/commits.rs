//! Whether anything was committed to a SQLite file, by whichever program, without asking SQLite, which has a thread for
//! each connection and takes some 20 µs to say so.
//!
//! Readers of a write-ahead log look at the header of its index to learn what they may see
//! (<https://www.sqlite.org/walformat.html>, "The WAL-Index File Format"): it counts the transactions, says where the last
//! one ends, and has a checksum over all of the log so far. While it stays the same, nobody reads anything else.
//!
//! Easy to get wrong:
//! - Whoever closes a file gives up all locks that the process has on it
//!   (<https://www.sqlite.org/howtocorrupt.html>, section 2.2), and those of SQLite are on this one. So it is never closed.
//! - The header is there twice, and the one is written before the other. Only where both say the same are they whole.
//! - Look first and read then: what is committed in between makes the read newer, never older, than the [`Commits`].

use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The bytes of one header.
const HEADER: usize = 48;
/// The format of the index that is known here.
const VERSION: u32 = 3_007_000;
/// Where it says that it was made.
const IS_INIT: usize = 12;

/// What was committed to a SQLite file up to a moment. Where two are equal, nothing was in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commits([u8; HEADER]);

/// The index of the write-ahead log of one file; clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct WalIndex {
    database: Arc<Path>,
    /// Which file that is.
    identity: (u64, u64),
    file: Arc<Mutex<Option<&'static File>>>,
}

impl WalIndex {
    /// That of a database, if it is there. It is opened when it is first looked at.
    pub(super) fn of(database: &Path) -> Option<Self> {
        // SQLite puts the index beside the file that a link leads to.
        let database = database.canonicalize().ok()?;
        Some(Self {
            identity: identity(&database)?,
            database: database.into(),
            file: Arc::default(),
        })
    }

    /// What was committed so far; `None` where that cannot be told, as while something is being committed.
    pub(super) fn commits(&self) -> Option<Commits> {
        let mut both = [0; 2 * HEADER];
        self.file()?.read_exact_at(&mut both, 0).ok()?;
        let (one, other) = both.split_first_chunk::<HEADER>()?;
        let version = one.first_chunk().copied().map(u32::from_ne_bytes);
        let is_known = version == Some(VERSION) && one.get(IS_INIT) == Some(&1);
        (is_known && one == other).then_some(Commits(*one))
    }

    fn file(&self) -> Option<&'static File> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // SQLite takes it away with the last connection, and makes another with the next.
        let is_there = |file: &&File| file.metadata().is_ok_and(|found| found.nlink() > 0);
        if file.as_ref().is_none_or(|file| !is_there(file)) {
            *file = self.open();
        }
        *file
    }

    /// Not beside another file of the same name: the one that this process has open is not there any more.
    fn open(&self) -> Option<&'static File> {
        let mut path = self.database.to_path_buf();
        path.as_mut_os_string().push("-shm");
        let is_same = identity(&self.database) == Some(self.identity);
        let file = is_same.then(|| File::open(path).ok())??;
        Some(Box::leak(Box::new(file)))
    }
}

fn identity(file: &Path) -> Option<(u64, u64)> {
    let found = file.metadata().ok()?;
    Some((found.dev(), found.ino()))
}

#[cfg(test)]
#[path = "commits_tests.rs"]
mod tests;
