//! The grants that clients may take: RFC 6749 sections 4.1, 4.4 and 6, RFC 8628 section 3.4, RFC 7591 section 2
//! (`grant_types`).
//!
//! Below both who registers for a grant and who exchanges it.

/// The authorization code grant.
pub const AUTHORIZATION_CODE: &str = "authorization_code";

/// The refresh token grant.
pub const REFRESH_TOKEN: &str = "refresh_token";

/// The client credentials grant.
pub const CLIENT_CREDENTIALS: &str = "client_credentials";

/// The device code grant.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// All of them: `grant_types_supported` of the metadata (RFC 8414 section 2), but for what the settings leave out.
pub const GRANT_TYPES: &[&str] = &[AUTHORIZATION_CODE, REFRESH_TOKEN, CLIENT_CREDENTIALS, DEVICE_CODE];

/// Those that a client gets by asking: what it does with them needs a person's consent.
pub const REGISTRABLE_GRANT_TYPES: &[&str] = &[AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE];

/// Those that a client gets that asks for none.
pub const DEFAULT_GRANT_TYPES: &[&str] = &[AUTHORIZATION_CODE, REFRESH_TOKEN];
