//! Signing keys: published as a JWK Set (RFC 7517 section 5), used for JWTs (RFC 7515).
//!
//! 1. Every key file in the folder is read; which of them signs and which are published follows from the
//!    time (`timeline.rs`), so that tokens signed before a rotation still verify.
//! 2. Before a key is used, a signature is made with it and verified with what is published.
//! 3. A running issuer looks into the folder again and again: a key that somebody else put there is found
//!    without a restart. What cannot be read then changes nothing.
//!
//! Easy to get wrong: publishing one key twice when a copy of its file lies beside it; two keys with
//! one `kid` make some verifiers refuse the set.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::JwkSet;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::clock::{Clock, NumericDate};

use super::file::{KeyFileError, Lock};
use super::key_files::{self, KeyFile};
use super::private_key;
use super::signing_key::{SignError, SigningKey};
use super::timeline::{self, KEEP_SECONDS, KeyState};
use crate::config::SigningAlgorithm;

/// The keys that tokens are signed with.
pub struct SigningKeys {
    folder: PathBuf,
    clock: Clock,
    loaded: RwLock<Arc<Loaded>>,
    generation: AtomicU64,
}

/// What the folder held at the last look; never empty.
struct Loaded {
    files: Vec<KeyFile>,
    /// In the order in which they sign.
    keys: Vec<Arc<SigningKey>>,
}

/// A key and what it is for, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// Its name in tokens and in the JWK Set.
    pub kid: String,
    /// Its `alg`.
    pub algorithm: Algorithm,
    /// Its file.
    pub path: PathBuf,
    /// What it is for now.
    pub state: KeyState,
    /// When it began or begins to sign.
    pub signs_from: NumericDate,
    /// When the next one takes over, if there is a next one.
    pub signs_until: Option<NumericDate>,
    /// When it is retired, if there is a next one.
    pub published_until: Option<NumericDate>,
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.now().keys).finish()
    }
}

impl SigningKeys {
    pub(super) fn open(folder: &Path, algorithm: SigningAlgorithm, clock: &Clock) -> Result<Self, KeyFileError> {
        make_the_first(folder, algorithm, clock.now())?;
        let keys = Self {
            folder: folder.to_owned(),
            clock: clock.clone(),
            loaded: RwLock::new(Arc::new(Loaded::read(folder)?)),
            generation: AtomicU64::new(0),
        };
        if keys.algorithm() != algorithm.into() {
            log::warn!(
                "tokens are signed with {:?}, for that is what the present key is for; \
                 ISSUER_SIGNING_ALGORITHM={algorithm:?} counts from the next key on (issuer key rotate)",
                keys.algorithm()
            );
        }
        Ok(keys)
    }

    /// Looks into the folder again; says whether anything is new. An error changes nothing.
    pub fn look(&self) -> Result<bool, KeyFileError> {
        if key_files::in_order(&self.folder)? == self.now().files {
            return Ok(false);
        }
        let loaded = Arc::new(Loaded::read(&self.folder)?);
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(true)
    }

    /// How often the keys became others. What was verified counts for the generation that was asked for before.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The key that signs now. Who needs its algorithm and a signature takes it once.
    pub fn signer(&self) -> Arc<SigningKey> {
        self.now().signer(self.clock.now())
    }

    /// Signs claims as a JWT with this `typ` (RFC 7515 section 4.1.9).
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        self.signer().sign(typ, claims)
    }

    /// The claims of a JWT of ours with this `typ`, when the signature holds. Times are not checked, so a key
    /// that is not published any more counts, too.
    pub fn verify<T: DeserializeOwned + Clone>(&self, typ: &str, token: &str) -> Option<T> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let kid = header.kid.as_deref()?;
        if header.typ.as_deref() != Some(typ) {
            return None;
        }
        let loaded = self.now();
        loaded.keys.iter().find(|key| key.kid == kid)?.verify(token)
    }

    /// What is published at `jwks_uri` now.
    pub fn jwks(&self) -> JwkSet {
        let loaded = self.now();
        let published = loaded.with_states(self.clock.now());
        JwkSet {
            keys: published
                .filter(|(_, state)| *state != KeyState::Retired)
                .map(|(key, _)| key.jwk.clone())
                .collect(),
        }
    }

    /// The `alg` of what is signed now.
    pub fn algorithm(&self) -> Algorithm {
        self.signer().algorithm
    }

    /// Every `alg` that is published now, each once: what signs, signed, or will sign.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let published = self.list().into_iter().filter(|key| key.state != KeyState::Retired);
        let mut algorithms = Vec::new();
        for key in published {
            if !algorithms.contains(&key.algorithm) {
                algorithms.push(key.algorithm);
            }
        }
        algorithms
    }

    /// The key that signs now.
    pub fn kid(&self) -> String {
        self.signer().kid.clone()
    }

    /// All keys, in the order in which they sign.
    pub fn list(&self) -> Vec<ListedKey> {
        self.now().list(self.clock.now())
    }

    fn now(&self) -> Arc<Loaded> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The keys in a folder, for who only looks at it.
pub fn listed(folder: &Path, now: NumericDate) -> Result<Vec<ListedKey>, KeyFileError> {
    Ok(Loaded::read(folder)?.list(now))
}

/// How often the folder is listed again when a file is gone that was there a moment ago.
const LOOKS_AGAIN: u32 = 20;

impl Loaded {
    /// A key that is brought forward has another name afterwards, so what was listed may be gone when it is read.
    fn read(folder: &Path) -> Result<Self, KeyFileError> {
        let mut files = key_files::in_order(folder)?;
        for _ in 0..LOOKS_AGAIN {
            let read = Self::of(folder, files.clone());
            let now = key_files::in_order(folder)?;
            if read.is_ok() || now == files {
                return read;
            }
            files = now;
        }
        Self::of(folder, files)
    }

    fn of(folder: &Path, files: Vec<KeyFile>) -> Result<Self, KeyFileError> {
        let mut keys: Vec<Arc<SigningKey>> = Vec::new();
        for file in &files {
            let key = SigningKey::load(file.clone())?;
            if keys.iter().all(|other| other.kid != key.kid) {
                keys.push(Arc::new(key));
            }
        }
        if keys.is_empty() {
            return Err(KeyFileError::Empty(folder.display().to_string()));
        }
        Ok(Self { files, keys })
    }

    fn times(&self) -> Vec<NumericDate> {
        self.keys.iter().map(|key| key.signs_from).collect()
    }

    fn with_states(&self, now: NumericDate) -> impl Iterator<Item = (&Arc<SigningKey>, KeyState)> {
        self.keys.iter().zip(timeline::states(&self.times(), now))
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "there is a key, and the position is one of the keys"
    )]
    fn signer(&self, now: NumericDate) -> Arc<SigningKey> {
        self.keys[timeline::signing(&self.times(), now)].clone()
    }

    fn list(&self, now: NumericDate) -> Vec<ListedKey> {
        let nexts = self.keys.iter().skip(1).map(|next| Some(next.signs_from)).chain([None]);
        let keys = self.with_states(now).zip(nexts);
        keys.map(|((key, state), next)| ListedKey {
            kid: key.kid.clone(),
            algorithm: key.algorithm,
            path: key.path.clone(),
            state,
            signs_from: key.signs_from,
            signs_until: next,
            published_until: next.map(|next| next.saturating_add(KEEP_SECONDS)),
        })
        .collect()
    }
}

/// Makes a key that signs at once, where there is none at all.
fn make_the_first(folder: &Path, algorithm: SigningAlgorithm, now: NumericDate) -> Result<(), KeyFileError> {
    if !key_files::in_order(folder)?.is_empty() {
        return Ok(());
    }
    let lock = Lock::take(folder)?;
    if !key_files::in_order(folder)?.is_empty() {
        return Ok(());
    }
    let text = private_key::generate(algorithm)?;
    lock.make(&key_files::name(algorithm, now), &text).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::fs;

    fn open(folder: &Path) -> Result<SigningKeys, KeyFileError> {
        SigningKeys::open(folder, SigningAlgorithm::ES256, &Clock::fixed(1_767_225_600))
    }

    fn signed(keys: &SigningKeys) -> String {
        keys.sign("at+jwt", &HashMap::from([("sub", "a")])).unwrap()
    }

    fn verified(keys: &SigningKeys, typ: &str, token: &str) -> bool {
        keys.verify::<HashMap<String, String>>(typ, token).is_some()
    }

    #[test]
    fn every_algorithm_signs_and_is_found_again() {
        for (wanted, algorithm) in [
            (SigningAlgorithm::ES256, Algorithm::ES256),
            (SigningAlgorithm::EdDSA, Algorithm::EdDSA),
            (SigningAlgorithm::RS256, Algorithm::RS256),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let keys = SigningKeys::open(folder.path(), wanted, &Clock::fixed(0)).unwrap();
            let token = signed(&keys);
            let again = open(folder.path()).unwrap();
            assert_eq!((again.algorithm(), again.kid()), (algorithm, keys.kid()));
            assert!(verified(&again, "at+jwt", &token) && !verified(&again, "JWT", &token));
        }
    }

    #[test]
    fn the_newest_whose_time_has_come_signs_and_all_are_published() {
        let folder = tempfile::tempdir().unwrap();
        let old = open(folder.path()).unwrap();
        let newer = folder.path().join("signing-20260102T000000Z.pem");
        fs::write(&newer, private_key::generate(SigningAlgorithm::EdDSA).unwrap()).unwrap();
        let older = folder.path().join("signing-20251231T000000Z.pem");
        fs::write(&older, private_key::generate(SigningAlgorithm::RS256).unwrap()).unwrap();
        let all = open(folder.path()).unwrap();
        assert_eq!(
            (all.kid(), all.jwks().keys.len()),
            (old.kid(), 3),
            "its time has not come"
        );
        let all = SigningKeys::open(folder.path(), SigningAlgorithm::ES256, &Clock::fixed(1_767_312_000)).unwrap();
        assert_eq!(all.algorithm(), Algorithm::EdDSA);
        assert_eq!(all.jwks().keys.len(), 3);
        assert!(verified(&all, "at+jwt", &signed(&old)));
        assert!(!verified(&old, "at+jwt", &signed(&all)), "it does not know the new key");
    }

    /// As `issuer key rotate` does it beside an issuer that starts.
    #[test]
    fn who_reads_while_a_key_gets_another_name_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let kid = open(folder).unwrap().kid();
        let first = key_files::in_order(folder).unwrap().remove(0).path;
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut old = first;
                for round in 0..2000 {
                    let next = folder.join(format!("signing-20250101T000000Z-{round}.pem"));
                    fs::copy(&old, folder.join(".partial")).unwrap();
                    fs::rename(folder.join(".partial"), &next).unwrap();
                    fs::remove_file(&old).unwrap();
                    old = next;
                }
                done.store(true, std::sync::atomic::Ordering::Relaxed);
            });
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let keys = listed(folder, 1_767_225_600).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(keys[0].kid, kid);
            }
        });
    }

    #[test]
    fn a_look_that_finds_a_key_begins_another_generation() {
        let folder = tempfile::tempdir().unwrap();
        let keys = open(folder.path()).unwrap();
        assert!(!keys.look().unwrap());
        assert_eq!(keys.generation(), 0);
        let newer = folder.path().join("signing-20260102T000000Z.pem");
        fs::write(&newer, private_key::generate(SigningAlgorithm::EdDSA).unwrap()).unwrap();
        assert!(keys.look().unwrap());
        assert_eq!(keys.generation(), 1);
    }

    #[test]
    fn a_copy_of_a_key_is_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = open(folder.path()).unwrap();
        let file = key_files::in_order(folder.path()).unwrap().remove(0).path;
        fs::copy(&file, folder.path().join("copy.pem")).unwrap();
        let again = open(folder.path()).unwrap();
        assert_eq!((again.jwks().keys.len(), again.kid()), (1, keys.kid()));
    }

    #[test]
    fn the_published_set_has_no_private_part_and_names_use_algorithm_and_thumbprint() {
        for (algorithm, name) in [
            (SigningAlgorithm::ES256, "ES256"),
            (SigningAlgorithm::EdDSA, "EdDSA"),
            (SigningAlgorithm::RS256, "RS256"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let keys = SigningKeys::open(folder.path(), algorithm, &Clock::fixed(0)).unwrap();
            let jwk = serde_json::to_value(&keys.jwks().keys[0]).unwrap();
            for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert!(jwk.get(private).is_none(), "{private}");
            }
            assert_eq!(
                (&jwk["use"], &jwk["alg"], &jwk["kid"]),
                (&"sig".into(), &name.into(), &keys.kid().into())
            );
        }
    }

    #[test]
    fn damaged_and_foreign_files_are_named() {
        for text in [
            "",
            "garbage",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n",
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("x.pem"), text).unwrap();
            let error = open(folder.path()).unwrap_err().to_string();
            assert!(error.contains("x.pem") && error.contains("damaged"), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn eight_that_start_at_once_on_an_empty_folder_have_one_key_whatever_their_clocks_say() {
        let folder = tempfile::tempdir().unwrap();
        let start = |now| {
            let keys = SigningKeys::open(folder.path(), SigningAlgorithm::ES256, &Clock::fixed(now)).unwrap();
            (keys.kid(), keys.jwks().keys.len())
        };
        let found: Vec<(String, usize)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|now| scope.spawn(move || start(now))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
        assert_eq!(found[0].1, 1);
    }
}
