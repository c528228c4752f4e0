//! What a token allows, as its issuer writes it and as it is meant here: RFC 6749 section 3.3.
//!
//! 1. Every claim of `scope_from`: a text of tokens with spaces between them, or an array of tokens.
//! 2. `scope_strip` is taken off the front of each.
//! 3. `scope_map` says what each means here; one that it does not name means itself.
//!
//! Easy to get wrong: an element of an array with a space in it is one name (a role "Food Reader") and not two
//! scopes, so unless `scope_map` knows it, it means nothing.

use serde_json::Value;
use shared::scope::Scope;

use super::Issuer;
use crate::auth::refusal::Refusal;
use shared::members::Members;

impl Issuer {
    /// What these claims allow.
    pub fn scope_of(&self, members: &Members) -> Result<Scope, Refusal> {
        let mut scope = Scope::default();
        for name in &self.scope_from {
            if let Some(value) = members.get(name) {
                let read = self
                    .read(value)
                    .ok_or_else(|| Refusal::WrongType(name.clone().into()))?;
                scope = scope.union(&read);
            }
        }
        Ok(scope)
    }

    fn read(&self, value: &Value) -> Option<Scope> {
        let names: Vec<&str> = match value {
            Value::String(text) => {
                Scope::parse(text).ok()?;
                text.split(' ').collect()
            }
            Value::Array(values) => values.iter().map(Value::as_str).collect::<Option<_>>()?,
            _ => return None,
        };
        Some(names.into_iter().flat_map(|name| self.meaning(name)).collect())
    }

    fn meaning(&self, name: &str) -> Vec<String> {
        let name = name.strip_prefix(self.scope_strip.as_str()).unwrap_or(name);
        if let Some(meaning) = self.scope_map.get(name) {
            return meaning.clone();
        }
        let is_token = !name.is_empty() && !name.contains(' ') && Scope::parse(name).is_ok();
        if is_token { vec![name.to_owned()] } else { Vec::new() }
    }
}
