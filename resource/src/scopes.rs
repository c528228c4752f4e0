//! The scopes that the metadata and the challenge name: RFC 9728 section 2, RFC 6750 section 3.

use shared::scope::Scope;

/// The scopes that a normal user needs; every one of them stands in the metadata and in the challenge.
pub const SCOPES_SUPPORTED: &[&str] = &["food:read", "food:write"];

/// These, and what every call needs here.
pub fn scopes_supported(required: &Scope) -> Scope {
    let supported: Scope = SCOPES_SUPPORTED.iter().map(|scope| (*scope).to_owned()).collect();
    supported.union(required)
}
