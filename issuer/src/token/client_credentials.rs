//! The client credentials grant: RFC 6749 section 4.4, OAuth 2.1 section 4.2, and the MCP extension
//! `io.modelcontextprotocol/oauth-client-credentials`.
//!
//! 1. the client takes the grant and somebody allowed it a scope,
//! 2. it is confidential,
//! 3. scope and resource are within that,
//! 4. an access token whose `sub` is the client (RFC 9068 section 2.2), and no refresh token (RFC 6749 section 4.4.3).
//!
//! Nobody signs in and nobody consents, so a registration cannot ask for this grant: only `issuer client add --scope`
//! gives it. Easy to get wrong: (1) a scope about a person, for whom there is nobody here; they are never allowed; (2) a
//! scope of one resource that another calls the same: it counts only at the resources that the client was added for,
//! also when the settings name another one first later.

use shared::audience::Audience;
use shared::params::Params;
use shared::scope::Scope;

use super::{Exchanged, asked_target, must_take};
use crate::app::App;
use crate::client::Client;
use crate::client::method::AuthMethod;
use crate::error::{ErrorCode, OAuthError};
use crate::grant_types::CLIENT_CREDENTIALS;
use crate::resource::{Resources, Target};
use crate::store::grants::{Grant, GrantId};

pub(super) async fn exchange(app: &App, client: &Client, params: &Params) -> Result<Exchanged, OAuthError> {
    must_take(client, CLIENT_CREDENTIALS)?;
    let client_id = client.client_id.as_str();
    let service = &client.service;
    let allowed = service
        .scope
        .as_deref()
        .filter(|_| client.metadata.token_endpoint_auth_method != AuthMethod::None);
    let allowed = Scope::parse(allowed.ok_or_else(not_allowed)?).map_err(OAuthError::server_error)?;
    let asked = Scope::parse(params.optional("scope")?.unwrap_or_default())
        .map_err(|error| OAuthError::new(ErrorCode::InvalidScope, error.to_string()))?;
    let at = service.scope_at.as_deref().and_then(Audience::parse);
    let at = at.ok_or_else(not_allowed)?;
    let target = target(&app.config.resources, asked_target(app, params)?, &at)?;
    let scope = within(&target, &allowed, &asked)?;
    let now = app.clock.now();
    let ends_at = now.saturating_add(target.access_token_seconds(app.config.access_token_seconds));
    let status = app.store.take_status_entry(client.state(), ends_at).await?;
    Ok(Exchanged {
        grant: Grant {
            // Of this token alone, and not stored: there is nothing that could be refreshed.
            grant_id: GrantId::random()?,
            user_id: client_id.to_owned(),
            client_id: client_id.to_owned(),
            scope: scope.clone(),
            resource: target.audience(),
            auth_time: now,
            ends_at,
            status: Some(status.ok_or_else(not_allowed)?),
        },
        scope,
        audience: target.audience(),
        counter: None,
        nonce: None,
    })
}

/// What the token is for: what was asked for, or the first resource that the client was added for.
fn target<'a>(resources: &'a Resources, asked: Option<Target<'a>>, at: &Audience) -> Result<Target<'a>, OAuthError> {
    let target = asked.or_else(|| resources.first_known(at));
    target.filter(|target| at.covers(&target.audience())).ok_or_else(|| {
        let description = format!("this client gets tokens for: {at}");
        OAuthError::new(ErrorCode::InvalidTarget, description)
    })
}

/// What was asked for and is allowed there; all that is allowed when nothing was asked.
fn within(target: &Target<'_>, allowed: &Scope, asked: &Scope) -> Result<Scope, OAuthError> {
    // What a scope implies by today's file counts only where it was allowed, too.
    let allowed = target.of_services(allowed).intersection(allowed);
    let both = if asked.is_empty() {
        allowed.clone()
    } else {
        allowed.intersection(&target.of_services(asked))
    };
    if both.is_empty() {
        let description = format!("of this resource, this client may ask for: {allowed}");
        return Err(OAuthError::new(ErrorCode::InvalidScope, description));
    }
    Ok(both)
}

fn not_allowed() -> OAuthError {
    OAuthError::new(
        ErrorCode::UnauthorizedClient,
        "this client was not allowed to act by itself",
    )
}
