//! Why a token is refused, typed, so that a test asserts the reason and not only the refusal.
//!
//! The text is for the log: what was expected and what came. It never holds the token, and what
//! came is cut and escaped, for it is written by whoever made the token. The client gets
//! [`Refusal::description`].

use std::borrow::Cow;
use std::fmt;

use shared::clock::NumericDate;

use super::api_key::KeyRefused;

/// What is wrong with a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Longer than any token that we take.
    #[error("the token has {0} bytes, more than are read")]
    TooLong(usize),
    /// Not a JWS in compact form: three base64url parts (RFC 7515 section 7.1).
    #[error("the token is not three base64url parts")]
    NotAJwt,
    /// The header is not a JSON object, or has a member twice or of the wrong type.
    #[error("the token's header is malformed")]
    Header,
    /// The header has `crit`, and we understand no extension (RFC 7515 section 4.1.11).
    #[error("the token's header has crit")]
    Critical,
    /// Not declared as an access token (RFC 9068 section 4).
    #[error("typ: expected at+jwt, got {0}")]
    Typ(Got),
    /// No algorithm that we take: `none`, a shared secret, or unknown (RFC 8725 section 3.1).
    #[error("alg: expected an algorithm with a public key, got {0}")]
    Algorithm(Got),
    /// Not the algorithm of the key that the header names (RFC 8725 section 3.1).
    #[error("alg: expected {expected}, which is the key's, got {got}")]
    AlgorithmOfKey {
        /// The key's.
        expected: &'static str,
        /// The header's.
        got: Got,
    },
    /// Not an algorithm that the settings allow this issuer.
    #[error("alg: expected {expected}, which the settings name, got {got}")]
    AlgorithmOfIssuer {
        /// The settings'.
        expected: String,
        /// The header's.
        got: Got,
    },
    /// The header does not name a key.
    #[error("kid: none was given")]
    NoKeyId,
    /// The issuer publishes no such key.
    #[error("kid: {0} is not one of the issuer's keys")]
    UnknownKey(Got),
    /// The issuer's keys are not known yet; not the token's fault.
    #[error("the issuer's keys could not be fetched yet")]
    KeysUnavailable,
    /// The issuer says that the token is not, or no longer, good (RFC 7662 section 2.2).
    #[error("the issuer says that the token is not active")]
    Inactive,
    /// The issuer says that it is another kind of token.
    #[error("token_type: expected an access token's, got {0}")]
    TokenType(Got),
    /// The issuer could not be asked about the token; not the token's fault.
    #[error("the issuer could not be asked about the token")]
    IntrospectionUnavailable,
    /// The claims are not a JSON object, or have a member twice.
    #[error("the token's claims are malformed")]
    Claims,
    /// A claim that is needed is not there.
    #[error("{0}: is missing")]
    Missing(Cow<'static, str>),
    /// A claim has another type than its specification says.
    #[error("{0}: is of the wrong type")]
    WrongType(Cow<'static, str>),
    /// Issued by somebody else; compared byte for byte.
    #[error("iss: expected {expected}, got {got}")]
    Issuer {
        /// Ours.
        expected: String,
        /// The token's.
        got: Got,
    },
    /// For another resource.
    #[error("aud: expected {expected}, got {got}")]
    Audience {
        /// Ours.
        expected: String,
        /// The token's.
        got: Got,
    },
    /// Issued to a client that is not in the list.
    #[error("client: {0} is not among the clients that the settings name")]
    Client(Got),
    /// A claim that the settings require is not there or has another value.
    #[error("{name}: expected {expected}, got {got}")]
    Required {
        /// The claim.
        name: String,
        /// The settings' value, as JSON.
        expected: String,
        /// The token's, as JSON.
        got: Got,
    },
    /// It has a claim that only ID tokens have, or one that says that it is another kind of token.
    #[error("{0}: this is no access token's claim")]
    IdToken(&'static str),
    /// Bound to a key (`cnf`); as a plain bearer token it would lose that protection.
    #[error("cnf: the token is bound to a key and was sent as a plain bearer token")]
    Bound,
    /// Bound to something else than a key by its thumbprint, such as a certificate.
    #[error("cnf: expected jkt alone, so the token is bound in a way that is not known here")]
    BoundOtherwise,
    /// Not bound to a key, and sent as if it were.
    #[error("cnf: the token is bound to no key and was sent with the scheme DPoP")]
    NotBound,
    /// It has ended.
    #[error("exp: {exp} is past, it is {now}")]
    Expired {
        /// When it ended.
        exp: NumericDate,
        /// Our time.
        now: NumericDate,
    },
    /// It has not begun.
    #[error("nbf: {nbf} is to come, it is {now}")]
    NotYetValid {
        /// When it begins.
        nbf: NumericDate,
        /// Our time.
        now: NumericDate,
    },
    /// Issued later than clocks can differ.
    #[error("iat: {iat} is to come, it is {now}")]
    IssuedInFuture {
        /// When it says it was issued.
        iat: NumericDate,
        /// Our time.
        now: NumericDate,
    },
    /// The issuer's status list says that it is not to be taken (draft-ietf-oauth-status-list-18 section 7.1).
    #[error("status: the token was revoked")]
    Revoked,
    /// The issuer's status list has no such entry.
    #[error("status: the list has no entry of this index")]
    NoStatus,
    /// The issuer's status list could not be had; not the token's fault.
    #[error("status: the issuer's status list could not be fetched")]
    StatusUnavailable,
    /// It is an API key, and not a good one.
    #[error(transparent)]
    ApiKey(#[from] KeyRefused),
    /// The signature is not the key's.
    #[error("the signature is wrong")]
    Signature,
}

impl Refusal {
    /// What the client's developer may know: nothing that helps to make a better forgery.
    pub fn description(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "the access token has expired",
            Self::NotYetValid { .. } | Self::IssuedInFuture { .. } => "the access token is not valid yet",
            Self::Audience { .. } => "the access token is for another resource",
            Self::Issuer { .. } => "the access token is from another issuer",
            Self::Client(_) => "the access token was issued to a client that is not taken here",
            Self::Revoked => "the token was revoked",
            Self::StatusUnavailable => "the status list of the authorization server is not known; try again",
            Self::Inactive => "the access token has expired or was revoked",
            Self::IntrospectionUnavailable => "the authorization server cannot be asked about the token; try again",
            Self::Typ(_) | Self::IdToken(_) | Self::TokenType(_) => "the token is not an access token",
            Self::Bound => "the access token is bound to a key and cannot be used as a plain bearer token",
            Self::BoundOtherwise => "the access token is bound in a way that is not known here",
            Self::NotBound => "the access token is bound to no key; send it as a plain bearer token",
            Self::ApiKey(refused) => refused.description(),
            Self::KeysUnavailable => "the keys of the authorization server are not known yet; try again",
            _ => "the access token is not valid",
        }
    }

    /// Whether another token could pass now. If not, a client must keep the one that it has.
    pub fn is_the_tokens_fault(&self) -> bool {
        !matches!(
            self,
            Self::KeysUnavailable
                | Self::IntrospectionUnavailable
                | Self::StatusUnavailable
                | Self::ApiKey(KeyRefused::Unread)
        )
    }

    /// A name for counting refusals.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too_long",
            Self::NotAJwt => "not_a_jwt",
            Self::Header => "header",
            Self::Critical => "crit",
            Self::Typ(_) => "typ",
            Self::Algorithm(_) | Self::AlgorithmOfKey { .. } | Self::AlgorithmOfIssuer { .. } => "alg",
            Self::NoKeyId => "no_kid",
            Self::UnknownKey(_) => "unknown_key",
            Self::KeysUnavailable => "keys_unavailable",
            Self::Inactive => "inactive",
            Self::TokenType(_) => "token_type",
            Self::IntrospectionUnavailable => "introspection_unavailable",
            Self::Claims => "claims",
            Self::Missing(_) => "missing_claim",
            Self::WrongType(_) => "claim_type",
            Self::Issuer { .. } => "iss",
            Self::Audience { .. } => "aud",
            Self::Client(_) => "client",
            Self::Required { .. } => "required_claim",
            Self::IdToken(_) => "id_token",
            Self::Bound | Self::BoundOtherwise | Self::NotBound => "cnf",
            Self::Expired { .. } => "exp",
            Self::NotYetValid { .. } => "nbf",
            Self::IssuedInFuture { .. } => "iat",
            Self::Revoked => "revoked",
            Self::NoStatus => "no_status",
            Self::StatusUnavailable => "status_unavailable",
            Self::ApiKey(refused) => refused.name(),
            Self::Signature => "signature",
        }
    }
}

/// Something that came in a token, fit for a log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got(String);

/// More than this is not needed to see what is wrong.
const SHOWN: usize = 120;

impl Got {
    /// The beginning of `text`.
    pub fn new(text: &str) -> Self {
        Self(text.chars().take(SHOWN).collect())
    }

    /// The beginning of a list.
    pub fn list(texts: &[String]) -> Self {
        Self::new(&texts.join(" "))
    }

    /// Nothing came.
    pub fn nothing() -> Self {
        Self("nothing".to_owned())
    }
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_debug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_is_cut_and_cannot_forge_a_line() {
        let text = Refusal::Issuer {
            expected: "https://a".to_owned(),
            got: Got::new(&format!("x\n2026 ERROR {}", "y".repeat(1_000))),
        }
        .to_string();
        assert!(!text.contains('\n') && text.len() < 200, "{text}");
    }
}
