//! What middleware begins with that changes answers: the answer, also where an endpoint failed.

use actix_web::body::MessageBody;
use actix_web::dev::ServiceRequest;
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse};

/// Lets the endpoint answer. An error of it, or of middleware within, is its answer, and still can be asked for
/// (`HttpResponse::error`).
pub async fn answered(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> (HttpRequest, HttpResponse) {
    let http_request = request.request().clone();
    let response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body().into_parts().1,
        Err(error) => HttpResponse::from_error(error),
    };
    (http_request, response)
}
