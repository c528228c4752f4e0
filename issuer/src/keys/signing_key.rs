//! One signing key, ready for use: RFC 7517 section 4, RFC 7638.
//!
//! `kid` is the thumbprint: a key has the same name on every machine.

use std::fmt;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::clock::NumericDate;

use super::file::{self, KeyFileError};
use super::key_files::KeyFile;
use super::private_key::PrivateKey;

/// A key that signs, or signed, or will sign.
pub struct SigningKey {
    pub(super) kid: String,
    pub(super) algorithm: Algorithm,
    pub(super) jwk: Jwk,
    /// When it began or begins to sign.
    pub signs_from: NumericDate,
    pub(super) path: PathBuf,
    key: PrivateKey,
    verifier: DecodingKey,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign: {0}")]
pub struct SignError(String);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} from {})", self.kid, self.signs_from)
    }
}

impl SigningKey {
    /// Reads a key, and tries out that what it signs verifies with what is published.
    pub(super) fn load(file: KeyFile) -> Result<Self, KeyFileError> {
        let KeyFile { signs_from, path } = file;
        let text = file::read(&path)?;
        let key = PrivateKey::parse(&text).map_err(|reason| KeyFileError::damaged(&path, reason))?;
        let algorithm = key.algorithm;
        let unusable = |error: jsonwebtoken::errors::Error| KeyFileError::damaged(&path, error.to_string());
        let mut jwk = Jwk::from_encoding_key(&key.encoded, algorithm).map_err(unusable)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(unusable)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let verifier = DecodingKey::from_jwk(&jwk).map_err(|error| KeyFileError::Library(error.to_string()))?;
        let loaded = Self {
            kid,
            algorithm,
            jwk,
            signs_from,
            path,
            key,
            verifier,
        };
        loaded.try_out()?;
        Ok(loaded)
    }

    /// Signs claims as a JWT with this `typ` (RFC 7515 sections 3.1 and 4.1.9).
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let header = Header {
            typ: Some(typ.to_owned()),
            kid: Some(self.kid.clone()),
            ..Header::new(self.algorithm)
        };
        let mut token = String::with_capacity(TOKEN_BYTES);
        push(&mut token, &header)?;
        token.push('.');
        push(&mut token, claims)?;
        let signature = self.key.sign(token.as_bytes());
        let signature = signature.map_err(|_| SignError("the library made no signature".to_owned()))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Its `alg`.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The claims of a JWT that this key signed. Times are not checked.
    pub(super) fn verify<T: DeserializeOwned + Clone>(&self, token: &str) -> Option<T> {
        let mut validation = Validation::new(self.algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let data = jsonwebtoken::decode(token, &self.verifier, &validation).ok()?;
        Some(data.claims)
    }

    fn try_out(&self) -> Result<(), KeyFileError> {
        let claim = std::collections::HashMap::from([("self-test".to_owned(), true)]);
        let token = self
            .sign("self-test", &claim)
            .map_err(|error| KeyFileError::Library(error.to_string()))?;
        if self.verify(&token) == Some(claim) {
            Ok(())
        } else {
            Err(KeyFileError::Library("its own signature does not verify".to_owned()))
        }
    }
}

/// Room for nearly every token.
const TOKEN_BYTES: usize = 1024;

/// A part of a JWT: JSON in base64url.
fn push(token: &mut String, part: &impl Serialize) -> Result<(), SignError> {
    let json = serde_json::to_vec(part).map_err(|error| SignError(error.to_string()))?;
    URL_SAFE_NO_PAD.encode_string(json, token);
    Ok(())
}
