//! Whether a token was revoked, from the issuer's status lists: draft-ietf-oauth-status-list-18 sections 8.3 and 13.
//!
//! 1. A token whose signature holds says which entry of which list is its own. The first of a list waits for its one
//!    fetch; from then on a task fetches it again whenever its `ttl` is over.
//! 2. A list counts when it is below the issuer identifier, says that it is this list, and is signed with one of the
//!    issuer's keys. Whatever else comes changes nothing: the last good one stays.
//! 3. Every request looks at its entry, in memory.
//!
//! Easy to get wrong: fetching what an unproven token names; taking an older list for a newer one; and forgetting, while the
//! issuer is away, what it has revoked before.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use futures_util::future::join_all;
use shared::clock::{Clock, NumericDate};
use shared::fetch::Fetch;
use shared::jws::Compact;
use shared::status_list::{Encoded, Reference, StatusList, TYP};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use super::jwks::Keys;
use super::metrics::IssuerMetrics;
use super::refusal::Refusal;

/// No list is older than this when it is used, unless the issuer is away; also the longest pause after a failure.
const MOST_AGE: Duration = Duration::from_secs(10);
const LEAST_AGE: Duration = Duration::from_secs(1);
/// Largest answer, and largest list in it: eight million entries of one bit.
const MOST_BYTES: usize = 1 << 20;
/// Lists of one issuer.
const MOST_LISTS: usize = 100;
/// How long the first token of a list waits for it.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How far a list may be ahead of our clock.
const LEEWAY: NumericDate = 300;

/// What to do with a token while its list cannot be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// It is taken.
    #[default]
    FailOpen,
    /// It is refused.
    FailClosed,
    /// Lists are not looked at.
    Off,
}

/// The status lists of one issuer.
#[derive(Debug)]
pub struct StatusLists {
    /// What every list's address begins with.
    below: String,
    keys: Arc<Keys>,
    fetch: Fetch,
    clock: Clock,
    policy: Policy,
    lists: ArcSwap<HashMap<String, Arc<Kept>>>,
    wanted: Notify,
    metrics: IssuerMetrics,
}

#[derive(Debug)]
struct Kept {
    current: ArcSwapOption<Current>,
    tried: watch::Sender<bool>,
    failures: AtomicU32,
}

#[derive(Debug)]
struct Current {
    list: StatusList,
    iat: NumericDate,
    exp: NumericDate,
    ttl: Duration,
    fetched: Instant,
}

/// Why a list is not taken.
#[derive(Debug, thiserror::Error)]
enum Bad {
    #[error("{0}")]
    Fetch(#[from] shared::fetch::FetchError),
    #[error("{0}")]
    Form(#[from] shared::jws::NotCompact),
    #[error("{0}")]
    List(#[from] shared::status_list::NotAList),
    #[error("its {0} is not there or wrong")]
    Member(&'static str),
    #[error("it is not signed with a key of the issuer")]
    Signature,
    #[error("it is older than the one before")]
    Older,
}

impl std::str::FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "fail-open" => Ok(Self::FailOpen),
            "fail-closed" => Ok(Self::FailClosed),
            "off" => Ok(Self::Off),
            _ => Err("must be fail-open, fail-closed or off".to_owned()),
        }
    }
}

impl StatusLists {
    /// No list yet; [`StatusLists::keep_fresh`] fetches those that tokens name.
    pub fn new(issuer: &str, keys: Arc<Keys>, fetch: Fetch, clock: Clock, policy: Policy) -> Self {
        Self {
            below: format!("{}/", issuer.trim_end_matches('/')),
            keys,
            fetch,
            clock,
            policy,
            lists: ArcSwap::default(),
            wanted: Notify::new(),
            metrics: IssuerMetrics::default(),
        }
    }

    /// The same, which counts here.
    #[must_use]
    pub(super) fn counted(mut self, metrics: IssuerMetrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// How long ago the oldest list in use was fetched.
    pub(super) fn age(&self) -> Option<Duration> {
        let lists = self.lists.load();
        let current = lists.values().filter_map(|kept| kept.current.load_full());
        current.map(|current| current.fetched.elapsed()).max()
    }

    /// Whether a token may be taken whose signature was just checked. Waits for a list that is new.
    pub async fn admit(&self, of: &Reference) -> Result<(), Refusal> {
        if let Some(kept) = self.kept(&of.uri) {
            let mut tried = kept.tried.subscribe();
            // Too long, or the end of the program: the look below decides either way.
            drop(timeout(LONGEST_WAIT, tried.wait_for(|tried| *tried)).await);
        }
        self.look(of)
    }

    /// Whether a token that is remembered may still be taken: a look into memory.
    pub fn look(&self, of: &Reference) -> Result<(), Refusal> {
        let lists = self.lists.load();
        let current = lists.get(&of.uri).and_then(|kept| kept.current.load_full());
        let Some(current) = current else {
            return self.unknown();
        };
        match current.list.status(of.idx) {
            Some(0) if self.clock.now() < current.exp => Ok(()),
            Some(0) => self.unknown(),
            Some(_) => Err(Refusal::Revoked),
            None => Err(Refusal::NoStatus),
        }
    }

    fn unknown(&self) -> Result<(), Refusal> {
        match self.policy {
            Policy::FailClosed => Err(Refusal::StatusUnavailable),
            Policy::FailOpen | Policy::Off => Ok(()),
        }
    }

    /// The place of this list, made when it is new and may be fetched.
    fn kept(&self, uri: &str) -> Option<Arc<Kept>> {
        if let Some(kept) = self.lists.load().get(uri) {
            return Some(Arc::clone(kept));
        }
        if !self.is_ours(uri) {
            log::warn!(
                "a token names a status list that is not below the issuer identifier, and is not fetched: {uri:?}"
            );
            return None;
        }
        self.lists.rcu(|lists| {
            let mut lists = HashMap::clone(lists);
            if lists.len() < MOST_LISTS {
                lists.entry(uri.to_owned()).or_insert_with(|| Arc::new(Kept::new()));
            }
            lists
        });
        self.wanted.notify_one();
        self.lists.load().get(uri).cloned()
    }

    fn is_ours(&self, uri: &str) -> bool {
        uri.starts_with(&self.below)
            && !uri.contains(['?', '#'])
            && Url::parse(uri).is_ok_and(|url| url.as_str() == uri)
    }

    /// Fetches what tokens name, and again whenever it is time; never ends.
    pub async fn keep_fresh(&self) {
        let mut due: HashMap<String, Instant> = HashMap::new();
        loop {
            let lists = self.lists.load_full();
            let now = Instant::now();
            let old = lists
                .iter()
                .filter(|(uri, _)| due.get(*uri).is_none_or(|at| *at <= now));
            let fetched = old.map(async |(uri, kept)| (uri.clone(), self.refresh(uri, kept).await));
            for (uri, pause) in join_all(fetched).await {
                due.insert(uri, Instant::now() + pause);
            }
            let next = due.values().min().copied().unwrap_or_else(|| Instant::now() + MOST_AGE);
            tokio::select! {
                () = sleep_until(next) => {}
                () = self.wanted.notified() => {}
            }
        }
    }

    /// One fetch. Gives the time until the next.
    async fn refresh(&self, uri: &str, kept: &Kept) -> Duration {
        let fetched = self.fetch(uri, kept).await;
        self.metrics.list_fetches.count(fetched.is_ok());
        let pause = match fetched {
            Ok(current) => {
                let ttl = current.ttl;
                if kept.failures.swap(0, Ordering::Relaxed) > 0 {
                    log::info!("the status list {uri} is there again");
                }
                kept.current.store(Some(Arc::new(current)));
                ttl
            }
            Err(error) => {
                let failures = kept.failures.fetch_add(1, Ordering::Relaxed);
                self.report(uri, failures, &error);
                LEAST_AGE.saturating_mul(2_u32.saturating_pow(failures)).min(MOST_AGE)
            }
        };
        kept.tried.send_replace(true);
        pause
    }

    async fn fetch(&self, uri: &str, kept: &Kept) -> Result<Current, Bad> {
        let fetched = self.fetch.get(uri, MOST_BYTES).await?;
        let text = String::from_utf8(fetched.body).map_err(|_| Bad::Member("text"))?;
        let token = Compact::read(&text)?;
        if !token.is_typed(TYP) {
            return Err(Bad::Member("typ"));
        }
        let kid = token.header.text("kid").ok_or(Bad::Member("kid"))?;
        let found = self.keys.find(kid).await.map_err(|_| Bad::Signature)?;
        if !token.is_signed_by(&found.key) {
            return Err(Bad::Signature);
        }
        let now = self.clock.now();
        let current = Current::read(&token, uri, now)?;
        let before = kept.current.load_full();
        if before.is_some_and(|before| current.iat < before.iat && now < before.exp) {
            return Err(Bad::Older);
        }
        Ok(current)
    }

    /// The first failure, and then every tenth.
    fn report(&self, uri: &str, failures: u32, error: &Bad) {
        if failures.is_multiple_of(10) {
            log::warn!(target: "security", kind = "status_list_failed", issuer = self.below.trim_end_matches('/'), failures, policy:? = self.policy;
                "the status list {uri} cannot be had, revoked tokens may be taken as the policy says: {error}");
        }
    }
}

impl Kept {
    fn new() -> Self {
        Self {
            current: ArcSwapOption::empty(),
            tried: watch::Sender::new(false),
            failures: AtomicU32::new(0),
        }
    }
}

impl Current {
    /// Section 8.3, step 4, of a list whose signature holds.
    fn read(token: &Compact<'_>, uri: &str, now: NumericDate) -> Result<Self, Bad> {
        let claims = &token.claims;
        let date = |name| claims.get(name).map(|value| value.as_i64().ok_or(Bad::Member(name)));
        if claims.text("sub") != Some(uri) {
            return Err(Bad::Member("sub"));
        }
        let iat = date("iat").ok_or(Bad::Member("iat"))??;
        let exp = date("exp").transpose()?.unwrap_or(NumericDate::MAX);
        if iat > now.saturating_add(LEEWAY) {
            return Err(Bad::Member("iat"));
        }
        if exp <= now {
            return Err(Bad::Member("exp"));
        }
        let ttl = date("ttl").transpose()?.and_then(|ttl| u64::try_from(ttl).ok());
        let encoded = claims.get("status_list").cloned().unwrap_or_default();
        let encoded: Encoded = serde_json::from_value(encoded).map_err(|_| Bad::Member("status_list"))?;
        Ok(Self {
            list: StatusList::decode(&encoded, MOST_BYTES)?,
            iat,
            exp,
            fetched: Instant::now(),
            ttl: ttl.map_or(MOST_AGE, Duration::from_secs).clamp(LEAST_AGE, MOST_AGE),
        })
    }
}
