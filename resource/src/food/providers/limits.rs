//! How often a provider may be asked, and when it wants to be left alone.
//!
//! 1. So many requests in any stretch of a window's length, never more: the time of each is remembered.
//! 2. After a failure nobody asks again for a while, so that a provider that is down keeps nobody waiting. A provider
//!    that says `Retry-After` (RFC 9110 section 10.2.3) is taken at its word, within reason.
//!
//! Easy to get wrong: (1) counting per minute of the clock lets twice as many through around its change. (2) The clock
//! counts whole seconds, so a request is only surely outside the window when a second more has passed. (3) A clock set
//! back must not close the door for ever.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use shared::clock::NumericDate;

/// The longest that a provider can keep us away, in seconds.
pub(super) const LONGEST_PAUSE: i64 = 3600;

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// How many.
    pub(super) most: usize,
    /// In how many seconds.
    pub(super) window: i64,
}

/// What remembers the requests to one endpoint.
#[derive(Debug)]
pub(super) struct Limit {
    rate: Rate,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sent: VecDeque<NumericDate>,
    closed_until: NumericDate,
}

/// Nobody may ask for so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait(pub(super) i64);

impl Limit {
    /// A limit that nothing has used yet.
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            rate,
            state: Mutex::default(),
        }
    }

    /// Takes a place for one request now.
    pub(super) fn take(&self, now: NumericDate) -> Result<(), Wait> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = state.closed_until - now;
        if (1..=LONGEST_PAUSE).contains(&pause) {
            return Err(Wait(pause));
        }
        let window = self.rate.window;
        // A clock that is set back a little makes a request one of the future, which counts.
        let counts = |sent: NumericDate| (-window..=window).contains(&(now - sent));
        state.sent.retain(|sent| counts(*sent));
        if state.sent.len() >= self.rate.most {
            let first = state.sent.front().copied().unwrap_or(now);
            return Err(Wait(first + window + 1 - now));
        }
        state.sent.push_back(now);
        Ok(())
    }

    /// Closes the door for so many seconds; an earlier, longer pause stays.
    pub(super) fn pause(&self, now: NumericDate, seconds: i64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let until = now + seconds.clamp(1, LONGEST_PAUSE);
        let earlier = Some(state.closed_until).filter(|earlier| earlier - now <= LONGEST_PAUSE);
        state.closed_until = earlier.map_or(until, |earlier| earlier.max(until));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Rate = Rate { most: 3, window: 60 };

    #[test]
    fn no_more_than_the_rate_and_again_when_the_first_is_out_of_the_window() {
        let limit = Limit::new(MINUTE);
        assert!((0..3).all(|second| limit.take(1000 + second).is_ok()));
        assert_eq!(limit.take(1003), Err(Wait(58)));
        assert_eq!(limit.take(1060), Err(Wait(1)));
        assert_eq!(limit.take(1061), Ok(()));
        assert_eq!(limit.take(1061), Err(Wait(1)));
    }

    #[test]
    fn a_pause_holds_and_ends_and_a_longer_one_stays() {
        let limit = Limit::new(MINUTE);
        limit.pause(1000, 120);
        limit.pause(1000, 30);
        assert_eq!(limit.take(1050), Err(Wait(70)));
        assert_eq!(limit.take(1120), Ok(()));
        limit.pause(2000, i64::MAX);
        assert_eq!(limit.take(2000 + LONGEST_PAUSE - 1), Err(Wait(1)));
        assert_eq!(limit.take(2000 + LONGEST_PAUSE), Ok(()));
    }

    #[test]
    fn a_clock_set_back_closes_nothing_for_ever() {
        let limit = Limit::new(MINUTE);
        assert!((0..3).all(|_| limit.take(1_000_000).is_ok()));
        limit.pause(1_000_000, 60);
        assert_eq!(limit.take(1000), Ok(()));
        limit.pause(1000, 5);
        assert_eq!(limit.take(1005), Ok(()));
    }

    proptest! {
        #[test]
        fn no_stretch_of_the_window_has_more_than_the_rate(steps in prop::collection::vec(0_i64..40, 1..200)) {
            let limit = Limit::new(MINUTE);
            let (mut now, mut sent) = (1000, Vec::new());
            for step in steps {
                now += step;
                if limit.take(now).is_ok() {
                    sent.push(now);
                }
            }
            for run in sent.windows(MINUTE.most + 1) {
                prop_assert!(run[MINUTE.most] - run[0] > MINUTE.window, "{run:?}");
            }
        }
    }
}
