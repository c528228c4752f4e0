//! One request for all who ask the same at the same time.
//!
//! Easy to get wrong: whoever asked first may go away; the others must still get the answer, and a request that nobody
//! waits for any more must not be joined later. So the map holds the request weakly, and whoever waits drives it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

/// Requests on their way, by what they ask.
#[derive(Debug)]
pub(super) struct Flights<K, T: Clone>(Mutex<HashMap<K, Flight<T>>>);

type Flight<T> = WeakShared<BoxFuture<'static, T>>;

impl<K, T: Clone> Default for Flights<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, T: Clone + Send + Sync + 'static> Flights<K, T> {
    /// The request that is on its way for this, or a new one.
    pub(super) fn join(&self, key: K, start: impl FnOnce() -> BoxFuture<'static, T>) -> Shared<BoxFuture<'static, T>> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What landed answers nobody who comes now: the cache does.
        let is_flying = |flight: &Flight<T>| flight.upgrade().filter(|flight| flight.peek().is_none());
        if let Some(flight) = flights.get(&key).and_then(is_flying) {
            return flight;
        }
        flights.retain(|_, flight| is_flying(flight).is_some());
        let flight = start().shared();
        if let Some(weak) = flight.downgrade() {
            flights.insert(key, weak);
        }
        flight
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn counting(count: &Arc<AtomicUsize>) -> BoxFuture<'static, usize> {
        let count = Arc::clone(count);
        async move {
            tokio::task::yield_now().await;
            count.fetch_add(1, Ordering::SeqCst) + 1
        }
        .boxed()
    }

    #[tokio::test]
    async fn those_who_ask_the_same_together_get_one_answer_and_those_after_another() {
        let (flights, count) = (Flights::default(), Arc::new(AtomicUsize::new(0)));
        let together: Vec<_> = (0..50).map(|_| flights.join("a", || counting(&count))).collect();
        let answers = futures_util::future::join_all(together).await;
        assert_eq!(answers, vec![1; 50]);
        assert_eq!(flights.join("a", || counting(&count)).await, 2);
        assert_eq!(flights.join("b", || counting(&count)).await, 3);
    }

    #[tokio::test]
    async fn the_first_may_go_away_and_what_nobody_waits_for_is_forgotten() {
        let (flights, count) = (Flights::default(), Arc::new(AtomicUsize::new(0)));
        let first = flights.join("a", || counting(&count));
        let second = flights.join("a", || counting(&count));
        drop(first);
        assert_eq!(second.await, 1);
        drop(flights.join("a", || counting(&count)));
        assert_eq!(flights.join("a", || counting(&count)).await, 2);
    }
}
