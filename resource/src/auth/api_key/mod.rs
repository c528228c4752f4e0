//! API keys: bearer tokens that the operator makes by hand, for programs and people that cannot sign in.
//!
//! They come where access tokens come, as `Authorization: Bearer` (RFC 6750 section 2.1), and nowhere else:
//! docs/decisions/0012-api-keys.md.
//!
//! 1. [`key`] tells by prefix and check digits what is a whole key; anything else with the prefix is refused, and asked
//!    of no issuer, which would learn the key.
//! 2. The key's own digits find what is kept of it, in memory: no request reads the database. [`ApiKeys::keep_fresh`]
//!    reads all keys every second, so that a new one counts and a revoked one ends within seconds, also when another
//!    process changed it.
//! 3. The digest is compared in constant time; then revocation and end.
//! 4. The use is noted in memory, and written at most once a minute; who writes keeps nobody from reading.
//!
//! Easy to get wrong: the keys cannot be read for some time (database away, locked, full) and a key can be revoked all the
//! same, by who reaches the database from elsewhere. Keys that were known stay good for [`LONGEST_UNREAD`], and then none
//! is taken until they can be read again; the client hears that this is not its key's fault.

mod deprecation;
pub mod key;
mod refused;
mod static_token;
pub mod store;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use sha2::{Digest, Sha256};
use shared::clock::{Clock, NumericDate};
use shared::http::metrics::Registry;
use shared::scope::Scope;
use subtle::ConstantTimeEq;
use tokio::time::{Instant, MissedTickBehavior, interval};

pub use self::deprecation::Deprecation;
use self::key::{KeyDigest, PREFIX, SentKey};
pub use self::refused::KeyRefused;
pub use self::static_token::StaticToken;
use self::store::{Row, Store};
use super::verified::Verified;
use crate::principal::Principal;

/// The `iss` of everybody who comes with a key. An issuer's begins with `https://` or `http://`, so it is none of them.
pub const ISS: &str = "api_key:";
/// Whose foods the static token works on. A key that is made for this user works on the same.
pub const STATIC_USER: &str = "static token";

/// How often the keys are read.
const READ_EVERY: Duration = Duration::from_secs(1);
/// How long keys stay good that cannot be read.
pub const LONGEST_UNREAD: Duration = Duration::from_mins(5);
/// How far behind the time of the last use may be, in seconds.
const USE_WRITTEN_EVERY: NumericDate = 60;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Used {
    key: String,
}

/// The keys that are taken.
#[derive(Debug)]
pub struct ApiKeys {
    store: Store,
    clock: Clock,
    static_token: Option<(StaticToken, Arc<Verified>)>,
    deprecation: Option<Deprecation>,
    known: ArcSwap<Known>,
    uses: Family<Used, Counter>,
}

/// All keys, as they were read last.
#[derive(Debug)]
struct Known {
    keys: HashMap<String, Kept>,
    read_at: Instant,
}

/// What is done with the database again and again.
#[derive(Clone, Copy, Debug)]
enum Work {
    Read,
    WriteUses,
}

/// A key in memory.
#[derive(Debug)]
struct Kept {
    digest: KeyDigest,
    verified: Arc<Verified>,
    is_revoked: bool,
    last_use: Arc<LastUse>,
}

/// When a key was used last; 0 when it was not. It outlives the reading of the keys.
#[derive(Debug, Default)]
struct LastUse {
    /// As this process knows.
    at: AtomicI64,
    /// As the database says.
    written: AtomicI64,
}

impl ApiKeys {
    /// Reads the keys. `everything` is what the static token may do.
    pub async fn open(
        store: Store,
        static_token: Option<StaticToken>,
        everything: Scope,
        clock: Clock,
    ) -> Result<Self, sqlx::Error> {
        let verified = |scope| Arc::new(verified(STATIC_USER, STATIC_USER, scope, NumericDate::MAX));
        let keys = Self {
            store,
            clock,
            static_token: static_token.map(|token| (token, verified(everything))),
            deprecation: None,
            known: ArcSwap::from_pointee(Known {
                keys: HashMap::new(),
                read_at: Instant::now(),
            }),
            uses: Family::default(),
        };
        keys.read().await?;
        Ok(keys)
    }

    /// The same, whose users are told that this will end.
    #[must_use]
    pub fn with_deprecation(mut self, deprecation: Option<Deprecation>) -> Self {
        self.deprecation = deprecation;
        self
    }

    /// What their users are told.
    pub fn deprecation(&self) -> Option<Deprecation> {
        self.deprecation
    }

    /// Adds the count of uses to a registry. The label is the key's name, which no client chooses.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Requests that came with an API key or the static token";
        registry.register("api_key_uses", help, self.uses.clone());
    }

    /// Whose key this is; `None` when it is no key, and another kind of token may be tried.
    pub fn verify(&self, token: &str) -> Result<Option<Arc<Verified>>, KeyRefused> {
        let found = match self.is_static(token) {
            Some(verified) => Some(verified),
            None if is_like_a_key(token) => Some(self.find(token)?),
            None => None,
        };
        if let Some(verified) = &found {
            let key = verified.principal.client_id.clone().unwrap_or_default();
            self.uses.get_or_create(&Used { key }).inc();
        }
        Ok(found)
    }

    fn is_static(&self, token: &str) -> Option<Arc<Verified>> {
        let (kept, verified) = self.static_token.as_ref()?;
        kept.is(&Sha256::digest(token).into()).then(|| Arc::clone(verified))
    }

    fn find(&self, token: &str) -> Result<Arc<Verified>, KeyRefused> {
        let sent = SentKey::parse(token).ok_or(KeyRefused::Damaged)?;
        let known = self.known.load();
        if known.read_at.elapsed() > LONGEST_UNREAD {
            return Err(KeyRefused::Unread);
        }
        let kept = known.keys.get(sent.id).ok_or(KeyRefused::Unknown)?;
        if !bool::from(kept.digest.ct_eq(&sent.digest)) {
            return Err(KeyRefused::Unknown);
        }
        let now = self.clock.now();
        if kept.is_revoked {
            return Err(KeyRefused::Revoked);
        }
        if kept.verified.exp <= now {
            return Err(KeyRefused::Ended(kept.verified.exp));
        }
        kept.last_use.at.fetch_max(now, Ordering::Relaxed);
        Ok(Arc::clone(&kept.verified))
    }

    /// Reads the keys again and again, and writes when they were used; never ends.
    pub async fn keep_fresh(&self) {
        tokio::join!(self.keep_at(Work::Read), self.keep_at(Work::WriteUses));
    }

    async fn keep_at(&self, work: Work) {
        let mut every = interval(READ_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            every.tick().await;
            let done = match work {
                Work::Read => self.read().await,
                Work::WriteUses => self.write_uses().await,
            };
            if let Err(error) = &done
                && !failing
            {
                work.report(error);
            }
            failing = done.is_err();
        }
    }

    async fn read(&self) -> Result<(), sqlx::Error> {
        let read_at = Instant::now();
        let rows = self.store.current(self.clock.now()).await?;
        let before = self.known.load();
        let kept = |row: Row| {
            let last_use = before.keys.get(&row.key_id).map(|kept| Arc::clone(&kept.last_use));
            Some((row.key_id.clone(), Kept::new(&row, last_use.unwrap_or_default())?))
        };
        let keys = rows.into_iter().filter_map(kept).collect();
        self.known.store(Arc::new(Known { keys, read_at }));
        Ok(())
    }

    async fn write_uses(&self) -> Result<(), sqlx::Error> {
        for (key_id, kept) in &self.known.load_full().keys {
            let LastUse { at, written } = &*kept.last_use;
            let (at, before) = (at.load(Ordering::Relaxed), written.load(Ordering::Relaxed));
            if at.saturating_sub(before) >= USE_WRITTEN_EVERY {
                self.store.used(key_id, at).await?;
                written.fetch_max(at, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

impl Work {
    fn report(self, error: &sqlx::Error) {
        match self {
            Self::Read => log::error!(
                "the API keys cannot be read; those that were known stay good for {} minutes: {error}",
                LONGEST_UNREAD.as_secs() / 60
            ),
            Self::WriteUses => log::error!("when API keys were used last cannot be written: {error}"),
        }
    }
}

impl Kept {
    /// `None`, and said in the log, where somebody else wrote the row.
    fn new(row: &Row, last_use: Arc<LastUse>) -> Option<Self> {
        let (Ok(digest), Ok(scope)) = (row.digest.as_slice().try_into(), Scope::parse(&row.scope)) else {
            log::error!(key = row.key_id.as_str(); "a row of api_keys is damaged and is not taken");
            return None;
        };
        let written = row.last_used_at.unwrap_or_default();
        last_use.written.fetch_max(written, Ordering::Relaxed);
        Some(Self {
            digest,
            verified: Arc::new(verified(&row.sub, &row.name, scope, row.expires_at)),
            is_revoked: row.revoked_at.is_some(),
            last_use,
        })
    }
}

/// Whether it is meant as a key, however it is spelled.
pub(super) fn is_like_a_key(token: &str) -> bool {
    let begin = token.get(..PREFIX.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(PREFIX))
}

fn verified(sub: &str, name: &str, scope: Scope, exp: NumericDate) -> Verified {
    let principal = Principal {
        iss: ISS.to_owned(),
        sub: sub.to_owned(),
        client_id: Some(name.to_owned()),
        scope,
    };
    Verified::by_api_key(principal, exp)
}
