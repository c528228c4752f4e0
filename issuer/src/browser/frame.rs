//! What surrounds every endpoint that people see: security headers, and errors as pages.
//!
//! Easy to get wrong: (1) `form-action`: Chromium applies it to every redirect after a form, so a page
//! whose answer leads to a client must not have it, or Allow does nothing; (2) headers on good answers
//! only: an error page can be framed as well; (3) `Referrer-Policy: no-referrer` makes browsers send
//! `Origin: null` with our own forms, see `csrf`.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    self, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};
use shared::http::access_log::request_id;
use shared::http::answered::answered;

use super::page::{self, Page};
use crate::app::App;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const POLICY_TOWARDS_CLIENT: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'";
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()";
const TWO_YEARS: &str = "max-age=63072000";

static COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
static CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
static PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Middleware around the pages.
pub async fn frame(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (http_request, response) = answered(request, next).await;
    let app = http_request.app_data::<Data<App>>().cloned();
    let mut response = match &app {
        Some(app) => readable(app, &http_request, response),
        None => response,
    };
    secure(response.headers_mut(), app.is_some_and(|app| app.config.is_https()));
    Ok(ServiceResponse::new(http_request, response))
}

/// Marks a page whose form is answered with a redirect to a client.
pub fn leads_to_client(mut answer: HttpResponse) -> HttpResponse {
    let policy = HeaderValue::from_static(POLICY_TOWARDS_CLIENT);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    answer
}

/// Puts every error into words: a [`Page`] into its own, anything else by its status.
fn readable(app: &App, request: &HttpRequest, response: HttpResponse) -> HttpResponse {
    let status = response.status();
    if let Some(page) = response.error().and_then(|error| error.as_error::<Page>()) {
        return page::error_page(app, page, &request_id(request));
    }
    if status.is_success() || status.is_redirection() || is_html(&response) {
        return response;
    }
    let mut answer = page::error_page(app, &Page::for_status(status), &request_id(request));
    if let Some(methods) = response.headers().get(ALLOW) {
        answer.headers_mut().insert(ALLOW, methods.clone());
    }
    answer
}

fn is_html(response: &HttpResponse) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"text/html"))
}

fn secure(headers: &mut HeaderMap, https: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(REFERRER_POLICY, "no-referrer");
    set(CACHE_CONTROL, "no-store");
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(X_FRAME_OPTIONS, "DENY");
    set(COOP.clone(), "same-origin");
    set(CORP.clone(), "same-origin");
    set(PERMISSIONS_POLICY.clone(), PERMISSIONS);
    set(header::X_DNS_PREFETCH_CONTROL, "off");
    if https {
        set(STRICT_TRANSPORT_SECURITY, TWO_YEARS);
    }
}
