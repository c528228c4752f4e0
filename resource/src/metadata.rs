//! Protected resource metadata: RFC 9728 sections 2 and 3.
//!
//! One document, made from the settings alone and served at the path form and at the root. Easy to
//! get wrong: an address built from `Host` or `X-Forwarded-*` lets whoever sends the request choose
//! the authorization server of the next client.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use shared::jwk::Algorithms;
use shared::metadata::ProtectedResourceMetadata;

use crate::app::App;
use crate::config::Config;
use crate::scopes::scopes_supported;

/// The document for these settings.
pub fn document(config: &Config) -> ProtectedResourceMetadata {
    ProtectedResourceMetadata {
        resource: config.public_url.as_str().to_owned(),
        authorization_servers: advertised(config),
        scopes_supported: scopes_supported(config),
        bearer_methods_supported: vec!["header".to_owned()],
        dpop_signing_alg_values_supported: Algorithms::default().names(),
        resource_name: "Food".to_owned(),
        resource_documentation: format!("{}/documentation", config.public_url.origin()),
    }
}

/// In the order of the settings, which is the order of preference.
fn advertised(config: &Config) -> Vec<String> {
    let advertised = config.issuers.iter().filter(|issuer| issuer.advertise);
    advertised.map(|issuer| issuer.issuer.clone()).collect()
}

/// `GET /.well-known/oauth-protected-resource...`
pub async fn endpoint(app: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .json(document(&app.config))
}

/// `GET /documentation`: for the person who follows the metadata's link.
pub async fn documentation(app: web::Data<App>) -> HttpResponse {
    let url = app.config.public_url.as_str();
    let text = format!(
        "Food: an MCP server that knows what is in food.\n\n\
         Connect an MCP client to {url} and sign in when it asks. With Claude Code:\n\n    \
         claude mcp add --transport http food {url}\n\n\
         The tools find foods, tell their nutrients, add up meals, and keep foods of your own.\n\
         Scopes: food:read to look up, food:write to keep foods.\n\
         Figures: USDA National Nutrient Database for Standard Reference, release 28.\n"
    );
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text)
}
