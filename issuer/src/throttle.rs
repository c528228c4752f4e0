//! The limits of `rates` before an endpoint, refused in the endpoint's own format: RFC 6585 section 4.
//!
//! Programs get the JSON of RFC 6749 section 5.2 with `temporarily_unavailable`, people get a page, both
//! with 429 and `Retry-After`. Metadata, keys, health and stylesheets are never limited: without them a
//! client could not even find out that it should wait.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::Data;
use shared::http::client_address::client_address;

use crate::app::App;
use crate::browser::Page;
use crate::browser::page::span;
use crate::config::Rated;
use crate::error::OAuthError;
use crate::limits::RetryAfter;

/// Middleware of an endpoint that programs call; without a limit it lets everything through.
pub async fn programs(
    what: Option<Rated>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    count(what, &request).map_err(|RetryAfter(seconds)| OAuthError::too_many(seconds))?;
    next.call(request).await
}

/// As [`programs`], of an endpoint that people see.
pub async fn people(
    what: Option<Rated>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    count(what, &request).map_err(too_many)?;
    next.call(request).await
}

fn count(what: Option<Rated>, request: &ServiceRequest) -> Result<(), RetryAfter> {
    let Some(what) = what else { return Ok(()) };
    let app = request.app_data::<Data<App>>();
    match app.zip(client_address(request.request())) {
        Some((app, address)) => app.rates.of_address(what, address, app.clock.now()),
        None => Ok(()),
    }
}

fn too_many(RetryAfter(seconds): RetryAfter) -> Page {
    Page::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests from your network")
        .say(format!(
            "Nothing was done. Wait {}, then load this page again.",
            span(seconds)
        ))
        .retry_after(seconds)
}
