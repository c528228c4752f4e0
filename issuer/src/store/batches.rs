//! How many rows a statement deletes at once: as many as take a moment on this computer.
//!
//! On SQLite a statement holds the one writer while it runs, and how long a row takes is another thing in each table and
//! on each disk. So every statement is measured, from when it has the writer until it is committed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Rows of a statement that was never measured: few, for a disk may be slow.
pub const FIRST: i64 = 50;
/// It is never less, so that the purge gets on.
const LEAST: i64 = 10;
/// It is never more.
pub const MOST: i64 = 1_000;
/// A batch should take no longer.
const SHOULD_TAKE: Duration = Duration::from_millis(15);

/// What was learned of each statement; clones learn together.
#[derive(Clone, Debug, Default)]
pub(super) struct Batches(Arc<Mutex<HashMap<&'static str, i64>>>);

impl Batches {
    /// Rows that this statement may delete now.
    pub(super) fn size(&self, statement: &'static str) -> i64 {
        let sizes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.get(statement).copied().unwrap_or(FIRST)
    }

    /// A batch of `size` rows at most took so long, and found `rows`.
    pub(super) fn took(&self, statement: &'static str, size: i64, rows: u64, time: Duration) {
        let next = next(size, rows, time);
        let mut sizes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.insert(statement, next);
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
        batches.clone().took("a", FIRST, FIRST.unsigned_abs(), millis(1));
        assert_eq!((batches.size("a"), batches.size("b")), (2 * FIRST, FIRST));
    }
}
