//! The connections of a SQLite file that only read.
//!
//! They are not the driver's pool's, which sends a ping to a connection's thread and back whenever one is returned: that
//! costs as much as a small read. Now and then one is asked all the same, and always after a read that failed or was given
//! up, so that one whose thread died fails no second one.
//!
//! Easy to get wrong: a read that is given up halfway. A connection's thread ends one statement before it takes the next,
//! so nothing is left open, and the connection can be used again; but who comes next would wait for the rest. Hence such a
//! connection is the last to be used again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Error};
use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};
use tokio::time::timeout;

/// Connections at most.
pub(super) const READERS: u32 = 4;
/// How long a read waits for a connection.
const WAIT: Duration = Duration::from_secs(30);
/// After so many uses a connection is asked whether it is still there.
const USES: u16 = 256;

/// The readers of one file; clones are the same ones.
#[derive(Clone, Debug)]
pub struct Readers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: SqliteConnectOptions,
    /// The one to be used next is the last.
    idle: Mutex<Vec<Kept>>,
    /// One for each connection that there may be.
    permits: Semaphore,
    most: u32,
}

#[derive(Debug)]
struct Kept {
    connection: SqliteConnection,
    uses: u16,
}

/// A connection that nobody else uses, until this is dropped.
#[derive(Debug)]
pub struct Reader<'a> {
    /// There until the drop.
    kept: Option<Kept>,
    of: &'a Inner,
    has_ended: bool,
    _permit: SemaphorePermit<'a>,
}

impl Readers {
    /// Opens the first of at most so many.
    pub(super) async fn open(options: SqliteConnectOptions, most: u32) -> Result<Self, Error> {
        let first = Kept::open(&options).await?;
        Ok(Self(Arc::new(Inner {
            options,
            idle: Mutex::new(vec![first]),
            permits: Semaphore::new(usize::try_from(most).unwrap_or(1)),
            most,
        })))
    }

    /// Takes a connection; when all are in use, the next that comes back.
    pub async fn acquire(&self) -> Result<Reader<'_>, Error> {
        let of = &*self.0;
        let permit = match of.permits.try_acquire() {
            Ok(permit) => permit,
            Err(TryAcquireError::Closed) => return Err(Error::PoolClosed),
            Err(TryAcquireError::NoPermits) => timeout(WAIT, of.permits.acquire())
                .await
                .map_err(|_| Error::PoolTimedOut)?
                .map_err(|_| Error::PoolClosed)?,
        };
        Ok(Reader {
            kept: Some(of.next().await?),
            of,
            has_ended: false,
            _permit: permit,
        })
    }

    /// How many are open, and how many of them are idle.
    pub(super) fn count(&self) -> (usize, usize) {
        let idle = self.0.idle().len();
        let most = usize::try_from(self.0.most).unwrap_or_default();
        (most.saturating_sub(self.0.permits.available_permits()) + idle, idle)
    }

    /// Closes them, each when it is idle.
    pub(super) async fn close(&self) {
        let all = self.0.permits.acquire_many(self.0.most).await;
        self.0.permits.close();
        drop(all);
        let idle = std::mem::take(&mut *self.0.idle());
        for kept in idle {
            // One whose thread died is closed already.
            drop(kept.connection.close().await);
        }
    }
}

impl Inner {
    fn idle(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn next(&self) -> Result<Kept, Error> {
        let kept = self.idle().pop();
        let Some(mut kept) = kept else {
            return Kept::open(&self.options).await;
        };
        if kept.uses >= USES {
            kept.uses = 0;
            if kept.connection.ping().await.is_err() {
                return Kept::open(&self.options).await;
            }
        }
        Ok(kept)
    }
}

impl Kept {
    async fn open(options: &SqliteConnectOptions) -> Result<Self, Error> {
        let connection = options.connect().await?;
        Ok(Self { connection, uses: 0 })
    }
}

impl Reader<'_> {
    /// The connection, for the next statement.
    pub fn connection(&mut self) -> Result<&mut SqliteConnection, Error> {
        let kept = self.kept.as_mut().ok_or(Error::WorkerCrashed)?;
        Ok(&mut kept.connection)
    }

    /// What was asked is answered, and not by an error.
    pub fn ended(&mut self) {
        self.has_ended = true;
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let Some(mut kept) = self.kept.take() else { return };
        kept.uses += 1;
        let mut idle = self.of.idle();
        if self.has_ended {
            idle.push(kept);
        } else {
            kept.uses = USES;
            idle.insert(0, kept);
        }
    }
}

#[cfg(test)]
#[path = "readers_tests.rs"]
mod tests;
