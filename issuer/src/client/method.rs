//! How a client says who it is: `token_endpoint_auth_method` of RFC 7591 section 2 and RFC 8414 section 2.

use serde::{Deserialize, Serialize};

/// A way to authenticate; public clients have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A public client says its `client_id` and proves nothing.
    None,
    /// A secret as the password of HTTP Basic (RFC 6749 section 2.3.1).
    ClientSecretBasic,
    /// A secret in the body (RFC 6749 section 2.3.1).
    ClientSecretPost,
    /// A JWT that one of the client's keys signed (RFC 7523 section 2.2).
    PrivateKeyJwt,
}

/// `token_endpoint_auth_methods_supported` (RFC 8414 section 2). Several MCP clients use documents or register
/// only where `none` is among them.
pub const AUTH_METHODS: &[AuthMethod] = &[
    AuthMethod::None,
    AuthMethod::ClientSecretBasic,
    AuthMethod::ClientSecretPost,
    AuthMethod::PrivateKeyJwt,
];

impl AuthMethod {
    /// The registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Reads a registered name; `None` for what is not supported.
    pub fn parse(text: &str) -> Option<Self> {
        AUTH_METHODS.iter().copied().find(|method| method.as_str() == text)
    }

    /// Whether the client has a secret (RFC 6749 section 2.3.1).
    pub fn has_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }

    /// All supported, separated by commas, for people.
    pub fn listed() -> String {
        let names: Vec<_> = AUTH_METHODS.iter().map(|method| method.as_str()).collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_read_and_stored_by_its_registered_name() {
        for method in AUTH_METHODS {
            assert_eq!(AuthMethod::parse(method.as_str()), Some(*method));
            assert_eq!(serde_json::to_value(method).unwrap(), method.as_str());
        }
        for unknown in ["", "None", "client_secret_jwt", "client_secret", "tls_client_auth"] {
            assert_eq!(AuthMethod::parse(unknown), None, "{unknown}");
        }
    }
}
