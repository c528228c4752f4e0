//! The route table. Only this file knows all endpoints.
//!
//! An issuer identifier with a path has its endpoints under that path; the metadata documents stand
//! where RFC 8414 section 3.1 puts them.

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Route, guard};
use serde_json::json;
use shared::http::cors::any_origin;
use shared::http::health;

use crate::app::App;
use crate::authorize;
use crate::browser::assets;
use crate::browser::frame::frame;
use crate::client::registration;
use crate::config::Rated;
use crate::error_help::error_help;
use crate::pages::{account, help, home, setup, sign_out};
use crate::{discovery, end_session, introspection, revocation, status_lists, throttle, token, userinfo};

/// Every route of an issuer whose identifier has this path (empty, or `/a/b`).
pub fn configure(services: &mut ServiceConfig, issuer_path: &str) {
    services
        .route("/healthz", get().to(health::healthz))
        .route("/readyz", get().to(readyz));
    oauth(services, issuer_path);
    pages(services, issuer_path);
    services.default_service(web::to(not_found));
}

/// Endpoints that programs call: CORS on every status, JSON errors.
fn oauth(services: &mut ServiceConfig, issuer_path: &str) {
    let get_or_head = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    for path in discovery::metadata_paths(issuer_path) {
        open(services, &path, "GET, HEAD", get_or_head().to(discovery::metadata));
    }
    let under = |path: &str| format!("{issuer_path}{path}");
    for path in discovery::JWKS_PATHS {
        open(services, &under(path), "GET, HEAD", get_or_head().to(discovery::jwks));
    }
    open(
        services,
        &under(status_lists::PATH),
        "GET, HEAD",
        get_or_head().to(status_lists::aggregation),
    );
    let list = format!("{}/{{list}}", status_lists::PATH);
    open(
        services,
        &under(&list),
        "GET, HEAD",
        get_or_head().to(status_lists::endpoint),
    );
    open(
        services,
        &under("/oauth/register"),
        "POST",
        post().to(registration::endpoint),
    );
    open(services, &under("/oauth/token"), "POST", post().to(token::endpoint));
    open(services, &under("/oauth/par"), "POST", post().to(authorize::push));
    open(
        services,
        &under("/oauth/revoke"),
        "POST",
        post().to(revocation::endpoint),
    );
    let get_or_post = web::route().guard(guard::Any(guard::Get()).or(guard::Post()));
    open(
        services,
        &under("/oauth/userinfo"),
        "GET, POST",
        get_or_post.to(userinfo::endpoint),
    );
    closed(
        services,
        &under("/oauth/introspect"),
        "POST",
        post().to(introspection::endpoint),
    );
}

/// Pages that people see: cookies, CSRF tokens, no CORS.
fn pages(services: &mut ServiceConfig, issuer_path: &str) {
    let under = |path: &str| format!("{issuer_path}{path}");
    let page = |path: &str| {
        let what = rated_page(path);
        web::resource(under(path))
            .wrap(from_fn(move |request, next| throttle::people(what, request, next)))
            .wrap(from_fn(frame))
    };
    services
        .service(page("/").route(get().to(home::show)))
        .service(
            page("/setup")
                .route(get().to(setup::show))
                .route(post().to(setup::create)),
        )
        .service(
            page("/oauth/authorize")
                .route(get().to(authorize::endpoint))
                .route(post().to(authorize::post)),
        )
        .service(
            page("/sign-in")
                .route(get().to(authorize::sign_in_page))
                .route(post().to(authorize::sign_in)),
        )
        .service(
            page("/consent")
                .route(get().to(authorize::consent_page))
                .route(post().to(authorize::decide)),
        )
        .service(
            page(end_session::PATH)
                .route(get().to(end_session::show))
                .route(post().to(end_session::post)),
        )
        .service(page("/oauth/end-session/confirm").route(post().to(end_session::confirm)))
        .service(page("/sign-out").route(post().to(sign_out::sign_out)))
        .service(page("/signed-out").route(get().to(sign_out::signed_out)))
        .service(page("/help/errors/{code}").route(get().to(help::show)))
        .service(page("/assets/{name}").route(get().to(assets::endpoint)));
    account_pages(services, issuer_path);
}

/// What the person in control sees and decides.
fn account_pages(services: &mut ServiceConfig, issuer_path: &str) {
    let page = |path: &str| {
        web::resource(format!("{issuer_path}/account{path}"))
            .wrap(from_fn(|request, next| {
                throttle::people(Some(Rated::Pages), request, next)
            }))
            .wrap(from_fn(frame))
    };
    services
        .service(page("").route(get().to(account::show)))
        .service(page("/apps").route(post().to(account::apps::disconnect)))
        .service(page("/browsers").route(post().to(account::browsers::end)))
        .service(
            page("/password")
                .route(get().to(account::password::show))
                .route(post().to(account::password::change)),
        )
        .service(page("/export").route(get().to(account::export::export)))
        .service(
            page("/delete")
                .route(get().to(account::deletion::show))
                .route(post().to(account::deletion::delete)),
        )
        .service(page("/deleted").route(get().to(account::deletion::deleted)));
}

/// An endpoint that any origin may call; other methods get 405.
fn open(services: &mut ServiceConfig, path: &str, allow: &'static str, route: Route) {
    let what = rated(path);
    let resource = web::resource(path)
        .wrap(from_fn(move |request, next| throttle::programs(what, request, next)))
        .wrap(from_fn(error_help))
        .wrap(from_fn(any_origin))
        .route(route);
    services.service(resource.default_service(web::to(move || method_not_allowed(allow))));
}

/// An endpoint for servers, which need no CORS.
fn closed(services: &mut ServiceConfig, path: &str, allow: &'static str, route: Route) {
    let what = rated(path);
    let resource = web::resource(path)
        .wrap(from_fn(move |request, next| throttle::programs(what, request, next)))
        .wrap(from_fn(error_help))
        .route(route);
    services.service(resource.default_service(web::to(move || method_not_allowed(allow))));
}

/// Which limit an endpoint has. What is fetched by everybody and costs nothing has none.
fn rated(path: &str) -> Option<Rated> {
    let is = |suffix| path.ends_with(suffix);
    if path.contains("/.well-known/") || path.contains(status_lists::PATH) || is("/oauth/keys") {
        None
    } else if is("/oauth/register") {
        Some(Rated::Register)
    } else if is("/oauth/introspect") {
        Some(Rated::Introspect)
    } else {
        Some(Rated::Token)
    }
}

/// Which limit a page has.
fn rated_page(path: &str) -> Option<Rated> {
    match path {
        "/oauth/authorize" => Some(Rated::Authorize),
        path if path.starts_with("/assets/") => None,
        _ => Some(Rated::Pages),
    }
}

async fn method_not_allowed(allow: &'static str) -> HttpResponse {
    let body = json!({"error": "invalid_request", "error_description": format!("the method must be {allow}")});
    HttpResponse::MethodNotAllowed()
        .insert_header(("Allow", allow))
        .insert_header(("Cache-Control", "no-store"))
        .json(body)
}

/// JSON for every path that is none of ours: clients look for documents at many places, and must not take a
/// page for one.
async fn not_found(request: HttpRequest) -> HttpResponse {
    let body = json!({"error": "not_found", "error_description": format!("there is nothing at {}", request.path())});
    HttpResponse::NotFound()
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Access-Control-Allow-Origin", "*"))
        .json(body)
}

/// `GET /readyz`
async fn readyz(app: Data<App>) -> HttpResponse {
    health::readiness(&[("database", app.store.is_alive().await), ("keys", true)])
}
