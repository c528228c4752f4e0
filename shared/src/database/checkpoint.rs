//! What was committed is copied from SQLite's write-ahead log to the file, where a program writes much.
//!
//! SQLite does this by itself, within the commit that makes the log longer than a thousand pages, and whoever waits for
//! the writer waits for that commit, too. A program that writes much copies after each batch on a connection of its own,
//! beside the writers. See docs/decisions/0013-group-commit.md.
//!
//! Easy to get wrong: the log begins anew with the first write after all of it was copied, and while it is copied others
//! write. So a long log is copied again, which takes less time, as less came meanwhile; and once more on the writer, where the
//! rest is short and nobody can add to it. Whether there is a rest cannot be asked: SQLite answers with how long the log was
//! when the copy began, and how much of that is copied, so what was written meanwhile is in neither number. Where there is
//! none, or somebody reads what was before it, the last copy has nothing to do and is over at once. Nobody waits here for
//! those who read: what they still need is copied next time.
//!
//! Copying on one connection while another writes is what SQLite before 3.51.3 could damage a file by, when the log began
//! anew at the same moment (the "WAL-reset bug"): a test looks which SQLite is built in.

use sqlx::sqlite::SqlitePool;

use super::{Database, Pools};

/// Pages of the log that are no reason to hold up the writer: half of what SQLite begins to copy at by itself.
const LONG: i64 = 500;

impl Database {
    /// Copies the log to the file; nothing to do on PostgreSQL, which has a process for it, and where nothing is written.
    pub async fn checkpoint(&self) -> Result<(), sqlx::Error> {
        let Pools::Sqlite(sqlite) = &self.pools else {
            return Ok(());
        };
        let Some(checkpoints) = &sqlite.checkpoints else {
            return Ok(());
        };
        if copy(checkpoints).await? > LONG {
            copy(checkpoints).await?;
            copy(&sqlite.writer).await?;
        }
        Ok(())
    }
}

/// Copies what no reader is in the way of; the pages of the log when that began, copied or not.
async fn copy(pool: &SqlitePool) -> Result<i64, sqlx::Error> {
    let copy = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)");
    let (_busy, pages, _copied): (i64, i64, i64) = copy.fetch_one(pool).await?;
    Ok(pages)
}
