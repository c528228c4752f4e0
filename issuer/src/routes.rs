//! The route table. Only this file knows all endpoints.
//!
//! An issuer identifier with a path has its endpoints under that path; the metadata documents stand
//! where RFC 8414 section 3.1 puts them.

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig, post};
use actix_web::{Error, HttpRequest, HttpResponse, Resource, Route, guard};
use serde_json::json;
use shared::http::cors::any_origin;
use shared::http::health;

use crate::app::App;
use crate::authorize::{self, device};
use crate::browser::assets;
use crate::browser::frame::frame;
use crate::client::{management, registration};
use crate::config::Rated;
use crate::error_help::error_help;
use crate::pages::{account, help, home, setup, sign_out};
use crate::turns::with_little_room;
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
    for path in discovery::metadata_paths(issuer_path) {
        open(services, &path, "GET, HEAD", get().to(discovery::metadata));
    }
    let under = |path: &str| format!("{issuer_path}{path}");
    for path in discovery::JWKS_PATHS {
        open(services, &under(path), "GET, HEAD", get().to(discovery::jwks));
    }
    open(
        services,
        &under(status_lists::PATH),
        "GET, HEAD",
        get().to(status_lists::aggregation),
    );
    let list = format!("{}/{{list}}", status_lists::PATH);
    open(services, &under(&list), "GET, HEAD", get().to(status_lists::endpoint));
    open(
        services,
        &under("/oauth/register"),
        "POST",
        post().to(registration::endpoint),
    );
    let any = guard::Any(guard::Get()).or(guard::Put()).or(guard::Delete());
    open(
        services,
        &under("/oauth/register/{client_id}"),
        "GET, PUT, DELETE",
        web::route().guard(any).to(management::endpoint),
    );
    open(services, &under("/oauth/token"), "POST", post().to(token::endpoint));
    open(services, &under("/oauth/par"), "POST", post().to(authorize::push));
    open(
        services,
        &under("/oauth/device_authorization"),
        "POST",
        post().to(device::endpoint),
    );
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

/// `GET`, and `HEAD` with it (RFC 9110 section 9.1): what looks whether a page is there asks with that.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Pages that people see: cookies, CSRF tokens, no CORS.
fn pages(services: &mut ServiceConfig, issuer_path: &str) {
    let under = |path: &str| format!("{issuer_path}{path}");
    let page = |path: &str, allow| page(under(path), rated_page(path), allow);
    services
        .service(page("/", READ).route(get().to(home::show)))
        .service(
            page("/setup", READ_OR_SENT)
                .route(get().to(setup::show))
                .route(post().to(setup::create)),
        )
        .service(
            page("/oauth/authorize", FOLLOWED_OR_SENT)
                .route(web::get().to(authorize::endpoint))
                .route(post().to(authorize::post)),
        )
        .service(
            page("/sign-in", READ_OR_SENT)
                .route(get().to(authorize::sign_in_page))
                .route(post().to(authorize::sign_in))
                .wrap(from_fn(with_little_room)),
        )
        .service(
            page("/consent", READ_OR_SENT)
                .route(get().to(authorize::consent_page))
                .route(post().to(authorize::decide)),
        )
        .service(
            page("/device", READ_OR_SENT)
                .route(get().to(device::show))
                .route(post().to(device::enter)),
        )
        .service(page("/device/decide", SENT).route(post().to(device::decide)))
        .service(
            page(end_session::PATH, FOLLOWED_OR_SENT)
                .route(web::get().to(end_session::show))
                .route(post().to(end_session::post)),
        )
        .service(page("/oauth/end-session/confirm", SENT).route(post().to(end_session::confirm)))
        .service(page("/sign-out", SENT).route(post().to(sign_out::sign_out)))
        .service(page("/signed-out", READ).route(get().to(sign_out::signed_out)))
        .service(page("/help/errors/{code}", READ).route(get().to(help::show)))
        .service(page("/assets/{name}", READ).route(get().to(assets::endpoint)));
    account_pages(services, issuer_path);
}

/// What the person in control sees and decides.
fn account_pages(services: &mut ServiceConfig, issuer_path: &str) {
    let page = |path: &str, allow| page(format!("{issuer_path}/account{path}"), Some(Rated::Pages), allow);
    services
        .service(page("", READ).route(get().to(account::show)))
        .service(page("/apps", SENT).route(post().to(account::apps::disconnect)))
        .service(page("/browsers", SENT).route(post().to(account::browsers::end)))
        .service(
            page("/password", READ_OR_SENT)
                .route(get().to(account::password::show))
                .route(post().to(account::password::change)),
        )
        .service(page("/export", READ).route(get().to(account::export::export)))
        .service(
            page("/delete", READ_OR_SENT)
                .route(get().to(account::deletion::show))
                .route(post().to(account::deletion::delete)),
        )
        .service(page("/deleted", READ).route(get().to(account::deletion::deleted)));
}

/// What a page is asked with, for the others' 405 (RFC 9110 section 15.5.6).
const READ: &str = "GET, HEAD";
const SENT: &str = "POST";
const READ_OR_SENT: &str = "GET, HEAD, POST";
/// What a client's link leads to is no page to look at: the first to follow it takes a pushed request, or is signed out.
const FOLLOWED_OR_SENT: &str = "GET, POST";

/// A page; other methods get 405.
fn page(
    path: String,
    what: Option<Rated>,
    allow: &'static str,
) -> Resource<impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>>
{
    let refuse = move || async move {
        HttpResponse::MethodNotAllowed()
            .insert_header(("Allow", allow))
            .finish()
    };
    web::resource(path)
        .default_service(web::to(refuse))
        .wrap(from_fn(move |request, next| throttle::people(what, request, next)))
        .wrap(from_fn(frame))
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
    } else if path.contains("/oauth/register") {
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

/// `GET /readyz`: the database answers. One that cannot be written, as on a full disk, does not make the issuer unready:
/// who balances load would take it away, and with it the keys and the lists of revoked tokens, which others need to judge
/// tokens. Requests that write are answered with 503, and an alert tells it.
async fn readyz(app: Data<App>) -> HttpResponse {
    health::readiness(&[("database", app.store.is_alive().await), ("keys", true)])
}
