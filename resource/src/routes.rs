//! The route table. Only this file knows all endpoints.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use shared::http::health::{healthz, readiness};

use crate::answer::{not_found, readable};
use crate::app::App;
use crate::documentation;
use crate::protect::Admission;

/// Every route of the resource server.
pub fn configure(services: &mut ServiceConfig, app: &App) {
    let mcp_paths = match app.config.public_url.path() {
        "" => vec!["/".to_owned()],
        path => vec![path.to_owned(), format!("{path}/")],
    };
    let mcp_endpoint = web::resource(mcp_paths).wrap(app.protection.clone());
    services
        .service(readable(web::resource("/healthz"), healthz))
        .service(readable(web::resource("/readyz"), readyz))
        .service(readable(web::resource("/documentation"), documentation::endpoint))
        .configure(|services| app.protection.metadata(services))
        .service(mcp_endpoint.default_service(web::to(mcp)))
        .default_service(web::to(not_found));
}

/// Any method on the MCP endpoint.
async fn mcp(app: web::Data<App>, admission: Admission, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    app.mcp.endpoint(&admission, &request, payload).await
}

/// `GET /readyz`
async fn readyz(app: web::Data<App>) -> HttpResponse {
    readiness(&[
        ("foods", app.shipped.is_there()),
        ("database", app.saved_foods.is_alive().await),
        ("keys", app.protection.is_ready()),
    ])
}
