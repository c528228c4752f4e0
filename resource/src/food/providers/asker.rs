//! For whom a provider is asked. What it allows to this server is for all users, so none may use it up alone; and one
//! call asks about few foods, so that nobody waits for hundreds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Requests to providers in one call.
const MOST_IN_A_CALL: usize = 10;

/// One call of a user. Clones are the same call.
#[derive(Clone, Debug)]
pub struct Asker {
    who: Who,
    left: Arc<AtomicUsize>,
}

/// A user, by `iss` and `sub`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Who(Arc<(String, String)>);

impl Asker {
    /// A call that asked nobody yet.
    pub fn new(iss: &str, sub: &str) -> Self {
        Self {
            who: Who(Arc::new((iss.to_owned(), sub.to_owned()))),
            left: Arc::new(AtomicUsize::new(MOST_IN_A_CALL)),
        }
    }

    pub(super) fn who(&self) -> &Who {
        &self.who
    }

    /// Takes one of the requests that the call has left; false where there is none.
    pub(super) fn take(&self) -> bool {
        let one_less = |left: usize| left.checked_sub(1);
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
            .is_ok()
    }
}
