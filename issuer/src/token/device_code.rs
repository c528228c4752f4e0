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
use shared::scope::Scope;

use super::{Exchanged, asked_resource, must_take, narrowed, not_for, takes};
use crate::app::App;
use crate::client::Client;
use crate::client::method::AuthMethod;
use crate::error::{ErrorCode, OAuthError};
use crate::grant_types::{DEVICE_CODE, REFRESH_TOKEN};
use crate::hash::SecretHash;
use crate::pkce::CodeChallenge;
use crate::store::authorization_codes::{GrantSpans, Redeemed, Redemption};
use crate::store::device_authorizations::Polled;
use crate::store::device_decisions::challenge;
use crate::store::grants::FIRST;
use crate::store::wanted::Wanted;

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
    let (resource, known) = (asked_resource(app, params)?, app.config.resources.known());
    let (client_id, now) = (client.client_id.as_str(), app.clock.now());
    let ended = allowed(app.store.poll_device_authorization(&code_hash, client_id, now).await?)?;
    let code_challenge =
        CodeChallenge::parse(challenge(code_hash.as_str()).as_str()).ok_or_else(OAuthError::invalid_grant)?;
    let redemption = Redemption {
        code_hash: &code_hash,
        client_id,
        code_challenge: &code_challenge,
        redirect_uri: None,
        resource: Wanted::of(resource.as_ref(), &known),
        client_name: client.metadata.client_name.as_deref(),
        dpop_jkt: jkt,
        binds_refresh_tokens: client.metadata.token_endpoint_auth_method == AuthMethod::None,
    };
    let spans = GrantSpans {
        idle: app.config.refresh_idle_seconds,
        absolute: app.config.grant_seconds,
    };
    match app.store.redeem_code(&redemption, spans, now).await? {
        Redeemed::Now(grant, nonce) => {
            let (scope, audience) = narrowed(app, &grant, &Scope::default(), resource.as_ref())?;
            Ok(Exchanged {
                grant,
                scope,
                audience,
                counter: takes(client, REFRESH_TOKEN).then_some(FIRST),
                nonce,
            })
        }
        Redeemed::OtherResource => Err(not_for(resource.as_ref())),
        Redeemed::Refused if ended => Err(expired()),
        Redeemed::Refused => Err(OAuthError::invalid_grant()),
    }
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
