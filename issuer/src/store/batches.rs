//! How many rows a statement deletes at once: as many as take a moment on this computer.
//!
//! On SQLite a statement holds the one writer while it runs, and how long a row takes is another thing in each table and
//! on each disk. So every statement is measured, from when it has the writer until it is committed.
//!
//! Easy to get wrong: a commit takes its time on a slow disk however few the rows are, and fewer would not make it
//! shorter. What the disk takes in any case is learned, and does not count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Rows of a statement that was never measured: few, for a disk may be slow.
pub const FIRST: i64 = 50;
/// It is never less, so that the purge gets on.
const LEAST: i64 = 10;
/// It is never more.
pub const MOST: i64 = 1_000;
/// A batch should take no longer beyond what the disk takes for any commit.
const SHOULD_TAKE: Duration = Duration::from_millis(15);

/// What was learned; clones learn together.
#[derive(Clone, Debug, Default)]
pub(super) struct Batches(Arc<Mutex<Learned>>);

#[derive(Debug, Default)]
struct Learned {
    /// Rows of each statement.
    sizes: HashMap<&'static str, i64>,
    /// What a commit takes in any case.
    any_commit: Option<Duration>,
}

/// How long a batch took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Took {
    /// The statement.
    pub statement: Duration,
    /// Its commit.
    pub commit: Duration,
}

impl Batches {
    /// Rows that this statement may delete now.
    pub(super) fn size(&self, statement: &'static str) -> i64 {
        self.learned().sizes.get(statement).copied().unwrap_or(FIRST)
    }

    /// A batch of `size` rows at most took so long, and found `rows`.
    pub(super) fn took(&self, statement: &'static str, size: i64, rows: u64, took: Took) {
        let mut learned = self.learned();
        let beyond = learned.beyond_any_commit(rows, took);
        learned.sizes.insert(statement, next(size, rows, beyond));
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Learned {
    /// How long a batch took beyond what any commit takes: the quickest one, or the last of so few rows that it has
    /// hardly another reason, since a disk may get slower. Without rows nothing is written to the disk.
    fn beyond_any_commit(&mut self, rows: u64, took: Took) -> Duration {
        let quickest = match self.any_commit {
            Some(known) if rows > LEAST.unsigned_abs() => known.min(took.commit),
            _ => took.commit,
        };
        if rows > 0 {
            self.any_commit = Some(quickest);
        }
        (took.statement + took.commit).saturating_sub(quickest)
    }
}

/// Half of what took too long, twice as much after a batch that was full and took less than half of the time. One that
/// found nothing says nothing.
fn next(size: i64, rows: u64, time: Duration) -> i64 {
    let rows = i64::try_from(rows).unwrap_or(i64::MAX).min(size);
    let next = if rows > 0 && time > SHOULD_TAKE {
        rows / 2
    } else if rows == size && time < SHOULD_TAKE / 2 {
        size.saturating_mul(2)
    } else {
        size
    };
    next.clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn slow_batches_are_halved_and_quick_ones_doubled_within_bounds() {
        for (size, rows, time, expected) in [
            (200, 200, 16, 100),
            (200, 100, 16, 50),
            (200, 3, 16, 10),
            (200, 0, 16, 200),
            (200, 200, 15, 200),
            (200, 200, 8, 200),
            (200, 200, 7, 400),
            (200, 199, 7, 200),
            (200, 0, 0, 200),
            (15, 15, 5_000, 10),
            (10, 10, 5_000, 10),
            (600, 600, 0, 1_000),
            (1_000, 1_000, 0, 1_000),
            (i64::MAX, u64::MAX, 0, 1_000),
        ] {
            assert_eq!(next(size, rows, millis(time)), expected, "{size} {rows} {time}");
        }
    }

    #[test]
    fn it_settles_where_a_batch_takes_less_than_it_should() {
        for micros_per_row in [1, 10, 40, 100, 400, 1_000] {
            let took = |size: i64| Duration::from_micros(size.unsigned_abs() * micros_per_row);
            let mut size = FIRST;
            for _ in 0..20 {
                size = next(size, size.unsigned_abs(), took(size));
            }
            assert!(took(size) <= SHOULD_TAKE, "{micros_per_row}: {size}");
            assert!(
                size == MOST || took(size) >= SHOULD_TAKE / 4,
                "{micros_per_row}: {size}"
            );
        }
    }

    #[test]
    fn each_statement_learns_for_itself_and_clones_learn_together() {
        let batches = Batches::default();
        let took = Took {
            statement: millis(1),
            commit: millis(1),
        };
        batches.clone().took("a", FIRST, FIRST.unsigned_abs(), took);
        assert_eq!((batches.size("a"), batches.size("b")), (2 * FIRST, FIRST));
    }

    /// Batches of a statement that takes so long for each row, on a disk where each commit takes `any`.
    fn settle(batches: &Batches, any: Duration, row: Duration) -> i64 {
        for _ in 0..20 {
            let size = batches.size("a");
            let rows = u32::try_from(size).unwrap();
            let took = Took {
                statement: row * rows / 2,
                commit: any + row * rows / 2,
            };
            batches.took("a", size, u64::from(rows), took);
        }
        batches.size("a")
    }

    #[test]
    fn a_slow_disk_makes_no_small_batches() {
        let row = Duration::from_micros(20);
        let quick = settle(&Batches::default(), Duration::ZERO, row);
        assert!(quick >= 300, "{quick}");
        for any in [16, 40, 200, 1_000] {
            let slow = settle(&Batches::default(), millis(any), row);
            assert!((quick / 2..=quick * 2).contains(&slow), "{any}: {slow} and {quick}");
        }
    }

    /// What the rows add to the quickest commit counts as the disk's, half of their time here: so a batch that settled may
    /// take up to twice as long as it should, 300 rows, and no longer.
    #[test]
    fn a_disk_that_gets_slower_or_quicker_is_learned_anew() {
        let (batches, row) = (Batches::default(), Duration::from_micros(100));
        let sizes = [1, 100, 1].map(|any| settle(&batches, millis(any), row));
        for size in sizes {
            assert!((40..=300).contains(&size), "{sizes:?}");
        }
    }

    #[test]
    fn a_batch_that_found_nothing_says_nothing_of_the_disk() {
        let (batches, nothing) = (Batches::default(), Duration::ZERO);
        batches.took(
            "b",
            FIRST,
            0,
            Took {
                statement: nothing,
                commit: nothing,
            },
        );
        assert_eq!(batches.learned().any_commit, None);
    }
}
