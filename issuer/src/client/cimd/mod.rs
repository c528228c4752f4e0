//! Client ID Metadata Documents: draft-ietf-oauth-client-id-metadata-document, "Client Information Discovery".
//!
//! 1. A document that is fresh is used as it is;
//! 2. one that is being fetched is waited for;
//! 3. else it is fetched, if the budget allows;
//! 4. what came is remembered: a document for as long as its headers say, a failure for a moment, so that
//!    reloading a page is no hammer.
//!
//! Easy to get wrong: (1) a fetch for each request; many people start at the same minute, and anybody may
//! send requests with new URLs; (2) taking every failure alike: a server that is down says nothing about
//! its client, but one that answers 404 says that there is no such client any more.

mod document;
mod fetches;
mod seeds;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use shared::clock::{Clock, NumericDate};
use shared::fetch::FetchError;
use shared::fetch::guarded::{Answer, GuardedFetch, Reach, Resolver};
use shared::http::metrics::Registry;

use self::fetches::Fetches;
use self::seeds::Seeds;
use self::state::{Look, State};
use crate::client::metadata::ClientMetadata;
use crate::client::remote::budget::Known;
use crate::client::remote::freshness;
use crate::client::remote::url::ClientUrl;
use crate::config::CimdConfig;
use crate::display_text::plain;

/// Bytes of a document; the draft recommends to read at least 5 kilobytes.
const MOST: usize = 64 * 1024;

/// Characters of what is wrong with a document: it quotes the document.
const REASON: usize = 200;

/// A document that was fetched and holds.
#[derive(Debug)]
pub struct Document {
    /// What it says.
    pub metadata: ClientMetadata,
    /// When it was fetched.
    pub fetched_at: NumericDate,
    fresh_until: NumericDate,
}

/// Why there is no document; fit for a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It could not be reached, which says nothing about the client.
    #[error("{0}")]
    Unreachable(String),
    /// The client's server answered, and has none or none that may be used.
    #[error("{0}")]
    Refused(String),
}

type Outcome = Result<Arc<Document>, Failure>;

/// All documents: those that are known, and the way to others.
#[derive(Debug)]
pub struct Documents {
    fetch: Option<GuardedFetch>,
    reach: Reach,
    clock: Clock,
    seeds: Seeds,
    fetches: Fetches,
    state: Arc<Mutex<State>>,
}

impl Documents {
    /// Makes ready what the settings ask for. The error is one line that says what to do.
    pub fn open(config: &CimdConfig, clock: Clock) -> Result<Self, String> {
        Self::with(config, clock, Resolver::System)
    }

    /// The same with names from elsewhere.
    pub fn with(config: &CimdConfig, clock: Clock, resolver: Resolver) -> Result<Self, String> {
        let reach = config.reach();
        if config.enabled && config.allow_loopback {
            log::warn!(
                "ISSUER_CIMD_ALLOW_LOOPBACK is on: anybody can make this server send requests to programs on this \
                 computer. Switch it off everywhere but on a computer for development."
            );
        }
        Ok(Self {
            fetch: config.enabled.then(|| fetcher(reach, resolver)).flatten(),
            reach,
            clock,
            seeds: Seeds::open(config.seed_file.as_deref(), reach)?,
            fetches: Fetches::default(),
            state: Arc::default(),
        })
    }

    /// Whether documents are fetched at all.
    pub fn is_on(&self) -> bool {
        self.fetch.is_some()
    }

    /// Adds what came of the fetches to a registry.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.fetches.register(registry);
    }

    /// What fetches them, and whatever else a client publishes; `None` when nothing is fetched.
    pub fn fetcher(&self) -> Option<GuardedFetch> {
        self.fetch.clone()
    }

    /// How far fetches go; `None` when nothing is fetched.
    pub fn reach(&self) -> Option<Reach> {
        self.is_on().then_some(self.reach)
    }

    /// Reads a client identifier that is a URL.
    pub fn read(&self, client_id: &str) -> Option<ClientUrl> {
        ClientUrl::parse(client_id, self.reach).ok()
    }

    /// The document at `url`. Whoever asks for the same one meanwhile gets the same answer.
    pub async fn find(&self, url: &ClientUrl, known: Known) -> Outcome {
        let Some(fetch) = &self.fetch else {
            return Err(Failure::Unreachable("this server fetches no documents".to_owned()));
        };
        let begin = || {
            let (fetch, clock, state) = (fetch.clone(), self.clock.clone(), Arc::clone(&self.state));
            let (wanted, fetches) = (url.clone(), self.fetches.clone());
            let reach = self.reach;
            let running = async move {
                let outcome = fetch_document(&fetch, &wanted, reach, &clock).await;
                fetches.count(&outcome);
                lock(&state).settle(&wanted, &outcome, clock.now());
                outcome
            };
            running.boxed().shared()
        };
        let look = lock(&self.state).look(url, known, self.clock.now(), begin);
        match look {
            Look::Known(outcome) => outcome,
            Look::Wait(running) => running.await,
        }
    }

    /// What is known of a client whose own document cannot be reached; told in the log.
    pub fn seed(&self, url: &ClientUrl) -> Option<ClientMetadata> {
        let seed = self.seeds.find(url.as_str())?;
        log::warn!(client_id = url.as_str(); "the client's own document cannot be reached; the one that came with this server is used");
        Some(seed.clone())
    }
}

/// Without root certificates nobody can be believed. Then documents are not advertised either, and clients
/// register, which is better for them than an issuer that does not start.
fn fetcher(reach: Reach, resolver: Resolver) -> Option<GuardedFetch> {
    let fetch = GuardedFetch::new(reach, resolver);
    match fetch {
        Ok(fetch) => Some(fetch),
        Err(error) => {
            log::warn!("client documents cannot be fetched, so it is as with ISSUER_CIMD=off: {error}");
            None
        }
    }
}

async fn fetch_document(fetch: &GuardedFetch, url: &ClientUrl, reach: Reach, clock: &Clock) -> Outcome {
    let answer = fetch.get(url.url(), MOST).await;
    let outcome = answer
        .map_err(|error| unreachable(&error))
        .and_then(|answer| read(&answer, url, reach, clock.now()));
    match &outcome {
        Ok(document) => {
            log::debug!(client_id = url.as_str(), fresh_until = document.fresh_until; "client document fetched");
        }
        Err(failure) => log::warn!(client_id = url.as_str(); "no client document: {failure}"),
    }
    outcome.map(Arc::new)
}

fn unreachable(error: &FetchError) -> Failure {
    match error {
        FetchError::TooLarge(_) => Failure::Refused(error.to_string()),
        _ => Failure::Unreachable(error.to_string()),
    }
}

fn read(answer: &Answer, url: &ClientUrl, reach: Reach, now: NumericDate) -> Result<Document, Failure> {
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
    match answer.status {
        200 if is_json(header("content-type").unwrap_or_default()) => {}
        200 => {
            return Err(Failure::Unreachable(
                "the server answered with something else than JSON".to_owned(),
            ));
        }
        status @ (404 | 410) => return Err(Failure::Refused(status_words(status))),
        status => return Err(Failure::Unreachable(status_words(status))),
    }
    let metadata = document::parse(&answer.body, url.as_str(), reach)
        .map_err(|reason| Failure::Refused(format!("the document is not good: {}", plain(&reason, REASON))))?;
    Ok(Document {
        metadata,
        fetched_at: now,
        fresh_until: now + freshness::seconds(header),
    })
}

fn status_words(status: u16) -> String {
    FetchError::Status(status).to_string()
}

/// `application/json`, or `application/` something `+json`, with whatever parameters.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let subtype = media_type.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.len() > "+json".len() && subtype.ends_with("+json"))
}

/// The state holds no half-made change when a thread panicked, so it is used on.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_must_be_json_or_a_kind_of_it() {
        for good in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/cimd+json",
            "application/a+json;b=c",
        ] {
            assert!(is_json(good), "{good}");
        }
        for bad in [
            "",
            "text/html",
            "text/json",
            "application/jsonp",
            "application/+json",
            "text/a+json",
            "application/json-seq",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
