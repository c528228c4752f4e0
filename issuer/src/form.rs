//! The form of a POST to an OAuth endpoint: RFC 6749 section 3.2 and appendix B.
//!
//! Easy to get wrong: (1) comparing the whole `Content-Type`, which refuses `;charset=UTF-8`; (2) leaving
//! the refusal to the framework, which answers with an empty or plain text body; (3) letting a NUL
//! through to a database that cannot store one, which answers with 503 for ever.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use shared::params::Params;

use crate::body;
use crate::error::{ErrorCode, OAuthError};

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// The parameters in the body. Every refusal is `invalid_request`.
pub async fn read(request: &HttpRequest, body: Payload) -> Result<Params, OAuthError> {
    let content_type = request.headers().get(CONTENT_TYPE);
    if !content_type.and_then(|value| value.to_str().ok()).is_some_and(is_form) {
        return Err(refused("the body must be application/x-www-form-urlencoded in UTF-8"));
    }
    let body = body::read(body).await.map_err(|error| refused(error.to_string()))?;
    let pairs: Vec<_> = url::form_urlencoded::parse(&body).into_owned().collect();
    if pairs
        .iter()
        .any(|(name, value)| name.contains('\0') || value.contains('\0'))
    {
        return Err(refused("a parameter holds a NUL"));
    }
    Ok(Params::new(pairs))
}

/// The media type in any case, with no parameter but `charset=utf-8`.
fn is_form(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    media_type.eq_ignore_ascii_case(MEDIA_TYPE) && parts.all(is_utf_8)
}

fn is_utf_8(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return parameter.is_empty();
    };
    let value = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("charset")
        && (value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("utf8"))
}

fn refused(description: impl Into<Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_may_name_utf_8_and_nothing_else() {
        for good in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-Urlencoded",
            "application/x-www-form-urlencoded;charset=UTF-8",
            "application/x-www-form-urlencoded; charset=\"utf-8\"",
            "application/x-www-form-urlencoded;",
        ] {
            assert!(is_form(good), "{good}");
        }
        for bad in [
            "",
            "application/json",
            "application/x-www-form-urlencoded2",
            "text/plain; a=application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded; boundary=a",
            "application/x-www-form-urlencoded, application/json",
        ] {
            assert!(!is_form(bad), "{bad}");
        }
    }
}
