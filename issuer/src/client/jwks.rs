//! The keys that a client registered: `jwks` of RFC 7591 section 2, RFC 7517 section 5.
//!
//! Easy to get wrong: taking a set with a private or shared part, which whoever reads the registration could sign with.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::jwk::{Algorithms, VerificationKey};

const MOST_KEYS: usize = 10;
/// The members of a JWK that only its owner may know (RFC 7518 section 6).
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key set with at least one key that signatures can be checked with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientJwks {
    keys: Vec<Value>,
}

impl ClientJwks {
    /// Reads a set, or says what is wrong with it.
    pub fn parse(jwks: &Value) -> Result<Self, String> {
        let keys = jwks.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or("jwks must be an object with keys")?;
        if keys.len() > MOST_KEYS {
            return Err(format!("jwks may hold at most {MOST_KEYS} keys"));
        }
        let is_private = |key: &Value| PRIVATE.iter().any(|member| key.get(member).is_some());
        if keys.iter().any(is_private) {
            return Err("jwks holds a private or shared key; register the public parts only".to_owned());
        }
        let usable = |key: &&Value| VerificationKey::from_jwk(key, &Algorithms::default()).is_ok();
        if keys.iter().filter(usable).count() == 0 {
            return Err(format!("jwks has no key for any of {}", Algorithms::default()));
        }
        Ok(Self { keys: keys.clone() })
    }

    /// The keys that may have made a signature with this header: the one it names, or those without a name.
    pub fn candidates(&self, algorithm: &str, kid: Option<&str>) -> Vec<VerificationKey> {
        let Ok(algorithms) = Algorithms::parse([algorithm]) else {
            return Vec::new();
        };
        let keys = self.keys.iter();
        let usable = keys.filter_map(|key| VerificationKey::from_jwk(key, &algorithms).ok());
        let meant = |key: &VerificationKey| kid.is_none() || key.kid().is_none() || key.kid() == kid;
        usable.filter(meant).collect()
    }
}
