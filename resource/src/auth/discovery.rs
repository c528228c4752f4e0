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
}

/// Why the keys' address is not known; each text says where it was looked for.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// No document could be fetched.
    #[error("no metadata of the issuer: {0}")]
    NotFound(String),
    /// The document is another issuer's.
    #[error(
        "the metadata at {url} is of the issuer {got:?} and not of {expected:?}; the two must be equal, byte for byte"
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

/// The address of the issuer's keys.
pub async fn jwks_uri(fetch: &Fetch, issuer: &Issuer) -> Result<String, DiscoveryError> {
    let mut tried = Vec::new();
    let mut unfit = None;
    for url in places(&issuer.issuer, issuer.discovery) {
        match document(fetch, &url)
            .await
            .map(|document| check(document, &issuer.issuer, &url))
        {
            Ok(Ok(jwks_uri)) => return Ok(jwks_uri),
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

fn check(document: Document, issuer: &str, url: &str) -> Result<String, DiscoveryError> {
    if document.issuer != issuer {
        return Err(DiscoveryError::OtherIssuer {
            url: url.to_owned(),
            expected: issuer.to_owned(),
            got: document.issuer.chars().take(200).collect(),
        });
    }
    let secure = issuer.starts_with("https://");
    match Url::parse(&document.jwks_uri) {
        Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && !secure) => Ok(document.jwks_uri),
        _ => Err(DiscoveryError::Address(document.jwks_uri)),
    }
}

/// Where the document may be, in the order of trial.
fn places(issuer: &str, kind: Discovery) -> Vec<String> {
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
        };
        check(document, issuer, "https://h/x")
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
