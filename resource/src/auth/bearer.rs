//! The token in the `Authorization` header: RFC 6750 section 2.1, RFC 9110 section 11.4, RFC 9449 section 7.1.
//!
//! `credentials = "Bearer" 1*SP b64token`, or `"DPoP" 1*SP token68` for a token that is bound to a key; the scheme's case does not count. Easy to get wrong: two
//! headers, of which a proxy reads one and the program the other.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

/// How a token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// By itself.
    Bearer,
    /// With a proof of the key that it is bound to.
    DPoP,
}

/// Why there is no token in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAuthorization {
    /// No header, another scheme, or a scheme without a token: the client did not know what is
    /// needed, and learns it from a challenge without an error code (RFC 6750 section 3.1).
    #[error("no bearer token was sent")]
    Absent,
    /// More than one header.
    #[error("more than one Authorization header was sent")]
    Repeated,
    /// Characters that no token may have.
    #[error("the bearer token has characters that no token may have")]
    Malformed,
}

/// The token that was sent.
pub fn credentials(headers: &HeaderMap) -> Result<(Scheme, &str), BadAuthorization> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next().ok_or(BadAuthorization::Absent)?;
    if values.next().is_some() {
        return Err(BadAuthorization::Repeated);
    }
    let value = visible(value.as_bytes()).ok_or(BadAuthorization::Malformed)?;
    let (scheme, token) = value.split_once(' ').ok_or(BadAuthorization::Absent)?;
    let scheme = if scheme.eq_ignore_ascii_case("bearer") {
        Scheme::Bearer
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Scheme::DPoP
    } else {
        return Err(BadAuthorization::Absent);
    };
    match token.trim_start_matches(' ') {
        "" => Err(BadAuthorization::Absent),
        token if is_b64token(token) => Ok((scheme, token)),
        _ => Err(BadAuthorization::Malformed),
    }
}

/// A header's value as text, where it has but visible characters (RFC 9110 section 5.5: `VCHAR`), spaces and tabs.
fn visible(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    all(value, |c| matches!(c, b' '..=b'~' | b'\t')).then_some(text)
}

/// Whether all bytes are allowed. It looks at every one, since the compiler makes that look at many at once, and
/// nearly all tokens are long and right.
fn all(bytes: &[u8], allowed: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |all, c| all & allowed(*c))
}

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
pub(super) fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let allowed = |c: u8| c.is_ascii_alphanumeric() | matches!(c, b'-'..=b'/' | b'+' | b'_' | b'~');
    !body.is_empty() && all(body.as_bytes(), allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn sent(values: &[&[u8]]) -> Result<String, BadAuthorization> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        }
        credentials(&headers).map(|(_, token)| token.to_owned())
    }

    #[test]
    fn the_scheme_may_be_written_in_any_case_and_followed_by_spaces() {
        for value in ["Bearer a.b-c_~+/==", "bearer a.b-c_~+/==", "BEARER   a.b-c_~+/=="] {
            assert_eq!(sent(&[value.as_bytes()]), Ok("a.b-c_~+/==".to_owned()));
        }
    }

    #[test]
    fn without_a_bearer_token_nothing_was_sent() {
        for value in ["", "Bearer", "Bearer ", "Bearer    ", "Basic YTpi", "Bearera", "abc"] {
            assert_eq!(sent(&[value.as_bytes()]), Err(BadAuthorization::Absent), "{value:?}");
        }
        assert_eq!(sent(&[]), Err(BadAuthorization::Absent));
    }

    #[test]
    fn a_token_has_the_characters_of_the_grammar_and_no_others() {
        for c in '\0'..='\u{ff}' {
            let allowed = c.is_ascii_alphanumeric() || "-._~+/".contains(c);
            assert_eq!(is_b64token(&format!("a{c}a")), allowed, "{c:?}");
        }
    }

    #[test]
    fn a_token_may_come_with_a_proof() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("dpop a.b.c"));
        assert_eq!(credentials(&headers), Ok((Scheme::DPoP, "a.b.c")));
    }

    #[test]
    fn odd_characters_and_several_headers_are_malformed() {
        let odd: [&[u8]; 9] = [
            b"Bearer a b",
            b"Bearer a,b",
            b"Bearer a=b",
            b"Bearer =",
            b"Bearer \"a\"",
            b"Bearer a\tb",
            b"Bearer \ta",
            b"Bearer a%20",
            b"Bearer \xc3\xa9",
        ];
        for value in odd {
            assert_eq!(sent(&[value]), Err(BadAuthorization::Malformed), "{value:?}");
        }
        assert_eq!(sent(&[b"Bearer a", b"Bearer a"]), Err(BadAuthorization::Repeated));
        assert_eq!(sent(&[b"Basic YTpi", b"Bearer a"]), Err(BadAuthorization::Repeated));
    }
}
