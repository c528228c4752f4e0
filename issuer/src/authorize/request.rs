//! The authorization request: OAuth 2.1 section 4.1.1, RFC 7636 section 4.3, RFC 8707 section 2,
//! OpenID Connect Core 1.0 sections 3.1.2.1 and 6.
//!
//! Read after the client and its redirect URI are known, so every error can go back to the client. What
//! is not known here (`display`, `ui_locales`, `claims`, ...) is ignored, as section 3.1 of RFC 6749 asks.

use serde::{Deserialize, Serialize};
use shared::audience::Audience;
use shared::params::Params;
use shared::scope::Scope;

use super::prompt::{self, Prompts};
use super::redirect::{AuthorizationError, AuthorizationErrorCode as Code};
use crate::pkce::{self, CodeChallenge};
use crate::resource::{Resources, Target};

/// Bytes of a `state` that is sent back. Clients send some 40, hosted ones up to a thousand.
const STATE_BYTES: usize = 2048;

/// Bytes of a `login_hint`: an e-mail address has at most 254 (RFC 5321 section 4.5.3.1).
const LOGIN_HINT_BYTES: usize = 320;

/// Bytes of a `nonce`, which every ID token of the request carries.
const NONCE_BYTES: usize = 512;

/// Who asks, as far as the request depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    /// The client.
    pub client_id: &'a str,
    /// The `scope` that it registered with.
    pub wish: Option<&'a str>,
}

/// A request that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AuthorizationRequest {
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes, as asked; `None` when it was left out.
    pub redirect_uri: Option<String>,
    /// What the client gets back as it is.
    pub state: Option<String>,
    /// What would be granted.
    pub scope: Scope,
    /// The canonical resource identifiers.
    pub resource: Audience,
    /// What the verifier must open.
    pub code_challenge: CodeChallenge,
    /// What the person must be asked.
    pub prompt: Prompts,
    /// The account that the client thinks of.
    pub login_hint: Option<String>,
    /// Seconds since sign-in after which the password is asked again.
    pub max_age: Option<i64>,
    /// What the ID token repeats.
    pub nonce: Option<String>,
    /// The key that whoever brings the code must prove to hold (RFC 9449 section 10).
    #[serde(default)]
    pub dpop_jkt: Option<String>,
}

impl AuthorizationRequest {
    /// Checks everything but the client and the redirect URI, in the order of the specifications.
    pub(super) fn read(
        params: &Params,
        asker: Asker<'_>,
        redirect_uri: Option<&str>,
        resources: &Resources,
    ) -> Result<Self, AuthorizationError> {
        let state = state(params)?;
        request_object(params)?;
        response_type(params)?;
        let target = target(params, resources)?;
        Ok(Self {
            client_id: asker.client_id.to_owned(),
            redirect_uri: redirect_uri.map(str::to_owned),
            state,
            code_challenge: code_challenge(params)?,
            scope: target.granted(&scope(params)?.unwrap_or_else(|| wish(asker, &target))),
            resource: target.audience(),
            prompt: prompt::read(params)?,
            login_hint: login_hint(params)?,
            max_age: max_age(params)?,
            nonce: nonce(params)?,
            dpop_jkt: dpop_jkt(params)?,
        })
    }
}

/// The `state` to send back, as far as it can be told: a repeated one cannot.
pub(super) fn state_of(params: &Params) -> Option<&str> {
    params.optional("state").ok().flatten().filter(|state| sendable(state))
}

fn sendable(state: &str) -> bool {
    is_plain(state, STATE_BYTES)
}

/// Whether a value can be kept and sent back as it was. What was not UTF-8 left a replacement character; control
/// characters are in no value of RFC 6749 appendix A, and would take six times their room where they are kept.
fn is_plain(text: &str, most: usize) -> bool {
    text.len() <= most && !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER)
}

fn state(params: &Params) -> Result<Option<String>, AuthorizationError> {
    match params.optional("state")? {
        Some(state) if !sendable(state) => Err(invalid("state is longer than 2048 bytes, or not plain text")),
        state => Ok(state.map(str::to_owned)),
    }
}

fn request_object(params: &Params) -> Result<(), AuthorizationError> {
    let sent = |name| params.many(name).next().is_some();
    if sent("request") {
        Err(AuthorizationError::new(
            Code::RequestNotSupported,
            "request objects are not supported",
        ))
    } else if sent("request_uri") {
        Err(AuthorizationError::new(
            Code::RequestUriNotSupported,
            "request_uri is not supported",
        ))
    } else if sent("registration") {
        Err(AuthorizationError::new(
            Code::RegistrationNotSupported,
            "registration is not supported",
        ))
    } else {
        Ok(())
    }
}

fn response_type(params: &Params) -> Result<(), AuthorizationError> {
    if params.one("response_type")? != "code" {
        return Err(AuthorizationError::new(
            Code::UnsupportedResponseType,
            "response_type must be code",
        ));
    }
    match params.optional("response_mode")? {
        None | Some("query") => Ok(()),
        Some(_) => Err(invalid("response_mode must be query")),
    }
}

/// RFC 7636 section 4.3: a missing method means `plain`, which is not supported.
fn code_challenge(params: &Params) -> Result<CodeChallenge, AuthorizationError> {
    let challenge = params.one("code_challenge")?;
    if params.optional("code_challenge_method")? != Some(pkce::METHOD) {
        return Err(invalid("code_challenge_method must be S256"));
    }
    CodeChallenge::parse(challenge).ok_or_else(|| invalid("code_challenge must be the base64url of a SHA-256"))
}

pub(super) fn scope(params: &Params) -> Result<Option<Scope>, AuthorizationError> {
    let asked = params.optional("scope")?.map(Scope::parse).transpose();
    asked.map_err(|error| AuthorizationError::new(Code::InvalidScope, error.to_string()))
}

/// What a client that asks for no scope registered with (RFC 7591 section 2), if that means something here.
pub(super) fn wish(asker: Asker<'_>, target: &Target<'_>) -> Scope {
    let wish = asker.wish.and_then(|wish| Scope::parse(wish).ok());
    wish.filter(|wish| !target.of_services(wish).is_empty())
        .unwrap_or_default()
}

/// RFC 8707 section 2.1: the default resource when none was named.
pub(super) fn target<'a>(params: &Params, resources: &'a Resources) -> Result<Target<'a>, AuthorizationError> {
    let target = resources.select(params.many("resource"));
    let target = target.map_err(|error| AuthorizationError::new(Code::InvalidTarget, error.to_string()))?;
    Ok(target.unwrap_or_else(|| resources.default_target()))
}

fn max_age(params: &Params) -> Result<Option<i64>, AuthorizationError> {
    let Some(text) = params.optional("max_age")? else {
        return Ok(None);
    };
    let seconds = text.parse().ok().filter(|seconds| *seconds >= 0);
    seconds
        .map(Some)
        .ok_or_else(|| invalid("max_age must be a number of seconds"))
}

fn login_hint(params: &Params) -> Result<Option<String>, AuthorizationError> {
    match params.optional("login_hint")? {
        Some(hint) if !is_plain(hint, LOGIN_HINT_BYTES) => {
            Err(invalid("login_hint is longer than 320 bytes, or not plain text"))
        }
        hint => Ok(hint.map(str::to_owned)),
    }
}

fn nonce(params: &Params) -> Result<Option<String>, AuthorizationError> {
    match params.optional("nonce")? {
        Some(nonce) if !is_plain(nonce, NONCE_BYTES) => {
            Err(invalid("nonce is longer than 512 bytes, or not plain text"))
        }
        nonce => Ok(nonce.map(str::to_owned)),
    }
}

/// The base64url of a SHA-256.
pub(super) fn dpop_jkt(params: &Params) -> Result<Option<String>, AuthorizationError> {
    match params.optional("dpop_jkt")? {
        Some(jkt) if CodeChallenge::parse(jkt).is_none() => Err(invalid("dpop_jkt must be the base64url of a SHA-256")),
        jkt => Ok(jkt.map(str::to_owned)),
    }
}

fn invalid(description: &'static str) -> AuthorizationError {
    AuthorizationError::new(Code::InvalidRequest, description)
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
