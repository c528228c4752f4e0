//! What may be an issuer identifier: RFC 8414 section 2, and RFC 8252 section 8.3 for loopback.
//!
//! Easy to get wrong: a URL parser lets more through than the places where the identifier is shown and
//! compared can take, so the plain form is demanded.

use url::{Host, Url};

/// RFC 8414 section 2: https, no query, no fragment. http only on loopback, where clients allow it, or
/// anywhere with `plain_http`.
pub(super) fn issuer_identifier(text: &str, plain_http: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "must be an absolute URL".to_owned())?;
    let clean =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if !clean || text.ends_with('/') {
        return Err("must have no trailing slash, no query, no fragment and no user name".to_owned());
    }
    if url.as_str().trim_end_matches('/') != text {
        return Err(format!("write it as {}", url.as_str().trim_end_matches('/')));
    }
    if !is_plain_host(&url) {
        return Err("its host may hold letters, digits, hyphens and dots".to_owned());
    }
    if !is_plain_path(url.path()) {
        return Err("its path may hold letters, digits and - . _ ~ between single slashes".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if plain_http || is_loopback(&url) => Ok(url),
        "http" => {
            Err(
            "must be https: MCP clients refuse plain http outside loopback; put a TLS proxy in front, or set ISSUER_TLS_CERT_FILE (ISSUER_ALLOW_PLAIN_HTTP=on allows it all the same)".to_owned(),
        )
        }
        _ => Err("must begin with https:// (or http:// on loopback)".to_owned()),
    }
}

/// URL parsers let more through than names may have (`h&x`, `h;x`).
fn is_plain_host(url: &Url) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-.".contains(&c);
    match url.host() {
        Some(Host::Domain(name)) => name.bytes().all(plain),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// The path stands in routes and in every document, so it has nothing that anybody would have to escape.
fn is_plain_path(path: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-._~/".contains(&c);
    path.bytes().all(plain) && !path.contains("//")
}

pub(super) fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_identifier_is_https_or_loopback_and_in_its_plain_form() {
        for good in [
            "https://id.example.com",
            "https://example.com/oauth",
            "http://localhost:8080",
            "http://127.0.0.1:1",
            "http://[::1]:8080",
        ] {
            assert_eq!(issuer_identifier(good, false).map(|_| good), Ok(good));
        }
        for bad in [
            "http://example.com",
            "http://localhost:8080/",
            "https://h?a",
            "https://h#a",
            "https://u@h",
            "id.example.com",
            "https://EXAMPLE.com",
            "https://h:443",
            "http://localhost.example.com",
            "https://h&x",
            "https://h;x",
            "https://h$",
            "https://h/a%20b",
            "https://h/{a}",
            "https://h/a'b",
            "https://h//a",
            "https://h/a/../b",
            "https://h/a;b",
        ] {
            assert!(issuer_identifier(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn plain_http_elsewhere_is_allowed_by_name_only_and_nothing_else_with_it() {
        assert!(issuer_identifier("http://id.lan:8080", true).is_ok());
        let told = issuer_identifier("http://id.lan:8080", false).unwrap_err();
        assert!(told.contains("ISSUER_ALLOW_PLAIN_HTTP"), "{told}");
        for bad in ["ftp://id.lan", "http://id.lan/", "http://u@id.lan"] {
            assert!(issuer_identifier(bad, true).is_err(), "{bad}");
        }
    }
}
