//! Resource indicators: RFC 8707 section 2, and RFC 9728 for what they name.
//!
//! A client names the resource it wants a token for; the token's `aud` is the canonical identifier
//! from the settings, byte for byte, whatever spelling the client used. Accepted spellings: the
//! identifier itself, with or without a trailing slash, and its bare origin while only one resource
//! lives there. Easy to get wrong: a prefix match, which would let one server ask for another's tokens.

use url::Url;

/// The resources that tokens may be for; the first is the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources(Vec<String>);

impl Resources {
    /// Reads a list separated by commas or spaces. Each must be an absolute http(s) URL without fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        let items = text.split([',', ' ']).filter(|item| !item.is_empty());
        let resources = items.map(identifier).collect::<Result<Vec<_>, _>>()?;
        if resources.is_empty() {
            Err("must name at least one resource".to_owned())
        } else {
            Ok(Self(resources))
        }
    }

    /// The resource for a request that names none.
    pub fn default_resource(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// All identifiers.
    pub fn all(&self) -> &[String] {
        &self.0
    }

    /// The canonical identifier that `asked` means, or `None` (`invalid_target`).
    pub fn find(&self, asked: &str) -> Option<&str> {
        let asked = bare(asked);
        let exact = self.0.iter().find(|known| bare(known) == asked);
        exact.or_else(|| self.only_one_at(asked)).map(String::as_str)
    }

    fn only_one_at(&self, origin: &str) -> Option<&String> {
        let mut there = self
            .0
            .iter()
            .filter(|known| origin_of(known).as_deref() == Some(origin));
        there.next().filter(|_| there.next().is_none())
    }
}

fn identifier(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|_| format!("{text:?} is not an absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!("{text:?} must begin with http:// or https://"));
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{text:?} must have no fragment and no user name"));
    }
    Ok(text.to_owned())
}

fn bare(text: &str) -> &str {
    text.strip_suffix('/').unwrap_or(text)
}

fn origin_of(text: &str) -> Option<String> {
    Some(Url::parse(text).ok()?.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slash_and_origin_mean_the_canonical_identifier() {
        let resources = Resources::parse("http://localhost:8081/mcp").unwrap();
        for spelling in [
            "http://localhost:8081/mcp",
            "http://localhost:8081/mcp/",
            "http://localhost:8081",
            "http://localhost:8081/",
        ] {
            assert_eq!(
                resources.find(spelling),
                Some("http://localhost:8081/mcp"),
                "{spelling}"
            );
        }
    }

    #[test]
    fn nothing_else_does() {
        let resources = Resources::parse("http://localhost:8081/mcp").unwrap();
        for other in [
            "http://localhost:8081/mcp2",
            "http://localhost:8081/mcp/x",
            "http://localhost:8082",
            "https://localhost:8081/mcp",
            "http://localhost:8081/mcp//",
            "http://localhost:8081/MCP",
            "http://localhost:8081/mcp#a",
            "",
        ] {
            assert_eq!(resources.find(other), None, "{other}");
        }
    }

    #[test]
    fn an_origin_with_two_resources_names_neither() {
        let resources = Resources::parse("http://h/a,http://h/b").unwrap();
        assert_eq!(resources.find("http://h/"), None);
        assert_eq!(resources.find("http://h/b/"), Some("http://h/b"));
        assert_eq!(resources.default_resource(), "http://h/a");
    }

    #[test]
    fn identifiers_are_absolute_http_urls() {
        for bad in ["", "mcp", "ftp://h/", "http://h/#a", "http://u:p@h/"] {
            assert!(Resources::parse(bad).is_err(), "{bad}");
        }
    }
}
