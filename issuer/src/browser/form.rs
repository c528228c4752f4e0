//! The body of a form, in full, of a bounded size and in a bounded time.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use shared::params::Params;

use super::page::Page;
use super::see_other;
use crate::body::{self, BodyError};

/// Longer links are refused: nothing legitimate comes close.
pub const QUERY_BYTES: usize = 16 * 1024;

/// The fields of a form that was sent.
#[derive(Clone, Default)]
pub struct Form(pub Params);

impl FromRequest for Form {
    type Error = Page;
    type Future = LocalBoxFuture<'static, Result<Self, Page>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = web::Payload::from_request(request, payload);
        let is_form = is_form(request);
        async move {
            if !is_form {
                return Err(Page::for_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
            }
            let body = body
                .await
                .map_err(|error| Page::for_status(error.as_response_error().status_code()))?;
            let body = body::read(body)
                .await
                .map_err(|error| Page::for_status(status(error)))?;
            Ok(Self(Params::decode(&body)))
        }
        .boxed_local()
    }
}

fn status(error: BodyError) -> StatusCode {
    match error {
        BodyError::Broken => StatusCode::BAD_REQUEST,
        BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::TooSlow => StatusCode::REQUEST_TIMEOUT,
    }
}

fn is_form(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// A form of another site, sent on as the link that it could have been: that form brings no cookies
/// (`SameSite=Lax`), a link does.
pub async fn as_link(path: &str, body: web::Payload) -> Result<HttpResponse, Page> {
    let body = body::read(body)
        .await
        .map_err(|error| Page::for_status(status(error)))?;
    let query = std::str::from_utf8(&body).ok();
    match query.filter(|text| text.len() <= QUERY_BYTES && text.bytes().all(in_query)) {
        Some(query) => Ok(see_other(format!("{path}?{query}"))),
        None => Err(Page::for_status(StatusCode::BAD_REQUEST)),
    }
}

/// The characters that a form's body has and a query may have.
fn in_query(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"%&+=-._~*!$'(),;:@/?".contains(&c)
}
