//! The userinfo endpoint: OpenID Connect Core 1.0 section 5.3, RFC 6750 sections 2.1 and 3.
//!
//! 1. one access token in the `Authorization` header, 2. it is ours, and in time, 3. it allows `openid`,
//! 4. its grant lives, 5. claims of the user, as far as the scope goes.
//!
//! Easy to get wrong: believing the token alone. It is a JWT and outlives a revocation; this endpoint
//! is next to the database and can look. A deleted account takes its grants with it, so that one look
//! answers for both.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use shared::claims::AccessTokenClaims;
use shared::http::access_log::{note_client, note_subject};

use crate::app::App;
use crate::dpop;
use crate::error::{ErrorCode, OAuthError};
use crate::store::grants::GrantId;
use crate::store::users::User;
use crate::tokens::access_token;

const PATH: &str = "/oauth/userinfo";

/// The claims: OpenID Connect Core 1.0 section 5.1. Accounts have no e-mail address, so `email` adds none.
#[derive(Debug, Serialize)]
struct UserInfo {
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
}

/// `GET` and `POST /oauth/userinfo`
pub async fn endpoint(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, OAuthError> {
    let Some((scheme, token)) = credentials(&request)? else {
        return Ok(no_token());
    };
    let claims = access_token::verify(&app, token).ok_or_else(invalid_token)?;
    check_possession(&app, &request, scheme, token, &claims).await?;
    note_client(&request, &claims.client_id);
    note_subject(&request, &claims.sub);
    if !claims.scope.contains("openid") {
        return Err(OAuthError::new(
            ErrorCode::InsufficientScope,
            "the access token does not allow openid",
        ));
    }
    let user = user(&app, &claims).await?.ok_or_else(invalid_token)?;
    let name = claims.scope.contains("profile").then_some(user.name);
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(UserInfo {
            sub: user.user_id,
            preferred_username: name.clone(),
            name,
        }))
}

/// How an access token is presented.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Bearer,
    DPoP,
}

/// The token of the one `Authorization` header, if it is for us.
fn credentials(request: &HttpRequest) -> Result<Option<(Scheme, &str)>, OAuthError> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let header = headers.next();
    if headers.next().is_some() {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "there is more than one Authorization header",
        ));
    }
    let scheme_and_token = header.and_then(|value| value.to_str().ok()?.split_once(' '));
    Ok(
        scheme_and_token.and_then(|(scheme, token)| match scheme.to_ascii_lowercase().as_str() {
            "bearer" => Some((Scheme::Bearer, token.trim())),
            "dpop" => Some((Scheme::DPoP, token.trim())),
            _ => None,
        }),
    )
}

/// RFC 9449 section 7.1: a bound token comes with a proof of its key, and never as a plain bearer token.
async fn check_possession(
    app: &App,
    request: &HttpRequest,
    scheme: Scheme,
    token: &str,
    claims: &AccessTokenClaims,
) -> Result<(), OAuthError> {
    match (scheme, &claims.cnf) {
        (Scheme::Bearer, None) => Ok(()),
        (Scheme::DPoP, Some(bound)) => {
            let jkt = dpop::proven(app, request, PATH, Some(token)).await?;
            if jkt.as_deref() == Some(&bound.jkt) {
                Ok(())
            } else {
                Err(invalid_token())
            }
        }
        _ => Err(invalid_token()),
    }
}

async fn user(app: &App, claims: &AccessTokenClaims) -> Result<Option<User>, OAuthError> {
    let Some(grant_id) = GrantId::parse(&claims.grant_id) else {
        return Ok(None);
    };
    let user = app.store.user_of_grant(grant_id, app.clock.now()).await?;
    Ok(user.filter(|user| user.user_id == claims.sub))
}

fn invalid_token() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidToken,
        "the access token is not one of ours, has ended, or was revoked",
    )
}

/// RFC 6750 section 3.1: without a token there is no error code to name.
fn no_token() -> HttpResponse {
    HttpResponse::Unauthorized()
        .insert_header((WWW_AUTHENTICATE, "Bearer realm=\"issuer\", scope=\"openid\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(serde_json::json!({"error_description": "send an access token in the Authorization header"}))
}
