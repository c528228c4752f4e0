//! When a signing key is published, signs, only verifies, and is retired
//! (`docs/decisions/0008-key-rotation.md`).
//!
//! Everything follows from one time for each key, that from which it signs, and from fixed spans, so that
//! every replica says the same at the same moment and a restart changes nothing:
//!
//! | state       | from                             | what it means                                    |
//! |-------------|----------------------------------|--------------------------------------------------|
//! | `published` | the file is there                | verifiers see it; nothing is signed with it yet  |
//! | `signing`   | its time has come                | it signs, alone                                  |
//! | `verifying` | the next one's time has come     | it is still published                            |
//! | `retired`   | [`KEEP_SECONDS`] after that      | it is not published any more                     |
//!
//! Easy to get wrong: taking the lifetime of tokens from the settings. Somebody who shortens it and restarts
//! would retire a key while the long-lived tokens of before still live. So the longest that the settings
//! permit counts.

use shared::clock::NumericDate;

use crate::config::ACCESS_TOKEN_SECONDS_MAX;

/// How long verifiers may keep the published keys (`max-age` of the JWK Set), in seconds.
pub const JWKS_MAX_AGE_SECONDS: NumericDate = 300;

/// How often a running issuer looks into the folder, in seconds; so long a replica may not know a new file.
pub const LOOK_SECONDS: NumericDate = 60;

/// How long a key is published before it signs, in seconds: far more than twice the time that verifiers keep
/// the set and a replica needs to see the file, for many keep it for an hour whatever we say.
pub const LEAD_SECONDS: NumericDate = 3600;

/// How long a key is published after the next one began to sign, in seconds: the longest life of a token, and
/// five minutes for clocks that differ and for replicas that saw the next one late.
pub const KEEP_SECONDS: NumericDate = ACCESS_TOKEN_SECONDS_MAX + 300;

/// What a key is for at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is published and signs later.
    Published,
    /// It signs.
    Signing,
    /// It does not sign any more; tokens under it may live.
    Verifying,
    /// It is not published any more.
    Retired,
}

impl KeyState {
    /// The state in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Signing => "signing",
            Self::Verifying => "verifying",
            Self::Retired => "retired",
        }
    }
}

/// The position of the key that signs, among the times from which each signs, in order: the last whose time
/// has come. Where none has, the first: an issuer without a signing key is of no use to anybody.
pub(super) fn signing(times: &[NumericDate], now: NumericDate) -> usize {
    times.iter().filter(|time| **time <= now).count().saturating_sub(1)
}

/// What each key is for at this moment.
pub(super) fn states(times: &[NumericDate], now: NumericDate) -> Vec<KeyState> {
    let signing = signing(times, now);
    let nexts = times.iter().skip(1).map(Some).chain([None]);
    let state = |(at, next): (usize, Option<&NumericDate>)| match next {
        _ if at > signing => KeyState::Published,
        _ if at == signing => KeyState::Signing,
        Some(next) if next.saturating_add(KEEP_SECONDS) <= now => KeyState::Retired,
        _ => KeyState::Verifying,
    };
    nexts.take(times.len()).enumerate().map(state).collect()
}

#[cfg(test)]
mod tests {
    use super::KeyState::{Published, Retired, Signing, Verifying};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_is_published_twice_the_cache_time_and_a_look_before_it_signs() {
        const { assert!(LEAD_SECONDS >= 2 * JWKS_MAX_AGE_SECONDS + LOOK_SECONDS) };
        const { assert!(KEEP_SECONDS > ACCESS_TOKEN_SECONDS_MAX + 60 + LOOK_SECONDS) };
    }

    #[test]
    fn each_key_goes_from_state_to_state_to_the_second() {
        let (first, second) = (1_000, 500_000);
        let gone = second + KEEP_SECONDS;
        for (now, expected) in [
            (0, [Signing, Published]),
            (second - 1, [Signing, Published]),
            (second, [Verifying, Signing]),
            (gone - 1, [Verifying, Signing]),
            (gone, [Retired, Signing]),
        ] {
            assert_eq!(states(&[first, second], now), expected, "{now}");
        }
        assert_eq!(states(&[], 0), []);
    }

    proptest! {
        #[test]
        fn one_signs_at_any_moment_and_who_signed_within_a_tokens_life_is_published(
            mut times in prop::collection::vec(0..1_000_000_i64, 1..6),
            now in 0..2_000_000_i64,
            ago in 0..=ACCESS_TOKEN_SECONDS_MAX,
        ) {
            times.sort_unstable();
            let now_states = states(&times, now);
            prop_assert_eq!(now_states.iter().filter(|state| **state == Signing).count(), 1);
            let signed_then = signing(&times, now - ago);
            prop_assert_ne!(now_states[signed_then], Retired);
        }
    }
}
