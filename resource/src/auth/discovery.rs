//! Where an issuer publishes its keys: RFC 8414 section 3, OpenID Connect Discovery 1.0 section 4.
//!
//! 1. RFC 8414's document, its well-known part between host and path.
//! 2. OpenID Connect's at the same place.
//! 3. OpenID Connect's after the path.
//!
//! The first that is the issuer's own counts. Easy to get wrong: a document whose `issuer` is not byte for byte the
//! expected one may be anybody's (RFC 8414 section 3.3).

use serde::Deserialize;
use shared::fetch::{Fetch, FetchError};
use url::Url;

use super::trust::{Discovery, Issuer};

/// Largest metadata document, in bytes.
const MOST: usize = 256 << 10;

/// The members of a metadata document that matter here.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
}

/// What the metadata says.
#[derive(Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The address of the issuer's keys.
    pub jwks_uri: String,
    /// What works here and does not work for MCP clients.
    pub warnings: Vec<String>,
}

/// Why the keys' address is not known; each text says where it was looked for.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// No document could be fetched.
    #[error("no metadata of the issuer: {0}")]
    NotFound(String),
    /// The document is another issuer's.
    #[error(
        "the metadata at {url} is of the issuer {got:?} and not of {expected:?}; the two must be equal, byte for byte{}",
        slash(expected, got)
    )]
    OtherIssuer {
        /// Where the document is.
        url: String,
        /// The configured issuer.
        expected: String,
        /// The document's.
        got: String,
    },
    /// The address is not usable.
    #[error("the jwks_uri {0:?} is not an https URL like the issuer")]
    Address(String),
}

/// The issuer's metadata.
pub async fn find(fetch: &Fetch, issuer: &Issuer) -> Result<Metadata, DiscoveryError> {
    let mut tried = Vec::new();
    let mut unfit = None;
    for url in places(&issuer.issuer, issuer.discovery) {
        match document(fetch, &url)
            .await
            .map(|document| check(document, &issuer.issuer, &url))
        {
            Ok(Ok(metadata)) => return Ok(metadata),
            Ok(Err(error)) => unfit = unfit.or(Some(error)),
            Err(why) => tried.push(format!("{url}: {why}")),
        }
    }
    Err(unfit.unwrap_or_else(|| DiscoveryError::NotFound(tried.join("; "))))
}

async fn document(fetch: &Fetch, url: &str) -> Result<Document, String> {
    let fetched = fetch
        .get(url, MOST)
        .await
        .map_err(|error: FetchError| error.to_string())?;
    serde_json::from_slice(&fetched.body).map_err(|_| "not a metadata document".to_owned())
}

fn check(document: Document, issuer: &str, url: &str) -> Result<Metadata, DiscoveryError> {
    if document.issuer != issuer {
        return Err(DiscoveryError::OtherIssuer {
            url: url.to_owned(),
            expected: issuer.to_owned(),
            got: document.issuer.chars().take(200).collect(),
        });
    }
    let url_of_document = url;
    let secure = issuer.starts_with("https://");
    match Url::parse(&document.jwks_uri) {
        Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && !secure) => Ok(Metadata {
            warnings: warnings(&document, url_of_document),
            jwks_uri: document.jwks_uri,
        }),
        _ => Err(DiscoveryError::Address(document.jwks_uri)),
    }
}

/// MCP authorization: clients refuse an issuer whose metadata does not name S256.
fn warnings(document: &Document, url: &str) -> Vec<String> {
    if document
        .code_challenge_methods_supported
        .iter()
        .any(|method| method == "S256")
    {
        return Vec::new();
    }
    vec![format!(
        "the metadata at {url} has no S256 in code_challenge_methods_supported: MCP clients refuse to sign in there; \
         put an issuer in front that has it"
    )]
}

/// The commonest difference, and what to do about it.
fn slash(expected: &str, got: &str) -> String {
    if expected.trim_end_matches('/') == got.trim_end_matches('/') {
        format!("; set the issuer to {got}, which differs in the slash at its end")
    } else {
        String::new()
    }
}

/// Where the document may be, in the order of trial.
pub fn places(issuer: &str, kind: Discovery) -> Vec<String> {
    let Ok(url) = Url::parse(issuer) else {
        return Vec::new();
    };
    let (origin, path) = (url.origin().ascii_serialization(), url.path().trim_end_matches('/'));
    let rfc8414 = format!("{origin}/.well-known/oauth-authorization-server{path}");
    let mut oidc = vec![format!("{origin}/.well-known/openid-configuration{path}")];
    if !path.is_empty() {
        oidc.push(format!("{origin}{path}/.well-known/openid-configuration"));
    }
    match kind {
        Discovery::Auto => [vec![rfc8414], oidc].concat(),
        Discovery::Rfc8414 => vec![rfc8414],
        Discovery::Oidc => oidc,
        Discovery::None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_with_a_path_has_three_places_and_a_slash_at_the_end_does_not_count() {
        let expected = [
            "https://h/.well-known/oauth-authorization-server/realms/r",
            "https://h/.well-known/openid-configuration/realms/r",
            "https://h/realms/r/.well-known/openid-configuration",
        ];
        assert_eq!(places("https://h/realms/r", Discovery::Auto), expected);
        assert_eq!(places("https://h/realms/r/", Discovery::Auto), expected);
        assert_eq!(
            places("http://localhost:8080", Discovery::Auto),
            [
                "http://localhost:8080/.well-known/oauth-authorization-server",
                "http://localhost:8080/.well-known/openid-configuration"
            ]
        );
        assert_eq!(places("https://h/realms/r", Discovery::Rfc8414), expected[..1]);
        assert_eq!(places("https://h/realms/r", Discovery::Oidc), expected[1..]);
        assert!(places("https://h/realms/r", Discovery::None).is_empty());
    }

    fn checked(issuer: &str, document_issuer: &str, jwks_uri: &str) -> Result<String, DiscoveryError> {
        let document = Document {
            issuer: document_issuer.to_owned(),
            jwks_uri: jwks_uri.to_owned(),
            code_challenge_methods_supported: Vec::new(),
        };
        check(document, issuer, "https://h/x").map(|metadata| metadata.jwks_uri)
    }

    #[test]
    fn the_issuer_is_compared_byte_for_byte() {
        assert!(checked("https://h", "https://h", "https://h/jwks").is_ok());
        for other in ["https://h/", "https://H", "https://h:443", "http://h", ""] {
            let error = checked("https://h", other, "https://h/jwks").unwrap_err();
            assert!(matches!(error, DiscoveryError::OtherIssuer { .. }), "{other}");
        }
    }

    #[test]
    fn a_slash_too_many_or_too_few_is_named_with_the_remedy() {
        let told = |issuer: &str, got: &str| checked(issuer, got, "https://h/jwks").unwrap_err().to_string();
        assert!(
            told("https://h", "https://h/")
                .ends_with("set the issuer to https://h/, which differs in the slash at its end")
        );
        assert!(told("https://h/", "https://h").contains("set the issuer to https://h,"));
        assert!(!told("https://h", "https://other").contains("set the issuer"));
    }

    #[test]
    fn metadata_without_pkce_is_warned_of() {
        let document = |methods: &[&str]| Document {
            issuer: "https://h".to_owned(),
            jwks_uri: "https://h/jwks".to_owned(),
            code_challenge_methods_supported: methods.iter().map(|method| (*method).to_owned()).collect(),
        };
        assert_eq!(
            warnings(&document(&["plain", "S256"]), "https://h/x"),
            Vec::<String>::new()
        );
        for methods in [&[][..], &["plain"]] {
            assert!(warnings(&document(methods), "https://h/x")[0].contains("no S256"));
        }
    }

    #[test]
    fn keys_of_an_https_issuer_are_fetched_over_https_only() {
        assert!(
            checked(
                "http://localhost:8080",
                "http://localhost:8080",
                "http://localhost:8080/jwks"
            )
            .is_ok()
        );
        for address in ["http://h/jwks", "file:///etc/passwd", "jwks", ""] {
            assert!(checked("https://h", "https://h", address).is_err(), "{address}");
        }
    }
}
