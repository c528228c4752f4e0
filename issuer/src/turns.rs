//! The turns of those who sign in, so that two thousand at once take the memory of few: threats.md B24.
//!
//! A form that is looked at takes as much memory as twenty that wait. Easy to get wrong: (1) a turn that is kept until the
//! password was looked at would make everybody wait for all hashes before theirs, where the queue of these says at once
//! that it is full; (2) a place in that queue instead of a turn: guesses that are slowed down need none, and many of them at
//! once would keep the owner out.

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// How many forms are looked at at once.
const TURNS: usize = 32;

/// Whose form is next.
#[derive(Debug)]
pub struct Turns(Semaphore);

/// The turn of one of them, until it is dropped.
pub type Turn<'a> = SemaphorePermit<'a>;

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(TURNS))
    }
}

impl Turns {
    /// Waits for a turn; who came first has it first.
    pub async fn next(&self) -> Result<Turn<'_>, AcquireError> {
        self.0.acquire().await
    }
}
