//! Password hashing: RFC 9106 (Argon2), with the parameters that OWASP names as the least.
//!
//! One hash takes 19 MiB and about 26 ms of a core, so the work is rationed:
//! 1. a place in a bounded queue ([`Place`]), or [`HashingError::Busy`] at once;
//! 2. one permit for each core, waited for;
//! 3. the work on a thread of its own, which *owns the permit* and comes after all others, in memory that is used again.
//!
//! Easy to get wrong: (1) holding the permit in the request's future: a client that hangs up drops the
//! future but not the thread, and by hanging up again and again fills the memory; (2) skipping the
//! work for an unknown user, which tells by its speed who has an account; (3) hashing on a thread that others use later,
//! or that counts as much as those that serve: whoever wants a token would wait for people who sign in.

mod background;
mod memory;

use std::num::NonZero;
use std::sync::Arc;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use shared::random;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::account::Password;
use memory::Memory;

/// Memory of one hash, in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over that memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
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

/// A place in the queue, until the work is done or this is dropped.
pub type Place = OwnedSemaphorePermit;

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
    memory: Memory,
}

impl Passwords {
    /// One permit for each core. Fails when the machine gives no randomness.
    pub fn new() -> Result<Self, String> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self::with_permits(cores)
    }

    fn with_permits(permits: usize) -> Result<Self, String> {
        Ok(Self {
            queue: Arc::new(Semaphore::new(QUEUE)),
            permits: Arc::new(Semaphore::new(permits)),
            nobody: nobody()?.into(),
            memory: Memory::default(),
        })
    }

    /// How many are worked on or wait for it.
    pub fn queued(&self) -> usize {
        QUEUE.saturating_sub(self.queue.available_permits())
    }

    /// Says at once that the queue is full, to whoever would need a place later. It keeps none.
    pub fn must_have_room(&self) -> Result<(), HashingError> {
        match self.queue.available_permits() {
            0 => Err(HashingError::Busy),
            _ => Ok(()),
        }
    }

    /// A place in the queue.
    pub fn place(&self) -> Result<Place, HashingError> {
        let place = self.queue.clone().try_acquire_owned();
        place.map_err(|_| HashingError::Busy)
    }

    /// The PHC string of a new password.
    pub async fn hash(&self, password: &Password) -> Result<String, HashingError> {
        let (password, memory) = (password.clone(), self.memory.clone());
        self.run(self.place()?, move || hash(password.expose(), &memory))
            .await?
            .map_err(failed)
    }

    /// Compares with a stored hash; `None` stands for an unknown user and costs the same.
    pub async fn verify(&self, password: Option<&Password>, stored: Option<&str>) -> Result<Verified, HashingError> {
        self.verify_at(self.place()?, password, stored).await
    }

    /// The same for who has a place already.
    pub async fn verify_at(
        &self,
        place: Place,
        password: Option<&Password>,
        stored: Option<&str>,
    ) -> Result<Verified, HashingError> {
        let known = password.is_some() && stored.is_some();
        let (password, memory) = (password.cloned(), self.memory.clone());
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let work = move || verify(password.as_ref().map_or(b"", Password::expose), &stored, &memory);
        let verified = self.run(place, work).await?;
        Ok(if known { verified } else { Verified::No })
    }

    async fn run<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let permit = self
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| HashingError::Busy)?;
        let done = background::run(move || owning(work, place, permit)).map_err(failed)?;
        done.await.map_err(failed)
    }
}

/// Does the work and only then gives the place and the permit back, whoever still waits for the answer.
fn owning<T>(work: impl FnOnce() -> T, place: Place, permit: OwnedSemaphorePermit) -> T {
    let done = work();
    drop((place, permit));
    done
}

fn failed(cause: impl std::fmt::Display) -> HashingError {
    log::error!("hashing a password: {cause}");
    HashingError::Failed
}

fn hash(password: &[u8], memory: &Memory) -> Result<String, String> {
    let salt = random::bytes::<SALT_BYTES>().map_err(|error| error.to_string())?;
    let made = ours().and_then(|argon2| {
        let output = output(&argon2, password, &salt, memory)?;
        phc(&argon2, &salt, output)
    });
    made.map_err(|error| error.to_string())
}

/// What looks like a hash of ours and is that of no password anybody could find. To be verified it takes the work of any
/// other; to be made, none.
fn nobody() -> Result<String, String> {
    let salt = random::bytes::<SALT_BYTES>().map_err(|error| error.to_string())?;
    let output = random::bytes::<{ Params::DEFAULT_OUTPUT_LEN }>().map_err(|error| error.to_string())?;
    let made = ours().and_then(|argon2| phc(&argon2, &salt, Output::new(&output)?));
    made.map_err(|error| error.to_string())
}

/// The PHC string.
fn phc(argon2: &Argon2<'_>, salt: &[u8], output: Output) -> Result<String, argon2::password_hash::Error> {
    let hash = PasswordHash {
        algorithm: argon2::ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(argon2.params())?,
        salt: Some(Salt::new(salt)?),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

/// What new passwords are hashed with.
fn ours() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(Params::DEFAULT_OUTPUT_LEN))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The work itself.
fn output(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    memory: &Memory,
) -> Result<Output, argon2::password_hash::Error> {
    let mut output = [0; Output::MAX_LENGTH];
    let length = argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let output = output.get_mut(..length).unwrap_or_default();
    memory.with(argon2.params().block_count(), |blocks| {
        argon2.hash_password_into_with_memory(password, salt, output, blocks)
    })?;
    Ok(Output::new(output)?)
}

fn verify(password: &[u8], stored: &str, memory: &Memory) -> Verified {
    let Ok(stored) = PasswordHash::new(stored) else {
        log::error!("a stored password hash cannot be read");
        return Verified::No;
    };
    let Some(strength) = strength(&stored) else {
        log::error!("a stored password hash asks for more work than is allowed");
        return Verified::No;
    };
    if !is_password_of(password, &stored, memory) {
        return Verified::No;
    }
    let rehash = match strength {
        Strength::Weaker => hash(password, memory).ok(),
        Strength::Enough => None,
    };
    Verified::Yes { rehash }
}

/// Computes it anew as the stored hash says; the outputs are compared in constant time. `false` where it says nothing
/// that can be computed.
fn is_password_of(password: &[u8], stored: &PasswordHash, memory: &Memory) -> bool {
    let algorithm = Algorithm::try_from(stored.algorithm.as_str());
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from);
    let params = Params::try_from(stored);
    let (Ok(algorithm), Ok(version), Ok(params)) = (algorithm, version, params) else {
        return false;
    };
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
        return false;
    };
    let argon2 = Argon2::new(algorithm, version, params);
    output(&argon2, password, salt, memory).is_ok_and(|computed| computed == *expected)
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
