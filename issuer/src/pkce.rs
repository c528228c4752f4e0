//! Proof Key for Code Exchange: RFC 7636, S256 only (OAuth 2.1 section 7.5.2).
//!
//! 1. The authorization request brings a `code_challenge`, stored with the code.
//! 2. The token request brings the `code_verifier`; its SHA-256 must be the challenge.
//!
//! Easy to get wrong: accepting a verifier outside the ABNF, or comparing only when a challenge
//! happens to be there. Here a code cannot exist without a [`CodeChallenge`].

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::hash::SecretHash;

/// The one method that is understood (RFC 7636 section 4.2).
pub const METHOD: &str = "S256";

/// A challenge in S256 form: 43 base64url characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads the `code_challenge` parameter. `None` when it is not the base64url of 32 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let base64url = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        (text.len() == 43 && text.bytes().all(base64url)).then(|| Self(text.to_owned()))
    }

    /// The challenge of a `code_verifier`. `None` when the verifier breaks RFC 7636 section 4.1:
    /// 43 to 128 unreserved characters.
    pub fn of(verifier: &str) -> Option<Self> {
        let unreserved = |c: u8| c.is_ascii_alphanumeric() || b"-._~".contains(&c);
        let valid = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        valid.then(|| Self(SecretHash::of(verifier).as_str().to_owned()))
    }

    /// Whether `verifier` opens this challenge.
    pub fn verify(&self, verifier: &str) -> bool {
        Self::of(verifier).is_some_and(|challenge| challenge.0.as_bytes().ct_eq(self.0.as_bytes()).into())
    }

    /// The text as sent by the client.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CodeChallenge {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(&text).ok_or("not a code challenge")
    }
}

impl From<CodeChallenge> for String {
    fn from(challenge: CodeChallenge) -> Self {
        challenge.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_vector_of_rfc_7636_appendix_b() {
        let challenge = CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.verify("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.verify("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
    }

    #[test]
    fn challenges_and_verifiers_outside_the_grammar_are_refused() {
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for bad in [
            &good[1..],
            &format!("{good}A"),
            &good.replace('E', "="),
            &good.replace('E', "+"),
            "",
        ] {
            assert_eq!(CodeChallenge::parse(bad), None, "{bad}");
        }
        for bad in [
            "a".repeat(42),
            "a".repeat(129),
            format!("{}é", "a".repeat(42)),
            format!("{} ", "a".repeat(43)),
        ] {
            assert_eq!(CodeChallenge::of(&bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn only_the_verifier_opens_its_challenge(a in "[A-Za-z0-9._~-]{43,128}", b in "[A-Za-z0-9._~-]{43,128}") {
            let challenge = CodeChallenge::of(&a).unwrap();
            prop_assert!(challenge.verify(&a));
            prop_assert_eq!(challenge.verify(&b), a == b);
            prop_assert_eq!(CodeChallenge::parse(challenge.as_str()), Some(challenge));
        }
    }
}
