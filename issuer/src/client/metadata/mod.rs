//! Client metadata: RFC 7591 section 2, OpenID Connect Registration 1.0 section 2 (`application_type`).
//!
//! What a client says of itself is a wish and untrusted text. [`Registration`] is what was typed,
//! [`ClientMetadata`] what holds; the answer tells the client every value that holds, also those it did
//! not ask for (RFC 7591 section 3.2.1).
//!
//! A software statement (RFC 7591 section 2.3) is passed over: there is nobody here whose word about software counts.
//!
//! Easy to get wrong: a name with right-to-left marks or line breaks can make the consent page say
//! something else than it does.

mod keys;
mod members;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::fetch::guarded::Reach;

use self::members::shown;
use super::method::AuthMethod;
use crate::grant_types::CLIENT_CREDENTIALS;
use crate::redirect_uri::RedirectUri;
pub use keys::{AskedKeys, ClientKeys};

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
    jwks_uri: Option<String>,
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
    /// The keys it signs with, for `private_key_jwt`: `jwks` or `jwks_uri`.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub keys: Option<ClientKeys>,
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

impl ClientMetadata {
    /// Decides what holds of what was asked. Keys are looked for as far as `reach` goes, nowhere when it is `None`.
    pub fn read(asked: Registration, reach: Option<Reach>) -> Result<Self, InvalidMetadata> {
        let grant_types = members::grant_types(asked.grant_types.as_deref())?;
        let redirect_uris = members::redirect_uris(asked.redirect_uris.unwrap_or_default(), &grant_types)?;
        let token_endpoint_auth_method = members::auth_method(asked.token_endpoint_auth_method.as_deref())?;
        let application_type = members::application_type(asked.application_type, &redirect_uris);
        let keys = AskedKeys {
            jwks: asked.jwks.as_ref(),
            jwks_uri: asked.jwks_uri.as_deref(),
            reach,
        };
        Ok(Self {
            keys: keys.of(token_endpoint_auth_method)?,
            token_endpoint_auth_method,
            any_secret_method: false,
            response_types: members::response_types(asked.response_types, &grant_types)?,
            grant_types,
            client_name: asked
                .client_name
                .map(|name| shown(&name))
                .filter(|name| !name.is_empty()),
            client_uri: members::link("client_uri", asked.client_uri)?,
            logo_uri: members::link("logo_uri", asked.logo_uri)?,
            tos_uri: members::link("tos_uri", asked.tos_uri)?,
            policy_uri: members::link("policy_uri", asked.policy_uri)?,
            contacts: members::contacts(asked.contacts)?,
            scope: members::short("scope", asked.scope)?,
            software_id: members::short("software_id", asked.software_id)?,
            software_version: members::short("software_version", asked.software_version)?,
            post_logout_redirect_uris: members::post_logout_redirect_uris(asked.post_logout_redirect_uris)?,
            dpop_bound_access_tokens: asked.dpop_bound_access_tokens,
            require_pushed_authorization_requests: asked.require_pushed_authorization_requests,
            application_type,
            redirect_uris,
        })
    }

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
            keys: None,
            post_logout_redirect_uris: Vec::new(),
            dpop_bound_access_tokens: false,
            require_pushed_authorization_requests: false,
        }
    }

    /// Keeps the keys of a client that signs (`private_key_jwt`), and needs them.
    pub fn set_keys(&mut self, asked: AskedKeys<'_>) -> Result<(), InvalidMetadata> {
        self.keys = asked.of(self.token_endpoint_auth_method)?;
        Ok(())
    }

    /// Keeps the keys of a client that may sign and need not, as far as they are of use.
    pub fn offer_keys(&mut self, asked: AskedKeys<'_>) {
        self.keys = asked.read().ok().flatten();
    }

    /// Adds the grant that needs no person.
    pub fn add_client_credentials(&mut self) {
        self.grant_types.push(CLIENT_CREDENTIALS.to_owned());
    }

    /// Leaves out the grant that the settings do not offer; a client that has no other is refused.
    pub fn drop_device_code(&mut self) -> Result<(), InvalidMetadata> {
        self.grant_types = members::without_device_code(&self.grant_types)?;
        Ok(())
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
