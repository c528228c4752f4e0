//! From a token to the one who sent it.
//!
//! 1. What was checked before and still holds is remembered under the SHA-256 of the token.
//! 2. The issuer: chosen by the token's own `iss`, which must be one of those that are trusted, byte for byte.
//! 3. The token is checked as that issuer's settings say ([`jwt`](super::jwt)).
//! 4. What it says becomes a [`Principal`].
//!
//! Remembered is what passed, until `exp` and as long as the issuer's keys stay the same. Easy to get wrong: a refusal
//! that were remembered would outlive its cause.

use std::sync::Arc;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use shared::clock::{Clock, NumericDate};
use shared::fetch::Fetch;

use super::claims::Claims;
use super::jwks::{Keys, Source};
use super::jwt::Jwt;
use super::refusal::{Got, Refusal};
use super::trust::Issuer;
use crate::principal::Principal;

/// Longer tokens do not fit the headers of common proxies either.
pub const MOST_BYTES: usize = 8192;
/// Tokens that are remembered, some 600 bytes each.
const REMEMBERED: usize = 10_000;

/// An issuer whose tokens are taken, and its keys.
#[derive(Debug)]
pub struct Trusted {
    issuer: Arc<Issuer>,
    keys: Arc<Keys>,
}

impl Trusted {
    /// No key of it is known yet; [`Keys::keep_fresh`] of [`Trusted::keys`] fetches them.
    pub fn new(issuer: Issuer, fetch: Fetch) -> Self {
        let issuer = Arc::new(issuer);
        Self {
            keys: Arc::new(Keys::new(Source::Issuer(fetch, Arc::clone(&issuer)))),
            issuer,
        }
    }

    /// What its tokens are signed with.
    pub fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys)
    }
}

/// A token that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who sent it.
    pub principal: Principal,
    /// When it ends.
    pub exp: NumericDate,
    /// Which issuer's it is, by its place in the settings.
    issuer: usize,
    /// The generation of the keys it was checked with.
    generation: u64,
}

/// Checks tokens of the issuers that are trusted.
#[derive(Debug)]
pub struct Verifier {
    trusted: Vec<Trusted>,
    clock: Clock,
    remembered: Cache<[u8; 32], Arc<Verified>>,
}

impl Verifier {
    /// A verifier that has seen no token.
    pub fn new(trusted: Vec<Trusted>, clock: Clock) -> Self {
        Self {
            trusted,
            clock,
            remembered: Cache::new(REMEMBERED),
        }
    }

    /// Whether tokens of any issuer can be checked.
    pub fn is_ready(&self) -> bool {
        self.trusted.iter().any(|trusted| trusted.keys.are_known())
    }

    /// Who sent this token, or why it is refused.
    pub async fn verify(&self, token: &str) -> Result<Arc<Verified>, Refusal> {
        if token.len() > MOST_BYTES {
            return Err(Refusal::TooLong(token.len()));
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(verified) = self.remembered.get(&digest)
            && self.still_holds(&verified)
        {
            return Ok(verified);
        }
        let verified = Arc::new(self.check(token).await?);
        if self.still_holds(&verified) {
            self.remembered.insert(digest, Arc::clone(&verified));
        }
        Ok(verified)
    }

    fn still_holds(&self, verified: &Verified) -> bool {
        let keys = self.trusted.get(verified.issuer).map(|trusted| &trusted.keys);
        self.clock.now() < verified.exp && keys.is_some_and(|keys| keys.generation() == verified.generation)
    }

    /// Every check, without looking at what is remembered.
    pub async fn check(&self, token: &str) -> Result<Verified, Refusal> {
        let jwt = Jwt::read(token)?;
        let (place, trusted) = self.select(jwt.iss()?)?;
        let now = self.clock.now();
        let (claims, generation) = jwt.verify(&trusted.issuer, &trusted.keys, now).await?;
        report_drift(&trusted.issuer, &claims, now);
        Ok(verified(claims, place, generation))
    }

    fn select(&self, iss: &str) -> Result<(usize, &Trusted), Refusal> {
        let mut all = self.trusted.iter().enumerate();
        all.find(|(_, trusted)| trusted.issuer.issuer == iss).ok_or_else(|| {
            let known: Vec<_> = self
                .trusted
                .iter()
                .map(|trusted| trusted.issuer.issuer.as_str())
                .collect();
            Refusal::Issuer {
                expected: known.join(" or "),
                got: Got::new(iss),
            }
        })
    }
}

/// Said once per token: clocks that drift apart are found before they lock people out.
fn report_drift(issuer: &Issuer, claims: &Claims, now: NumericDate) {
    let ahead = claims.iat.unwrap_or(now).saturating_sub(now);
    if ahead > issuer.leeway_s {
        log::warn!(issuer = issuer.issuer.as_str(), seconds = ahead;
            "the issuer's clock is ahead of ours by {ahead} seconds");
    }
}

fn verified(claims: Claims, issuer: usize, generation: u64) -> Verified {
    Verified {
        principal: Principal {
            iss: claims.iss,
            sub: claims.sub,
            client_id: claims.client_id,
            scope: claims.scope,
        },
        exp: claims.exp,
        issuer,
        generation,
    }
}
