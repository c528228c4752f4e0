//! What happens next at the authorization endpoint, for each state of the browser.

use super::super::request::Asker;
use super::*;
use crate::resource::Resources;
use shared::params::Params;

const NOW: NumericDate = 1_800_000_000;

fn request(extra: &str) -> AuthorizationRequest {
    let query = format!(
        "response_type=code&code_challenge={}&code_challenge_method=S256&{extra}",
        "a".repeat(43)
    );
    let resources = Resources::parse("http://localhost:8081/mcp").unwrap();
    let asker = Asker {
        client_id: "c",
        wish: None,
    };
    AuthorizationRequest::read(&Params::decode(query.as_bytes()), asker, None, &resources).unwrap()
}

/// Signed in as alex an hour ago, at an https client that was allowed everything.
fn usual(everything: &Scope) -> Standing<'_> {
    Standing {
        session: Some(("Alex", NOW - 3600)),
        fresh: false,
        kind: RedirectKind::Https,
        allowed_before: everything,
        now: NOW,
    }
}

fn code(step: &NextStep) -> &str {
    match step {
        NextStep::SignIn => "sign in",
        NextStep::Consent => "consent",
        NextStep::Code => "code",
        NextStep::Refusal(error) => error.code.as_str(),
    }
}

#[test]
fn a_client_that_was_allowed_before_gets_its_code() {
    let everything = Scope::parse("food:read food:write").unwrap();
    for (extra, step) in [
        ("", "code"),
        ("prompt=none", "code"),
        ("prompt=create", "code"),
        ("prompt=consent", "consent"),
        ("prompt=select_account", "consent"),
        ("prompt=login", "sign in"),
        ("max_age=3600", "sign in"),
        ("max_age=3601", "code"),
        ("max_age=0", "sign in"),
        ("max_age=0&prompt=none", "login_required"),
        ("scope=food:read", "code"),
        ("scope=food:read+openid", "consent"),
        ("scope=food:read+openid&prompt=none", "consent_required"),
        ("login_hint=alex", "code"),
        ("login_hint=ALEX", "code"),
        ("login_hint=robin", "consent"),
        ("login_hint=not+a+name", "consent"),
        ("login_hint=robin&prompt=none", "consent_required"),
    ] {
        assert_eq!(code(&next_step(&request(extra), usual(&everything))), step, "{extra}");
    }
}

#[test]
fn without_a_session_the_person_signs_in() {
    let everything = Scope::parse("food:read food:write").unwrap();
    let standing = Standing {
        session: None,
        ..usual(&everything)
    };
    assert_eq!(code(&next_step(&request(""), standing)), "sign in");
    assert_eq!(code(&next_step(&request("prompt=none"), standing)), "login_required");
}

#[test]
fn signing_in_for_the_request_is_enough_once() {
    let everything = Scope::parse("food:read food:write").unwrap();
    let standing = Standing {
        session: Some(("Alex", NOW)),
        fresh: true,
        ..usual(&everything)
    };
    for (extra, step) in [
        ("prompt=login", "code"),
        ("max_age=0", "code"),
        ("prompt=select_account", "code"),
        ("login_hint=robin", "code"),
        ("prompt=login+consent", "consent"),
    ] {
        assert_eq!(code(&next_step(&request(extra), standing)), step, "{extra}");
    }
}

#[test]
fn programs_on_the_computer_are_asked_every_time() {
    let everything = Scope::parse("food:read food:write").unwrap();
    for kind in [RedirectKind::Loopback, RedirectKind::PrivateUse] {
        for fresh in [false, true] {
            let standing = Standing {
                fresh,
                kind,
                ..usual(&everything)
            };
            assert_eq!(code(&next_step(&request(""), standing)), "consent");
            assert_eq!(code(&next_step(&request("prompt=none"), standing)), "consent_required");
        }
    }
}
