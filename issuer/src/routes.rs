//! The route table. Only this file knows all endpoints.

use actix_web::web::{self, ServiceConfig};
use shared::http::health;

/// Every route of the issuer.
pub fn configure(services: &mut ServiceConfig) {
    services
        .route("/healthz", web::get().to(health::healthz))
        .configure(oauth)
        .configure(pages);
}

/// Endpoints that programs call: CORS on every status, JSON errors.
fn oauth(_services: &mut ServiceConfig) {}

/// Pages that people see: cookies, CSRF tokens, no CORS.
fn pages(_services: &mut ServiceConfig) {}
