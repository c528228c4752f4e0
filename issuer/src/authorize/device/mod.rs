//! Device authorization: RFC 8628, for programs that have no browser where they run, as over SSH.
//!
//! 1. The program proves who it is, as at the token endpoint, and says what it wants (`endpoint`);
//! 2. it gets a code for itself and a short one, which it shows with the address of our page;
//! 3. a person opens the page, signs in and types the code (`enter`);
//! 4. the person sees who asks for what and decides (`consent`);
//! 5. meanwhile the program asks the token endpoint again and again (`token::device_code`).
//!
//! Whoever talks a person into typing a code gets that person's access (section 5.4), so all of it is off unless the
//! settings turn it on, and the page says so every time: no consent is remembered, and what the client holds already is
//! not added, for it may hold it on another machine. Easy to get wrong: (1) a code in the link that counts as typed: it
//! only fills in the form; (2) letting people guess codes: a right guess gives somebody else's program an account
//! (section 5.1).

mod consent;
mod enter;
mod onward;
mod user_code;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use shared::clock::NumericDate;
use shared::http::client_address::client_address;
use shared::params::Params;
use shared::random;

use self::user_code::UserCode;
use super::asker;
use super::request;
use crate::app::App;
use crate::browser::Page;
use crate::client::{Client, authentication};
use crate::error::{ErrorCode, OAuthError};
use crate::grant_types::DEVICE_CODE;
use crate::hash::SecretHash;
use crate::store::device_authorizations::{DeviceAuthorization, INTERVAL, NewDeviceAuthorization};
use crate::{dpop, form};

pub use consent::decide;
pub use enter::{enter, show};
pub(super) use onward::Onward;

/// Where programs ask.
const PATH: &str = "/oauth/device_authorization";
/// Where people type the code.
const PAGE: &str = "/device";
/// Seconds that a person has.
const SECONDS: NumericDate = 600;
/// New codes that are tried while there is one like it already.
const TRIES: usize = 5;

/// `POST /oauth/device_authorization`
pub async fn endpoint(app: Data<App>, request: HttpRequest, body: Payload) -> Result<HttpResponse, OAuthError> {
    if !app.config.device_grant {
        let description = "the device code grant is not offered here (ISSUER_DEVICE_GRANT)";
        return Err(OAuthError::new(ErrorCode::UnsupportedGrantType, description));
    }
    let params = form::read(&request, body).await?;
    let client = authentication::authenticate_for_authorization(&app, &request, &params).await?;
    let taken = client.metadata.grant_types.iter().any(|taken| taken == DEVICE_CODE);
    if !taken {
        let description = "the client did not register for this grant";
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, description));
    }
    let jkt = dpop::proven(&app, &request, PATH, None).await?;
    let asked = DeviceAuthorization {
        asked_from: client_address(&request).map(|address| address.to_string()),
        ..asked(&app, &client, &params, jkt)?
    };
    let (device_code, user_code) = keep(&app, &asked).await?;
    let page = app.config.url(PAGE);
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(json!({
            "device_code": device_code,
            "user_code": user_code.shown(),
            "verification_uri_complete": format!("{page}?user_code={}", user_code.shown()),
            "verification_uri": page,
            "expires_in": SECONDS,
            "interval": INTERVAL,
        })))
}

/// Section 3.1: the same checks as for a link, as far as there is something to check.
fn asked(app: &App, client: &Client, params: &Params, jkt: Option<String>) -> Result<DeviceAuthorization, OAuthError> {
    let target = request::target(params, &app.config.resources)?;
    let scope = request::scope(params)?.unwrap_or_else(|| request::wish(asker(client), &target));
    let named = request::dpop_jkt(params)?;
    if jkt.is_some() && named.is_some() && named != jkt {
        let description = "dpop_jkt is not the key of the DPoP proof";
        return Err(OAuthError::new(ErrorCode::InvalidRequest, description));
    }
    Ok(DeviceAuthorization {
        client_id: client.client_id.as_str().to_owned(),
        client_document: client.document()?,
        metadata_hash: client.metadata_hash()?,
        scope: target.granted(&scope),
        resource: target.audience(),
        dpop_jkt: jkt.or(named),
        asked_from: None,
        created_at: app.clock.now(),
    })
}

async fn keep(app: &App, asked: &DeviceAuthorization) -> Result<(String, UserCode), OAuthError> {
    let now = app.clock.now();
    for _ in 0..TRIES {
        let (device_code, user_code) = (random::token()?, UserCode::random()?);
        let new = NewDeviceAuthorization {
            device_code: &SecretHash::of(&device_code),
            user_code: &user_code.hash(app),
            asked,
            expires_at: now.saturating_add(SECONDS),
        };
        if app.store.insert_device_authorization(new, now).await? {
            return Ok((device_code, user_code));
        }
    }
    Err(OAuthError::server_error("there is no code that nobody else has"))
}

/// A page of this grant, where it is offered.
fn must_be_on(app: &App) -> Result<(), Page> {
    if app.config.device_grant {
        Ok(())
    } else {
        Err(Page::for_status(StatusCode::NOT_FOUND))
    }
}
