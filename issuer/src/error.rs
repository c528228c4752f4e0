//! The JSON error answer of the OAuth endpoints: RFC 6749 section 5.2, RFC 7591 section 3.2.2, RFC 8707 section 2.
//!
//! A client gets the code and a description for its developer; the cause goes to the log with the
//! request's id. Easy to get wrong: (1) an HTML or empty error makes clients loop on a dead refresh token
//! or open a browser for no reason, so *every* error of these endpoints takes this form; (2) a
//! description that quotes what came in holds characters that the specifications leave out.

use std::borrow::Cow;
use std::error::Error;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use shared::clock::NumericDate;
use shared::params::ParamError;

/// The registered error codes that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A parameter is missing, repeated or malformed (RFC 6749 section 5.2).
    InvalidRequest,
    /// The client is unknown or did not authenticate (RFC 6749 section 5.2).
    InvalidClient,
    /// The code or refresh token is of no use (RFC 6749 section 5.2).
    InvalidGrant,
    /// The client may not use this grant (RFC 6749 section 5.2).
    UnauthorizedClient,
    /// The grant is not known here (RFC 6749 section 5.2).
    UnsupportedGrantType,
    /// The scope is malformed (RFC 6749 section 5.2).
    InvalidScope,
    /// The resource is not one of ours (RFC 8707 section 2).
    InvalidTarget,
    /// The kind of token cannot be revoked (RFC 7009 section 2.2.1).
    UnsupportedTokenType,
    /// A redirect URI may not be registered (RFC 7591 section 3.2.2).
    InvalidRedirectUri,
    /// Another part of the registration is wrong (RFC 7591 section 3.2.2).
    InvalidClientMetadata,
    /// The access token is of no use (RFC 6750 section 3.1).
    InvalidToken,
    /// The access token does not allow this (RFC 6750 section 3.1).
    InsufficientScope,
    /// The DPoP proof is missing or does not hold (RFC 9449 section 5).
    InvalidDpopProof,
    /// The DPoP proof must hold the nonce in the answer (RFC 9449 section 8).
    UseDpopNonce,
    /// Too much at once; try again later (RFC 6749 section 4.1.2.1).
    TemporarilyUnavailable,
    /// Our fault (RFC 6749 section 4.1.2.1).
    ServerError,
    /// The person said no (RFC 6749 section 4.1.2.1).
    AccessDenied,
    /// The person has not decided yet (RFC 8628 section 3.5).
    AuthorizationPending,
    /// The same, and the client asks too often (RFC 8628 section 3.5).
    SlowDown,
    /// The device code has ended (RFC 8628 section 3.5).
    ExpiredToken,
    /// Something else than `code` was asked for (RFC 6749 section 4.1.2.1).
    UnsupportedResponseType,
    /// Nobody is signed in, and no page was wanted (OpenID Connect Core 1.0 section 3.1.2.6).
    LoginRequired,
    /// The person must be asked, and no page was wanted (OpenID Connect Core 1.0 section 3.1.2.6).
    ConsentRequired,
    /// `request` is not supported (OpenID Connect Core 1.0 section 3.1.2.6).
    RequestNotSupported,
    /// `request_uri` leads to something that was not pushed here (OpenID Connect Core 1.0 section 3.1.2.6).
    RequestUriNotSupported,
    /// `registration` is not supported (OpenID Connect Core 1.0 section 3.1.2.6).
    RegistrationNotSupported,
}

impl ErrorCode {
    /// The code as registered.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
            Self::AccessDenied => "access_denied",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
        }
    }
}

/// Characters of a description; it may quote what the client sent.
const MAX_DESCRIPTION: usize = 500;

/// An error answer.
#[derive(Debug, Serialize, thiserror::Error)]
#[error("{error:?}: {error_description}")]
pub struct OAuthError {
    /// The code that a client may act on.
    pub error: ErrorCode,
    /// For the client's developer; never holds a secret or an internal cause.
    pub error_description: Cow<'static, str>,
    /// Seconds after which another try is worth it, when too many came.
    #[serde(skip)]
    pub retry_after: Option<NumericDate>,
    /// What the next DPoP proof must hold.
    #[serde(skip)]
    pub dpop_nonce: Option<String>,
    /// The cause, for the log only.
    #[serde(skip)]
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

impl OAuthError {
    /// Whether somebody decided so, and nothing failed: what failed may have been done, and is not done again.
    pub fn is_refusal(&self) -> bool {
        !matches!(self.error, ErrorCode::TemporarilyUnavailable | ErrorCode::ServerError)
    }

    /// An error with a description fit for the client; what may not stand in one is replaced.
    pub fn new(error: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            error,
            error_description: plain(description.into()),
            retry_after: None,
            dpop_nonce: None,
            cause: None,
        }
    }

    /// The client should try again with a proof that holds this nonce.
    pub fn use_dpop_nonce(nonce: String) -> Self {
        let mut error = Self::new(
            ErrorCode::UseDpopNonce,
            "make a proof with the nonce of the DPoP-Nonce header",
        );
        error.dpop_nonce = Some(nonce);
        error
    }

    /// The grant cannot be used: unknown, ended, used before, or another client's. Which one is not said.
    pub fn invalid_grant() -> Self {
        Self::new(
            ErrorCode::InvalidGrant,
            "the grant is unknown, has ended, was used before, or belongs to another client",
        )
    }

    /// Too many requests; the next may come after so many seconds (RFC 6585 section 4).
    pub fn too_many(retry_after: NumericDate) -> Self {
        let description = format!("too many requests; try again in {retry_after} s");
        Self {
            retry_after: Some(retry_after),
            ..Self::new(ErrorCode::TemporarilyUnavailable, description)
        }
    }

    /// Our own fault; `cause` goes to the log.
    pub fn server_error(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let description = Cow::Borrowed("something went wrong here; the log has the cause");
        Self {
            error: ErrorCode::ServerError,
            error_description: description,
            retry_after: None,
            dpop_nonce: None,
            cause: Some(cause.into()),
        }
    }
}

/// The characters that RFC 6749 section 5.2 allows (RFC 7591 section 3.2.2 says ASCII), and not too many.
fn plain(description: Cow<'static, str>) -> Cow<'static, str> {
    let allowed = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    if description.len() <= MAX_DESCRIPTION && description.chars().all(allowed) {
        return description;
    }
    let replaced = description.chars().map(|c| match c {
        '"' => '\'',
        c if allowed(c) => c,
        _ => '?',
    });
    Cow::Owned(replaced.take(MAX_DESCRIPTION).collect())
}

impl From<ParamError> for OAuthError {
    fn from(error: ParamError) -> Self {
        Self::new(ErrorCode::InvalidRequest, error.to_string())
    }
}

impl From<sqlx::Error> for OAuthError {
    /// The database is busy, full or away: the client may try again with what it has.
    fn from(error: sqlx::Error) -> Self {
        let description = Cow::Borrowed("the database cannot be used right now; try again");
        Self {
            error: ErrorCode::TemporarilyUnavailable,
            error_description: description,
            retry_after: None,
            dpop_nonce: None,
            cause: Some(error.into()),
        }
    }
}

impl From<shared::random::NoRandomness> for OAuthError {
    fn from(error: shared::random::NoRandomness) -> Self {
        Self::server_error(error)
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        match self.error {
            _ if self.retry_after.is_some() => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::InvalidClient | ErrorCode::InvalidToken => StatusCode::UNAUTHORIZED,
            ErrorCode::InsufficientScope => StatusCode::FORBIDDEN,
            ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Some(cause) = &self.cause {
            log::error!(error:serde = self.error; "{cause}");
        }
        let mut answer = HttpResponse::build(self.status_code());
        answer
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((PRAGMA, "no-cache"));
        if let Some(nonce) = &self.dpop_nonce {
            answer.insert_header(("DPoP-Nonce", nonce.as_str()));
        }
        match self.error {
            // RFC 6749 section 5.2: 401 must name a scheme.
            ErrorCode::InvalidClient => answer.insert_header((WWW_AUTHENTICATE, "Basic realm=\"issuer\"")),
            ErrorCode::InvalidToken => answer.insert_header((WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")),
            ErrorCode::InsufficientScope => answer.insert_header((
                WWW_AUTHENTICATE,
                "Bearer error=\"insufficient_scope\", scope=\"openid\"",
            )),
            ErrorCode::TemporarilyUnavailable => answer.insert_header((RETRY_AFTER, self.retry_after.unwrap_or(1))),
            _ => &mut answer,
        };
        answer.json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn the_cause_never_reaches_the_client() {
        let answer = OAuthError::server_error("planted").error_response();
        assert_eq!(answer.status(), 500);
        let body = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("planted"));
    }

    #[test]
    fn what_failed_is_no_refusal() {
        for failed in [OAuthError::server_error("x"), OAuthError::too_many(1)] {
            assert!(!failed.is_refusal(), "{failed:?}");
        }
        let refused = [
            ErrorCode::InvalidClient,
            ErrorCode::InvalidGrant,
            ErrorCode::InvalidTarget,
        ];
        assert!(refused.iter().all(|code| OAuthError::new(*code, "x").is_refusal()));
    }

    #[test]
    fn every_error_is_uncached_and_has_the_status_of_its_specification() {
        let status = |error| OAuthError::new(error, "x").error_response().status().as_u16();
        assert_eq!(status(ErrorCode::InvalidGrant), 400);
        assert_eq!(status(ErrorCode::InvalidClient), 401);
        assert_eq!(status(ErrorCode::TemporarilyUnavailable), 503);
        let answer = OAuthError::invalid_grant().error_response();
        assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
    }

    #[test]
    fn a_description_has_the_characters_that_the_specification_allows_and_not_too_many() {
        let text = |text: &str| OAuthError::new(ErrorCode::InvalidRequest, text.to_owned()).error_description;
        assert_eq!(text("plain, as it is"), "plain, as it is");
        assert_eq!(text("a \"b\" c\\d\n\u{202e}é\u{0}"), "a 'b' c?d????");
        assert_eq!(text(&"é".repeat(10_000)).len(), MAX_DESCRIPTION);
    }

    #[test]
    fn codes_are_spelled_as_registered() {
        assert_eq!(
            serde_json::to_value(ErrorCode::UnsupportedGrantType).unwrap(),
            "unsupported_grant_type"
        );
        assert_eq!(
            serde_json::to_value(ErrorCode::InvalidRedirectUri).unwrap(),
            "invalid_redirect_uri"
        );
    }
}
