//! One private key as text: PKCS#8 (RFC 5208) in PEM (RFC 7468), and the signatures made with it (RFC 7518 section 3).
//!
//! Easy to get wrong: (1) the algorithm belongs to the key. A verifier that takes it from a token's
//! header can be talked into another one (RFC 8725 section 3.1); (2) reading a key for each signature, as the library for
//! JWTs does: reading looks whether the two halves belong together, which costs more than to sign.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use jsonwebtoken::{Algorithm, EncodingKey};
use pem::{EncodeConfig, LineEnding, Pem};

use super::file::KeyFileError;
use crate::config::SigningAlgorithm;

const LABEL: &str = "PRIVATE KEY";

impl From<SigningAlgorithm> for Algorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::ES256 => Self::ES256,
            SigningAlgorithm::EdDSA => Self::EdDSA,
            SigningAlgorithm::RS256 => Self::RS256,
        }
    }
}

/// A private key, ready to sign.
pub(super) struct PrivateKey {
    /// What it is for.
    pub(super) algorithm: Algorithm,
    /// The same key as the library for JWKs takes it.
    pub(super) encoded: EncodingKey,
    pair: Pair,
}

enum Pair {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

impl PrivateKey {
    /// Reads the key in a PEM text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let pem = pem::parse(text).map_err(|error| error.to_string())?;
        if pem.tag() != LABEL {
            return Err(format!("it must be PKCS#8 (BEGIN {LABEL}), not BEGIN {}", pem.tag()));
        }
        let der = pem.contents();
        let of = |algorithm, encoded, pair| Self {
            algorithm,
            encoded,
            pair,
        };
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
            let encoded = EncodingKey::from_ec_pem(text.as_bytes()).map_err(|error| error.to_string())?;
            return Ok(of(Algorithm::ES256, encoded, Pair::Es256(pair)));
        }
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            // The same key in version 1: jsonwebtoken does not read version 2.
            let version_1 = pair
                .to_pkcs8v1()
                .map_err(|_| "the library cannot write it".to_owned())?;
            let encoded = EncodingKey::from_ed_der(version_1.as_ref());
            return Ok(of(Algorithm::EdDSA, encoded, Pair::EdDsa(pair)));
        }
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
            let encoded = EncodingKey::from_rsa_pem(text.as_bytes()).map_err(|error| error.to_string())?;
            return Ok(of(Algorithm::RS256, encoded, Pair::Rs256(pair)));
        }
        Err("it holds no P-256, Ed25519 or RSA (2048 to 8192 bits) key".to_owned())
    }

    /// The signature of a message, as JWS has it (RFC 7518 sections 3.3 and 3.4, RFC 8037 section 3.1).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Es256(pair) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
            Pair::EdDsa(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

/// The algorithm of the key in a PEM text.
pub(super) fn algorithm(text: &str) -> Result<SigningAlgorithm, String> {
    Ok(match PrivateKey::parse(text)?.pair {
        Pair::Es256(_) => SigningAlgorithm::ES256,
        Pair::EdDsa(_) => SigningAlgorithm::EdDSA,
        Pair::Rs256(_) => SigningAlgorithm::RS256,
    })
}

/// A new key for this algorithm, as text.
pub(super) fn generate(algorithm: SigningAlgorithm) -> Result<String, KeyFileError> {
    let der = new_pkcs8(algorithm).map_err(|_| KeyFileError::Library("the library made no key".to_owned()))?;
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    Ok(pem::encode_config(&Pem::new(LABEL, der), config))
}

fn new_pkcs8(algorithm: SigningAlgorithm) -> Result<Vec<u8>, Unspecified> {
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
    use base64::Engine;

    fn pem(label: &str, der: &[u8]) -> String {
        pem::encode(&Pem::new(label, der))
    }

    #[test]
    fn what_is_made_is_read_back() {
        for (wanted, algorithm) in [
            (SigningAlgorithm::ES256, Algorithm::ES256),
            (SigningAlgorithm::EdDSA, Algorithm::EdDSA),
            (SigningAlgorithm::RS256, Algorithm::RS256),
        ] {
            assert_eq!(
                PrivateKey::parse(&generate(wanted).unwrap()).unwrap().algorithm,
                algorithm
            );
        }
    }

    #[test]
    fn an_ed25519_key_of_version_2_is_read_as_the_key_that_it_is() {
        let pair = Ed25519KeyPair::generate().unwrap();
        let (version_1, version_2) = (pair.to_pkcs8v1().unwrap(), pair.to_pkcs8().unwrap());
        assert_ne!(version_1.as_ref(), version_2.as_ref());
        let key = PrivateKey::parse(&pem(LABEL, version_2.as_ref())).unwrap();
        assert_eq!(
            (key.algorithm, key.encoded.as_bytes()),
            (Algorithm::EdDSA, version_1.as_ref())
        );
    }

    /// RSA with 1024 bits, made for this test.
    const SMALL: &str = "MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBALhiX0kO3CgzdA5nU2wYAixdkrimuGxbqna+HKnGFIZY2xzKZ6ES\
        kTIpEBOPZzvaDdV+u1ic0Tfsm1LAUdhJ6T7Cd/1BsE8o5SIyEaP37f6sc3e2oyck5Hv+g2X+BX5k/vKzwBXiNa6CZeL9oWQw2raG\
        8bDnsbPjYndDtfL99HSFAgMBAAECgYEAnoAp6vK0PHamsG8QHl6xF5REuSjQZo2SBss8dpEJOcgOazxvQt5kJFt6L2ZZ1vCGbd2o\
        jO8ZRtrFVqhucuBueIXbmIY24VJxp9kGf+ymi+fwG9a4Lk/9xty5dCLr3nebuSx4XwhXSLyj7jginYFdit5TZ7yA3eMAX3ANUGli\
        MgECQQDzf8dLM+yFSO3qqp+6vaMsGOmQJK4xOvoDu6sXowGUtjH3XiF+BjCeeRtmG2vRRJyIuDPgiJGe1UjqkFFvYMSBAkEAwdmr\
        FA6TOj345Mx8dONcJiPWISHF5V7fMKrDHlTZV7TB8+r+KZVlomVuJC1UlifwMnrzPiHbZPHwhihCj0meBQJBALSkJ8pPk/jxOKdt\
        ux/DTckKFkO8IoodMZsRX4Uihaq4W2sjJv+iQfFe8QeX8i2GlAYNeVbqmfVWT0jMlc1l4YECQAbCPRnE7FMyh/QKQSieKL9XroaX\
        M9wsc6Gxwn3TPYS2U7Dad6QhhlqkKLPwNKvLlq9b5BE9gvXBDb7PtopiabUCQAGyii6rxmB1Bm7tWNVvuGN/tCZmNef/XsRqI9Hj\
        LQBtPYCBsKr07CnwS9FDYcSVcrwp56u46xeKrIrTX+AUA+c=";

    #[test]
    fn keys_that_are_too_small_or_of_another_kind_are_refused() {
        let random = SystemRandom::new();
        let p384 = &aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        let p384 = EcdsaKeyPair::generate_pkcs8(p384, &random).unwrap();
        let small = base64::engine::general_purpose::STANDARD.decode(SMALL).unwrap();
        for der in [p384.as_ref(), &small, b"", b"x"] {
            let reason = PrivateKey::parse(&pem(LABEL, der)).err().unwrap();
            assert!(reason.contains("it holds no P-256"), "{reason}");
        }
        let reason = PrivateKey::parse(&pem("ENCRYPTED PRIVATE KEY", b"x")).err().unwrap();
        assert!(reason.contains("PKCS#8"), "{reason}");
    }

    #[test]
    fn a_key_that_does_not_belong_to_its_own_public_half_is_refused() {
        let make = || {
            let random = SystemRandom::new();
            let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            der.as_ref().to_vec()
        };
        let (mut key, other) = (make(), make());
        let public = key.len() - 64;
        key[public..].copy_from_slice(&other[other.len() - 64..]);
        assert!(PrivateKey::parse(&pem(LABEL, &key)).is_err());
    }
}
