//! The time, in one place: RFC 7519 section 2 (`NumericDate`).
//!
//! Everything that asks for the time gets a [`Clock`] handed in, so that tests move it by hand and
//! never sleep. `clippy.toml` refuses the system clock everywhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

/// Whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted (RFC 7519 section 2).
pub type NumericDate = i64;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is moved; for tests, and shared by its clones.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn fixed(now: NumericDate) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(now)))
    }

    /// The time now. A machine clock before 1970 reads as 0.
    pub fn now(&self) -> NumericDate {
        match self {
            Self::System => system_now(),
            Self::Fixed(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a fixed clock by `seconds`, forwards or backwards; the machine's clock stays as it is.
    pub fn advance(&self, seconds: i64) {
        if let Self::Fixed(now) = self {
            now.fetch_add(seconds, Ordering::SeqCst);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn system_now() -> NumericDate {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_by_hand_and_with_its_clones() {
        let clock = Clock::fixed(1_000);
        let twin = clock.clone();
        clock.advance(60);
        twin.advance(-10);
        assert_eq!((clock.now(), twin.now()), (1_050, 1_050));
    }

    #[test]
    fn the_machine_clock_is_past_2024_and_does_not_move_by_hand() {
        Clock::System.advance(-1_000_000_000);
        assert!(Clock::System.now() > 1_704_067_200);
    }
}
