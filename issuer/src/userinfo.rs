//! The userinfo endpoint: OpenID Connect Core 1.0 section 5.3, RFC 6750 sections 2.1 and 3, RFC 9449 sections 7.1 and 9.
//!
//! 1. one access token in the `Authorization` header, 2. it is ours, and in time, 3. it allows `openid`,
//! 4. its grant lives, 5. claims of the user, as far as the scope goes.
//!
//! Easy to get wrong: (1) believing the token alone. It is a JWT and outlives a revocation; this endpoint
//! is next to the database and can look. A deleted account takes its grants with it, so that one look
//! answers for both; (2) refusing a proof as the token endpoint does: here it is 401 with a challenge, or clients
//! do not see the nonce that they are asked for.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderValue, PRAGMA, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use shared::claims::AccessTokenClaims;
use shared::http::access_log::{note_client, note_subject};
use shared::jwk::Algorithms;

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
pub async fn endpoint(app: Data<App>, request: HttpRequest) -> HttpResponse {
    match tell(&app, &request).await {
        Ok(told) => told,
        Err(error) => refuse(error),
    }
}

async fn tell(app: &App, request: &HttpRequest) -> Result<HttpResponse, OAuthError> {
    let Some((scheme, token)) = credentials(request)? else {
        return Ok(no_token());
    };
    let claims = access_token::verify(app, token).ok_or_else(invalid_token)?;
    check_possession(app, request, scheme, token, &claims).await?;
    note_client(request, &claims.client_id);
    note_subject(request, &claims.sub);
    if !claims.scope.contains("openid") {
        return Err(OAuthError::new(
            ErrorCode::InsufficientScope,
            "the access token does not allow openid",
        ));
    }
    let user = user(app, &claims).await?.ok_or_else(invalid_token)?;
    let name = claims.scope.contains("profile").then_some(user.name);
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"));
    if let Some(nonce) = claims.cnf.and_then(|_| dpop::next_nonce(app)) {
        answer.insert_header(("DPoP-Nonce", nonce));
    }
    Ok(answer.json(UserInfo {
        sub: user.user_id,
        preferred_username: name.clone(),
        name,
    }))
}

/// Every 401 offers `DPoP`, and names what is wrong with a proof there.
fn refuse(error: OAuthError) -> HttpResponse {
    let of_proof = matches!(error.error, ErrorCode::InvalidDpopProof | ErrorCode::UseDpopNonce);
    let named = of_proof.then_some(error.error);
    let mut answer = HttpResponse::from_error(error);
    if of_proof {
        *answer.status_mut() = StatusCode::UNAUTHORIZED;
    }
    if answer.status() == StatusCode::UNAUTHORIZED
        && let Ok(challenge) = HeaderValue::from_str(&dpop_challenge(named))
    {
        answer.headers_mut().append(WWW_AUTHENTICATE, challenge);
    }
    answer
}

/// RFC 9449 section 7.1.
fn dpop_challenge(error: Option<ErrorCode>) -> String {
    let error = error.map_or_else(String::new, |error| format!("error=\"{}\", ", error.as_str()));
    format!("DPoP {error}algs=\"{}\"", Algorithms::default().names().join(" "))
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
        .append_header((WWW_AUTHENTICATE, dpop_challenge(None)))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(serde_json::json!({"error_description": "send an access token in the Authorization header"}))
}
