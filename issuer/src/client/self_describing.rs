//! Client identifiers that say what they are: RFC 7591 appendix A.5.2 (stateless client registration).
//!
//! `c1.` and the base64url of a MAC and the metadata. Anybody may register, so a row for each registration
//! is a way to fill the disk; and a client that kept its identifier longer than the issuer kept its row
//! is stuck. The threats are in `docs/decisions/0006-client-identifiers.md`.
//!
//! 1. Members that hold by default are left out, the names of others cut short;
//! 2. what nobody needs here is dropped when it is too long;
//! 3. what is too long all the same is no identifier and gets a row.
//!
//! Easy to get wrong: (1) the identifier stands in every access token and request, so it must stay small;
//! (2) a member that is added to the metadata later must not get lost on the way: names without a short
//! form go in as they are.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::metadata::ClientMetadata;
use crate::keys::MacKey;

const PREFIX: &str = "c1.";
/// What a stored client's identifier begins with, when it is not from before there were others.
const STORED_PREFIX: &str = "c0.";
const PURPOSE: &str = "self-describing client id";
const STORED_PURPOSE: &str = "stored client id";
const TAG_BYTES: usize = 32;
/// With one of this length an access token still has less than 1.5 kB.
const MOST: usize = 512;

/// Members and the names they have inside an identifier. A name is never used for another member again.
const SHORT: &[(&str, &str)] = &[
    ("redirect_uris", "r"),
    ("client_name", "n"),
    ("application_type", "a"),
    ("grant_types", "g"),
    ("scope", "s"),
    ("client_uri", "u"),
    ("software_id", "i"),
    ("software_version", "v"),
    ("logo_uri", "l"),
    ("tos_uri", "t"),
    ("policy_uri", "p"),
    ("contacts", "c"),
    ("post_logout_redirect_uris", "o"),
];

/// Seals metadata into an identifier, dropping members that nobody needs here until it is small enough; the
/// metadata is then what holds. `None` when it is too large all the same.
pub(super) fn seal(key: &MacKey, metadata: &mut ClientMetadata) -> Option<String> {
    let drops: [fn(&mut ClientMetadata); 7] = [
        |_| {},
        |metadata| metadata.contacts = None,
        |metadata| metadata.logo_uri = None,
        |metadata| (metadata.tos_uri, metadata.policy_uri) = (None, None),
        |metadata| metadata.software_version = None,
        |metadata| metadata.software_id = None,
        |metadata| metadata.client_uri = None,
    ];
    let mut trimmed = metadata.clone();
    drops.into_iter().find_map(|drop| {
        drop(&mut trimmed);
        let client_id = identifier(key, &trimmed)?;
        metadata.clone_from(&trimmed);
        Some(client_id)
    })
}

fn identifier(key: &MacKey, metadata: &ClientMetadata) -> Option<String> {
    let inside = serde_json::to_vec(&compact(metadata)?).ok()?;
    let sealed = [key.tag(PURPOSE, &inside).as_slice(), &inside].concat();
    let client_id = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed));
    (client_id.len() <= MOST).then_some(client_id)
}

/// The metadata that an identifier of ours says; `None` for any other text.
pub(super) fn open(key: &MacKey, client_id: &str) -> Option<ClientMetadata> {
    let text = client_id.strip_prefix(PREFIX).filter(|_| client_id.len() <= MOST)?;
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (tag, inside) = sealed.split_at_checked(TAG_BYTES)?;
    if !key.verify(PURPOSE, inside, tag) {
        return None;
    }
    expand(serde_json::from_slice(inside).ok()?)
}

/// The identifier of a client that gets a row: the same for the same metadata, so that clients that register
/// at every start have one row.
pub(super) fn of_stored(key: &MacKey, metadata: &str) -> String {
    let tag = key.tag(STORED_PURPOSE, metadata.as_bytes());
    format!("{STORED_PREFIX}{}", URL_SAFE_NO_PAD.encode(tag))
}

/// What holds when a member is left out.
fn defaults() -> [(&'static str, Value); 4] {
    [
        ("token_endpoint_auth_method", json!("none")),
        ("response_types", json!(["code"])),
        ("grant_types", json!(["authorization_code", "refresh_token"])),
        ("application_type", json!("native")),
    ]
}

fn compact(metadata: &ClientMetadata) -> Option<Map<String, Value>> {
    let Value::Object(mut members) = serde_json::to_value(metadata).ok()? else {
        return None;
    };
    for (name, default) in defaults() {
        if members.get(name) == Some(&default) {
            members.remove(name);
        }
    }
    let short = |name: String| {
        SHORT
            .iter()
            .find(|(long, _)| *long == name)
            .map_or(name, |(_, short)| (*short).to_owned())
    };
    Some(members.into_iter().map(|(name, value)| (short(name), value)).collect())
}

fn expand(members: Map<String, Value>) -> Option<ClientMetadata> {
    let long = |name: String| {
        SHORT
            .iter()
            .find(|(_, short)| *short == name)
            .map_or(name, |(long, _)| (*long).to_owned())
    };
    let mut members: Map<String, Value> = members.into_iter().map(|(name, value)| (long(name), value)).collect();
    for (name, default) in defaults() {
        members.entry(name).or_insert(default);
    }
    // Redirect URIs are read by the rules of today, so an identifier does not outlive them.
    serde_json::from_value(members.into()).ok()
}

#[cfg(test)]
#[path = "self_describing_tests.rs"]
mod tests;
