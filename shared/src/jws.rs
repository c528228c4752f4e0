//! A JWS in compact form whose payload is a JSON object: RFC 7515 sections 3.1 and 7.1, RFC 7519 section 7.2.
//!
//! 1. [`Compact::read`] takes it apart; nothing is proven yet. 2. Whoever reads it decides which key may have made it.
//! 3. [`Compact::is_signed_by`] asks that key.
//!
//! Easy to get wrong: an extension that the header calls critical must be understood, and none is understood here; a
//! name that stands twice means one thing to one reader and another to the next.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::jwk::VerificationKey;
use crate::members::Members;

/// A JWS taken apart.
#[derive(Debug)]
pub struct Compact<'a> {
    /// The protected header.
    pub header: Members,
    /// The claims.
    pub claims: Members,
    signature: &'a str,
    signed: &'a str,
}

/// Why a text is no JWS of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCompact {
    /// Not three parts of base64url.
    #[error("it is not a JWT")]
    Parts,
    /// The header is no JSON object in which each name stands once.
    #[error("its header is not a JSON object")]
    Header,
    /// It needs an extension that is not known here.
    #[error("its header names a critical extension that is not known here")]
    Critical,
    /// The payload is no JSON object in which each name stands once.
    #[error("its claims are not a JSON object")]
    Claims,
}

impl<'a> Compact<'a> {
    /// Takes a token apart.
    pub fn read(token: &'a str) -> Result<Self, NotCompact> {
        let (signed, signature) = token.rsplit_once('.').ok_or(NotCompact::Parts)?;
        let (header, claims) = signed.split_once('.').ok_or(NotCompact::Parts)?;
        if [header, claims, signature]
            .iter()
            .any(|part| part.is_empty() || part.contains('.'))
        {
            return Err(NotCompact::Parts);
        }
        let header = Members::read(&decode(header)?).ok_or(NotCompact::Header)?;
        if header.get("crit").is_some() {
            return Err(NotCompact::Critical);
        }
        Ok(Self {
            header,
            claims: Members::read(&decode(claims)?).ok_or(NotCompact::Claims)?,
            signature,
            signed,
        })
    }

    /// Whether `typ` is this media type, in any case, with or without `application/` (RFC 7515 section 4.1.9).
    pub fn is_typed(&self, expected: &str) -> bool {
        let typ = self.header.text("typ").unwrap_or_default().to_ascii_lowercase();
        typ.strip_prefix("application/").unwrap_or(&typ) == expected
    }

    /// Whether this key made the signature, with its own algorithm, which must be the one of the header.
    pub fn is_signed_by(&self, key: &VerificationKey) -> bool {
        self.header.text("alg") == Some(key.algorithm_name()) && key.verify(self.signed.as_bytes(), self.signature)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, NotCompact> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| NotCompact::Parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, claims: &str) -> Result<bool, NotCompact> {
        let token = format!(
            "{}.{}.c2ln",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims)
        );
        Compact::read(&token).map(|jws| jws.is_typed("dpop+jwt"))
    }

    #[test]
    fn what_is_not_a_jws_says_why() {
        for text in [
            "",
            ".",
            "..",
            "...",
            "a.b",
            "e30.e30.",
            "e30..c2ln",
            ".e30.c2ln",
            "e30.e30.c2ln.c2ln",
            "e3 0.e30.x",
        ] {
            assert_eq!(Compact::read(text).err(), Some(NotCompact::Parts), "{text}");
        }
        assert_eq!(read("[]", "{}"), Err(NotCompact::Header));
        assert_eq!(read(r#"{"a":1,"a":1}"#, "{}"), Err(NotCompact::Header));
        assert_eq!(read(r#"{"crit":[]}"#, "{}"), Err(NotCompact::Critical));
        assert_eq!(read("{}", "1"), Err(NotCompact::Claims));
    }

    #[test]
    fn the_type_is_a_media_type() {
        for typ in ["dpop+jwt", "DPoP+JWT", "application/dpop+jwt"] {
            assert_eq!(read(&format!(r#"{{"typ":"{typ}"}}"#), "{}"), Ok(true));
        }
        for header in [
            r#"{"typ":"jwt"}"#,
            r#"{"typ":["dpop+jwt"]}"#,
            "{}",
            r#"{"typ":"text/dpop+jwt"}"#,
        ] {
            assert_eq!(read(header, "{}"), Ok(false));
        }
    }
}
