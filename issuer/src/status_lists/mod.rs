//! Token Status Lists: draft-ietf-oauth-status-list-18 sections 8 and 9.
//!
//! 1. An access token refers to the entry of its grant; a service's, which has none, to one of its own.
//! 2. [`endpoint`] serves a list: signed, public, with CORS, to be fetched again after `ttl` seconds.
//! 3. [`aggregation`] names all lists.
//!
//! So a resource server that asks nobody refuses a revoked token within seconds.

pub mod memory;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use shared::status_list::{Reference, Status};

use self::memory::Signing;
use crate::app::App;
use crate::cached::Cached;
use crate::error::OAuthError;
use crate::store::status_entries::StatusEntry;

/// Where the lists are named; each is below.
pub const PATH: &str = "/oauth/status-lists";

/// What a token of the grant with this entry says.
pub fn status(app: &App, entry: StatusEntry) -> Option<Status> {
    Some(Status {
        status_list: Reference {
            idx: u64::try_from(entry.idx).ok()?,
            uri: uri(app, entry.list),
        },
    })
}

/// The entry that a token of ours refers to: what [`status`] was made of.
pub fn entry(app: &App, status: &Status) -> Option<StatusEntry> {
    let Reference { idx, uri } = &status.status_list;
    let list = uri.strip_prefix(&app.config.url(PATH))?.strip_prefix('/')?;
    Some(StatusEntry {
        list: list.parse().ok()?,
        idx: i64::try_from(*idx).ok()?,
    })
}

fn uri(app: &App, list: impl std::fmt::Display) -> String {
    app.config.url(&format!("{PATH}/{list}"))
}

/// `GET /oauth/status-lists`: section 9.3
pub async fn aggregation(app: Data<App>) -> Result<HttpResponse, OAuthError> {
    app.status_lists.look(&app.store, app.clock.now()).await?;
    let uris: Vec<_> = (0..app.status_lists.count()).map(|list| uri(&app, list)).collect();
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, max_age(&app)))
        .json(json!({"status_lists": uris})))
}

/// `GET /oauth/status-lists/{list}`: section 8.1
pub async fn endpoint(app: Data<App>, request: HttpRequest, list: Path<String>) -> Result<HttpResponse, OAuthError> {
    let now = app.clock.now();
    app.status_lists.look(&app.store, now).await?;
    let number = list.parse::<usize>().ok().filter(|number| number.to_string() == *list);
    let uri = uri(&app, &*list);
    let signing = Signing {
        keys: &app.keys.signing,
        uri: &uri,
        ttl: app.config.status_list_seconds,
        now,
    };
    let Some(signed) = number.and_then(|number| app.status_lists.signed(number, signing)) else {
        return Ok(HttpResponse::NotFound().json(json!({"error": "not_found"})));
    };
    let signed = signed.map_err(OAuthError::server_error)?;
    let document = Cached {
        tag: signed.etag,
        cache_control: &max_age(&app),
        content_type: "application/statuslist+jwt",
        body: signed.token,
    };
    Ok(document.answer(&request))
}

fn max_age(app: &App) -> String {
    format!("public, max-age={}", app.config.status_list_seconds)
}
