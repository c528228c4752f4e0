//! Which key sets are known, which are being fetched, and which may be; all of it bounded.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::{BoxFuture, Shared, WeakShared};
use shared::clock::NumericDate;

use super::FetchedKeys;
use crate::client::jwks::ClientJwks;
use crate::client::remote::budget::{Budget, Known};
use crate::client::remote::url::ClientUrl;

/// Addresses that are remembered.
const ENTRIES: usize = 1_000;
/// Seconds between two fetches of the same address, whatever came of the first.
pub(super) const COOL_DOWN: NumericDate = 30;
/// Seconds for which keys serve after the last fetch that succeeded.
pub(super) const KEPT: NumericDate = 86_400;

/// A fetch that is under way, for all who wait for it; what came of it is in the state.
pub(super) type Running = Shared<BoxFuture<'static, ()>>;

#[derive(Debug, Default)]
pub(super) struct State {
    entries: HashMap<String, Entry>,
    budget: Budget,
}

#[derive(Debug)]
struct Entry {
    keys: Option<FetchedKeys>,
    asked_at: NumericDate,
    running: WeakShared<BoxFuture<'static, ()>>,
}

impl Entry {
    fn usable(&self, now: NumericDate) -> Option<&FetchedKeys> {
        self.keys.as_ref().filter(|keys| now < keys.fetched_at + KEPT)
    }
}

impl State {
    /// The keys that were fetched last, while they serve.
    pub(super) fn usable(&self, url: &ClientUrl, now: NumericDate) -> Option<Arc<ClientJwks>> {
        let keys = self.entries.get(url.as_str())?.usable(now)?;
        Some(Arc::clone(&keys.jwks))
    }

    /// The fetch to wait for, when there is one under way or one may begin; `begin` makes it. Keys that are `enough` are
    /// not fetched again while they are fresh.
    pub(super) fn fetch(
        &mut self,
        url: &ClientUrl,
        known: Known,
        now: NumericDate,
        enough: impl Fn(&ClientJwks) -> bool,
        begin: impl FnOnce() -> Running,
    ) -> Option<Running> {
        if let Some(entry) = self.entries.get(url.as_str()) {
            let fresh = entry
                .usable(now)
                .filter(|keys| (keys.fetched_at..keys.fresh_until).contains(&now));
            if fresh.is_some_and(|keys| enough(&keys.jwks)) {
                return None;
            }
            if let Some(running) = entry.running.upgrade() {
                return Some(running);
            }
            if (entry.asked_at..entry.asked_at + COOL_DOWN).contains(&now) {
                return None;
            }
        }
        if !self.budget.take(url.origin(), known, now) {
            return None;
        }
        let running = begin();
        self.note(url, &running, now);
        Some(running)
    }

    /// The cool-down begins with the fetch and not with its end, so a server that does not answer is not asked more.
    fn note(&mut self, url: &ClientUrl, running: &Running, now: NumericDate) {
        let Some(running) = running.downgrade() else { return };
        let keys = self.entries.remove(url.as_str()).and_then(|entry| entry.keys);
        if self.entries.len() >= ENTRIES {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.asked_at);
            let oldest = oldest.map(|(id, _)| id.clone());
            oldest.and_then(|id| self.entries.remove(&id));
        }
        let entry = Entry {
            keys,
            asked_at: now,
            running,
        };
        self.entries.insert(url.as_str().to_owned(), entry);
    }

    /// Takes what was fetched in the place of what was there.
    pub(super) fn settle(&mut self, url: &ClientUrl, keys: FetchedKeys) {
        if let Some(entry) = self.entries.get_mut(url.as_str()) {
            entry.keys = Some(keys);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
