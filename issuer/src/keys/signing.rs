//! Signing keys: published as a JWK Set (RFC 7517 section 5), used for JWTs (RFC 7515).
//!
//! 1. Every key file in the folder is read; the newest key signs, all are published, so that tokens
//!    signed before a rotation still verify.
//! 2. `kid` is the RFC 7638 thumbprint: a key has the same name on every machine.
//! 3. Before anything is served, a signature is made and verified with what is published.
//!
//! Easy to get wrong: publishing one key twice when a copy of its file lies beside it; two keys with
//! one `kid` make some verifiers refuse the set.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::clock::NumericDate;

use super::file::{self, KeyFileError, Lock};
use super::{key_files, private_key};
use crate::config::SigningAlgorithm;

/// The keys that tokens are signed with.
pub struct SigningKeys {
    signer: Signer,
    verifiers: HashMap<String, (Algorithm, DecodingKey)>,
    jwks: JwkSet,
}

struct Signer {
    kid: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign: {0}")]
pub struct SignError(String);

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SigningKeys({} signs, {} published)",
            self.signer.kid,
            self.verifiers.len()
        )
    }
}

impl SigningKeys {
    pub(super) fn open(folder: &Path, algorithm: SigningAlgorithm, now: NumericDate) -> Result<Self, KeyFileError> {
        let mut loaded: Vec<(Signer, Jwk)> = Vec::new();
        for path in files(folder, algorithm, now)? {
            let (signer, jwk) = load(&path)?;
            loaded.retain(|(older, _)| older.kid != signer.kid);
            loaded.push((signer, jwk));
        }
        let verifiers = loaded.iter().map(|(signer, jwk)| verifier(signer, jwk));
        let verifiers = verifiers.collect::<Result<_, _>>()?;
        let jwks = JwkSet {
            keys: loaded.iter().map(|(_, jwk)| jwk.clone()).collect(),
        };
        let (signer, _) = loaded
            .pop()
            .ok_or_else(|| KeyFileError::Library("there is no key".to_owned()))?;
        let keys = Self {
            signer,
            verifiers,
            jwks,
        };
        keys.try_out()?;
        if keys.algorithm() != algorithm.into() {
            log::warn!(
                "the newest key is for {:?}, so tokens are signed with that; ISSUER_SIGNING_ALGORITHM={algorithm:?} \
                 is for a key that is made, and one is made only where there is none",
                keys.algorithm()
            );
        }
        Ok(keys)
    }

    /// Signs claims as a JWT with this `typ` (RFC 7515 section 4.1.9).
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let header = Header {
            typ: Some(typ.to_owned()),
            kid: Some(self.signer.kid.clone()),
            ..Header::new(self.signer.algorithm)
        };
        jsonwebtoken::encode(&header, claims, &self.signer.key).map_err(|error| SignError(error.to_string()))
    }

    /// The claims of a JWT of ours with this `typ`, when the signature holds. Times are not checked.
    pub fn verify<T: DeserializeOwned + Clone>(&self, typ: &str, token: &str) -> Option<T> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let (algorithm, key) = self.verifiers.get(header.kid.as_deref()?)?;
        if header.typ.as_deref() != Some(typ) {
            return None;
        }
        let mut validation = Validation::new(*algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        jsonwebtoken::decode(token, key, &validation)
            .ok()
            .map(|data| data.claims)
    }

    /// What is published at `jwks_uri`.
    pub fn jwks(&self) -> &JwkSet {
        &self.jwks
    }

    /// The `alg` of what is signed from now on.
    pub fn algorithm(&self) -> Algorithm {
        self.signer.algorithm
    }

    /// The key that signs from now on.
    pub fn kid(&self) -> &str {
        &self.signer.kid
    }

    fn try_out(&self) -> Result<(), KeyFileError> {
        let claim = HashMap::from([("self-test".to_owned(), true)]);
        let token = self
            .sign("self-test", &claim)
            .map_err(|error| KeyFileError::Library(error.to_string()))?;
        let holds = self.verify::<HashMap<String, bool>>("self-test", &token) == Some(claim);
        if holds {
            Ok(())
        } else {
            Err(KeyFileError::Library("its own signature does not verify".to_owned()))
        }
    }
}

/// The key files, oldest first; one is made when there is none.
fn files(folder: &Path, algorithm: SigningAlgorithm, now: NumericDate) -> Result<Vec<PathBuf>, KeyFileError> {
    let files = key_files::oldest_first(folder)?;
    if !files.is_empty() {
        return Ok(files);
    }
    let lock = Lock::take(folder)?;
    let files = key_files::oldest_first(folder)?;
    if !files.is_empty() {
        return Ok(files);
    }
    let text = private_key::generate(algorithm)?;
    Ok(vec![lock.make(&key_files::name(algorithm, now), &text)?])
}

fn load(path: &Path) -> Result<(Signer, Jwk), KeyFileError> {
    let text = file::read(path)?;
    let (algorithm, key) = private_key::parse(&text).map_err(|reason| KeyFileError::damaged(path, reason))?;
    let unusable = |error: jsonwebtoken::errors::Error| KeyFileError::damaged(path, error.to_string());
    let mut jwk = Jwk::from_encoding_key(&key, algorithm).map_err(unusable)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(unusable)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok((Signer { kid, algorithm, key }, jwk))
}

fn verifier(signer: &Signer, jwk: &Jwk) -> Result<(String, (Algorithm, DecodingKey)), KeyFileError> {
    let key = DecodingKey::from_jwk(jwk).map_err(|error| KeyFileError::Library(error.to_string()))?;
    Ok((signer.kid.clone(), (signer.algorithm, key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn open(folder: &Path) -> Result<SigningKeys, KeyFileError> {
        SigningKeys::open(folder, SigningAlgorithm::ES256, 1_767_225_600)
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
            let keys = SigningKeys::open(folder.path(), wanted, 0).unwrap();
            let token = signed(&keys);
            let again = open(folder.path()).unwrap();
            assert_eq!((again.algorithm(), again.kid()), (algorithm, keys.kid()));
            assert!(verified(&again, "at+jwt", &token) && !verified(&again, "JWT", &token));
        }
    }

    #[test]
    fn the_newest_signs_and_all_are_published() {
        let folder = tempfile::tempdir().unwrap();
        let old = open(folder.path()).unwrap();
        let newer = folder.path().join("signing-20260102T000000Z.pem");
        fs::write(&newer, private_key::generate(SigningAlgorithm::EdDSA).unwrap()).unwrap();
        let older = folder.path().join("signing-20251231T000000Z.pem");
        fs::write(&older, private_key::generate(SigningAlgorithm::RS256).unwrap()).unwrap();
        let all = open(folder.path()).unwrap();
        assert_eq!(all.algorithm(), Algorithm::EdDSA);
        assert_eq!(all.jwks().keys.len(), 3);
        assert!(verified(&all, "at+jwt", &signed(&old)));
        assert!(!verified(&old, "at+jwt", &signed(&all)), "it does not know the new key");
    }

    #[test]
    fn a_copy_of_a_key_is_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let keys = open(folder.path()).unwrap();
        let file = key_files::oldest_first(folder.path()).unwrap().remove(0);
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
            let keys = SigningKeys::open(folder.path(), algorithm, 0).unwrap();
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
            let keys = SigningKeys::open(folder.path(), SigningAlgorithm::ES256, now).unwrap();
            (keys.kid().to_owned(), keys.jwks().keys.len())
        };
        let found: Vec<(String, usize)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|now| scope.spawn(move || start(now))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
        assert_eq!(found[0].1, 1);
    }
}
