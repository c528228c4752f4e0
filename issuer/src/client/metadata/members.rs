//! Member by member: what holds of what a client asked for, or what is wrong with it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use super::InvalidMetadata;
use crate::client::method::AuthMethod;
use crate::display_text::one_line;
use crate::grant_types::{AUTHORIZATION_CODE, DEFAULT_GRANT_TYPES, DEVICE_CODE, REGISTRABLE_GRANT_TYPES};
use crate::redirect_uri::{RedirectKind, RedirectUri};

const MAX_REDIRECT_URIS: usize = 20;
const MAX_TEXT: usize = 2048;
const MAX_CONTACTS: usize = 10;
/// Characters of a name that are kept.
pub(super) const MAX_NAME: usize = 100;

/// None are of use to a client that takes no codes by a browser.
pub(super) fn redirect_uris(asked: Vec<String>, grant_types: &[String]) -> Result<Vec<RedirectUri>, InvalidMetadata> {
    let refuse = |text: String| Err(InvalidMetadata::RedirectUri(text));
    if !has(grant_types, AUTHORIZATION_CODE) {
        return Ok(Vec::new());
    }
    if asked.is_empty() {
        return refuse("redirect_uris must name at least one URI".to_owned());
    }
    if asked.len() > MAX_REDIRECT_URIS {
        return refuse(format!("redirect_uris may name at most {MAX_REDIRECT_URIS} URIs"));
    }
    let read = |text: String| {
        RedirectUri::parse(&text)
            .map_err(|reason| InvalidMetadata::RedirectUri(format!("redirect URI {}: {reason}", quoted(&text))))
    };
    asked.into_iter().map(read).collect()
}

pub(super) fn post_logout_redirect_uris(asked: Option<Vec<String>>) -> Result<Vec<RedirectUri>, InvalidMetadata> {
    let asked = asked.unwrap_or_default();
    if asked.len() > MAX_REDIRECT_URIS {
        let text = format!("post_logout_redirect_uris may name at most {MAX_REDIRECT_URIS} URIs");
        return Err(other_error(text));
    }
    let read = |text: String| {
        let refused = |reason| other_error(format!("post_logout_redirect_uris: {}: {reason}", quoted(&text)));
        RedirectUri::parse(&text).map_err(refused)
    };
    asked.into_iter().map(read).collect()
}

/// A client that leaves it out is public, although RFC 7591 section 2 has `client_secret_basic` for it: programs that
/// leave it out keep no secret, and take an answer with one for a mistake.
pub(super) fn auth_method(asked: Option<&str>) -> Result<AuthMethod, InvalidMetadata> {
    let Some(asked) = asked else {
        return Ok(AuthMethod::None);
    };
    AuthMethod::parse(asked).ok_or_else(|| {
        let listed = AuthMethod::listed();
        other_error(format!(
            "token_endpoint_auth_method {} is not supported; known are: {listed}",
            quoted(asked)
        ))
    })
}

/// The part of what was asked that is known; code and refresh tokens when nothing was asked, since clients that
/// leave it out want to stay signed in, too.
pub(super) fn grant_types(asked: Option<&[String]>) -> Result<Vec<String>, InvalidMetadata> {
    let wanted = |grant_type: &&&str| match asked {
        Some(asked) => has(asked, grant_type),
        None => DEFAULT_GRANT_TYPES.contains(grant_type),
    };
    let held = REGISTRABLE_GRANT_TYPES.iter().filter(wanted);
    begins(held.map(|grant_type| (*grant_type).to_owned()).collect())
}

/// What is left of grant types for a client that may not have people type codes.
pub(super) fn without_device_code(held: &[String]) -> Result<Vec<String>, InvalidMetadata> {
    let others = held.iter().filter(|grant_type| *grant_type != DEVICE_CODE);
    begins(others.cloned().collect())
}

/// One of them must be one that something begins with.
fn begins(held: Vec<String>) -> Result<Vec<String>, InvalidMetadata> {
    if has(&held, AUTHORIZATION_CODE) || has(&held, DEVICE_CODE) {
        return Ok(held);
    }
    let text = format!("grant_types must hold {AUTHORIZATION_CODE}, or {DEVICE_CODE} where it is supported");
    Err(other_error(text))
}

fn has(grant_types: &[String], wanted: &str) -> bool {
    grant_types.iter().any(|grant_type| grant_type == wanted)
}

pub(super) fn response_types(
    asked: Option<Vec<String>>,
    grant_types: &[String],
) -> Result<Vec<String>, InvalidMetadata> {
    match asked {
        _ if !has(grant_types, AUTHORIZATION_CODE) => Ok(Vec::new()),
        Some(asked) if !asked.iter().any(|asked| asked == "code") => {
            Err(other_error("response_types must hold code".to_owned()))
        }
        _ => Ok(vec!["code".to_owned()]),
    }
}

pub(super) fn application_type(asked: Option<String>, redirect_uris: &[RedirectUri]) -> String {
    let asked = asked.filter(|asked| asked == "web" || asked == "native");
    let native = redirect_uris.iter().all(|uri| uri.kind() != RedirectKind::Https);
    asked.unwrap_or_else(|| if native { "native" } else { "web" }.to_owned())
}

pub(super) fn link(member: &str, asked: Option<String>) -> Result<Option<String>, InvalidMetadata> {
    let Some(text) = short(member, asked)? else {
        return Ok(None);
    };
    let web = Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if web {
        Ok(Some(text))
    } else {
        Err(other_error(format!("{member} must be an http or https URL")))
    }
}

pub(super) fn contacts(asked: Option<Vec<String>>) -> Result<Option<Vec<String>>, InvalidMetadata> {
    let too_much =
        |contacts: &Vec<String>| contacts.len() > MAX_CONTACTS || contacts.iter().any(|c| c.len() > MAX_TEXT);
    if asked.as_ref().is_some_and(too_much) {
        return Err(other_error("contacts is too long".to_owned()));
    }
    Ok(asked)
}

/// An empty text is none.
pub(super) fn short(member: &str, asked: Option<String>) -> Result<Option<String>, InvalidMetadata> {
    match asked {
        Some(text) if text.len() > MAX_TEXT => Err(other_error(format!("{member} is longer than {MAX_TEXT} bytes"))),
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}

pub(super) fn other_error(text: String) -> InvalidMetadata {
    InvalidMetadata::Other(text)
}

/// The name as it is kept: in one visible line, at most 100 characters.
pub(super) fn shown(text: &str) -> String {
    let kept: String = one_line(text).chars().take(MAX_NAME).collect();
    kept.trim_end().to_owned()
}

/// Text of the client's in an error for the client: quoted, escaped, cut.
pub(super) fn quoted(text: &str) -> String {
    let cut: String = text.chars().take(200).collect();
    format!("{cut:?}")
}

impl Serialize for RedirectUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
