//! Why an API key is refused: what the log says, and what the client's developer may know.

use shared::clock::NumericDate;

use super::LONGEST_UNREAD;

/// Why a key is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// It begins like a key, and is cut, mistyped or longer.
    #[error("the API key is not whole, or mistyped: its check digits are wrong")]
    Damaged,
    /// There is none with these digits.
    #[error("there is no such API key")]
    Unknown,
    /// The operator ended it.
    #[error("the API key was revoked")]
    Revoked,
    /// Its time is over.
    #[error("the API key ended at {0}")]
    Ended(NumericDate),
    /// Nobody knows whether it was revoked: the keys could not be read for too long.
    #[error("the API keys could not be read for {} minutes", LONGEST_UNREAD.as_secs() / 60)]
    Unread,
    /// Only keys are taken here, and this is none.
    #[error("expected an API key or the static token, got something else")]
    NotAKey,
    /// It begins like a key, and none is taken here.
    #[error("an API key was sent, and none is taken here")]
    NotTaken,
}

impl KeyRefused {
    /// What the client's developer may know.
    pub fn description(self) -> &'static str {
        match self {
            Self::Damaged => "the API key is incomplete or mistyped",
            Self::Revoked => "the API key was revoked",
            Self::Ended(_) => "the API key has expired",
            Self::Unknown | Self::NotAKey => "the API key is not valid",
            Self::Unread => "API keys cannot be checked now; try again",
            Self::NotTaken => "API keys are not taken here; sign in instead",
        }
    }

    /// A name for counting refusals.
    pub fn name(self) -> &'static str {
        match self {
            Self::Damaged => "api_key_damaged",
            Self::Unknown => "api_key_unknown",
            Self::Revoked => "api_key_revoked",
            Self::Ended(_) => "api_key_ended",
            Self::Unread => "api_keys_unread",
            Self::NotAKey => "not_an_api_key",
            Self::NotTaken => "api_key_not_taken",
        }
    }
}
