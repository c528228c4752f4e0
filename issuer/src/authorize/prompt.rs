//! `prompt`: OpenID Connect Core 1.0 section 3.1.2.1, Initiating User Registration 1.0 (`create`).
//!
//! Values that are not known, and values sent twice, are passed over: clients send what another server
//! wanted. Only `none` beside another value is an error, because it cannot be meant.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use shared::params::Params;

use super::redirect::{AuthorizationError, AuthorizationErrorCode};

/// One value of `prompt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Prompt {
    /// Show nothing: a code or an error at once.
    None,
    /// Ask for the password again.
    Login,
    /// Ask for consent again.
    Consent,
    /// Let the person choose the account.
    SelectAccount,
    /// Offer a new account. Accounts are made by whoever runs the issuer, so this shows the sign-in page.
    Create,
}

/// The values that were sent.
pub(super) type Prompts = BTreeSet<Prompt>;

/// Reads `prompt`, however often it was sent.
pub(super) fn read(params: &Params) -> Result<Prompts, AuthorizationError> {
    let words = params.many("prompt").flat_map(|value| value.split(' '));
    let prompts: Prompts = words.filter_map(Prompt::parse).collect();
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        let description = "prompt has none beside another value";
        return Err(AuthorizationError::new(
            AuthorizationErrorCode::InvalidRequest,
            description,
        ));
    }
    Ok(prompts)
}

impl Prompt {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            "login" => Some(Self::Login),
            "consent" => Some(Self::Consent),
            "select_account" => Some(Self::SelectAccount),
            "create" => Some(Self::Create),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompts(query: &str) -> Option<Vec<Prompt>> {
        read(&Params::decode(query.as_bytes()))
            .ok()
            .map(|prompts| prompts.into_iter().collect())
    }

    #[test]
    fn unknown_and_repeated_values_are_passed_over() {
        assert_eq!(prompts(""), Some(vec![]));
        assert_eq!(prompts("prompt=consent&prompt=consent"), Some(vec![Prompt::Consent]));
        assert_eq!(
            prompts("prompt=login+consent+login"),
            Some(vec![Prompt::Login, Prompt::Consent])
        );
        assert_eq!(prompts("prompt=magic"), Some(vec![]));
        assert_eq!(prompts("prompt=none+magic"), Some(vec![Prompt::None]));
        assert_eq!(prompts("prompt=none+login"), None);
    }
}
