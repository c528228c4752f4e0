//! The stylesheet and the icon. The path holds a hash of the content, so a browser may keep it for good.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::Path;

use super::page::Page;
use crate::hash::SecretHash;

const STYLE: &str = include_str!("../../templates/style.css");

/// The icon, in the page itself: one request less, and nothing to be missing.
pub(super) const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath fill='%231f5d45' d='M12 2.5 4.5 5.3v5.9c0 4.7 3.1 8.9 7.5 10.3 4.400-1.400 7.500-5.600 7.500-10.300V5.300z'/%3E%3C/svg%3E";

static STYLE_NAME: LazyLock<String> = LazyLock::new(|| {
    let hash = SecretHash::of(STYLE);
    format!("style-{}.css", hash.as_str().get(..12).unwrap_or_default())
});

/// Where the stylesheet is.
pub(super) fn style_path() -> String {
    format!("/assets/{}", *STYLE_NAME)
}

/// `GET /assets/{name}`
pub async fn endpoint(name: Path<String>) -> Result<HttpResponse, Page> {
    if *name != *STYLE_NAME {
        return Err(Page::for_status(actix_web::http::StatusCode::NOT_FOUND));
    }
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(STYLE))
}
