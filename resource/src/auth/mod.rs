//! From an `Authorization` header to a [`Principal`](crate::principal::Principal): RFC 6750 section 2.1, RFC 9068
//! section 4.
//!
//! 1. [`bearer`] finds the token in the header.
//! 2. [`verifier`] chooses the issuer among those of [`trust`] and has the token checked as that issuer's settings say: header, claims,
//!    then the signature with a key of [`jwks`], which [`discovery`] finds; or by asking the issuer.
//! 3. What passed is remembered, so that a signature is checked once per token.
//!
//! Knows nothing of food, MCP or the settings' names.

pub mod bearer;
pub mod claims;
pub mod discovery;
mod introspection;
pub mod jwks;
mod jwt;
pub mod refusal;
pub mod trust;
pub mod verified;
pub mod verifier;

use std::sync::Arc;

use actix_web::http::header::HeaderMap;

use self::bearer::BadAuthorization;
use self::refusal::Refusal;
use self::verified::Verified;
use self::verifier::Verifier;

/// Why a request has no [`Principal`](crate::principal::Principal).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// The header holds no usable token.
    #[error(transparent)]
    Header(#[from] BadAuthorization),
    /// The token does not open this door.
    #[error(transparent)]
    Token(#[from] Refusal),
}

/// Who makes the request with these headers.
pub async fn authenticate(verifier: &Verifier, headers: &HeaderMap) -> Result<Arc<Verified>, Unauthenticated> {
    let token = bearer::token(headers)?;
    Ok(verifier.verify(token).await?)
}
