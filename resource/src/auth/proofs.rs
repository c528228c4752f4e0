//! Proofs that come with bound tokens: RFC 9449 sections 7.1, 8 and 11.1.
//!
//! 1. The proof holds for this method, the public URL and this token.
//! 2. Its key is the one the token is bound to.
//! 3. It holds a nonce of ours, when the settings ask for one.
//! 4. It was not used before: what was used is remembered in memory for as long as the proof could pass, for all
//!    workers of this process.
//!
//! Easy to get wrong: remembering a proof before it was checked, so that a stranger fills the memory; forgetting the
//! oldest when the memory is full, so that a flood makes old proofs good again. When it is full, new ones are refused.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};
use shared::clock::{Clock, NumericDate};
use shared::dpop::{self, BadProof, Proof, REMEMBER};
use shared::random::{self, NoRandomness};
use url::Url;

/// Proofs that are remembered in one span at most, some 50 bytes each.
const MOST: usize = 500_000;
/// Seconds for which a nonce is given out; it is good for as long again.
const NONCE_SPAN: NumericDate = 150;

/// Checks proofs, and knows which were used.
#[derive(Debug)]
pub struct Proofs {
    url: Url,
    asks_for_nonce: bool,
    clock: Clock,
    seen: Mutex<Spans<HashSet<[u8; 32]>>>,
    nonces: Mutex<Spans<String>>,
}

/// What belongs to the present span of time, and to the one before it.
#[derive(Debug, Default)]
struct Spans<T> {
    number: i64,
    present: T,
    before: T,
}

/// Why a proof does not open the door.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofRefused {
    /// There is none.
    #[error("a token that is bound to a key needs a DPoP proof")]
    Absent,
    /// It does not hold for this request.
    #[error(transparent)]
    Bad(#[from] BadProof),
    /// It is of another key than the token is bound to.
    #[error("the DPoP proof is of another key than the access token is bound to")]
    OtherKey,
    /// It came before.
    #[error("the DPoP proof was used before; make a new one for each request")]
    Used,
    /// It must hold this nonce.
    #[error("the DPoP proof must hold the nonce of the DPoP-Nonce header")]
    Nonce(String),
    /// More proofs came than can be remembered.
    #[error("too many DPoP proofs came; try again later")]
    TooMany,
    /// The system gives no randomness for a nonce.
    #[error("no nonce can be made: {0}")]
    NoNonce(String),
}

impl From<NoRandomness> for ProofRefused {
    fn from(error: NoRandomness) -> Self {
        Self::NoNonce(error.to_string())
    }
}

impl Proofs {
    /// For requests to this URL, as clients call it.
    pub fn new(url: Url, asks_for_nonce: bool, clock: Clock) -> Self {
        Self {
            url,
            asks_for_nonce,
            clock,
            seen: Mutex::default(),
            nonces: Mutex::default(),
        }
    }

    /// Checks the proof that comes with a token that is bound to this key.
    pub fn check(&self, method: &Method, headers: &HeaderMap, token: &str, jkt: &str) -> Result<(), ProofRefused> {
        let fields = headers.get_all("dpop").map(HeaderValue::as_bytes);
        let proof = dpop::single(fields)?.ok_or(ProofRefused::Absent)?;
        let request = dpop::Request {
            method: method.as_str(),
            url: &self.url,
            access_token: Some(token),
        };
        let now = self.clock.now();
        let proof = dpop::check(proof, &request, now)?;
        if proof.jkt != jkt {
            return Err(ProofRefused::OtherKey);
        }
        self.check_nonce(&proof, now)?;
        self.use_up(&proof, now)
    }

    fn check_nonce(&self, proof: &Proof, now: NumericDate) -> Result<(), ProofRefused> {
        if !self.asks_for_nonce {
            return Ok(());
        }
        let number = now.div_euclid(NONCE_SPAN);
        let mut nonces = lock(&self.nonces);
        if nonces.present.is_empty() || nonces.number != number {
            nonces.move_to(number, random::token()?);
        }
        let nonce = proof.nonce.as_deref().unwrap_or_default();
        if !nonce.is_empty() && (nonce == nonces.present || nonce == nonces.before) {
            Ok(())
        } else {
            Err(ProofRefused::Nonce(nonces.present.clone()))
        }
    }

    fn use_up(&self, proof: &Proof, now: NumericDate) -> Result<(), ProofRefused> {
        let name: [u8; 32] = Sha256::digest(format!("{} {}", proof.jkt, proof.jti)).into();
        let number = now.div_euclid(REMEMBER);
        let mut seen = lock(&self.seen);
        if seen.number != number {
            seen.move_to(number, HashSet::new());
        }
        if seen.before.contains(&name) || seen.present.contains(&name) {
            return Err(ProofRefused::Used);
        }
        if seen.present.len() >= MOST {
            return Err(ProofRefused::TooMany);
        }
        seen.present.insert(name);
        Ok(())
    }
}

impl<T: Default> Spans<T> {
    /// The span before is kept when it is the one right before; a clock that jumps back keeps both.
    fn move_to(&mut self, number: i64, present: T) {
        let old = std::mem::replace(&mut self.present, present);
        self.before = if number <= self.number.saturating_add(1) {
            old
        } else {
            T::default()
        };
        self.number = number;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
