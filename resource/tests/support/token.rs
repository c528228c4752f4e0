//! Tokens that are right, and can be made wrong in one thing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use shared::audience::Audience;
use shared::claims::AccessTokenClaims;
use shared::scope::Scope;

use super::{NOW, SigningKey};

/// What a token will say.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) header: Value,
    pub(crate) claims: Value,
}

impl Token {
    /// As our issuer makes them, valid for an hour.
    pub(crate) fn good(key: &SigningKey, iss: &str, aud: &str) -> Self {
        let claims = AccessTokenClaims {
            iss: iss.to_owned(),
            sub: "user-1".to_owned(),
            aud: Audience::one(aud),
            client_id: "client-1".to_owned(),
            scope: Scope::parse("food:read food:write").unwrap(),
            iat: NOW,
            exp: NOW + 3600,
            jti: "token-1".to_owned(),
            grant_id: "grant-1".to_owned(),
            cnf: None,
            status: None,
        };
        Self {
            header: json!({"typ": "at+jwt", "alg": format!("{:?}", key.algorithm), "kid": key.kid}),
            claims: serde_json::to_value(claims).unwrap(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims[name] = value;
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.header.as_object_mut().unwrap().remove(name);
        self
    }

    pub(crate) fn without_claim(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    /// Signed with the key's own algorithm, whatever the header says.
    pub(crate) fn sign(&self, key: &SigningKey) -> String {
        sign_text(&self.header.to_string(), &self.claims.to_string(), key)
    }
}

/// Signs a header and claims as they are, JSON or not.
pub(crate) fn sign_text(header: &str, claims: &str, key: &SigningKey) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = key.sign(&signed, key.algorithm);
    format!("{signed}.{signature}")
}
