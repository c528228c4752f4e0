//! A set of keys: RFC 7517 section 5.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use shared::jwk::{Algorithms, VerificationKey};

/// More keys than any issuer needs.
pub(super) const MOST_KEYS: usize = 100;

/// The keys in use, by name. The default is empty, of generation 0.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: HashMap<String, Arc<VerificationKey>>,
    generation: u64,
}

/// Why a document is no key set that could be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenSet {
    /// Neither `{"keys": [...]}` nor one key.
    #[error("the answer is neither a JWK set nor a JWK")]
    NotASet,
    /// More than `MOST_KEYS`.
    #[error("the set has more than {MOST_KEYS} keys")]
    TooMany,
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
pub(super) fn parse(body: &[u8], algorithms: &Algorithms) -> Result<Vec<VerificationKey>, BrokenSet> {
    let document = serde_json::from_slice(body).map_err(|_| BrokenSet::NotASet)?;
    let keys = keys_of(document).ok_or(BrokenSet::NotASet)?;
    if keys.len() > MOST_KEYS {
        return Err(BrokenSet::TooMany);
    }
    let usable = |jwk: &Value| {
        let key = VerificationKey::from_jwk(jwk, algorithms)
            .inspect_err(|why| log::debug!("a published key is passed over: {why}"))
            .ok()?;
        if key.kid().is_none() {
            log::debug!("a published key is passed over: it has no kid, so no token can name it");
            return None;
        }
        Some(key)
    };
    Ok(keys.iter().filter_map(usable).collect())
}

impl KeySet {
    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Another number than that of every other set of this issuer since the start.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The key of this name.
    pub fn key(&self, kid: &str) -> Option<Arc<VerificationKey>> {
        self.keys.get(kid).cloned()
    }

    /// The set that takes this one's place: of the next generation, or of the same if nothing changed.
    /// Of two keys with one name the first counts.
    pub(super) fn followed_by(&self, keys: Vec<VerificationKey>) -> Result<Self, BrokenSet> {
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
