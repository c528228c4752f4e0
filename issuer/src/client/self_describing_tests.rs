//! An identifier is small, says what was registered, and cannot be made up.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::config::SigningAlgorithm;
use crate::keys::Keys;

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    Keys::open(folder.path(), SigningAlgorithm::ES256, &shared::clock::Clock::fixed(0)).unwrap()
});

fn metadata(body: Value) -> ClientMetadata {
    ClientMetadata::read(serde_json::from_value(body).unwrap(), None).unwrap()
}

fn claude_code() -> ClientMetadata {
    metadata(
        json!({"client_name": "Claude Code (food)", "redirect_uris": ["http://localhost:51234/callback"],
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "token_endpoint_auth_method": "none", "application_type": "native", "scope": "food:read food:write"}),
    )
}

#[test]
fn an_identifier_is_small_and_says_what_was_registered() {
    let mut registered = claude_code();
    let client_id = seal(&KEYS.mac, &mut registered).unwrap();
    assert_eq!(registered, claude_code(), "nothing had to go");
    assert_eq!(open(&KEYS.mac, &client_id), Some(claude_code()));
    assert!(client_id.len() < 220, "{} {client_id}", client_id.len());
    assert!(
        client_id
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || b".-_".contains(&c)),
        "{client_id}"
    );
}

#[test]
fn the_same_registration_is_the_same_client_and_every_other_is_another() {
    let id = |metadata: ClientMetadata| seal(&KEYS.mac, &mut metadata.clone()).unwrap();
    assert_eq!(id(claude_code()), id(claude_code()));
    let other = ClientMetadata {
        client_name: Some("Claude Code (fool)".to_owned()),
        ..claude_code()
    };
    assert_ne!(id(claude_code()), id(other));
}

#[test]
fn no_changed_or_cut_identifier_is_known_and_none_of_another_key() {
    let client_id = seal(&KEYS.mac, &mut claude_code()).unwrap();
    for at in 0..client_id.len() {
        assert_eq!(open(&KEYS.mac, &client_id[..at]), None, "cut at {at}");
        for byte in [b'A', b'B', b'-', b'_', b'.', b'=', b'z'] {
            let mut bytes = client_id.clone().into_bytes();
            if bytes[at] != byte {
                bytes[at] = byte;
                assert_eq!(
                    open(&KEYS.mac, std::str::from_utf8(&bytes).unwrap()),
                    None,
                    "changed at {at}"
                );
            }
        }
    }
    for longer in ["A", "=", "AAAA", "."] {
        assert_eq!(open(&KEYS.mac, &format!("{client_id}{longer}")), None);
    }
    let folder = tempfile::tempdir().unwrap();
    let others = Keys::open(folder.path(), SigningAlgorithm::ES256, &shared::clock::Clock::fixed(0)).unwrap();
    assert_eq!(open(&others.mac, &client_id), None);
}

#[test]
fn a_tag_that_was_made_for_something_else_is_none() {
    let inside = br#"{"r":["https://evil.example/cb"]}"#;
    let sealed = [KEYS.mac.tag("refresh token", inside).as_slice(), inside].concat();
    assert_eq!(open(&KEYS.mac, &format!("c1.{}", URL_SAFE_NO_PAD.encode(sealed))), None);
}

#[test]
fn what_nobody_needs_goes_first_and_what_is_needed_never() {
    let long = format!("https://client.example/{}", "a".repeat(400));
    let mut registered = metadata(
        json!({"client_name": "A client", "redirect_uris": ["https://client.example/cb"],
        "logo_uri": long, "tos_uri": long, "contacts": ["a@client.example"], "client_uri": "https://client.example",
        "software_id": "an id", "scope": "food:read"}),
    );
    let client_id = seal(&KEYS.mac, &mut registered).unwrap();
    assert!(client_id.len() <= MOST);
    let expected = metadata(
        json!({"client_name": "A client", "redirect_uris": ["https://client.example/cb"],
        "client_uri": "https://client.example", "software_id": "an id", "scope": "food:read"}),
    );
    assert_eq!(registered, expected, "the answer tells what holds");
    assert_eq!(open(&KEYS.mac, &client_id), Some(expected));
}

#[test]
fn what_is_too_large_has_no_such_identifier_and_stays_as_it_is() {
    let uris: Vec<_> = (0..20)
        .map(|n| format!("https://client.example/callback/{n}"))
        .collect();
    let mut large = metadata(json!({"redirect_uris": uris, "contacts": ["a@client.example"]}));
    let before = large.clone();
    assert_eq!(seal(&KEYS.mac, &mut large), None);
    assert_eq!(large, before);
    let id = |text: &str| of_stored(&KEYS.mac, text);
    assert_eq!(id("a"), id("a"));
    assert_ne!(id("a"), id("b"));
    assert_eq!(open(&KEYS.mac, &id("a")), None);
}

proptest! {
    #[test]
    fn whatever_is_registered_comes_out_again(
        name in proptest::option::of(".{0,60}"),
        scope in proptest::option::of("[a-z:]{1,40}"),
        ports in proptest::collection::vec(1024_u16.., 1..4),
        web: bool,
    ) {
        let uris: Vec<_> = ports.iter().map(|port| format!("http://127.0.0.1:{port}/cb")).collect();
        let body = json!({"client_name": name, "scope": scope, "redirect_uris": uris,
            "grant_types": ["authorization_code"], "application_type": if web { "web" } else { "native" }});
        let mut registered = metadata(body);
        if let Some(client_id) = seal(&KEYS.mac, &mut registered) {
            prop_assert_eq!(open(&KEYS.mac, &client_id), Some(registered));
        }
    }

    #[test]
    fn no_other_text_is_an_identifier_of_ours(text in "(c1\\.)?[A-Za-z0-9_-]{0,200}|.*") {
        prop_assert_eq!(open(&KEYS.mac, &text), None);
    }
}
