//! Metadata documents: RFC 8414 section 2 with OpenID Connect Discovery 1.0 section 3, and RFC 9728 section 2.
//!
//! Members without a value are left out. Easy to get wrong: `null` members make clients that check
//! the document against a schema refuse the whole server.

use serde::{Deserialize, Serialize};

/// What an authorization server says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationServerMetadata {
    /// The issuer identifier. Clients compare it byte for byte with what led them here (RFC 8414 section 3.3).
    pub issuer: String,
    /// Where the browser is sent.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_endpoint: String,
    /// Where the signing keys are published.
    pub jwks_uri: String,
    /// Where authorization requests are pushed (RFC 9126).
    pub pushed_authorization_request_endpoint: String,
    /// Where programs without a browser begin (RFC 8628 section 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// Where clients register (RFC 7591).
    pub registration_endpoint: String,
    /// Where tokens are given back (RFC 7009).
    pub revocation_endpoint: String,
    /// Where resource servers ask about tokens (RFC 7662).
    pub introspection_endpoint: String,
    /// Who is signed in (OpenID Connect Core section 5.3).
    pub userinfo_endpoint: String,
    /// Where the browser is sent to sign out (OpenID Connect RP-Initiated Logout section 2.1).
    pub end_session_endpoint: String,
    /// Scopes a client may ask for.
    pub scopes_supported: Vec<String>,
    /// `code` only (OAuth 2.1).
    pub response_types_supported: Vec<String>,
    /// `query` only.
    pub response_modes_supported: Vec<String>,
    /// The grants that the token endpoint knows.
    pub grant_types_supported: Vec<String>,
    /// How clients may authenticate at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Algorithms that clients may sign assertions with.
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// The same at the revocation endpoint.
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// The same at the introspection endpoint.
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// How clients may authenticate at the revocation endpoint.
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
    /// How clients may authenticate at the introspection endpoint.
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    /// Algorithms of signed introspection answers (RFC 9701 section 7).
    pub introspection_signing_alg_values_supported: Vec<String>,
    /// `S256` only (RFC 7636 section 4.2).
    pub code_challenge_methods_supported: Vec<String>,
    /// Whether every authorization response carries `iss` (RFC 9207 section 3).
    pub authorization_response_iss_parameter_supported: bool,
    /// Whether a client identifier may be the URL of a document; left out when not
    /// (draft-ietf-oauth-client-id-metadata-document).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub client_id_metadata_document_supported: bool,
    /// How a user's identifier is made for clients: `public`, the same for all.
    pub subject_types_supported: Vec<String>,
    /// Algorithms of ID tokens.
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// Claims that ID tokens and userinfo can tell.
    pub claims_supported: Vec<String>,
    /// Whether `request_uri` may lead anywhere; when left out, it would mean yes.
    pub request_uri_parameter_supported: bool,
    /// The values of `prompt` that are understood (OpenID Connect Prompt Create, and Core section 3.1.2.1).
    pub prompt_values_supported: Vec<String>,
    /// Algorithms of DPoP proofs (RFC 9449 section 5.1).
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// Where the status lists of tokens are named (draft-ietf-oauth-status-list-18 section 9.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_list_aggregation_endpoint: Option<String>,
    /// Where people who build clients find help.
    pub service_documentation: String,
    /// Resource servers that tokens may be for (RFC 9728 section 4).
    pub protected_resources: Vec<String>,
}

/// What a protected resource says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProtectedResourceMetadata {
    /// The resource identifier: exactly the URL that people type (RFC 9728 section 3.3).
    pub resource: String,
    /// Issuer identifiers of the authorization servers whose tokens it takes.
    pub authorization_servers: Vec<String>,
    /// Scopes its operations need.
    pub scopes_supported: Vec<String>,
    /// How a token may be sent: `header` only.
    pub bearer_methods_supported: Vec<String>,
    /// Algorithms of DPoP proofs (RFC 9728 section 2).
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// Documentation for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_documentation: Option<String>,
}
