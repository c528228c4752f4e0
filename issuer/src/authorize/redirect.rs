//! Redirect or page: RFC 6749 section 4.1.2.1, RFC 9207 section 2, RFC 9700 section 4.11 (open redirectors).
//!
//! An answer may go to a redirect URI only after that URI was found among the client's. The types keep
//! the order: [`Redirect::to_registered`] alone makes a [`Redirect`], everything that leaves through one
//! carries `iss` and `state`, and what cannot leave is a [`Page`].
//!
//! Easy to get wrong: leaving `iss` out of errors.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::remedies::again;
use crate::browser::{Page, see_other};
use crate::client::ClientMetadata;
use crate::display_text::{client_name, plain};
pub(super) use crate::error::ErrorCode as AuthorizationErrorCode;
use crate::redirect_uri::{RedirectKind, RedirectUri};

/// An answer on its way to a redirect URI of the client.
#[derive(Clone, Debug)]
pub(super) struct Redirect {
    uri: RedirectUri,
    state: Option<String>,
    issuer: String,
}

/// Why a client gets no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub(super) struct AuthorizationError {
    /// The code that the client may act on.
    pub code: AuthorizationErrorCode,
    /// For the client's developer, in the characters that RFC 6749 allows.
    pub description: Cow<'static, str>,
}

impl AuthorizationError {
    /// An error with its description.
    pub(super) fn new(code: AuthorizationErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
        }
    }
}

impl From<shared::params::ParamError> for AuthorizationError {
    fn from(error: shared::params::ParamError) -> Self {
        Self::new(AuthorizationErrorCode::InvalidRequest, error.to_string())
    }
}

impl Redirect {
    /// The way to `requested`, if the client registered it; else the page that says what to do.
    pub(super) fn to_registered(
        requested: Option<&str>,
        client: &ClientMetadata,
        state: Option<&str>,
        issuer: &str,
    ) -> Result<Self, Page> {
        let uri = match requested {
            Some(requested) => client
                .redirect_uri(requested)
                .and_then(|_| RedirectUri::parse(requested).ok()),
            None => the_only_one(client).cloned(),
        };
        let uri = uri.ok_or_else(|| refusal(requested, client))?;
        Ok(Self {
            uri,
            state: state.map(str::to_owned),
            issuer: issuer.to_owned(),
        })
    }

    /// Where it leads.
    pub(super) fn uri(&self) -> &RedirectUri {
        &self.uri
    }

    /// The code, on its way.
    pub(super) fn with_code(&self, code: &str) -> HttpResponse {
        see_other(self.location(&[("code", code)]))
    }

    /// An error, on its way.
    pub(super) fn with_error(&self, error: &AuthorizationError) -> HttpResponse {
        log::info!(error = error.code.as_str(); "authorization refused: {}", error.description);
        let help = format!("{}/help/errors/{}", self.issuer, error.code.as_str());
        see_other(self.location(&[
            ("error", error.code.as_str()),
            ("error_description", &error.description),
            ("error_uri", &help),
        ]))
    }

    fn location(&self, answer: &[(&str, &str)]) -> String {
        let state = self.state.as_deref().map(|state| ("state", state));
        let iss = [("iss", self.issuer.as_str())];
        self.uri.with_query(answer.iter().copied().chain(state).chain(iss))
    }
}

/// OAuth 2.1 section 4.1.1: the URI may be left out when exactly one is registered. A loopback URI
/// without a port says nothing of where the program listens now.
fn the_only_one(client: &ClientMetadata) -> Option<&RedirectUri> {
    match client.redirect_uris.as_slice() {
        [only] if only.kind() != RedirectKind::Loopback || has_port(only.place()) => Some(only),
        _ => None,
    }
}

fn has_port(authority: &str) -> bool {
    authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit()))
}

fn refusal(requested: Option<&str>, client: &ClientMetadata) -> Page {
    let name = client_name(client.client_name.as_deref());
    let page = Page::new(StatusCode::BAD_REQUEST, format!("“{name}” cannot be answered"));
    let page = match requested {
        Some(requested) => page
            .say(format!(
                "It wants the answer at {}, which is not an address that it registered here.",
                plain(requested, 120)
            ))
            .say("Somebody may have changed the link that brought you here. Nothing was done."),
        None => page.say(
            "It did not say where the answer should go, and registered more than one address, or one without a port.",
        ),
    };
    again(
        page,
        "",
        requested.or_else(|| Some(client.redirect_uris.first()?.as_str())),
    )
}

#[cfg(test)]
#[path = "redirect_tests.rs"]
mod tests;
