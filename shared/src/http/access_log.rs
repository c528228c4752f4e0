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

/// The id of one request: 16 hexadecimal digits, ours and never the client's.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Who a request came from, as far as it became known.
#[derive(Clone, Debug, Default)]
struct Known {
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

fn known(request: &HttpRequest, note: impl FnOnce(&mut Known)) {
    let mut extensions = request.extensions_mut();
    let mut known = extensions.remove::<Known>().unwrap_or_default();
    note(&mut known);
    extensions.insert(known);
}

/// The id of this request, for logs and for the answer; made here where no middleware did.
pub fn request_id(request: &HttpRequest) -> String {
    let mut extensions = request.extensions_mut();
    if let Some(id) = extensions.get::<RequestId>() {
        return id.0.clone();
    }
    let id = new_id();
    extensions.insert(RequestId(id.clone()));
    id
}

/// Middleware: gives the request an id, answers it in `X-Request-Id`, and writes the log line.
pub async fn access_log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let id = new_id();
    request.extensions_mut().insert(RequestId(id.clone()));
    let metrics = request.app_data::<HttpMetrics>();
    let in_flight = metrics.map(HttpMetrics::begin);
    let mut response = next.call(request).await?;
    drop(in_flight);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID.clone(), value);
    }
    write_line(&response, &id, begun);
    Ok(response)
}

fn write_line<B>(response: &ServiceResponse<B>, id: &str, begun: Instant) {
    let request = response.request();
    let route = request.match_pattern().unwrap_or_else(|| "(none)".to_owned());
    let known = request.extensions().get::<Known>().cloned().unwrap_or_default();
    let took = begun.elapsed();
    if let Some(metrics) = request.app_data::<HttpMetrics>() {
        metrics.answered(&route, request.method().as_str(), response.status().as_u16(), took);
    }
    let address = client_address(request).map(|address| address.to_string());
    let quiet = matches!(route.as_str(), "/healthz" | "/readyz");
    let level = if quiet { log::Level::Debug } else { log::Level::Info };
    log::log!(
        target: "access", level,
        request_id = id,
        method = request.method().as_str(),
        route = route.as_str(),
        status = response.status().as_u16(),
        duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        address:serde = address,
        client_id:serde = known.client_id,
        subject:serde = known.subject;
        "request"
    );
}

/// Without randomness requests are still served; their lines then share an id of zeros.
fn new_id() -> String {
    let bytes = random::bytes::<8>().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(bytes))
}
