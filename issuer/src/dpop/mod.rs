//! Proofs of possession at the issuer: RFC 9449 sections 5, 7.1, 8 and 11.1.
//!
//! 1. A request without a proof goes on as ever; nobody needs DPoP who did not ask for it.
//! 2. A proof that comes must hold for this endpoint.
//! 3. It holds our nonce, when the settings ask for one.
//! 4. It is used up.
//! 5. What is issued is bound to its key.
//!
//! Easy to get wrong: forgetting a proof that holds and issuing a token for everybody; the client believes it bound.

mod nonce;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use shared::dpop::{self, BadProof, REMEMBER};
use url::Url;

use crate::app::App;
use crate::error::{ErrorCode, OAuthError};
use crate::hash::SecretHash;

/// The name of the header field.
const FIELD: &str = "DPoP";

/// The thumbprint of the key that the request proves to hold; `None` when it brings no proof. `path` is the
/// endpoint's below the issuer identifier.
pub async fn proven(
    app: &App,
    request: &HttpRequest,
    path: &str,
    access_token: Option<&str>,
) -> Result<Option<String>, OAuthError> {
    let fields = request.headers().get_all(FIELD).map(HeaderValue::as_bytes);
    let Some(proof) = dpop::single(fields)? else {
        return Ok(None);
    };
    let url = Url::parse(&app.config.url(path)).map_err(OAuthError::server_error)?;
    let request = dpop::Request {
        method: request.method().as_str(),
        url: &url,
        access_token,
    };
    let now = app.clock.now();
    let proof = dpop::check(proof, &request, now)?;
    if app.config.dpop_nonce && !nonce::is_fresh(&app.keys.mac, proof.nonce.as_deref(), now) {
        return Err(OAuthError::use_dpop_nonce(nonce::at(&app.keys.mac, now)));
    }
    let used = SecretHash::of(&format!("{} {}", proof.jkt, proof.jti));
    if !app.store.use_dpop_proof(&used, now.saturating_add(REMEMBER)).await? {
        return Err(refused(
            "the DPoP proof was used before; make a new one for each request",
        ));
    }
    Ok(Some(proof.jkt))
}

/// The nonce for the client's next proof, when the settings ask for one (RFC 9449 section 8.2).
pub fn next_nonce(app: &App) -> Option<String> {
    let on = app.config.dpop_nonce;
    on.then(|| nonce::at(&app.keys.mac, app.clock.now()))
}

/// The error for a proof that is missing or does not hold (RFC 9449 section 5).
pub fn refused(description: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidDpopProof, description)
}

impl From<BadProof> for OAuthError {
    fn from(why: BadProof) -> Self {
        refused(why.to_string())
    }
}
