//! Where an answer may go, and what it holds.

use super::*;
use proptest::prelude::*;
use serde_json::json;

const ISSUER: &str = "https://id.example.com";

fn client(uris: &[&str]) -> ClientMetadata {
    let registration = json!({"redirect_uris": uris, "client_name": "Test"});
    let registration: crate::client::metadata::Registration = serde_json::from_value(registration).unwrap();
    registration.try_into().unwrap()
}

fn location(answer: &HttpResponse) -> String {
    answer.headers().get("location").unwrap().to_str().unwrap().to_owned()
}

fn parameters(location: &str) -> Vec<(String, String)> {
    url::Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

#[test]
fn a_code_and_an_error_carry_state_and_issuer() {
    let client = client(&["https://example.com/cb?tenant=a"]);
    let redirect = Redirect::to_registered(
        Some("https://example.com/cb?tenant=a"),
        &client,
        Some("a b&c=d"),
        ISSUER,
    )
    .unwrap();
    let expected = [("tenant", "a"), ("code", "xyz"), ("state", "a b&c=d"), ("iss", ISSUER)];
    let expected: Vec<_> = expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    assert_eq!(parameters(&location(&redirect.with_code("xyz"))), expected);
    let denied = AuthorizationError::new(AuthorizationErrorCode::AccessDenied, "no");
    let sent = parameters(&location(&redirect.with_error(&denied)));
    assert!(sent.contains(&("error".to_owned(), "access_denied".to_owned())));
    assert!(sent.contains(&("iss".to_owned(), ISSUER.to_owned())));
}

#[test]
fn a_uri_may_be_left_out_when_one_is_registered_that_says_where() {
    let way = |uris: &[&str]| Redirect::to_registered(None, &client(uris), None, ISSUER).is_ok();
    assert!(way(&["https://example.com/cb"]));
    assert!(way(&["http://localhost:5000/cb"]));
    assert!(!way(&["http://localhost/cb"]));
    assert!(!way(&["https://example.com/cb", "https://example.com/cb2"]));
}

proptest! {
    #[test]
    fn an_unregistered_uri_always_gets_a_page(requested in "\\PC{0,60}") {
        let client = client(&["https://example.com/cb", "com.example.app:/cb"]);
        prop_assume!(!client.redirect_uris.iter().any(|uri| uri.as_str() == requested));
        prop_assert!(Redirect::to_registered(Some(&requested), &client, None, ISSUER).is_err());
    }

    #[test]
    fn whatever_state_holds_it_comes_back_and_adds_nothing(state in "\\PC{1,80}") {
        let client = client(&["https://example.com/cb"]);
        let redirect = Redirect::to_registered(Some("https://example.com/cb"), &client, Some(&state), ISSUER).unwrap();
        let sent = parameters(&location(&redirect.with_code("c")));
        prop_assert_eq!(sent.len(), 3);
        prop_assert_eq!(&sent[1], &("state".to_owned(), state));
    }
}
