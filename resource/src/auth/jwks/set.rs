//! A set of keys: RFC 7517 section 5.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;

use shared::jwk::{Algorithms, Unusable, VerificationKey};

/// More keys than any issuer needs.
pub(super) const MOST_KEYS: usize = 100;

/// The keys in use, by name. The default is empty, of generation 0.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: HashMap<String, Arc<VerificationKey>>,
    generation: u64,
    /// When it is too old to be used.
    until: Option<Instant>,
}

/// Why a document is no key set that could be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenSet {
    /// Neither `{"keys": [...]}` nor one key.
    #[error("the answer is neither a JWK set nor a JWK")]
    NotASet,
    /// More than `MOST_KEYS`.
    #[error("the set has more than {MOST_KEYS} keys")]
    TooMany,
    /// No key in it is of an algorithm that the settings allow.
    #[error("the issuer's keys are for {found}, and the settings take {allowed}; add what is missing to algorithms")]
    NoneAllowed {
        /// The keys'.
        found: String,
        /// The settings'.
        allowed: String,
    },
    /// No key in it can be used.
    #[error("the set has no key that can be used")]
    NoneUsable,
}

/// The keys of a set, or the one key of an issuer that publishes it without a set around it (Kanidm).
fn keys_of(document: Value) -> Option<Vec<Value>> {
    match document {
        Value::Object(mut members) if members.contains_key("keys") => match members.remove("keys") {
            Some(Value::Array(keys)) => Some(keys),
            _ => None,
        },
        Value::Object(members) if members.contains_key("kty") => Some(vec![Value::Object(members)]),
        _ => None,
    }
}

/// The keys of a document that can be used with these algorithms; others are passed over.
pub fn parse(body: &[u8], algorithms: &Algorithms) -> Result<Vec<VerificationKey>, BrokenSet> {
    let document = serde_json::from_slice(body).map_err(|_| BrokenSet::NotASet)?;
    let keys = keys_of(document).ok_or(BrokenSet::NotASet)?;
    if keys.len() > MOST_KEYS {
        return Err(BrokenSet::TooMany);
    }
    let (mut usable, mut found) = (Vec::new(), BTreeSet::new());
    for jwk in &keys {
        match VerificationKey::from_jwk(jwk, algorithms) {
            Ok(key) if key.kid().is_some() => usable.push(key),
            Ok(_) => log::debug!("a published key is passed over: it has no kid, so no token can name it"),
            Err(why) => {
                log::debug!("a published key is passed over: {why}");
                if let Unusable::NotAllowed(name) = why {
                    found.insert(name);
                }
            }
        }
    }
    if usable.is_empty() && !found.is_empty() {
        return Err(BrokenSet::NoneAllowed {
            found: found.into_iter().collect::<Vec<_>>().join(", "),
            allowed: algorithms.to_string(),
        });
    }
    Ok(usable)
}

impl KeySet {
    /// Whether there is no key that may be used: none was fetched, or the last fetch was too long ago.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() || self.until.is_none_or(|until| Instant::now() >= until)
    }

    /// Another number than that of every other set of this issuer since the start.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The key of this name.
    pub fn key(&self, kid: &str) -> Option<Arc<VerificationKey>> {
        self.keys.get(kid).filter(|_| !self.is_empty()).cloned()
    }

    /// The set that takes this one's place until then: of the next generation, or of the same if nothing changed.
    /// Of two keys with one name the first counts.
    pub(super) fn followed_by(&self, keys: Vec<VerificationKey>, until: Instant) -> Result<Self, BrokenSet> {
        if keys.is_empty() {
            return Err(BrokenSet::NoneUsable);
        }
        let mut by_name = HashMap::new();
        for key in keys {
            if let Some(kid) = key.kid().map(str::to_owned) {
                by_name.entry(kid).or_insert_with(|| Arc::new(key));
            }
        }
        let changed = by_name != self.keys;
        Ok(Self {
            keys: by_name,
            generation: self.generation + u64::from(changed),
            until: Some(until),
        })
    }
}

impl fmt::Display for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<String> = self
            .keys
            .iter()
            .map(|(kid, key)| format!("{} ({})", kid.escape_debug(), key.algorithm_name()))
            .collect();
        names.sort();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ec() -> Value {
        json!({"kty": "EC", "crv": "P-256", "kid": "k1", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})
    }

    fn read(document: &Value, algorithms: &[&str]) -> Result<usize, BrokenSet> {
        let algorithms = Algorithms::parse(algorithms.iter().copied()).unwrap();
        parse(document.to_string().as_bytes(), &algorithms).map(|keys| keys.len())
    }

    #[test]
    fn a_set_and_a_key_alone_are_read_and_what_cannot_be_used_is_passed_over() {
        let unusable = [json!({}), json!(1), json!({"kty": "oct", "k": "AAAA", "kid": "k2"})];
        let mixed: Vec<Value> = unusable.into_iter().chain([ec()]).collect();
        assert_eq!(read(&json!({"keys": mixed, "kty": "EC"}), &["ES256"]), Ok(1));
        assert_eq!(read(&ec(), &["ES256"]), Ok(1));
        assert_eq!(read(&json!({"keys": []}), &["ES256"]), Ok(0));
        for neither in [json!({}), json!([ec()]), json!({"keys": ec()}), json!("EC")] {
            assert_eq!(read(&neither, &["ES256"]), Err(BrokenSet::NotASet), "{neither}");
        }
    }

    #[test]
    fn an_algorithm_that_is_missing_in_the_settings_is_named() {
        let told = read(&json!({"keys": [ec()]}), &["RS256", "EdDSA"]).unwrap_err();
        assert_eq!(
            told.to_string(),
            "the issuer's keys are for ES256, and the settings take RS256, EdDSA; add what is missing to algorithms"
        );
    }
}
