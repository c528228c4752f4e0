//! Pushed authorization requests: RFC 9126, with RFC 9449 section 10.1 (`dpop_jkt`).
//!
//! 1. The client proves who it is, as at the token endpoint; its document is fetched when it has one;
//! 2. the request is checked as at the authorization endpoint;
//! 3. it is kept for 90 seconds under a `request_uri` that cannot be guessed;
//! 4. the authorization endpoint takes it from there, for that client and the browser that came first.
//!
//! Easy to get wrong: mixing what was pushed with what stands in the link. The link has `client_id` and
//! `request_uri`; everything else in it is passed over (section 4).

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use shared::clock::NumericDate;
use shared::params::Params;
use shared::random;

use super::asked::Asked;
use super::asker;
use super::redirect::{AuthorizationError, Redirect};
use super::request::{AuthorizationRequest, state_of};
use crate::app::App;
use crate::browser::{Page, Visitor, is_token};
use crate::client::{Client, authentication};
use crate::error::{ErrorCode, OAuthError};
use crate::hash::SecretHash;
use crate::store::pushed_requests::PushedRequest;
use crate::{dpop, form};

/// Where this is.
const PATH: &str = "/oauth/par";
/// How every `request_uri` of ours begins (section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// Seconds for which it may be used.
const SECONDS: NumericDate = 90;

/// `POST /oauth/par`
pub async fn push(app: Data<App>, request: HttpRequest, body: Payload) -> Result<HttpResponse, OAuthError> {
    let params = form::read(&request, body).await?;
    let client = authentication::authenticate_for_authorization(&app, &request, &params).await?;
    let jkt = dpop::proven(&app, &request, PATH, None).await?;
    let asked = check(&app, client, &params, jkt)?;
    let request = serde_json::to_string(&asked.keep()?).map_err(OAuthError::server_error)?;
    let (handle, now) = (random::token()?, app.clock.now());
    let pushed = PushedRequest {
        request_uri: &SecretHash::of(&handle),
        client_id: asked.client.client_id.as_str(),
        request: &request,
        expires_at: now.saturating_add(SECONDS),
    };
    if !app.store.push_request(pushed, now).await? {
        let description = "too many requests wait; try again later";
        return Err(OAuthError::new(ErrorCode::TemporarilyUnavailable, description));
    }
    Ok(HttpResponse::Created()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(json!({"request_uri": format!("{PREFIX}{handle}"), "expires_in": SECONDS})))
}

/// Section 2.1: the same checks as for a link. What would be a page there is an error here.
fn check(app: &App, client: Client, params: &Params, jkt: Option<String>) -> Result<Asked, OAuthError> {
    let invalid = |description| OAuthError::new(ErrorCode::InvalidRequest, description);
    if params.many("request_uri").next().is_some() {
        return Err(invalid("request_uri may not be pushed"));
    }
    let redirect_uri = params.optional("redirect_uri")?;
    let state = state_of(params);
    let redirect = Redirect::to_registered(redirect_uri, &client.metadata, state, &app.config.issuer)
        .map_err(|_| invalid("redirect_uri is not among those of the client, or is missing"))?;
    let mut asked = AuthorizationRequest::read(params, asker(&client), redirect_uri, &app.config.resources)?;
    if jkt.is_some() && asked.dpop_jkt.is_some() && asked.dpop_jkt != jkt {
        return Err(invalid("dpop_jkt is not the key of the DPoP proof"));
    }
    asked.dpop_jkt = jkt.or(asked.dpop_jkt);
    Ok(Asked::new(asked, client, redirect))
}

/// Section 6: some clients want none of their requests to come by the link alone.
pub(super) fn may_be_left_out(client: &Client) -> Result<(), AuthorizationError> {
    if client.metadata.require_pushed_authorization_requests {
        return Err(AuthorizationError::new(
            ErrorCode::InvalidRequest,
            "the client registered for require_pushed_authorization_requests, so its requests must be pushed",
        ));
    }
    Ok(())
}

/// What follows the prefix, when the link brings a `request_uri` of ours.
pub(super) fn handle_of(params: &Params) -> Option<&str> {
    let request_uri = params.optional("request_uri").ok().flatten()?;
    request_uri.strip_prefix(PREFIX).filter(|handle| is_token(handle))
}

/// The request that was pushed, for this client and this browser.
pub(super) async fn take(app: &App, visitor: &Visitor, client_id: &str, handle: &str) -> Result<Asked, Page> {
    let (hash, now) = (SecretHash::of(handle), app.clock.now());
    let browser = visitor.browser();
    let kept = app.store.take_pushed_request(&hash, client_id, &browser, now).await?;
    let kept = serde_json::from_str(&kept.ok_or_else(gone)?).map_err(|error| Page::server_error(&error))?;
    Asked::restore(app, kept).await
}

fn gone() -> Page {
    Page::new(StatusCode::GONE, "This link was used or has ended")
        .say("A program made it for one browser and for a minute and a half. Nothing was allowed.")
        .remedy(
            "Go back to the program that sent you here and start signing in again there.",
            Vec::new(),
        )
}

impl From<AuthorizationError> for OAuthError {
    fn from(error: AuthorizationError) -> Self {
        Self::new(error.code, error.description)
    }
}
