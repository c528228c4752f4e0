//! What happens next at the authorization endpoint, for each state of the browser.

use super::*;
use crate::resource::Resources;
use shared::params::Params;

const NOW: NumericDate = 10_000;

fn asked(rest: &str) -> AuthorizationRequest {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let query =
        format!("response_type=code&code_challenge={challenge}&code_challenge_method=S256&scope=food:read&{rest}");
    let resources = Resources::parse("http://localhost:8081/mcp").unwrap();
    AuthorizationRequest::read(&Params::decode(query.as_bytes()), "c", None, &resources).unwrap()
}

/// Signed in an hour ago as ann, for an https client that was allowed before.
fn standing(allowed_before: &Scope) -> Standing<'_> {
    Standing {
        session: Some(("ann", NOW - 3600)),
        fresh: false,
        kind: RedirectKind::Https,
        allowed_before,
        now: NOW,
    }
}

fn code_of(step: &NextStep) -> &'static str {
    match step {
        NextStep::SignIn => "sign in",
        NextStep::Consent => "consent",
        NextStep::Code => "code",
        NextStep::Refusal(error) => error.code.as_str(),
    }
}

#[test]
fn a_client_with_a_name_that_was_allowed_before_gets_its_code() {
    let scope = Scope::parse("food:read").unwrap();
    let step = |rest: &str| next_step(&asked(rest), standing(&scope));
    for (rest, expected) in [
        ("", "code"),
        ("prompt=none", "code"),
        ("prompt=consent", "consent"),
        ("prompt=login", "sign in"),
        ("prompt=select_account", "consent"),
        ("max_age=60", "sign in"),
        ("max_age=7200", "code"),
        ("login_hint=Ann", "code"),
        ("login_hint=bob", "consent"),
    ] {
        assert_eq!(code_of(&step(rest)), expected, "{rest}");
    }
}

#[test]
fn programs_on_the_persons_computer_ask_every_time() {
    let scope = Scope::parse("food:read").unwrap();
    for kind in [RedirectKind::Loopback, RedirectKind::PrivateUse] {
        let standing = Standing {
            kind,
            ..standing(&scope)
        };
        assert_eq!(code_of(&next_step(&asked(""), standing)), "consent");
        assert_eq!(code_of(&next_step(&asked("prompt=none"), standing)), "consent_required");
    }
}

#[test]
fn more_than_was_allowed_asks_again_and_nobody_signs_in_silently() {
    let less = Scope::default();
    assert_eq!(code_of(&next_step(&asked(""), standing(&less))), "consent");
    let nobody = Standing {
        session: None,
        ..standing(&less)
    };
    assert_eq!(code_of(&next_step(&asked(""), nobody)), "sign in");
    assert_eq!(code_of(&next_step(&asked("prompt=none"), nobody)), "login_required");
}

#[test]
fn signing_in_for_this_request_satisfies_prompt_login_and_max_age() {
    let scope = Scope::parse("food:read").unwrap();
    let fresh = Standing {
        fresh: true,
        session: Some(("ann", NOW)),
        ..standing(&scope)
    };
    assert_eq!(code_of(&next_step(&asked("prompt=login&max_age=0"), fresh)), "code");
}
