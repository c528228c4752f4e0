//! The resource identifier: RFC 9728 sections 1.2 and 3.1, RFC 8707 section 2.
//!
//! It is the exact URL that people type into their client. Clients compare it byte for byte, so the
//! text is kept as it was configured and everything else is derived from it, never from a request.
//! Easy to get wrong: the metadata's address has the well-known part *between* host and path.

use std::str::FromStr;

use url::Url;

/// Where protected resource metadata lives (RFC 9728 section 3).
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The URL of a protected resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceIdentifier {
    text: String,
    url: Url,
}

impl FromStr for ResourceIdentifier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_| "must be an absolute URL".to_owned())?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("must begin with https:// or http://".to_owned());
        }
        let clean =
            url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        if !clean || text.ends_with('/') {
            return Err("must have no trailing slash, no query, no fragment and no user name".to_owned());
        }
        let plain = url.as_str().trim_end_matches('/');
        if plain != text {
            return Err(format!("write it as {plain}"));
        }
        if url.path().contains(['{', '}', '%']) {
            return Err("must have a path of plain characters".to_owned());
        }
        Ok(Self {
            text: text.to_owned(),
            url,
        })
    }
}

impl ResourceIdentifier {
    /// The identifier, byte for byte as configured.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same, parsed.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The path without a trailing slash; empty for a bare origin.
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// The origin, as browsers write it: `http://localhost:8081`.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The host name or address; an IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether only programs on this computer can reach it.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Whether tokens would go over the network in clear text.
    pub fn is_exposed(&self) -> bool {
        self.url.scheme() == "http" && !self.is_loopback()
    }

    /// The address of its metadata (RFC 9728 section 3.1).
    pub fn metadata_url(&self) -> String {
        format!("{}{WELL_KNOWN}{}", self.origin(), self.path())
    }
}

/// Whether a URL's host is this computer by name or address.
pub fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_is_between_host_and_path() {
        let at = |text: &str| text.parse::<ResourceIdentifier>().unwrap().metadata_url();
        assert_eq!(
            at("http://localhost:8081/mcp"),
            "http://localhost:8081/.well-known/oauth-protected-resource/mcp"
        );
        assert_eq!(
            at("https://food.example.com/a/b"),
            "https://food.example.com/.well-known/oauth-protected-resource/a/b"
        );
        assert_eq!(
            at("https://food.example.com"),
            "https://food.example.com/.well-known/oauth-protected-resource"
        );
    }

    #[test]
    fn spellings_that_a_client_would_write_otherwise_are_refused() {
        for bad in [
            "localhost:8081/mcp",
            "ftp://h/mcp",
            "http://localhost:8081/mcp/",
            "https://h/",
            "https://h/mcp?x",
            "https://h/mcp#x",
            "https://u@h/mcp",
            "https://H/mcp",
            "https://h:443/mcp",
            "https://h/a/../mcp",
            "https://h/{mcp}",
            "https://h/m%63p",
            "",
        ] {
            assert!(bad.parse::<ResourceIdentifier>().is_err(), "{bad}");
        }
    }

    #[test]
    fn plain_http_is_exposed_except_on_loopback() {
        let exposed = |text: &str| text.parse::<ResourceIdentifier>().unwrap().is_exposed();
        assert!(!exposed("http://localhost:8081/mcp") && !exposed("http://[::1]/mcp") && !exposed("https://h/mcp"));
        assert!(exposed("http://192.168.1.5/mcp") && exposed("http://localhost.example.com/mcp"));
    }
}
