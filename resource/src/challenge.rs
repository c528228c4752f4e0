//! Refusing a request for its token: RFC 6750 section 3, RFC 9728 section 5.1, RFC 9449 section 7.1.
//!
//! `Bearer` is the first scheme, since clients exist that read no other, and `DPoP` the second; `Bearer` says where the metadata is and every scope that a normal user needs, because
//! clients ask for exactly what stands here. An error is named only when a token was sent: without one the client
//! merely did not know. Easy to get wrong: a scope challenge that names only what is missing makes clients exchange
//! what they have for it, so what was granted stays in it.
//!
//! Where API keys alone are taken, the challenge names no metadata and no other scheme: clients would start OAuth.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use shared::http::access_log::request_id;
use shared::jwk::Algorithms;
use shared::scope::Scope;

use crate::answer::ErrorBody;
use crate::auth::Unauthenticated;
use crate::auth::bearer::BadAuthorization;
use crate::auth::proofs::ProofRefused;
use crate::auth::refusal::Refusal;

const RETRY_SECONDS: u32 = 2;

/// What every challenge of this resource says.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// `None` where API keys alone are taken.
    resource_metadata: Option<String>,
    scope: Scope,
}

/// An error as RFC 6750 section 3.1 names it.
struct Named {
    status: StatusCode,
    error: Option<&'static str>,
    description: &'static str,
}

impl Challenge {
    /// `scope` is all that a normal user needs.
    pub fn new(resource_metadata: String, scope: Scope) -> Self {
        Self {
            resource_metadata: Some(resource_metadata),
            scope,
        }
    }

    /// Of a server that takes API keys alone; a challenge must have a parameter, so it names a realm.
    pub fn of_api_keys(scope: Scope) -> Self {
        Self {
            resource_metadata: None,
            scope,
        }
    }

    /// There is no token, or none that opens this door.
    pub fn unauthenticated(&self, request: &HttpRequest, why: &Unauthenticated) -> HttpResponse {
        note(request, why);
        if let Unauthenticated::Token(refusal) = why
            && !refusal.is_the_tokens_fault()
        {
            return unavailable(request, refusal);
        }
        let mut named = named(why);
        let takes_tokens = self.resource_metadata.is_some();
        if *why == Unauthenticated::Header(BadAuthorization::Absent) && !takes_tokens {
            named.description = "send an API key as a bearer token";
        }
        let mut answer = self.answer(request, &named, &self.scope);
        if takes_tokens {
            offer_dpop(answer.headers_mut(), why);
        }
        answer
    }

    /// The token does not allow this. `needed` is all that the operation needs, `granted` what the token has.
    pub fn insufficient_scope(&self, request: &HttpRequest, needed: &Scope, granted: &Scope) -> HttpResponse {
        log::info!(target: "security", kind = "refused", request_id = request_id(request), reason = "insufficient_scope";
            "refused: scope: expected {needed}, got {granted}");
        let description = match self.resource_metadata {
            Some(_) => "the access token does not allow this; sign in again and grant the scope asked for",
            None => "the API key does not allow this; ask for one with the scope named here",
        };
        let named = Named {
            status: StatusCode::FORBIDDEN,
            error: Some("insufficient_scope"),
            description,
        };
        let kept = self.scope.intersection(granted);
        self.answer(request, &named, &needed.union(&kept))
    }

    fn answer(&self, request: &HttpRequest, named: &Named, scope: &Scope) -> HttpResponse {
        let body = ErrorBody {
            error: named.error,
            error_description: named.description,
            request_id: request_id(request),
        };
        HttpResponse::build(named.status)
            .insert_header((WWW_AUTHENTICATE, self.header(named, scope)))
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(body)
    }

    /// All values are ours or scope tokens, so none needs escaping (RFC 6749 section 3.3 has no quote).
    fn header(&self, named: &Named, scope: &Scope) -> String {
        let error = named.error.map_or_else(String::new, |error| {
            format!("error=\"{error}\", error_description=\"{}\", ", named.description)
        });
        match &self.resource_metadata {
            Some(url) => format!("Bearer {error}resource_metadata=\"{url}\", scope=\"{scope}\""),
            None => format!("Bearer realm=\"API key\", {error}scope=\"{scope}\""),
        }
    }
}

/// The second challenge, and the nonce for the next proof when one is asked for (RFC 9449 section 9).
fn offer_dpop(headers: &mut HeaderMap, why: &Unauthenticated) {
    let error = match why {
        Unauthenticated::Proof(ProofRefused::Nonce(_)) => "error=\"use_dpop_nonce\", ",
        Unauthenticated::Proof(_) => "error=\"invalid_dpop_proof\", ",
        _ => "",
    };
    let challenge = format!("DPoP {error}algs=\"{}\"", Algorithms::default().names().join(" "));
    if let Ok(challenge) = HeaderValue::from_str(&challenge) {
        headers.append(WWW_AUTHENTICATE, challenge);
    }
    if let Unauthenticated::Proof(ProofRefused::Nonce(nonce)) = why
        && let Ok(nonce) = HeaderValue::from_str(nonce)
    {
        headers.insert(HeaderName::from_static("dpop-nonce"), nonce);
    }
}

fn named(why: &Unauthenticated) -> Named {
    let (status, error, description) = match why {
        Unauthenticated::Header(BadAuthorization::Absent) => {
            (StatusCode::UNAUTHORIZED, None, "send an access token as a bearer token")
        }
        Unauthenticated::Header(BadAuthorization::Repeated) => (
            StatusCode::BAD_REQUEST,
            Some("invalid_request"),
            "more than one Authorization header was sent",
        ),
        Unauthenticated::Header(BadAuthorization::Malformed) => (
            StatusCode::BAD_REQUEST,
            Some("invalid_request"),
            "the Authorization header is malformed",
        ),
        Unauthenticated::Token(refusal) => (StatusCode::UNAUTHORIZED, Some("invalid_token"), refusal.description()),
        // The error stands in the other challenge.
        Unauthenticated::Proof(_) => (StatusCode::UNAUTHORIZED, None, "the DPoP proof is refused"),
    };
    Named {
        status,
        error,
        description,
    }
}

/// Not the token's fault, so no challenge: a client would throw the token away.
fn unavailable(request: &HttpRequest, refusal: &Refusal) -> HttpResponse {
    let body = ErrorBody {
        error: Some("temporarily_unavailable"),
        error_description: refusal.description(),
        request_id: request_id(request),
    };
    HttpResponse::ServiceUnavailable()
        .insert_header((RETRY_AFTER, RETRY_SECONDS.to_string()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body)
}

/// The reason with what was expected and what came; a missing or ended token is everyday.
fn note(request: &HttpRequest, why: &Unauthenticated) {
    let level = match why {
        Unauthenticated::Header(BadAuthorization::Absent) => log::Level::Debug,
        Unauthenticated::Proof(ProofRefused::Nonce(_)) | Unauthenticated::Token(Refusal::Expired { .. }) => {
            log::Level::Info
        }
        _ => log::Level::Warn,
    };
    log::log!(target: "security", level, kind = "refused", request_id = request_id(request), reason = why.name();
        "refused: {why}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::refusal::Got;
    use actix_web::test::TestRequest;

    fn challenge() -> Challenge {
        let scope = Scope::parse("food:read food:write").unwrap();
        Challenge::new("https://h/.well-known/oauth-protected-resource/mcp".to_owned(), scope)
    }

    fn refused(why: impl Into<Unauthenticated>) -> (u16, Option<String>) {
        let answer = challenge().unauthenticated(&TestRequest::get().to_http_request(), &why.into());
        let header = answer.headers().get("www-authenticate");
        (
            answer.status().as_u16(),
            header.map(|value| value.to_str().unwrap().to_owned()),
        )
    }

    const REST: &str =
        "resource_metadata=\"https://h/.well-known/oauth-protected-resource/mcp\", scope=\"food:read food:write\"";

    #[test]
    fn without_a_token_no_error_is_named() {
        assert_eq!(refused(BadAuthorization::Absent), (401, Some(format!("Bearer {REST}"))));
    }

    #[test]
    fn a_token_that_is_refused_is_invalid_and_the_reason_is_short() {
        let expired = Refusal::Expired { exp: 1, now: 2 };
        let expected =
            format!("Bearer error=\"invalid_token\", error_description=\"the access token has expired\", {REST}");
        assert_eq!(refused(expired), (401, Some(expected)));
        let planted = Refusal::Typ(Got::new("planted\", scope=\"evil"));
        assert!(!refused(planted).1.unwrap().contains("planted"));
    }

    #[test]
    fn a_malformed_request_is_400() {
        for why in [BadAuthorization::Repeated, BadAuthorization::Malformed] {
            let (status, header) = refused(why);
            assert_eq!(status, 400);
            assert!(header.unwrap().starts_with("Bearer error=\"invalid_request\""));
        }
    }

    #[test]
    fn keys_that_are_not_known_yet_are_no_reason_to_throw_a_token_away() {
        assert_eq!(refused(Refusal::KeysUnavailable), (503, None));
    }

    #[test]
    fn a_scope_challenge_names_what_is_needed_and_keeps_what_was_granted() {
        let scope = |text| Scope::parse(text).unwrap();
        let request = TestRequest::get().to_http_request();
        let answer = challenge().insufficient_scope(&request, &scope("food:write"), &scope("food:read openid"));
        assert_eq!(answer.status(), 403);
        let header = answer.headers().get("www-authenticate").unwrap().to_str().unwrap();
        assert!(header.starts_with("Bearer error=\"insufficient_scope\", "), "{header}");
        assert!(header.ends_with("scope=\"food:read food:write\""), "{header}");
    }
}
