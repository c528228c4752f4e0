//! Keys that clients publish at an address (`jwks_uri` of RFC 7591 section 2), so that they can change them.
//!
//! 1. A set that is fresh and has the key serves as it is;
//! 2. one that is being fetched is waited for;
//! 3. else it is fetched, if it was not just now and the budget allows;
//! 4. what came takes the place of what was there, and a failure leaves the last good set for a day.
//!
//! Easy to get wrong: (1) anybody can send assertions with made-up keys, and each must not become a request to the
//! client's server, so the cool-down begins *before* the fetch and is the same for all; (2) a set that is broken or
//! empty must never take the place of one that worked.

mod state;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use serde_json::Value;
use shared::clock::{Clock, NumericDate};
use shared::fetch::FetchError;
use shared::fetch::guarded::{Answer, GuardedFetch};

use self::state::{Running, State};
use crate::client::jwks::ClientJwks;
use crate::client::remote::budget::Known;
use crate::client::remote::freshness;
use crate::client::remote::url::ClientUrl;
use crate::display_text::plain;

/// Bytes of a key set.
const MOST: usize = 64 * 1024;
/// Characters of what is wrong with a set.
const REASON: usize = 200;

/// The key sets of all clients that have theirs at an address.
#[derive(Debug)]
pub struct KeySets {
    fetch: Option<GuardedFetch>,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

/// A set that was fetched and holds.
#[derive(Debug)]
struct FetchedKeys {
    jwks: Arc<ClientJwks>,
    fetched_at: NumericDate,
    fresh_until: NumericDate,
}

impl KeySets {
    /// None yet, and what fetches them; nothing is fetched without it.
    pub fn new(fetch: Option<GuardedFetch>, clock: Clock) -> Self {
        Self {
            fetch,
            clock,
            state: Arc::default(),
        }
    }

    /// Whether the set at `url` is `enough`. When the one that is known is not, or is not fresh, waits for one fetch that
    /// it shares with all who ask meanwhile.
    pub async fn are_enough(&self, url: &ClientUrl, known: Known, enough: impl Fn(&ClientJwks) -> bool) -> bool {
        let now = self.clock.now();
        let begin = |fetch: &GuardedFetch| self.begin(fetch, url);
        let running = self.fetch.as_ref().and_then(|fetch| {
            let begin = || begin(fetch);
            lock(&self.state).fetch(url, known, now, &enough, begin)
        });
        if let Some(running) = running {
            running.await;
        }
        let keys = lock(&self.state).usable(url, now);
        keys.is_some_and(|keys| enough(&keys))
    }

    fn begin(&self, fetch: &GuardedFetch, url: &ClientUrl) -> Running {
        let (fetch, clock, state) = (fetch.clone(), self.clock.clone(), Arc::clone(&self.state));
        let url = url.clone();
        let running = async move {
            let answer = fetch.get(url.url(), MOST).await.map_err(|error| error.to_string());
            match answer.and_then(|answer| read(&answer, clock.now())) {
                Ok(keys) => lock(&state).settle(&url, keys),
                Err(reason) => log::warn!(jwks_uri = url.as_str(); "no keys of a client: {reason}"),
            }
        };
        let running = running.boxed().shared();
        // It ends whoever waits: else who hangs up at once would keep the others from asking again.
        actix_web::rt::spawn(running.clone());
        running
    }
}

/// The media type is passed over: a key set is served under several, and nothing else reads as one.
fn read(answer: &Answer, now: NumericDate) -> Result<FetchedKeys, String> {
    if answer.status != 200 {
        return Err(FetchError::Status(answer.status).to_string());
    }
    let jwks: Value = serde_json::from_slice(&answer.body).map_err(|error| format!("it is not JSON: {error}"))?;
    let jwks = ClientJwks::parse(&jwks).map_err(|reason| plain(&reason, REASON))?;
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
    Ok(FetchedKeys {
        jwks: Arc::new(jwks),
        fetched_at: now,
        fresh_until: now + freshness::seconds(header),
    })
}

/// The state holds no half-made change when a thread panicked, so it is used on.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
