//! Client authentication at the token and revocation endpoints: RFC 6749 section 2.3, RFC 7591 section 2 (`none`).
//!
//! All clients are public: they say who they are with `client_id` and prove nothing. It comes in the
//! body, or as the user name of HTTP Basic with an empty password, which some generic clients send; an
//! empty credential is none. A secret is refused: no client was ever given one, so whoever sends one
//! means another server.
//!
//! Easy to get wrong: taking the client of the header while the grant looks at the body's. When both are
//! there they must agree.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use shared::http::access_log::note_client;
use shared::params::Params;

use super::{Client, find};
use crate::app::App;
use crate::error::{ErrorCode, OAuthError};

/// The client that sends this request.
pub async fn authenticate(app: &App, request: &HttpRequest, params: &Params) -> Result<Client, OAuthError> {
    let in_header = basic(request)?;
    let in_body = params.optional("client_id")?;
    if params.optional("client_secret")?.is_some() {
        return Err(has_no_secret());
    }
    let client_id = match (in_header.as_deref(), in_body) {
        (Some(header), Some(body)) if header != body => {
            return Err(invalid_client(
                "the Authorization header and client_id name different clients",
            ));
        }
        (header, body) => body.or(header).ok_or_else(|| invalid_client("client_id is missing"))?,
    };
    let client = find(app, client_id).await?;
    let client = client.ok_or_else(|| invalid_client("the client is not known here; register it again"))?;
    note_client(request, client_id);
    Ok(client)
}

/// The user name of HTTP Basic, percent-decoded as RFC 6749 section 2.3.1 says; other schemes say nothing here.
fn basic(request: &HttpRequest) -> Result<Option<String>, OAuthError> {
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let Some((scheme, credentials)) = header.and_then(|value| value.split_once(' ')) else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Ok(None);
    }
    let decoded = STANDARD
        .decode(credentials.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded.as_deref().and_then(|text| text.split_once(':')) {
        Some((user, "")) => Ok(Some(decode(user)).filter(|user| !user.is_empty())),
        Some(_) => Err(has_no_secret()),
        None => Err(invalid_client("the Authorization header is not HTTP Basic")),
    }
}

fn decode(user: &str) -> String {
    let form = format!("={}", user.replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect()
}

fn has_no_secret() -> OAuthError {
    invalid_client("this client has no secret (token_endpoint_auth_method is none); send client_id alone")
}

fn invalid_client(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, description)
}
