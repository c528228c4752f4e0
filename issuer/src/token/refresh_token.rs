//! The refresh token grant: RFC 6749 section 6, OAuth 2.1 section 4.3.

/// The value of `grant_type`.
pub(super) const GRANT_TYPE: &str = "refresh_token";
