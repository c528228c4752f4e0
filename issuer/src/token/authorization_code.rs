//! The authorization code grant: RFC 6749 section 4.1.3, OAuth 2.1 section 4.1.3.

/// The value of `grant_type`.
pub(super) const GRANT_TYPE: &str = "authorization_code";
