//! Addresses of issuers: RFC 8414 section 2.
//!
//! Easy to get wrong: some issuers end with a slash and some do not, and both mean it.

use url::Url;

/// RFC 8414 section 2: no query, no fragment. A trailing slash is kept.
pub fn issuer_identifier(text: &str) -> Result<String, String> {
    let url = http_url(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must have no query and no fragment".to_owned());
    }
    if url.as_str().trim_end_matches('/') != text.trim_end_matches('/') {
        return Err(format!("write it as {}", url.as_str().trim_end_matches('/')));
    }
    Ok(text.to_owned())
}

/// An absolute web address without credentials.
pub fn http_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "must be an absolute URL".to_owned())?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err("must begin with https:// or http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must have no user name and no password".to_owned());
    }
    Ok(url)
}
