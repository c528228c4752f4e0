//! The route table. Only this file knows all endpoints.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Responder};
use shared::http::health::{healthz, readiness};

use crate::answer::{method_not_allowed, not_found};
use crate::app::App;
use crate::identifier::WELL_KNOWN;
use crate::metadata;

/// Every route of the resource server.
pub fn configure(services: &mut ServiceConfig, app: &App) {
    let path = app.config.public_url.path();
    let mut metadata_paths = vec![WELL_KNOWN.to_owned()];
    if !path.is_empty() {
        metadata_paths.extend([format!("{WELL_KNOWN}{path}"), format!("{WELL_KNOWN}{path}/")]);
    }
    let mcp_paths = match path {
        "" => vec!["/".to_owned()],
        path => vec![path.to_owned(), format!("{path}/")],
    };
    services
        .service(readable(web::resource("/healthz"), healthz))
        .service(readable(web::resource("/readyz"), readyz))
        .service(readable(web::resource("/documentation"), metadata::documentation))
        .service(readable(web::resource(metadata_paths), metadata::endpoint))
        .service(web::resource(mcp_paths).default_service(web::to(mcp)))
        .default_service(web::to(not_found));
}

/// Any method on the MCP endpoint.
async fn mcp(app: web::Data<App>, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    app.mcp.endpoint(request, payload).await
}

/// A resource that answers GET and HEAD, and nothing else.
fn readable<F, Args>(resource: Resource, handler: F) -> Resource
where
    F: actix_web::Handler<Args> + Clone,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
        .default_service(web::to(method_not_allowed))
}

/// `GET /readyz`
async fn readyz(app: web::Data<App>) -> HttpResponse {
    readiness(&[
        ("database", app.saved_foods.is_alive().await),
        ("keys", app.mcp.is_ready()),
    ])
}
