//! Password hashing: RFC 9106 (Argon2), with the parameters that OWASP names as the least.
//!
//! One hash takes 19 MiB and about 26 ms of a core, so the work is rationed:
//! 1. a place in a bounded queue, or [`HashingError::Busy`] at once;
//! 2. one permit for each core, waited for;
//! 3. the work on a thread for blocking work, which *owns the permit*.
//!
//! Easy to get wrong: (1) holding the permit in the request's future: a client that hangs up drops the
//! future but not the thread, and by hanging up again and again fills the memory; (2) skipping the
//! work for an unknown user, which tells by its speed who has an account.

use std::num::NonZero;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use shared::random;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::account::Password;

/// Memory of one hash, in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// A stored hash that asks for more than this was not made here and is not worked on.
const MEMORY_KIB_CEILING: u32 = 256 * 1024;
const PASSES_CEILING: u32 = 16;
/// How many may wait or be worked on at once.
const QUEUE: usize = 64;

/// Too many passwords are being checked; nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// The queue is full; try again in a moment.
    #[error("too many sign-ins at once")]
    Busy,
    /// The hash could not be made; the log has the cause.
    #[error("a password could not be hashed")]
    Failed,
}

/// What came of comparing a password with a stored hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// It is the password. `rehash` is a hash to store instead, when the old one was made with less work.
    Yes {
        /// The stronger hash.
        rehash: Option<String>,
    },
    /// It is not.
    No,
}

/// Hashes and verifies, a bounded number at a time.
#[derive(Clone, Debug)]
pub struct Passwords {
    queue: Arc<Semaphore>,
    permits: Arc<Semaphore>,
    /// The hash of a password that nobody has, verified in place of an unknown user's.
    nobody: Arc<str>,
}

impl Passwords {
    /// One permit for each core. Fails when the machine gives no randomness.
    pub fn new() -> Result<Self, String> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::with_permits(cores)
    }

    fn with_permits(permits: usize) -> Result<Self, String> {
        let nobody = random::token().map_err(|error| error.to_string())?;
        Ok(Self {
            queue: Arc::new(Semaphore::new(QUEUE)),
            permits: Arc::new(Semaphore::new(permits)),
            nobody: hash(nobody.as_bytes())?.into(),
        })
    }

    /// How many are worked on or wait for it.
    pub fn queued(&self) -> usize {
        QUEUE.saturating_sub(self.queue.available_permits())
    }

    /// The PHC string of a new password.
    pub async fn hash(&self, password: &Password) -> Result<String, HashingError> {
        let password = password.clone();
        self.run(move || hash(password.expose())).await?.map_err(failed)
    }

    /// Compares with a stored hash; `None` stands for an unknown user and costs the same.
    pub async fn verify(&self, password: Option<&Password>, stored: Option<&str>) -> Result<Verified, HashingError> {
        let known = password.is_some() && stored.is_some();
        let password = password.cloned();
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let verified = self
            .run(move || verify(password.as_ref().map_or(b"", Password::expose), &stored))
            .await?;
        Ok(if known { verified } else { Verified::No })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashingError> {
        let place = self.queue.clone().try_acquire_owned().map_err(|_| HashingError::Busy)?;
        let permit = self
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| HashingError::Busy)?;
        let task = tokio::task::spawn_blocking(move || owning(work, place, permit));
        task.await.map_err(failed)
    }
}

/// Does the work and only then gives the place and the permit back, whoever still waits for the answer.
fn owning<T>(work: impl FnOnce() -> T, place: OwnedSemaphorePermit, permit: OwnedSemaphorePermit) -> T {
    let done = work();
    drop((place, permit));
    done
}

fn failed(cause: impl std::fmt::Display) -> HashingError {
    log::error!("hashing a password: {cause}");
    HashingError::Failed
}

fn hash(password: &[u8]) -> Result<String, String> {
    let salt = random::bytes::<16>().map_err(|error| error.to_string())?;
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| error.to_string())?;
    let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password, &salt)
        .map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

fn verify(password: &[u8], stored: &str) -> Verified {
    let Ok(stored) = PasswordHash::new(stored) else {
        log::error!("a stored password hash cannot be read");
        return Verified::No;
    };
    let Some(strength) = strength(&stored) else {
        log::error!("a stored password hash asks for more work than is allowed");
        return Verified::No;
    };
    if Argon2::default().verify_password(password, &stored).is_err() {
        return Verified::No;
    }
    let rehash = match strength {
        Strength::Weaker => hash(password).ok(),
        Strength::Enough => None,
    };
    Verified::Yes { rehash }
}

enum Strength {
    Weaker,
    Enough,
}

fn strength(stored: &PasswordHash) -> Option<Strength> {
    let params = Params::try_from(stored).ok()?;
    if params.m_cost() > MEMORY_KIB_CEILING || params.t_cost() > PASSES_CEILING {
        return None;
    }
    let enough = stored.algorithm == argon2::ARGON2ID_IDENT
        && stored.version == Some(Version::V0x13.into())
        && params.m_cost() >= MEMORY_KIB
        && params.t_cost() >= PASSES;
    Some(if enough { Strength::Enough } else { Strength::Weaker })
}

#[cfg(test)]
#[path = "password_tests.rs"]
mod tests;
