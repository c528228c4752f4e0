//! `error_uri` in the errors of endpoints that programs call: RFC 6749 section 5.2.
//!
//! An error is made where no settings are, so the address of its help page is added on the way out. It has the
//! code in it and nothing of the request.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use shared::http::answered::answered;

use crate::app::App;
use crate::error::OAuthError;

/// Middleware around such an endpoint.
pub async fn error_help(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (http_request, response) = answered(request, next).await;
    let response = match with_help(&http_request, &response) {
        Some(body) => response.set_body(BoxBody::new(body)),
        None => response,
    };
    Ok(ServiceResponse::new(http_request, response))
}

/// The body of an error of ours, with the address of its page.
fn with_help(request: &HttpRequest, response: &HttpResponse) -> Option<String> {
    let app = request.app_data::<Data<App>>()?;
    let error: &OAuthError = response.error()?.as_error()?;
    let error_uri = app.config.url(&format!("/help/errors/{}", error.error.as_str()));
    let body = json!({"error": error.error, "error_description": error.error_description, "error_uri": error_uri});
    Some(body.to_string())
}
