//! The memory of Argon2, used again: what is freed on a thread stays with that thread's part of the allocator, and the
//! work is done on many threads, one after the other. So there would be 19 MiB for each of them. What is kept here is kept
//! for as long as the process lives: after the busiest moment, up to 19 MiB for each core.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::Block;

use super::MEMORY_KIB;

/// Memory that is of no use at the moment; clones have the same. Never more pieces than hashes were worked on at once.
#[derive(Clone, Default)]
pub(super) struct Memory(Arc<Mutex<Vec<Vec<Block>>>>);

impl Memory {
    /// Works in so many blocks, whatever is in them. More than a hash of ours needs are freed after it.
    pub(super) fn with<T>(&self, blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let most = usize::try_from(MEMORY_KIB).unwrap_or(usize::MAX);
        if blocks > most {
            return work(&mut vec![Block::new(); blocks]);
        }
        let free = self.free().pop();
        let mut memory = free.unwrap_or_else(|| vec![Block::new(); most]);
        let done = work(memory.get_mut(..blocks).unwrap_or_default());
        self.free().push(memory);
        done
    }

    fn free(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Memory({} free)", self.free().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_used_again_and_there_is_as_much_as_was_needed_at_once() {
        let memory = Memory::default();
        for _ in 0..3 {
            memory.with(8, |blocks| assert_eq!(blocks.len(), 8));
        }
        assert_eq!(memory.free().len(), 1);
        memory.with(1, |_| memory.with(2, |_| assert!(memory.free().is_empty())));
        assert_eq!(memory.free().len(), 2);
    }

    #[test]
    fn what_a_costly_hash_needed_is_not_kept() {
        let memory = Memory::default();
        let costly = 2 * usize::try_from(MEMORY_KIB).unwrap();
        memory.with(costly, |blocks| assert_eq!(blocks.len(), costly));
        assert!(memory.free().is_empty());
    }
}
