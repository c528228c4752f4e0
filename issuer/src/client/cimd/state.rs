//! What is known of documents, what is being fetched, and what may be fetched; all of it bounded.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::{BoxFuture, Shared, WeakShared};
use shared::clock::NumericDate;

use super::{Document, Failure, Outcome};
use crate::client::remote::budget::{Budget, Known};
use crate::client::remote::url::ClientUrl;

/// Documents that are kept.
const DOCUMENTS: usize = 300;
/// Failures that are kept, and fetches that may be under way.
const ENTRIES: usize = 2_000;
/// Seconds for which a failure is remembered. This caches no answer (the draft forbids that): it is how
/// long we wait before we try again.
const FAILURE_SECONDS: NumericDate = 15;

/// A fetch that is under way, for all who wait for it.
pub(super) type Running = Shared<BoxFuture<'static, Outcome>>;

#[derive(Debug, Default)]
pub(super) struct State {
    documents: HashMap<String, Arc<Document>>,
    failures: HashMap<String, (Failure, NumericDate)>,
    running: HashMap<String, WeakShared<BoxFuture<'static, Outcome>>>,
    budget: Budget,
}

/// What to do for a document.
pub(super) enum Look {
    /// Nothing: this is the answer.
    Known(Outcome),
    /// Wait for this fetch.
    Wait(Running),
}

impl State {
    /// The answer, or the fetch to wait for; `begin` makes a fetch if it must.
    pub(super) fn look(
        &mut self,
        url: &ClientUrl,
        known: Known,
        now: NumericDate,
        begin: impl FnOnce() -> Running,
    ) -> Look {
        let id = url.as_str();
        // One from a time that is still to come was fetched before the clock was set back.
        let is_fresh = |document: &&Arc<Document>| (document.fetched_at..document.fresh_until).contains(&now);
        if let Some(document) = self.documents.get(id).filter(is_fresh) {
            return Look::Known(Ok(Arc::clone(document)));
        }
        // When the clock was set back, a failure is no longer remembered than ever.
        let is_recent = |(_, until): &&(_, NumericDate)| (now + 1..=now + FAILURE_SECONDS).contains(until);
        if let Some((failure, _)) = self.failures.get(id).filter(is_recent) {
            return Look::Known(Err(failure.clone()));
        }
        if let Some(running) = self.running.get(id).and_then(WeakShared::upgrade) {
            return Look::Wait(running);
        }
        if !self.has_room() || !self.budget.take(url.origin(), known, now) {
            let words = "too many documents were asked for just now; try again in a minute";
            return Look::Known(Err(Failure::Unreachable(words.to_owned())));
        }
        let running = begin();
        if let Some(weak) = running.downgrade() {
            self.running.insert(id.to_owned(), weak);
        }
        Look::Wait(running)
    }

    /// Fetches that nobody waits for any more were dropped unfinished.
    fn has_room(&mut self) -> bool {
        if self.running.len() >= ENTRIES {
            self.running.retain(|_, running| running.upgrade().is_some());
        }
        self.running.len() < ENTRIES
    }

    /// Remembers what came of a fetch.
    pub(super) fn settle(&mut self, url: &ClientUrl, outcome: &Outcome, now: NumericDate) {
        let id = url.as_str();
        self.running.remove(id);
        match outcome {
            Ok(document) => {
                self.failures.remove(id);
                self.keep(id, document);
            }
            Err(failure) => {
                if self.failures.len() >= ENTRIES {
                    self.failures.retain(|_, (_, until)| *until > now);
                }
                if self.failures.len() < ENTRIES {
                    self.failures
                        .insert(id.to_owned(), (failure.clone(), now + FAILURE_SECONDS));
                }
            }
        }
    }

    /// Room is made by dropping what would be stale first.
    fn keep(&mut self, id: &str, document: &Arc<Document>) {
        if self.documents.len() >= DOCUMENTS && !self.documents.contains_key(id) {
            let first = self.documents.iter().min_by_key(|(_, document)| document.fresh_until);
            if let Some(first) = first.map(|(id, _)| id.clone()) {
                self.documents.remove(&first);
            }
        }
        self.documents.insert(id.to_owned(), Arc::clone(document));
    }
}
