//! Signing keys: PKCS#8 PEM files (RFC 5208, RFC 7468), published as a JWK Set (RFC 7517 section 5).
//!
//! 1. Every `*.pem` file in the folder is a key; the newest (by modification time, then by name)
//!    signs, all are published, so that tokens signed before a rotation still verify.
//! 2. `kid` is the RFC 7638 thumbprint: a key has the same name on every machine.
//! 3. Before anything is served, a signature is made and verified with what is published.
//!
//! Easy to get wrong: the algorithm belongs to the key. A verifier that takes it from a token's
//! header can be talked into another one (RFC 8725 section 3.1).

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use pem::{EncodeConfig, LineEnding, Pem};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::file::{self, KeyFileError};
use crate::config::SigningAlgorithm;

const LABEL: &str = "PRIVATE KEY";
/// The key that is made in an empty folder. One fixed name, so that two programs cannot make two.
const FIRST_FILE: &str = "signing-1.pem";

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
    pub(super) fn open(folder: &Path, algorithm: SigningAlgorithm) -> Result<Self, KeyFileError> {
        let mut files = pem_files(folder)?;
        if files.is_empty() {
            files.push(file::make(folder, FIRST_FILE, &new_pem(algorithm)?)?);
        }
        let loaded = files.iter().map(|path| load(path)).collect::<Result<Vec<_>, _>>()?;
        let jwks = JwkSet {
            keys: loaded.iter().map(|(_, jwk)| jwk.clone()).collect(),
        };
        let verifiers = loaded
            .iter()
            .map(|(signer, jwk)| verifier(signer, jwk))
            .collect::<Result<_, _>>()?;
        let newest = loaded.into_iter().last();
        let (signer, _) = newest.ok_or_else(|| KeyFileError::Library("there is no key".to_owned()))?;
        let keys = Self {
            signer,
            verifiers,
            jwks,
        };
        keys.try_out()?;
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

/// The key files, oldest first.
fn pem_files(folder: &Path) -> Result<Vec<PathBuf>, KeyFileError> {
    let entries = fs::read_dir(folder).map_err(|cause| KeyFileError::io(folder, cause))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|cause| KeyFileError::io(folder, cause))?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "pem") {
            let changed = fs::metadata(&path)
                .and_then(|file| file.modified())
                .unwrap_or(SystemTime::UNIX_EPOCH);
            files.push((changed, path));
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

fn load(path: &Path) -> Result<(Signer, Jwk), KeyFileError> {
    let text = file::read(path)?;
    let (algorithm, key) = private_key(&text).map_err(|reason| KeyFileError::damaged(path, reason))?;
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

/// Which kind of key a PEM text holds; its own parser decides, which also refuses weak ones.
fn private_key(text: &str) -> Result<(Algorithm, EncodingKey), String> {
    let pem = pem::parse(text).map_err(|error| error.to_string())?;
    if pem.tag() != LABEL {
        return Err(format!("it must be PKCS#8 (BEGIN {LABEL}), not BEGIN {}", pem.tag()));
    }
    let der = pem.contents();
    if EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).is_ok() {
        return EncodingKey::from_ec_pem(text.as_bytes())
            .map(|key| (Algorithm::ES256, key))
            .map_err(words);
    }
    if Ed25519KeyPair::from_pkcs8(der).is_ok() {
        return EncodingKey::from_ed_pem(text.as_bytes())
            .map(|key| (Algorithm::EdDSA, key))
            .map_err(words);
    }
    if RsaKeyPair::from_pkcs8(der).is_ok() {
        return EncodingKey::from_rsa_pem(text.as_bytes())
            .map(|key| (Algorithm::RS256, key))
            .map_err(words);
    }
    Err("it holds no P-256, Ed25519 or RSA (2048 bits or more) key".to_owned())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn words(error: jsonwebtoken::errors::Error) -> String {
    error.to_string()
}

fn new_pem(algorithm: SigningAlgorithm) -> Result<String, KeyFileError> {
    let der = new_pkcs8(algorithm).map_err(|_| KeyFileError::Library("the library made no key".to_owned()))?;
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    Ok(pem::encode_config(&Pem::new(LABEL, der), config))
}

fn new_pkcs8(algorithm: SigningAlgorithm) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
    let random = SystemRandom::new();
    Ok(match algorithm {
        SigningAlgorithm::ES256 => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?
            .as_ref()
            .to_vec(),
        // Version 1: jsonwebtoken does not read the version 2 that `generate_pkcs8` makes.
        SigningAlgorithm::EdDSA => Ed25519KeyPair::generate_pkcs8v1(&random)?.as_ref().to_vec(),
        SigningAlgorithm::RS256 => RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?.as_ref().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn open(folder: &Path) -> Result<SigningKeys, KeyFileError> {
        SigningKeys::open(folder, SigningAlgorithm::ES256)
    }

    #[test]
    fn every_algorithm_signs_and_is_found_again() {
        for (wanted, algorithm) in [
            (SigningAlgorithm::ES256, Algorithm::ES256),
            (SigningAlgorithm::EdDSA, Algorithm::EdDSA),
            (SigningAlgorithm::RS256, Algorithm::RS256),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let keys = SigningKeys::open(folder.path(), wanted).unwrap();
            let token = keys.sign("at+jwt", &HashMap::from([("sub", "a")])).unwrap();
            let again = open(folder.path()).unwrap();
            assert_eq!((again.algorithm(), again.kid()), (algorithm, keys.kid()));
            assert!(again.verify::<HashMap<String, String>>("at+jwt", &token).is_some());
            assert!(again.verify::<HashMap<String, String>>("JWT", &token).is_none());
        }
    }

    #[test]
    fn the_newest_signs_and_all_are_published() {
        let folder = tempfile::tempdir().unwrap();
        let old = open(folder.path()).unwrap();
        let token = old.sign("at+jwt", &HashMap::from([("sub", "a")])).unwrap();
        let path = folder.path().join("a-newer-one.pem");
        fs::write(&path, new_pem(SigningAlgorithm::EdDSA).unwrap()).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        let first = fs::metadata(folder.path().join(FIRST_FILE))
            .unwrap()
            .modified()
            .unwrap();
        file.set_modified(first + Duration::from_secs(1)).unwrap();
        let both = open(folder.path()).unwrap();
        assert_eq!(both.algorithm(), Algorithm::EdDSA);
        assert_eq!(both.jwks().keys.len(), 2);
        assert!(both.verify::<HashMap<String, String>>("at+jwt", &token).is_some());
    }

    #[test]
    fn the_published_set_has_no_private_part_and_names_use_algorithm_and_thumbprint() {
        let folder = tempfile::tempdir().unwrap();
        let keys = open(folder.path()).unwrap();
        let jwk = serde_json::to_value(&keys.jwks().keys[0]).unwrap();
        assert!(jwk.get("d").is_none());
        assert_eq!(
            (&jwk["use"], &jwk["alg"], &jwk["kid"]),
            (&"sig".into(), &"ES256".into(), &keys.kid().into())
        );
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
        }
    }

    #[test]
    fn eight_that_start_at_once_on_an_empty_folder_have_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let start = || open(folder.path()).unwrap().kid().to_owned();
        let kids: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(kids.windows(2).all(|pair| pair[0] == pair[1]), "{kids:?}");
    }
}
