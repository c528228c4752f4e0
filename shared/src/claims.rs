//! The claims of a JWT access token: RFC 9068 section 2.2.
//!
//! One type for the program that writes them and the program that reads them. Reading is exact:
//! a number as a string does not parse.

use serde::{Deserialize, Serialize};

use crate::audience::Audience;
use crate::clock::NumericDate;
use crate::scope::Scope;
use crate::status_list::Status;

/// The `typ` header of a JWT access token (RFC 9068 section 2.1).
pub const TYP: &str = "at+jwt";

/// What an access token of our issuer says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// Who issued the token: the issuer identifier, byte for byte as in its metadata.
    pub iss: String,
    /// For whom it acts: the user's identifier, stable and never used again for somebody else.
    pub sub: String,
    /// Where it may be used: a resource identifier, or several that are meant to be used together.
    pub aud: Audience,
    /// Which client it was issued to.
    pub client_id: String,
    /// What it allows.
    pub scope: Scope,
    /// When it was issued.
    pub iat: NumericDate,
    /// When it ends.
    pub exp: NumericDate,
    /// The token's own identifier.
    pub jti: String,
    /// The grant it came from: everything issued from one consent has the same (our own claim).
    pub grant_id: String,
    /// The key that whoever sends the token must prove to hold (RFC 7800 section 3.1); nobody must when it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// Where it stands whether the token was revoked (draft-ietf-oauth-status-list-18 section 6.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// A key by its thumbprint: RFC 9449 section 6.1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// RFC 7638, with SHA-256.
    pub jkt: String,
}
