//! The token endpoint: RFC 6749 section 3.2, OAuth 2.1 section 3.2.

mod authorization_code;
mod refresh_token;

/// The grants that the endpoint knows: `grant_types_supported` of the metadata (RFC 8414 section 2).
pub(super) const GRANT_TYPES: &[&str] = &[authorization_code::GRANT_TYPE, refresh_token::GRANT_TYPE];
