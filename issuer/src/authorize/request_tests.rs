//! What an authorization request may ask, and how each mistake is answered.

use super::*;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn read(query: &str) -> Result<AuthorizationRequest, AuthorizationError> {
    read_of(query, None)
}

/// The same of a client that registered with this `scope`.
fn read_of(query: &str, wish: Option<&str>) -> Result<AuthorizationRequest, AuthorizationError> {
    let resources = Resources::parse("http://localhost:8081/mcp,http://localhost:8082/mcp").unwrap();
    let asker = Asker { client_id: "c", wish };
    AuthorizationRequest::read(
        &Params::decode(query.as_bytes()),
        asker,
        Some("https://h/cb"),
        &resources,
    )
}

/// The good request with one thing changed: the last value of a name counts.
fn with(change: &str) -> Result<AuthorizationRequest, AuthorizationError> {
    let good = format!("response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256&state=s");
    let name = change.split('=').next().unwrap();
    let others = good.split('&').filter(|pair| pair.split('=').next() != Some(name));
    read(&others.chain([change]).collect::<Vec<_>>().join("&"))
}

fn code_of(change: &str) -> &'static str {
    with(change).map_or_else(|error| error.code.as_str(), |_| "ok")
}

#[test]
fn the_smallest_request_gets_the_defaults() {
    let request = with("x=y").unwrap();
    assert_eq!(request.scope.to_string(), "food:read food:write");
    assert_eq!(request.resource, Audience::one("http://localhost:8081/mcp"));
    assert_eq!(
        (request.state.as_deref(), request.max_age, request.prompt.len()),
        (Some("s"), None, 0)
    );
}

#[test]
fn each_mistake_has_the_code_of_its_specification() {
    for (change, code) in [
        ("response_type=", "invalid_request"),
        ("response_type=code&response_type=code", "invalid_request"),
        ("response_type=token", "unsupported_response_type"),
        ("response_type=code id_token", "unsupported_response_type"),
        ("response_mode=fragment", "invalid_request"),
        ("response_mode=form_post", "invalid_request"),
        ("response_mode=query", "ok"),
        ("request=x.y.z", "request_not_supported"),
        ("request_uri=urn:x", "request_uri_not_supported"),
        ("registration={}", "registration_not_supported"),
        ("code_challenge=", "invalid_request"),
        ("code_challenge=short", "invalid_request"),
        ("code_challenge_method=", "invalid_request"),
        ("code_challenge_method=plain", "invalid_request"),
        ("code_challenge_method=s256", "invalid_request"),
        ("scope=food:read&scope=food:write", "invalid_request"),
        ("scope=%22", "invalid_scope"),
        ("scope=unknown", "ok"),
        ("resource=http://localhost:9/mcp", "invalid_target"),
        (
            "resource=http://localhost:8081/mcp&resource=http://localhost:8082/mcp",
            "invalid_target",
        ),
        (
            "resource=http://localhost:8081/mcp&resource=http://localhost:8081/mcp/",
            "ok",
        ),
        ("prompt=none login", "invalid_request"),
        ("prompt=magic", "ok"),
        ("max_age=-1", "invalid_request"),
        ("max_age=soon", "invalid_request"),
        ("max_age=0", "ok"),
        ("state=a&state=b", "invalid_request"),
        ("state=%FF", "invalid_request"),
        ("login_hint=a&login_hint=b", "invalid_request"),
        ("nonce=a&nonce=b", "invalid_request"),
        ("nonce=%00", "invalid_request"),
        ("nonce=%FF", "invalid_request"),
        ("nonce=n&display=page&ui_locales=de&claims={}&acr_values=1", "ok"),
    ] {
        assert_eq!(code_of(&change.replace(' ', "+")), code, "{change}");
    }
}

#[test]
fn descriptions_have_only_the_characters_that_rfc_6749_allows() {
    for change in [
        "response_type=x",
        "code_challenge=x",
        "scope=%22",
        "resource=x",
        "max_age=x",
        "state=%FF",
        "prompt=none+login",
    ] {
        let description = with(change).unwrap_err().description;
        assert!(
            description
                .bytes()
                .all(|c| matches!(c, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
            "{description}"
        );
    }
}

#[test]
fn a_nonce_is_kept_as_it_is_up_to_512_bytes() {
    let nonce = |bytes: usize| with(&format!("nonce={}", "n".repeat(bytes)));
    assert_eq!(nonce(512).unwrap().nonce, Some("n".repeat(512)));
    assert_eq!(nonce(513).unwrap_err().code.as_str(), "invalid_request");
}

#[test]
fn what_is_stored_reads_back() {
    let request =
        with("prompt=login+consent&login_hint=alex&max_age=60&nonce=n&resource=http://localhost:8082").unwrap();
    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizationRequest>(&text).unwrap(), request);
    let damaged = text.replace(CHALLENGE, "x");
    assert!(serde_json::from_str::<AuthorizationRequest>(&damaged).is_err());
}

#[test]
fn the_scope_of_a_registration_is_a_first_wish_and_no_ceiling() {
    let good = format!("response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let granted = |wish, extra: &str| read_of(&format!("{good}{extra}"), wish).unwrap().scope.to_string();
    let read = Some("food:read openid");
    assert_eq!(granted(read, ""), "food:read openid");
    assert_eq!(granted(read, "&scope=food:write"), "food:write");
    assert_eq!(
        granted(read, "&scope="),
        "food:read openid",
        "an empty parameter is as if left out"
    );
    for of_no_use in [
        None,
        Some(""),
        Some("mcp:tools"),
        Some("openid offline_access"),
        Some("food:read \""),
    ] {
        assert_eq!(granted(of_no_use, ""), "food:read food:write", "{of_no_use:?}");
    }
}

#[test]
fn what_is_too_long_to_be_kept_is_told_with_its_limit() {
    for (name, most) in [
        ("state", STATE_BYTES),
        ("login_hint", LOGIN_HINT_BYTES),
        ("nonce", NONCE_BYTES),
    ] {
        let of = |bytes| with(&format!("{name}={}", "x".repeat(bytes)));
        assert!(of(most).is_ok(), "{name}");
        let error = of(most + 1).unwrap_err();
        assert_eq!(error.code.as_str(), "invalid_request");
        assert!(
            error
                .description
                .contains(&format!("{name} is longer than {most} bytes")),
            "{}",
            error.description
        );
        for strange in ["%00", "%0A", "%7F", "%FF"] {
            assert_eq!(
                code_of(&format!("{name}=a{strange}")),
                "invalid_request",
                "{name} {strange}"
            );
        }
    }
    assert_eq!(code_of("login_hint=alex@example.com"), "ok");
}

#[test]
fn a_request_that_waits_takes_less_than_9_kib() {
    // Quotes take twice their room as JSON.
    let long = |name: &str, bytes| format!("{name}={}", "%22".repeat(bytes));
    let all = [
        long("state", STATE_BYTES),
        long("login_hint", LOGIN_HINT_BYTES),
        long("nonce", NONCE_BYTES),
    ];
    let more = "scope=food+openid+profile+email+offline_access&prompt=login+consent+select_account&max_age=9";
    let request = format!(
        "response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256&{more}&{}",
        all.join("&")
    );
    let kept = serde_json::to_string(&read(&request).unwrap()).unwrap();
    // The redirect URI and client_id are of a client that is known: 2048 and 512 bytes at most.
    assert!(kept.len() + 2048 + 512 < 9 * 1024, "{}", kept.len());
}
