//! The status lists as they are served: in memory, signed, brought up to date by what changed.
//!
//! 1. Once a second at most, whoever asks first has the changes read that are new; the others get what is there.
//! 2. A list is compressed and signed again when it changed, or when half of its life is over.
//!
//! Easy to get wrong: a database that does not answer must not keep the lists from those who ask; what is known is
//! true until it changes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::web::Bytes;
use shared::clock::NumericDate;
use shared::status_list::{Bits, StatusListClaims, TYP};

use crate::hash::SecretHash;
use crate::keys::SigningKeys;
use crate::store::Store;
use crate::store::status_entries::{ENTRIES, StatusChange};

/// How long a signed list holds, in spans between two fetches, and at least, in seconds.
const LIVES: (NumericDate, NumericDate) = (60, 600);

/// The lists of this issuer.
#[derive(Debug, Default)]
pub struct StatusLists {
    held: Mutex<Held>,
    looking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Held {
    /// When the changes were last read.
    looked_at: Option<NumericDate>,
    /// Up to which change the lists are known.
    revision: i64,
    lists: Vec<List>,
}

#[derive(Debug)]
struct List {
    bits: Bits,
    signed: Option<Signed>,
}

/// A list, ready to be sent.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The JWT.
    pub token: Bytes,
    /// Its name for caches.
    pub etag: String,
    made_at: NumericDate,
}

/// What a list is signed with and says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// The keys.
    pub keys: &'a SigningKeys,
    /// The list's address.
    pub uri: &'a str,
    /// `ttl`, in seconds.
    pub ttl: NumericDate,
    /// The time.
    pub now: NumericDate,
}

impl StatusLists {
    /// Brings the lists up to date. Fails only while nothing is known at all.
    pub async fn look(&self, store: &Store, now: NumericDate) -> Result<(), sqlx::Error> {
        let known = self.held().looked_at;
        if known == Some(now) {
            return Ok(());
        }
        let _looking = if known.is_none() {
            self.looking.lock().await
        } else {
            let Ok(looking) = self.looking.try_lock() else {
                return Ok(());
            };
            looking
        };
        if self.held().looked_at == Some(now) {
            return Ok(());
        }
        let revision = self.held().revision;
        match read(store, revision).await {
            Ok((changes, lists)) => self.held().take(&changes, lists, now),
            Err(error) if known.is_some() => {
                log::warn!("the status lists stay as they are, changes cannot be read: {error}");
                self.held().looked_at = Some(now);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// How many lists there are.
    pub fn count(&self) -> usize {
        self.held().lists.len().saturating_sub(1)
    }

    /// The list of this number, signed; `None` where there is none. The next one is there before it is used.
    pub fn signed(&self, list: usize, signing: Signing<'_>) -> Option<Result<Signed, String>> {
        Some(self.held().lists.get_mut(list)?.signed(signing))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(store: &Store, revision: i64) -> Result<(Vec<StatusChange>, usize), sqlx::Error> {
    let changes = store.status_changes(revision).await?;
    Ok((changes, usize::try_from(store.status_lists().await?).unwrap_or(0)))
}

impl Held {
    fn take(&mut self, changes: &[StatusChange], lists: usize, now: NumericDate) {
        if self.lists.len() <= lists {
            self.lists.resize_with(lists + 1, List::valid);
        }
        for change in changes {
            self.revision = self.revision.max(change.revision);
            let list = usize::try_from(change.list_id).ok();
            if let Some(list) = list.and_then(|list| self.lists.get_mut(list)) {
                list.set(change);
            }
        }
        self.looked_at = Some(now);
    }
}

impl List {
    fn valid() -> Self {
        Self {
            bits: Bits::valid(usize::try_from(ENTRIES).unwrap_or(0)),
            signed: None,
        }
    }

    fn set(&mut self, change: &StatusChange) {
        let idx = usize::try_from(change.idx).unwrap_or(usize::MAX);
        if self.bits.set(idx, change.revoked != 0) {
            self.signed = None;
        }
    }

    fn signed(&mut self, signing: Signing<'_>) -> Result<Signed, String> {
        let lives = signing.ttl.saturating_mul(LIVES.0).max(LIVES.1);
        let young = |signed: &&Signed| (0..lives / 2).contains(&signing.now.saturating_sub(signed.made_at));
        if let Some(signed) = self.signed.as_ref().filter(young) {
            return Ok(signed.clone());
        }
        let claims = StatusListClaims {
            sub: signing.uri.to_owned(),
            iat: signing.now,
            exp: Some(signing.now.saturating_add(lives)),
            ttl: Some(signing.ttl),
            status_list: self.bits.encode().map_err(|error| error.to_string())?,
        };
        let token = signing.keys.sign(TYP, &claims).map_err(|error| error.to_string())?;
        let signed = Signed {
            etag: SecretHash::of(&token).as_str().to_owned(),
            token: Bytes::from(token),
            made_at: signing.now,
        };
        self.signed = Some(signed.clone());
        Ok(signed)
    }
}
