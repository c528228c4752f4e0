//! Keys of every kind, made anew for each test.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::Value;

/// A private key and its name.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
}

impl SigningKey {
    pub(crate) fn new(kid: &str, algorithm: Algorithm) -> Self {
        Self {
            kid: kid.to_owned(),
            algorithm,
            key: generate(algorithm),
        }
    }

    pub(crate) fn es256(kid: &str) -> Self {
        Self::new(kid, Algorithm::ES256)
    }

    /// The public half as the issuer publishes it.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.clone());
        serde_json::to_value(jwk).unwrap()
    }

    /// The signature of `message` in base64url, by this key and whatever algorithm goes with its type.
    pub(crate) fn sign(&self, message: &str, algorithm: Algorithm) -> String {
        crypto::sign(message.as_bytes(), &self.key, algorithm).unwrap()
    }
}

fn generate(algorithm: Algorithm) -> EncodingKey {
    let rng = SystemRandom::new();
    match algorithm {
        Algorithm::ES256 => {
            let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
            EncodingKey::from_ec_der(key.as_ref())
        }
        Algorithm::ES384 => {
            let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &rng).unwrap();
            EncodingKey::from_ec_der(key.as_ref())
        }
        Algorithm::EdDSA => EncodingKey::from_ed_der(Ed25519KeyPair::generate_pkcs8v1(&rng).unwrap().as_ref()),
        _ => {
            let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
            let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
            let text = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
            EncodingKey::from_rsa_pem(text.as_bytes()).unwrap()
        }
    }
}
