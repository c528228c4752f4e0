//! What must happen before the client gets its answer: OpenID Connect Core 1.0 sections 3.1.2.3 and 3.1.2.4,
//! RFC 8252 section 8.6.
//!
//! Easy to get wrong: giving a code without a question to a program on the person's computer because the
//! person said yes before. Any other program there can use the same name and the same kind of address.

use shared::clock::NumericDate;
use shared::scope::Scope;

use super::prompt::Prompt;
use super::redirect::{AuthorizationError, AuthorizationErrorCode as Code};
use super::request::AuthorizationRequest;
use crate::account::UserName;
use crate::redirect_uri::RedirectKind;

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NextStep {
    /// The person signs in.
    SignIn,
    /// The person is asked.
    Consent,
    /// The client gets a code.
    Code,
    /// The client gets an error: it wanted no page.
    Refusal(AuthorizationError),
}

/// How things stand with the person in front of the browser.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    /// Whether somebody is signed in, as whom, and since when.
    pub session: Option<(&'a str, NumericDate)>,
    /// Whether that was for this request.
    pub fresh: bool,
    /// Where the answer goes.
    pub kind: RedirectKind,
    /// What the person allowed this client before.
    pub allowed_before: &'a Scope,
    /// Now.
    pub now: NumericDate,
}

/// Decides what comes next.
pub(super) fn next_step(request: &AuthorizationRequest, standing: Standing<'_>) -> NextStep {
    let silent = request.prompt.contains(&Prompt::None);
    let refusal = |code, words| NextStep::Refusal(AuthorizationError::new(code, words));
    if must_sign_in(request, standing) {
        if silent {
            refusal(Code::LoginRequired, "the person must sign in")
        } else {
            NextStep::SignIn
        }
    } else if must_consent(request, standing) {
        if silent {
            refusal(Code::ConsentRequired, "the person must be asked")
        } else {
            NextStep::Consent
        }
    } else {
        NextStep::Code
    }
}

fn must_sign_in(request: &AuthorizationRequest, standing: Standing<'_>) -> bool {
    let Some((_, auth_time)) = standing.session else {
        return true;
    };
    let too_long_ago = |max_age| standing.now.saturating_sub(auth_time) >= max_age;
    let again = request.prompt.contains(&Prompt::Login) || request.max_age.is_some_and(too_long_ago);
    again && !standing.fresh
}

fn must_consent(request: &AuthorizationRequest, standing: Standing<'_>) -> bool {
    let chose_account = standing.fresh;
    standing.kind != RedirectKind::Https
        || !standing.allowed_before.covers(&request.scope)
        || request.prompt.contains(&Prompt::Consent)
        || !chose_account && (request.prompt.contains(&Prompt::SelectAccount) || hints_at_another(request, standing))
}

/// The client expects another account: the person must see which one it would be.
fn hints_at_another(request: &AuthorizationRequest, standing: Standing<'_>) -> bool {
    let key = |name: &str| UserName::parse(name).ok().map(|name| name.key().to_owned());
    match (&request.login_hint, standing.session) {
        (Some(hint), Some((name, _))) => key(hint) != key(name),
        _ => false,
    }
}

#[cfg(test)]
#[path = "next_step_tests.rs"]
mod tests;
