//! From an `Authorization` header to a [`Principal`](crate::principal::Principal): RFC 6750 section 2.1, RFC 9068
//! section 4.
//!
//! 1. [`bearer`] finds the token in the header.
//! 2. [`verifier`] chooses the issuer among those of [`trust`] and has the token checked as that issuer's settings say: header, claims,
//!    then the signature with a key of [`jwks`], which [`discovery`] finds; or by asking the issuer.
//! 3. What passed is remembered, so that a signature is checked once per token.
//!    Where the settings say so, an [`api_key`] is taken in its place.
//! 4. A token that is bound to a key needs a proof with every request, which [`proofs`] checks (RFC 9449 section 7).
//!
//! Knows nothing of food, MCP or the settings' names.

pub mod anonymous;
pub mod api_key;
pub mod bearer;
pub mod claims;
pub mod discovery;
mod introspection;
pub mod jwks;
mod jwt;
pub mod metrics;
pub mod proofs;
pub mod refusal;
pub mod status;
pub mod trust;
pub mod verified;
pub mod verifier;

use std::sync::Arc;

use actix_web::HttpRequest;

use self::bearer::{BadAuthorization, Scheme};
use self::proofs::{ProofRefused, Proofs};
use self::refusal::Refusal;
use self::verified::Verified;
use self::verifier::Verifier;
use tokio::time::Instant;

/// Why a request has no [`Principal`](crate::principal::Principal).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// The header holds no usable token.
    #[error(transparent)]
    Header(#[from] BadAuthorization),
    /// The token does not open this door.
    #[error(transparent)]
    Token(#[from] Refusal),
    /// The token is bound to a key, and the proof of it does not hold.
    #[error(transparent)]
    Proof(#[from] ProofRefused),
}

impl Unauthenticated {
    /// A name for counting and for finding refusals.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Header(BadAuthorization::Absent) => "no_token",
            Self::Header(_) => "authorization_header",
            Self::Proof(ProofRefused::Nonce(_)) => "dpop_nonce",
            Self::Proof(ProofRefused::Used) => "dpop_proof_reused",
            Self::Proof(_) => "dpop_proof",
            Self::Token(refusal) => refusal.name(),
        }
    }
}

/// Who makes the request.
pub async fn authenticate(
    verifier: &Verifier,
    proofs: &Proofs,
    request: &HttpRequest,
) -> Result<Arc<Verified>, Unauthenticated> {
    let begun = Instant::now();
    let outcome = decide(verifier, proofs, request).await;
    let (method, issuer) = match &outcome {
        Ok(sent) => verifier.way_of(sent),
        Err(_) => bearer::credentials(request.headers())
            .map_or((metrics::NONE, metrics::NONE), |(_, token)| verifier.way_for(token)),
    };
    let name = outcome.as_ref().map_or_else(Unauthenticated::name, |_| "accepted");
    verifier.metrics().authenticated(method, issuer, name, begun.elapsed());
    outcome
}

async fn decide(verifier: &Verifier, proofs: &Proofs, request: &HttpRequest) -> Result<Arc<Verified>, Unauthenticated> {
    let (scheme, token) = bearer::credentials(request.headers())?;
    let sent = verifier.verify(token).await?;
    match (scheme, &sent.bound_to) {
        (Scheme::Bearer, None) => {}
        (Scheme::DPoP, Some(jkt)) => proofs.check(request.method(), request.headers(), token, jkt)?,
        (Scheme::Bearer, Some(_)) => return Err(Refusal::Bound.into()),
        (Scheme::DPoP, None) => return Err(Refusal::NotBound.into()),
    }
    Ok(sent)
}
