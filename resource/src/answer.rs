//! Plain JSON answers of the endpoints that are neither MCP nor a challenge.
//!
//! An error always names itself, says in a sentence what to do, and carries the request's id, by
//! which the log line with the cause is found.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, HeaderValue};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, web};
use serde::Serialize;
use shared::http::access_log::request_id;

/// The body of an error answer.
#[derive(Debug, Serialize)]
pub struct ErrorBody<'a> {
    /// A code for programs; left out where the specification wants none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a str>,
    /// A sentence for people.
    pub error_description: &'a str,
    /// The id under which the log has the cause.
    pub request_id: String,
}

/// An uncached JSON error.
pub fn error(request: &HttpRequest, status: StatusCode, error: &str, description: &str) -> HttpResponse {
    let body = ErrorBody {
        error: Some(error),
        error_description: description,
        request_id: request_id(request),
    };
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body)
}

/// There is nothing at this path.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    error(
        &request,
        StatusCode::NOT_FOUND,
        "not_found",
        "there is nothing at this address",
    )
}

/// The path is right and the method is not (RFC 9110 section 15.5.6).
pub async fn method_not_allowed(request: HttpRequest) -> HttpResponse {
    let mut answer = error(
        &request,
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address answers GET only",
    );
    answer
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    answer
}

/// A resource that answers GET and HEAD, and nothing else.
pub fn readable<F, Args>(resource: Resource, handler: F) -> Resource
where
    F: Handler<Args> + Clone,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
        .default_service(web::to(method_not_allowed))
}
