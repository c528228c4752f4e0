//! A client that signs: `private_key_jwt` of RFC 7523.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{Answer, TestIssuer, error};

/// The value of `client_assertion_type`.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client that holds a private key.
pub struct Signer {
    /// Its `client_id`.
    pub client_id: String,
    /// Its private key.
    pub key: EncodingKey,
}

/// A new key, and its public part as a JWK with this name.
pub fn new_key(kid: &str) -> (EncodingKey, Value) {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let key = EncodingKey::from_ec_der(pkcs8.as_ref());
    let jwk = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()).unwrap();
    (
        key,
        json!({"kty": "EC", "crv": "P-256", "x": jwk.get("x"), "y": jwk.get("y"), "kid": kid}),
    )
}

impl Signer {
    /// A client of this name, and its public key.
    pub fn with_key(client_id: &str, kid: &str) -> (Self, Value) {
        let (key, jwk) = new_key(kid);
        let client_id = client_id.to_owned();
        (Self { client_id, key }, jwk)
    }

    /// Claims in which nothing is wrong.
    pub fn claims(&self, issuer: &TestIssuer, jti: &str) -> Value {
        json!({"iss": self.client_id, "sub": self.client_id, "aud": issuer.url, "exp": issuer.clock.now() + 300, "jti": jti})
    }

    /// A JWT of these parts.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &self.key, Algorithm::ES256).unwrap();
        format!("{signed}.{signature}")
    }

    /// A good assertion, signed with the key of this name.
    pub fn signed_with(&self, issuer: &TestIssuer, kid: &str, jti: &str) -> String {
        self.sign(&json!({"alg": "ES256", "kid": kid}), &self.claims(issuer, jti))
    }
}

/// A refresh with a token that is none: `invalid_grant` when the client is who it says.
pub async fn send(issuer: &TestIssuer, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    issuer.post_token(&form).await
}

/// Whether the client of [`send`] was who it said.
pub fn passed(answer: &Answer) -> bool {
    error(answer) == (400, "invalid_grant")
}
