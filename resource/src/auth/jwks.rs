//! An issuer's keys, kept fresh in the background: RFC 7517 section 5, RFC 9068 section 4.
//!
//! 1. One task fetches: at the start, again when the answer's `Cache-Control` says so (within bounds), and soon after
//!    a failure.
//! 2. A token whose `kid` is not known wakes it; all who wait share that one fetch.
//! 3. What is kept on disk, where that is wanted, is used until the first fetch succeeds.
//! 4. While the issuer is away its last keys stay in use, for a day.
//! 5. A new set takes the place of the old one at once and has another generation, so that what was remembered is
//!    forgotten.
//!
//! Easy to get wrong: tokens with made-up kids must not become requests to the issuer, so the cool-down is claimed
//! *before* the fetch and by time alone, whatever came of it; and a set that fails, is empty or is broken must never
//! take the place of one that worked.

mod disk;
mod set;
mod source;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use super::metrics::IssuerMetrics;
pub use disk::Disk;
pub use set::{BrokenSet, KeySet, parse as usable_keys};
use shared::jwk::VerificationKey;
use source::FetchedSet;
pub use source::{OfIssuer, Source, SourceError};

/// Between two fetches for unknown kids.
const COOL_DOWN: Duration = Duration::from_secs(30);
/// The same while no key is known at all: the issuer may have come up just now.
const FIRST_COOL_DOWN: Duration = Duration::from_secs(1);
/// How long a request waits for the fetch that it shares.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long keys are used after the last fetch that succeeded.
const KEPT: Duration = Duration::from_hours(24);
/// After a first failure; doubled with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// Longest time between tries while no key is known, and while there are some.
const LONGEST_RETRY: (Duration, Duration) = (Duration::from_secs(4), Duration::from_mins(1));

/// The keys of one issuer.
#[derive(Debug)]
pub struct Keys {
    source: Source,
    disk: Option<Disk>,
    current: ArcSwap<KeySet>,
    flight: Mutex<Flight>,
    wanted: Notify,
    /// Counts fetches that ended.
    ended: watch::Sender<u64>,
    metrics: IssuerMetrics,
}

/// Whether a fetch is under way, and when one was last begun for an unknown kid.
#[derive(Debug, Default)]
struct Flight {
    under_way: bool,
    claimed: Option<Instant>,
}

/// A key, and the generation of the set that has it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The key.
    pub key: Arc<VerificationKey>,
    /// Changes whenever the set does.
    pub generation: u64,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// The issuer has no key of this name.
    Unknown,
    /// No key of the issuer is known yet.
    NoneYet,
}

impl Keys {
    /// The keys that are on disk, if they are; [`Keys::keep_fresh`] fetches them.
    pub fn new(source: Source, disk: Option<Disk>) -> Self {
        let current = disk.as_ref().and_then(|disk| kept(&source, disk)).unwrap_or_default();
        Self {
            source,
            disk,
            current: ArcSwap::from_pointee(current),
            flight: Mutex::default(),
            wanted: Notify::new(),
            ended: watch::Sender::new(0),
            metrics: IssuerMetrics::default(),
        }
    }

    /// The same, which counts here.
    #[must_use]
    pub(super) fn counted(mut self, metrics: IssuerMetrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Whether any key is known.
    pub fn are_known(&self) -> bool {
        !self.current.load().is_empty()
    }

    /// The generation of the set that is in use, if one is.
    pub fn generation(&self) -> Option<u64> {
        let set = self.current.load();
        (!set.is_empty()).then(|| set.generation())
    }

    /// The key of this name. Waits for one shared fetch when it is not known and one may be made.
    pub async fn find(&self, kid: &str) -> Result<Found, NoKey> {
        let known = self.known(kid);
        self.metrics.key_lookups.count(known.is_some());
        if let Some(found) = known {
            return Ok(found);
        }
        let mut ended = self.ended.subscribe();
        if self.join_or_claim() {
            // Too long or the end of the program: the look-up below decides either way.
            drop(timeout(LONGEST_WAIT, ended.changed()).await);
        }
        self.known(kid).ok_or_else(|| {
            if self.are_known() {
                NoKey::Unknown
            } else {
                NoKey::NoneYet
            }
        })
    }

    fn known(&self, kid: &str) -> Option<Found> {
        let set = self.current.load();
        Some(Found {
            key: set.key(kid)?,
            generation: set.generation(),
        })
    }

    /// Whether there is a fetch to wait for: one under way, or one that this call may begin.
    fn join_or_claim(&self) -> bool {
        let cool_down = if self.are_known() { COOL_DOWN } else { FIRST_COOL_DOWN };
        let mut flight = self.flight();
        if flight.under_way {
            return true;
        }
        if flight.claimed.is_some_and(|at| at.elapsed() < cool_down) {
            return false;
        }
        flight.under_way = true;
        flight.claimed = Some(Instant::now());
        self.wanted.notify_one();
        true
    }

    /// Fetches now and whenever it is time or a key is missed; never ends.
    pub async fn keep_fresh(&self) {
        let mut failures = 0;
        loop {
            let pause = match self.refresh().await {
                Ok(fresh_for) => {
                    failures = 0;
                    fresh_for
                }
                Err(error) => {
                    failures += 1;
                    self.report(&error, failures);
                    self.retry_after(failures)
                }
            };
            drop(timeout(pause, self.claimed()).await);
        }
    }

    /// Complete when a request wants a fetch. A call for one that was made meanwhile does not count.
    async fn claimed(&self) {
        loop {
            self.wanted.notified().await;
            if self.flight().under_way {
                return;
            }
        }
    }

    /// One fetch. Gives how long its answer is fresh.
    async fn refresh(&self) -> Result<Duration, SourceError> {
        self.set_under_way(true);
        let fetched = self.source.fetch().await;
        let outcome = fetched.and_then(|FetchedSet { keys, fresh_for, body }| {
            self.take(keys)?;
            Ok((fresh_for, body))
        });
        self.metrics.key_fetches.count(outcome.is_ok());
        self.set_under_way(false);
        self.ended.send_modify(|count| *count += 1);
        let (fresh_for, body) = outcome?;
        if let Some(disk) = &self.disk {
            disk.save(&body).await;
        }
        Ok(fresh_for)
    }

    fn take(&self, keys: Vec<VerificationKey>) -> Result<(), SourceError> {
        let old = self.current.load();
        let new = old.followed_by(keys, Instant::now() + KEPT)?;
        if old.is_empty() {
            // What was claimed while no key was known must not delay the first rotation.
            self.flight().claimed = None;
        }
        if new.generation() != old.generation() {
            log::info!(target: "security", kind = "keys_changed", issuer = self.source.issuer(), generation = new.generation();
                "the issuer's keys are now: {new}");
        }
        self.current.store(Arc::new(new));
        Ok(())
    }

    fn set_under_way(&self, under_way: bool) {
        self.flight().under_way = under_way;
    }

    fn flight(&self) -> MutexGuard<'_, Flight> {
        self.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn retry_after(&self, failures: u32) -> Duration {
        let longest = if self.are_known() {
            LONGEST_RETRY.1
        } else {
            LONGEST_RETRY.0
        };
        FIRST_RETRY
            .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
            .min(longest)
    }

    /// The first failure and every tenth; an issuer that is started a little later is no cause for a warning.
    fn report(&self, error: &SourceError, failures: u32) {
        let (level, kept) = match (self.are_known(), failures) {
            (true, _) => (log::Level::Warn, "the keys fetched before stay in use, for a day"),
            (false, _) if error.is_a_mistake() => (log::Level::Error, "no token can be checked until that is mended"),
            (false, 1) => (log::Level::Info, "no token can be checked yet; trying again"),
            (false, _) => (log::Level::Warn, "no token can be checked"),
        };
        if failures % 10 == 1 || (failures == 5 && !self.are_known()) {
            log::log!(level, failures; "cannot fetch the issuer's keys ({kept}): {error}");
        }
    }
}

/// The set on disk, if it is not too old.
fn kept(source: &Source, disk: &Disk) -> Option<KeySet> {
    let (body, age) = disk.load()?;
    let left = KEPT.checked_sub(Duration::from_secs(age))?;
    let set = KeySet::default()
        .followed_by(source.read(&body)?, Instant::now() + left)
        .ok()?;
    log::info!(target: "security", kind = "keys_kept", issuer = source.issuer(), seconds = age;
        "the issuer's keys are, as kept {age} seconds ago: {set}");
    Some(set)
}
