//! Client metadata: RFC 7591 section 2, OpenID Connect Registration 1.0 section 2 (`application_type`).
//!
//! What a client says of itself is a wish and untrusted text. [`Registration`] is what was typed,
//! [`ClientMetadata`] what holds; the answer tells the client every value that holds, also those it did
//! not ask for (RFC 7591 section 3.2.1).
//!
//! Easy to get wrong: a name with right-to-left marks or line breaks can make the consent page say
//! something else than it does.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use url::Url;

use super::jwks::ClientJwks;
use super::method::AuthMethod;
use crate::display_text::one_line;
use crate::grant_types::{CLIENT_CREDENTIALS, REGISTRABLE_GRANT_TYPES};
use crate::redirect_uri::{RedirectKind, RedirectUri};

const MAX_REDIRECT_URIS: usize = 20;
const MAX_TEXT: usize = 2048;
const MAX_CONTACTS: usize = 10;
/// Characters of a name that are kept.
const MAX_NAME: usize = 100;

/// The body of a registration request. Members that are not known are ignored (RFC 7591 section 2).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Registration {
    redirect_uris: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    application_type: Option<String>,
    client_name: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    tos_uri: Option<String>,
    policy_uri: Option<String>,
    contacts: Option<Vec<String>>,
    scope: Option<String>,
    software_id: Option<String>,
    software_version: Option<String>,
    jwks: Option<Value>,
    post_logout_redirect_uris: Option<Vec<String>>,
    dpop_bound_access_tokens: bool,
    require_pushed_authorization_requests: bool,
}

/// What holds for a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientMetadata {
    /// Where answers may go.
    pub redirect_uris: Vec<RedirectUri>,
    /// How it authenticates.
    pub token_endpoint_auth_method: AuthMethod,
    /// Whether its secret may come in either place: nobody chose one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_secret_method: bool,
    /// The grants that the client takes.
    pub grant_types: Vec<String>,
    /// `code` only.
    pub response_types: Vec<String>,
    /// `native` for programs on a person's computer, else `web`. A hint; nothing depends on it.
    pub application_type: String,
    /// The name, fit to be shown: no control characters, at most 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    /// The client's home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    /// A picture; never fetched and never shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// Terms of service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Privacy policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    /// People responsible for the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<String>>,
    /// What the client means to ask for first; not a ceiling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Which software it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Which version of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// The keys it signs with, for `private_key_jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<ClientJwks>,
    /// Where the browser may go after signing out (OpenID Connect RP-Initiated Logout 1.0 section 3.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// Whether every access token must be bound to a key (RFC 9449 section 5.2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dpop_bound_access_tokens: bool,
    /// Whether requests are taken only when they were pushed (RFC 9126 section 6).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_pushed_authorization_requests: bool,
}

/// What is wrong with a registration; fit for an `error_description`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMetadata {
    /// A redirect URI may not be registered (`invalid_redirect_uri`).
    #[error("{0}")]
    RedirectUri(String),
    /// Something else is wrong (`invalid_client_metadata`).
    #[error("{0}")]
    Other(String),
}

impl TryFrom<Registration> for ClientMetadata {
    type Error = InvalidMetadata;

    fn try_from(asked: Registration) -> Result<Self, InvalidMetadata> {
        let redirect_uris = redirect_uris(asked.redirect_uris.unwrap_or_default())?;
        let token_endpoint_auth_method = auth_method(asked.token_endpoint_auth_method.as_deref())?;
        let application_type = application_type(asked.application_type, &redirect_uris);
        Ok(Self {
            jwks: jwks(token_endpoint_auth_method, asked.jwks.as_ref())?,
            token_endpoint_auth_method,
            any_secret_method: false,
            grant_types: grant_types(asked.grant_types.as_deref())?,
            response_types: response_types(asked.response_types)?,
            client_name: asked
                .client_name
                .map(|name| shown(&name))
                .filter(|name| !name.is_empty()),
            client_uri: link("client_uri", asked.client_uri)?,
            logo_uri: link("logo_uri", asked.logo_uri)?,
            tos_uri: link("tos_uri", asked.tos_uri)?,
            policy_uri: link("policy_uri", asked.policy_uri)?,
            contacts: contacts(asked.contacts)?,
            scope: short("scope", asked.scope)?,
            software_id: short("software_id", asked.software_id)?,
            software_version: short("software_version", asked.software_version)?,
            post_logout_redirect_uris: post_logout_redirect_uris(asked.post_logout_redirect_uris)?,
            dpop_bound_access_tokens: asked.dpop_bound_access_tokens,
            require_pushed_authorization_requests: asked.require_pushed_authorization_requests,
            application_type,
            redirect_uris,
        })
    }
}

impl ClientMetadata {
    /// Of a client that acts by itself only: no browser comes back to it.
    pub fn of_service(name: &str, token_endpoint_auth_method: AuthMethod) -> Self {
        Self {
            redirect_uris: Vec::new(),
            token_endpoint_auth_method,
            any_secret_method: false,
            grant_types: Vec::new(),
            response_types: Vec::new(),
            application_type: "web".to_owned(),
            client_name: Some(shown(name)).filter(|name| !name.is_empty()),
            client_uri: None,
            logo_uri: None,
            tos_uri: None,
            policy_uri: None,
            contacts: None,
            scope: None,
            software_id: None,
            software_version: None,
            jwks: None,
            post_logout_redirect_uris: Vec::new(),
            dpop_bound_access_tokens: false,
            require_pushed_authorization_requests: false,
        }
    }

    /// Keeps the keys of a client that signs (`private_key_jwt`), and needs them.
    pub fn set_jwks(&mut self, asked: Option<&Value>) -> Result<(), InvalidMetadata> {
        self.jwks = jwks(self.token_endpoint_auth_method, asked)?;
        Ok(())
    }

    /// Adds the grant that needs no person.
    pub fn add_client_credentials(&mut self) {
        self.grant_types.push(CLIENT_CREDENTIALS.to_owned());
    }

    /// The registered URI that `requested` matches.
    pub fn redirect_uri(&self, requested: &str) -> Option<&RedirectUri> {
        self.redirect_uris.iter().find(|uri| uri.matches(requested))
    }

    /// Whether a secret of its own may come in this way: the one it chose, or either when nobody chose.
    pub fn may_send_secret(&self, method: AuthMethod) -> bool {
        let registered = self.token_endpoint_auth_method;
        registered == method || (self.any_secret_method && registered.has_secret() && method.has_secret())
    }

    /// The name to show; clients without one are called that.
    pub fn name(&self) -> &str {
        self.client_name.as_deref().unwrap_or("a client without a name")
    }
}

fn redirect_uris(asked: Vec<String>) -> Result<Vec<RedirectUri>, InvalidMetadata> {
    let refuse = |text: String| Err(InvalidMetadata::RedirectUri(text));
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

fn post_logout_redirect_uris(asked: Option<Vec<String>>) -> Result<Vec<RedirectUri>, InvalidMetadata> {
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
fn auth_method(asked: Option<&str>) -> Result<AuthMethod, InvalidMetadata> {
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

/// Keys are for clients that sign with them; others' are not kept.
fn jwks(method: AuthMethod, asked: Option<&Value>) -> Result<Option<ClientJwks>, InvalidMetadata> {
    if method != AuthMethod::PrivateKeyJwt {
        return Ok(None);
    }
    let asked =
        asked.ok_or_else(|| other_error("private_key_jwt needs jwks with the client's public keys".to_owned()))?;
    ClientJwks::parse(asked).map(Some).map_err(other_error)
}

/// The part of what was asked that is known; all that is known when nothing was asked, since clients that
/// leave it out want to stay signed in, too.
fn grant_types(asked: Option<&[String]>) -> Result<Vec<String>, InvalidMetadata> {
    let known = |grant_type: &&&str| asked.is_none_or(|asked| asked.iter().any(|asked| asked == **grant_type));
    let held: Vec<String> = REGISTRABLE_GRANT_TYPES
        .iter()
        .filter(known)
        .map(|grant_type| (*grant_type).to_owned())
        .collect();
    if held.iter().any(|grant_type| grant_type == "authorization_code") {
        Ok(held)
    } else {
        Err(other_error(format!(
            "grant_types must hold authorization_code; known are: {}",
            REGISTRABLE_GRANT_TYPES.join(", ")
        )))
    }
}

fn response_types(asked: Option<Vec<String>>) -> Result<Vec<String>, InvalidMetadata> {
    match asked {
        Some(asked) if !asked.iter().any(|asked| asked == "code") => {
            Err(other_error("response_types must hold code".to_owned()))
        }
        _ => Ok(vec!["code".to_owned()]),
    }
}

fn application_type(asked: Option<String>, redirect_uris: &[RedirectUri]) -> String {
    let asked = asked.filter(|asked| asked == "web" || asked == "native");
    let native = redirect_uris.iter().all(|uri| uri.kind() != RedirectKind::Https);
    asked.unwrap_or_else(|| if native { "native" } else { "web" }.to_owned())
}

fn link(member: &str, asked: Option<String>) -> Result<Option<String>, InvalidMetadata> {
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

fn contacts(asked: Option<Vec<String>>) -> Result<Option<Vec<String>>, InvalidMetadata> {
    let too_much =
        |contacts: &Vec<String>| contacts.len() > MAX_CONTACTS || contacts.iter().any(|c| c.len() > MAX_TEXT);
    if asked.as_ref().is_some_and(too_much) {
        return Err(other_error("contacts is too long".to_owned()));
    }
    Ok(asked)
}

/// An empty text is none.
fn short(member: &str, asked: Option<String>) -> Result<Option<String>, InvalidMetadata> {
    match asked {
        Some(text) if text.len() > MAX_TEXT => Err(other_error(format!("{member} is longer than {MAX_TEXT} bytes"))),
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}

fn other_error(text: String) -> InvalidMetadata {
    InvalidMetadata::Other(text)
}

/// The name as it is kept: in one visible line, at most 100 characters.
fn shown(text: &str) -> String {
    let kept: String = one_line(text).chars().take(MAX_NAME).collect();
    kept.trim_end().to_owned()
}

/// Text of the client's in an error for the client: quoted, escaped, cut.
fn quoted(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(body: serde_json::Value) -> Result<ClientMetadata, InvalidMetadata> {
        serde_json::from_value::<Registration>(body).unwrap().try_into()
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
        let body = json!({"redirect_uris": ["https://h/cb"], "client_name": null, "scope": null, "jwks": {"keys": []}, "x": 1});
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
}
