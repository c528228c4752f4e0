//! An answer's parameters, appended to a redirect URI: RFC 6749 section 4.1.2 (`application/x-www-form-urlencoded`).
//!
//! Easy to get wrong: (1) parsing and printing the URI, which changes it; parameters are appended to its
//! text; (2) a `+` for a space, which some clients do not decode.

use super::RedirectUri;

impl RedirectUri {
    /// The URI with these parameters behind those that it has already.
    pub fn with_query<'a>(&self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut text = self.as_str().to_owned();
        for (name, value) in parameters {
            let begun = text.contains('?');
            let joint = if !begun {
                "?"
            } else if text.ends_with(['?', '&']) {
                ""
            } else {
                "&"
            };
            text.push_str(joint);
            text.push_str(name);
            text.push('=');
            text.push_str(&encode(value));
        }
        text
    }
}

/// Every byte that is not unreserved as `%XX`: what every decoder of queries reads back.
fn encode(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}
