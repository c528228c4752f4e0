//! What holds of what was asked, and what is refused.

use super::members::{MAX_NAME, shown};
use super::*;
use crate::display_text::one_line;
use proptest::prelude::*;
use serde_json::json;

fn read(body: serde_json::Value) -> Result<ClientMetadata, InvalidMetadata> {
    ClientMetadata::read(serde_json::from_value(body).unwrap(), Some(Reach::Public))
}

#[test]
fn what_was_left_out_is_decided_and_told() {
    let metadata = read(json!({"redirect_uris": ["http://127.0.0.1/"]})).unwrap();
    assert_eq!(
        serde_json::to_value(metadata).unwrap(),
        json!({"redirect_uris": ["http://127.0.0.1/"], "token_endpoint_auth_method": "none", "response_types": ["code"],
            "grant_types": ["authorization_code", "refresh_token"], "application_type": "native"})
    );
}

#[test]
fn null_and_unknown_members_are_as_if_left_out() {
    let body =
        json!({"redirect_uris": ["https://h/cb"], "client_name": null, "scope": null, "jwks": {"keys": []}, "x": 1});
    let metadata = read(body).unwrap();
    assert_eq!(
        (metadata.client_name, metadata.application_type.as_str()),
        (None, "web")
    );
}

#[test]
fn grants_that_are_not_known_are_left_out_but_the_code_grant_must_be_there() {
    let with = |grants: &[&str]| read(json!({"redirect_uris": ["https://h/cb"], "grant_types": grants}));
    assert_eq!(
        with(&["authorization_code", "urn:x"]).unwrap().grant_types,
        ["authorization_code"]
    );
    assert!(matches!(with(&["client_credentials"]), Err(InvalidMetadata::Other(_))));
    assert!(matches!(with(&[]), Err(InvalidMetadata::Other(_))));
}

#[test]
fn addresses_for_after_signing_out_are_checked_like_redirect_uris() {
    let with = |uris: &[&str]| read(json!({"redirect_uris": ["https://h/cb"], "post_logout_redirect_uris": uris}));
    let metadata = with(&["https://h/bye", "http://localhost/bye"]).unwrap();
    assert_eq!(metadata.post_logout_redirect_uris.len(), 2);
    for bad in ["http://h/bye", "javascript:alert(1)", "https://h/#x"] {
        assert!(
            matches!(with(&[bad]), Err(InvalidMetadata::Other(text)) if text.contains(bad)),
            "{bad}"
        );
    }
}

#[test]
fn links_are_web_links() {
    for bad in [
        "javascript:alert(1)",
        "data:text/html,x",
        "not a url",
        "file:///etc/passwd",
    ] {
        assert!(
            read(json!({"redirect_uris": ["https://h/cb"], "logo_uri": bad})).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn the_offending_redirect_uri_is_named() {
    let error = read(json!({"redirect_uris": ["https://h/cb", "http://example.com/cb"]})).unwrap_err();
    let InvalidMetadata::RedirectUri(text) = error else {
        panic!("{error:?}")
    };
    assert!(
        text.contains("http://example.com/cb") && text.contains("use https"),
        "{text}"
    );
    assert!(matches!(read(json!({})), Err(InvalidMetadata::RedirectUri(_))));
}

#[test]
fn names_cannot_change_what_a_page_says() {
    let name = |text: &str| {
        read(json!({"redirect_uris": ["https://h/cb"], "client_name": text}))
            .unwrap()
            .client_name
    };
    assert_eq!(name("  Claude\n\u{202e}Code\u{200b} "), Some("Claude Code".to_owned()));
    assert_eq!(name("\u{200b}"), None);
    assert_eq!(name(&"a".repeat(500)).unwrap().len(), MAX_NAME);
}

proptest! {
    #[test]
    fn a_shown_name_has_no_control_characters_and_is_short(text in "\\PC*|.*") {
        let name = shown(&text);
        prop_assert!(name.chars().count() <= MAX_NAME);
        prop_assert!(!name.chars().any(char::is_control));
        prop_assert_eq!(one_line(&name), name, "nothing is left to take out");
    }
}
