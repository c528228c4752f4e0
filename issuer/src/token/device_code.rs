//! The device code grant: RFC 8628 sections 3.4 and 3.5.
//!
//! 1. The client takes the grant, and the settings offer it,
//! 2. how things stand with the person,
//! 3. once it is allowed, the code is used up, which checks everything it is bound to,
//! 4. tokens.
//!
//! Step 2 refuses most requests: the client asks again after the interval. Step 3 alone decides who gets tokens; it is
//! that of the authorization code grant, so a code that comes again revokes what came of it.

use shared::params::Params;

use super::redemption::{Code, redeem};
use super::{Exchanged, asked_resource, must_take};
use crate::app::App;
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::grant_types::DEVICE_CODE;
use crate::hash::SecretHash;
use crate::pkce::CodeChallenge;
use crate::store::device_authorizations::Polled;
use crate::store::device_decisions::challenge;

/// The code of such a request, by which its client is found before a person allowed it; `None` for every other request.
pub(super) fn of_waiting(app: &App, params: &Params) -> Option<SecretHash> {
    let is_meant = params.one("grant_type") == Ok(DEVICE_CODE) && app.config.device_grant;
    let code = params.one("device_code").ok().filter(|_| is_meant)?;
    Some(SecretHash::of(code))
}

pub(super) async fn exchange(
    app: &App,
    client: &Client,
    params: &Params,
    jkt: Option<&str>,
) -> Result<Exchanged, OAuthError> {
    if !app.config.device_grant {
        return Err(OAuthError::new(
            ErrorCode::UnsupportedGrantType,
            "see grant_types_supported",
        ));
    }
    must_take(client, DEVICE_CODE)?;
    let code_hash = SecretHash::of(params.one("device_code")?);
    let (resource, client_id, now) = (asked_resource(app, params)?, client.client_id.as_str(), app.clock.now());
    let ended = allowed(app.store.poll_device_authorization(&code_hash, client_id, now).await?)?;
    let code_challenge =
        CodeChallenge::parse(challenge(code_hash.as_str()).as_str()).ok_or_else(OAuthError::invalid_grant)?;
    let code = Code {
        hash: &code_hash,
        challenge: &code_challenge,
        redirect_uri: None,
        resource: resource.as_ref(),
        jkt,
    };
    let refused = || if ended { expired() } else { OAuthError::invalid_grant() };
    redeem(app, client, code).await?.ok_or_else(refused)
}

/// Goes on where the person allowed it, also when its time is over by now, which is told.
fn allowed(polled: Polled) -> Result<bool, OAuthError> {
    let error = |code, words| Err(OAuthError::new(code, words));
    match polled {
        Polled::Allowed { ended } => Ok(ended),
        Polled::Pending => error(ErrorCode::AuthorizationPending, "the person has not decided yet"),
        Polled::SlowDown => error(
            ErrorCode::SlowDown,
            "the person has not decided yet; wait five seconds longer than before between two requests",
        ),
        Polled::Denied => error(ErrorCode::AccessDenied, "the person pressed Deny"),
        Polled::Expired => Err(expired()),
        Polled::Unknown => Err(OAuthError::invalid_grant()),
    }
}

fn expired() -> OAuthError {
    OAuthError::new(ErrorCode::ExpiredToken, "the device_code has ended; begin anew")
}
