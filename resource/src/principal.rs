//! Who makes a request, after its credential was checked.
//!
//! The transport puts an `Arc` of a [`Principal`] into the request's extensions; tools take it from there and
//! key everything they keep by (`iss`, `sub`): two issuers may use the same `sub` for different people.

use shared::scope::Scope;

/// The caller of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The issuer that vouches for `sub`.
    pub iss: String,
    /// The user, unique within `iss`.
    pub sub: String,
    /// The client that acts for the user, where the issuer says which.
    pub client_id: Option<String>,
    /// What it may do.
    pub scope: Scope,
}

/// For whom clients act.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// The issuer that vouches for `sub`.
    pub iss: String,
    /// The user, unique within `iss`.
    pub sub: String,
}

impl Principal {
    /// For whom the call is, whichever client makes it.
    pub fn user(&self) -> User {
        User {
            iss: self.iss.clone(),
            sub: self.sub.clone(),
        }
    }
}
