//! Metadata and keys: RFC 8414 section 3, OpenID Connect Discovery 1.0 section 4, RFC 7517 section 5.
//!
//! The two documents have the same content and stand at every place that clients look: before the
//! path of the issuer identifier (RFC 8414 section 3.1) and behind it (OpenID Connect). Easy to get
//! wrong: two documents that disagree, and an issuer that differs in one slash from the one in tokens.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use jsonwebtoken::Algorithm;
use serde::Serialize;
use shared::jwk::Algorithms;
use shared::metadata::AuthorizationServerMetadata;

use crate::app::App;
use crate::cached::Cached;
use crate::client::method::{AUTH_METHODS, AuthMethod};
use crate::config::Config;
use crate::error::OAuthError;
use crate::grant_types::{DEVICE_CODE, GRANT_TYPES};
use crate::hash::SecretHash;
use crate::keys::JWKS_MAX_AGE_SECONDS;
use crate::{pkce, status_lists};

/// How long clients may keep the metadata; the keys have a span of their own (`keys/timeline.rs`).
const METADATA_CACHE: &str = "public, max-age=3600";

/// The paths of the metadata documents for an issuer identifier with this path (`""` or `/a/b`).
pub fn metadata_paths(issuer_path: &str) -> Vec<String> {
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{issuer_path}"),
        format!("/.well-known/openid-configuration{issuer_path}"),
    ];
    if !issuer_path.is_empty() {
        paths.push(format!("{issuer_path}/.well-known/openid-configuration"));
        paths.push(format!("{issuer_path}/.well-known/oauth-authorization-server"));
    }
    paths
}

/// What ID tokens and userinfo can say (OpenID Connect Core 1.0 sections 2 and 5.1).
const CLAIMS: [&str; 10] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "name",
    "preferred_username",
];

/// The paths of the JWK Set.
pub const JWKS_PATHS: &[&str] = &["/.well-known/jwks.json", "/oauth/keys"];

/// `GET /.well-known/oauth-authorization-server` and `GET /.well-known/openid-configuration`
pub async fn metadata(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, OAuthError> {
    let document = AuthorizationServerMetadata {
        client_id_metadata_document_supported: app.documents.is_on(),
        ..document(&app.config, &app.keys.signing.algorithms())
    };
    cached(&request, METADATA_CACHE, &document)
}

/// `GET /.well-known/jwks.json`
pub async fn jwks(app: Data<App>, request: HttpRequest) -> Result<HttpResponse, OAuthError> {
    let cache_control = format!("public, max-age={JWKS_MAX_AGE_SECONDS}");
    cached(&request, &cache_control, &app.keys.signing.jwks())
}

fn document(config: &Config, algorithms: &[Algorithm]) -> AuthorizationServerMetadata {
    let owned = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
    AuthorizationServerMetadata {
        issuer: config.issuer.clone(),
        authorization_endpoint: config.url("/oauth/authorize"),
        token_endpoint: config.url("/oauth/token"),
        jwks_uri: config.url(JWKS_PATHS.first().unwrap_or(&"")),
        pushed_authorization_request_endpoint: config.url("/oauth/par"),
        registration_endpoint: config.url("/oauth/register"),
        revocation_endpoint: config.url("/oauth/revoke"),
        introspection_endpoint: config.url("/oauth/introspect"),
        userinfo_endpoint: config.url("/oauth/userinfo"),
        end_session_endpoint: config.url("/oauth/end-session"),
        scopes_supported: config.resources.listed_scopes(),
        response_types_supported: owned(&["code"]),
        response_modes_supported: owned(&["query"]),
        grant_types_supported: grant_types(config),
        device_authorization_endpoint: config.device_grant.then(|| config.url("/oauth/device_authorization")),
        token_endpoint_auth_methods_supported: auth_methods(),
        token_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        revocation_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        introspection_endpoint_auth_signing_alg_values_supported: assertion_algorithms(),
        revocation_endpoint_auth_methods_supported: auth_methods(),
        introspection_endpoint_auth_methods_supported: confidential_methods(),
        introspection_signing_alg_values_supported: algorithms.iter().map(|at| name(*at).to_owned()).collect(),
        code_challenge_methods_supported: owned(&[pkce::METHOD]),
        authorization_response_iss_parameter_supported: true,
        client_id_metadata_document_supported: false,
        subject_types_supported: owned(&["public"]),
        id_token_signing_alg_values_supported: algorithms.iter().map(|at| name(*at).to_owned()).collect(),
        claims_supported: owned(&CLAIMS),
        request_uri_parameter_supported: false,
        prompt_values_supported: owned(&["none", "login", "consent", "select_account"]),
        dpop_signing_alg_values_supported: Algorithms::default().names(),
        status_list_aggregation_endpoint: Some(config.url(status_lists::PATH)),
        service_documentation: config.url("/"),
        protected_resources: config.resources.identifiers().map(str::to_owned).collect(),
    }
}

fn grant_types(config: &Config) -> Vec<String> {
    let offered = |grant_type: &&&str| config.device_grant || **grant_type != DEVICE_CODE;
    let offered = GRANT_TYPES.iter().filter(offered);
    offered.map(|grant_type| (*grant_type).to_owned()).collect()
}

/// RFC 8414 section 2: there whenever `private_key_jwt` is.
fn assertion_algorithms() -> Vec<String> {
    let all = Algorithms::default().to_string();
    all.split(", ").map(str::to_owned).collect()
}

/// Introspection is for clients that authenticate.
fn confidential_methods() -> Vec<String> {
    let none = AuthMethod::None.as_str();
    auth_methods().into_iter().filter(|method| method != none).collect()
}

fn auth_methods() -> Vec<String> {
    AUTH_METHODS.iter().map(|method| method.as_str().to_owned()).collect()
}

/// The registered name of an algorithm that we sign with (RFC 7518 section 3.1, RFC 8037 section 3.1).
fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::EdDSA => "EdDSA",
        Algorithm::RS256 => "RS256",
        _ => "ES256",
    }
}

fn cached(request: &HttpRequest, cache_control: &str, document: &impl Serialize) -> Result<HttpResponse, OAuthError> {
    let body = serde_json::to_string(document).map_err(OAuthError::server_error)?;
    let document = Cached {
        tag: SecretHash::of(&body).as_str().to_owned(),
        cache_control,
        content_type: "application/json",
        body: body.into(),
    };
    Ok(document.answer(request))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    /// Issuer identifiers, and texts near one.
    fn public_urls() -> impl Strategy<Value = String> {
        let scheme = prop::sample::select(vec!["https", "http", "HTTPS", "javascript", "file"]);
        let host = prop::sample::select(vec![
            "id.example.com",
            "localhost:8080",
            "127.0.0.1:1",
            "[::1]:8080",
            "a@b.example",
            "b\u{fc}cher.example",
            "b&c;d.example",
            "evil.example\\.example.com",
            "example.com:443",
            "",
        ]);
        let path = prop_oneof![3 => "(/[A-Za-z0-9._~-]{0,4}){0,3}", 1 => "/[ -~]{0,6}", 1 => "\\PC{0,4}"];
        (scheme, host, path).prop_map(|(scheme, host, path)| format!("{scheme}://{host}{path}"))
    }

    fn urls(document: &AuthorizationServerMetadata) -> Vec<String> {
        let members = serde_json::to_value(document).unwrap();
        let is_url =
            |name: &str| name.ends_with("_endpoint") || name.ends_with("_uri") || name == "service_documentation";
        let members = members.as_object().unwrap().iter().filter(|(name, _)| is_url(name));
        members.map(|(_, value)| value.as_str().unwrap().to_owned()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Clients have been attacked through odd URLs in metadata; ours come from the settings alone.
        #[test]
        fn whatever_the_settings_the_urls_are_plain_and_below_the_issuer(public_url in public_urls()) {
            let variables = [("ISSUER_PUBLIC_URL".to_owned(), public_url.clone())];
            let Ok(config) = Config::read(Config::typed(variables, [])) else { return Ok(()) };
            prop_assert_eq!(&config.issuer, &public_url);
            let (issuer, urls) = (Url::parse(&public_url).unwrap(), urls(&document(&config, &[Algorithm::ES256])));
            prop_assert_eq!(urls.len(), 11);
            for text in urls {
                let url = Url::parse(&text).unwrap();
                prop_assert_eq!(url.as_str(), &text, "nothing to repair");
                prop_assert_eq!(url.origin(), issuer.origin());
                prop_assert!(text.starts_with(&format!("{public_url}/")), "{}", text);
                prop_assert!(text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._~/:[]".contains(&c)), "{}", text);
            }
        }
    }

    #[test]
    fn the_document_stands_wherever_clients_look() {
        assert_eq!(
            metadata_paths("/a"),
            [
                "/.well-known/oauth-authorization-server/a",
                "/.well-known/openid-configuration/a",
                "/a/.well-known/openid-configuration",
                "/a/.well-known/oauth-authorization-server",
            ]
        );
        assert_eq!(metadata_paths("").len(), 2);
    }
}
