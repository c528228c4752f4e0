//! One log line per request, with the id that ties an answer to its causes.
//!
//! The line has the route's pattern and never the query, the body or a header: those hold codes,
//! tokens and passwords. An endpoint that knows who it serves says so with [`note_client`] and
//! [`note_subject`].

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};

use super::client_address::client_address;
use super::metrics::HttpMetrics;
use crate::random;

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the log line of one request says beside the answer.
#[derive(Debug)]
struct Known {
    /// 16 hexadecimal digits, ours and never the client's.
    id: String,
    client_id: Option<String>,
    subject: Option<String>,
}

/// Notes the client for the log line of this request.
pub fn note_client(request: &HttpRequest, client_id: &str) {
    known(request, |known| known.client_id = Some(client_id.to_owned()));
}

/// Notes the subject for the log line of this request.
pub fn note_subject(request: &HttpRequest, subject: &str) {
    known(request, |known| known.subject = Some(subject.to_owned()));
}

/// The id of this request, for logs and for the answer; made here where no middleware did.
pub fn request_id(request: &HttpRequest) -> String {
    known(request, |known| known.id.clone())
}

fn known<T>(request: &HttpRequest, of: impl FnOnce(&mut Known) -> T) -> T {
    of(request.extensions_mut().get_or_insert_with(Known::new))
}

impl Known {
    /// Without randomness requests are still served; their lines then share an id of zeros.
    fn new() -> Self {
        let bytes = random::bytes::<8>().unwrap_or_default();
        Self {
            id: format!("{:016x}", u64::from_be_bytes(bytes)),
            client_id: None,
            subject: None,
        }
    }
}

/// Middleware: gives the request an id, answers it in `X-Request-Id`, and writes the log line.
pub async fn access_log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let metrics = request.app_data::<HttpMetrics>();
    let in_flight = metrics.map(HttpMetrics::begin);
    let mut response = next.call(request).await?;
    drop(in_flight);
    let id = known(response.request(), |known| HeaderValue::from_str(&known.id));
    if let Ok(value) = id {
        response.headers_mut().insert(X_REQUEST_ID.clone(), value);
    }
    write_line(&response, begun);
    Ok(response)
}

fn write_line<B>(response: &ServiceResponse<B>, begun: Instant) {
    let request = response.request();
    let route = request.match_pattern();
    let route = route.as_deref().unwrap_or("(none)");
    let took = begun.elapsed();
    if let Some(metrics) = request.app_data::<HttpMetrics>() {
        metrics.answered(route, request.method().as_str(), response.status().as_u16(), took);
    }
    let address = client_address(request).map(|address| address.to_string());
    let quiet = matches!(route, "/healthz" | "/readyz");
    let level = if quiet { log::Level::Debug } else { log::Level::Info };
    known(request, |known| {
        log::log!(
            target: "access", level,
            request_id = known.id.as_str(),
            method = request.method().as_str(),
            route,
            status = response.status().as_u16(),
            duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            address:serde = address,
            client_id:serde = known.client_id,
            subject:serde = known.subject;
            "request"
        );
    });
}
