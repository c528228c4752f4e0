//! Where an answer may go, and what it holds.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ISSUER: &str = "http://localhost:8080";

fn client(redirect_uris: &[&str]) -> ClientMetadata {
    serde_json::from_value(json!({
        "redirect_uris": redirect_uris, "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"], "response_types": ["code"], "application_type": "native",
    }))
    .unwrap()
}

fn location(answer: &HttpResponse) -> String {
    answer.headers().get("location").unwrap().to_str().unwrap().to_owned()
}

fn query(location: &str) -> Vec<(String, String)> {
    let (_, query) = location.split_once('?').unwrap();
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_answer_is_appended_to_the_text_of_the_uri() {
    for (uri, joined) in [
        ("https://h/cb", "https://h/cb?code=c&"),
        ("https://h/cb?a=1", "https://h/cb?a=1&code=c&"),
        ("https://h/cb?", "https://h/cb?code=c&"),
        ("https://h/cb?a=1&", "https://h/cb?a=1&code=c&"),
        ("https://h", "https://h?code=c&"),
        ("http://[::1]:9/cb", "http://[::1]:9/cb?code=c&"),
        ("cursor://x/cb", "cursor://x/cb?code=c&"),
        ("com.example.app:/cb", "com.example.app:/cb?code=c&"),
    ] {
        let redirect = Redirect::to_registered(Some(uri), &client(&[uri]), Some("s"), ISSUER).unwrap();
        let answer = redirect.with_code("c");
        assert_eq!(answer.status(), 303);
        assert!(location(&answer).starts_with(joined), "{}", location(&answer));
    }
}

#[test]
fn the_program_is_answered_on_the_port_it_asked_for() {
    let registered = client(&["http://localhost/callback", "http://127.0.0.1/callback"]);
    let asked = "http://localhost:51234/callback";
    let redirect = Redirect::to_registered(Some(asked), &registered, None, ISSUER).unwrap();
    assert!(location(&redirect.with_code("c")).starts_with("http://localhost:51234/callback?"));
}

#[test]
fn a_uri_may_be_left_out_only_when_there_is_one_and_it_says_where() {
    let left_out = |uris: &[&str]| Redirect::to_registered(None, &client(uris), None, ISSUER);
    assert_eq!(left_out(&["https://h/cb"]).unwrap().uri().as_str(), "https://h/cb");
    assert_eq!(
        left_out(&["http://localhost:7/cb"]).unwrap().uri().as_str(),
        "http://localhost:7/cb"
    );
    assert!(left_out(&["app:/cb"]).is_ok());
    assert!(left_out(&["http://[::1]:7/cb"]).is_ok());
    assert!(left_out(&["https://h/cb", "https://h/other"]).is_err());
    assert!(left_out(&["http://localhost/cb"]).is_err());
    assert!(left_out(&["http://[::1]/cb"]).is_err());
}

#[test]
fn an_error_has_iss_and_state_too() {
    let redirect =
        Redirect::to_registered(Some("https://h/cb"), &client(&["https://h/cb"]), Some("a b"), ISSUER).unwrap();
    let error = AuthorizationError::new(AuthorizationErrorCode::AccessDenied, "the person pressed Deny");
    let answer = redirect.with_error(&error);
    let help = format!("{ISSUER}/help/errors/access_denied");
    let expected = [
        ("error", "access_denied"),
        ("error_description", "the person pressed Deny"),
        ("error_uri", &help),
        ("state", "a b"),
        ("iss", ISSUER),
    ];
    assert_eq!(query(&location(&answer)), pairs(&expected));
    assert!(
        location(&answer).contains("state=a%20b&"),
        "not every client decodes a plus sign"
    );
}

#[test]
fn without_a_state_there_is_none_in_the_answer() {
    let redirect = Redirect::to_registered(Some("https://h/cb"), &client(&["https://h/cb"]), None, ISSUER).unwrap();
    assert_eq!(
        query(&location(&redirect.with_code("c"))),
        pairs(&[("code", "c"), ("iss", ISSUER)])
    );
}

proptest! {
    #[test]
    fn whatever_state_holds_the_query_parses_back_to_it(state in any::<String>()) {
        let redirect = Redirect::to_registered(Some("https://h/cb"), &client(&["https://h/cb"]), Some(&state), ISSUER).unwrap();
        let answer = redirect.with_code("c");
        prop_assert_eq!(query(&location(&answer)), pairs(&[("code", "c"), ("state", &state), ("iss", ISSUER)]));
        prop_assert!(location(&answer).bytes().all(|c| c.is_ascii_graphic()));
        let percent = location(&answer).replace('+', " ");
        prop_assert_eq!(query(&percent), query(&location(&answer)));
    }

    #[test]
    fn a_uri_that_is_not_registered_always_gets_a_page(requested in "(https?://(h|localhost|127.0.0.1)(:[0-9]{1,4})?(/[a-c@%.]{0,4}){0,2}(\\?a)?|.*)") {
        let registered = client(&["https://h/cb", "http://localhost/cb"]);
        let answer = Redirect::to_registered(Some(&requested), &registered, None, ISSUER);
        let on_any_port = requested.strip_prefix("http://localhost").and_then(|rest| rest.strip_suffix("/cb"));
        let port = |rest: &str| rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit()));
        let expected = requested == "https://h/cb" || on_any_port.is_some_and(port);
        prop_assert_eq!(answer.is_ok(), expected, "{}", requested);
    }
}
