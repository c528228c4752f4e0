//! The scopes that the metadata and the challenge name: RFC 9728 section 2, RFC 6750 section 3.

use crate::config::Config;

/// The scopes that a normal user needs; every one of them stands in the metadata and in the challenge.
pub const SCOPES_SUPPORTED: &[&str] = &["food:read", "food:write"];

/// What the tools need, and what every call needs here.
pub fn scopes_supported(config: &Config) -> Vec<String> {
    let further = config
        .required_scopes
        .tokens()
        .filter(|token| !SCOPES_SUPPORTED.contains(token));
    SCOPES_SUPPORTED
        .iter()
        .copied()
        .chain(further)
        .map(str::to_owned)
        .collect()
}
