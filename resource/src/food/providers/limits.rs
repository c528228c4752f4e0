//! How often a provider may be asked, and when it wants to be left alone.
//!
//! 1. So many requests in any stretch of a window's length, never more: the time of each is remembered.
//! 2. One user takes at most half of them while another asks, and nearly all while nobody does: who comes next finds
//!    something left, and from then on has a half, too.
//! 3. After a failure nobody asks again for a while, so that a provider that is down keeps nobody waiting. A provider
//!    that says `Retry-After` (RFC 9110 section 10.2.3) is taken at its word, within reason.
//!
//! Easy to get wrong: (1) counting per minute of the clock lets twice as many through around its change. (2) The clock
//! counts whole seconds, so a request is only surely outside the window when a second more has passed. (3) A clock set
//! back must not close the door for ever.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use shared::clock::NumericDate;

use super::asker::Who;

/// The longest that a provider can keep us away, in seconds.
pub(super) const LONGEST_PAUSE: i64 = 3600;

/// One in so many requests is left to who comes next.
const LEFT: usize = 10;

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
    sent: VecDeque<(NumericDate, Option<Who>)>,
    /// The last two users who asked, answered or not, and when.
    asked: VecDeque<(NumericDate, Who)>,
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

    /// Takes a place for one request now, from the share of a user where it is for one.
    pub(super) fn take(&self, now: NumericDate, who: Option<&Who>) -> Result<(), Wait> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = state.closed_until - now;
        if (1..=LONGEST_PAUSE).contains(&pause) {
            return Err(Wait(pause));
        }
        let window = self.rate.window;
        // A clock that is set back a little makes a request one of the future, which counts.
        let counts = |sent: NumericDate| (-window..=window).contains(&(now - sent));
        state.sent.retain(|(sent, _)| counts(*sent));
        let most = self.rate.most;
        let is_alone = who.is_none_or(|who| state.is_alone(who, counts, now));
        let share = if is_alone {
            most - most.div_ceil(LEFT)
        } else {
            most.div_ceil(2)
        };
        let own = state
            .sent
            .iter()
            .filter(|(_, other)| who.is_some() && other.as_ref() == who);
        let full = [first_of(state.sent.iter(), most), first_of(own, share)];
        if let Some(first) = full.into_iter().flatten().max() {
            return Err(Wait(first + window + 1 - now));
        }
        state.sent.push_back((now, who.cloned()));
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

impl State {
    /// Notes that a user asks; whether nobody else did lately.
    fn is_alone(&mut self, who: &Who, counts: impl Fn(NumericDate) -> bool, now: NumericDate) -> bool {
        self.asked.retain(|(at, other)| counts(*at) && other != who);
        let is_alone = self.asked.is_empty();
        self.asked.push_back((now, who.clone()));
        if self.asked.len() > 2 {
            self.asked.pop_front();
        }
        is_alone
    }
}

/// The one that must be out of the window before there is a place; `None` where there is one.
fn first_of<'a>(
    mut sent: impl Iterator<Item = &'a (NumericDate, Option<Who>)> + Clone,
    most: usize,
) -> Option<NumericDate> {
    let too_many = sent.clone().count().checked_sub(most)?;
    sent.nth(too_many).map(|(sent, _)| *sent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::asker::Asker;
    use super::*;

    const MINUTE: Rate = Rate { most: 3, window: 60 };

    #[test]
    fn no_more_than_the_rate_and_again_when_the_first_is_out_of_the_window() {
        let limit = Limit::new(MINUTE);
        assert!((0..3).all(|second| limit.take(1000 + second, None).is_ok()));
        assert_eq!(limit.take(1003, None), Err(Wait(58)));
        assert_eq!(limit.take(1060, None), Err(Wait(1)));
        assert_eq!(limit.take(1061, None), Ok(()));
        assert_eq!(limit.take(1061, None), Err(Wait(1)));
    }

    #[test]
    fn a_pause_holds_and_ends_and_a_longer_one_stays() {
        let limit = Limit::new(MINUTE);
        limit.pause(1000, 120);
        limit.pause(1000, 30);
        assert_eq!(limit.take(1050, None), Err(Wait(70)));
        assert_eq!(limit.take(1120, None), Ok(()));
        limit.pause(2000, i64::MAX);
        assert_eq!(limit.take(2000 + LONGEST_PAUSE - 1, None), Err(Wait(1)));
        assert_eq!(limit.take(2000 + LONGEST_PAUSE, None), Ok(()));
    }

    #[test]
    fn a_clock_set_back_closes_nothing_for_ever() {
        let limit = Limit::new(MINUTE);
        assert!((0..3).all(|_| limit.take(1_000_000, None).is_ok()));
        limit.pause(1_000_000, 60);
        assert_eq!(limit.take(1000, None), Ok(()));
        limit.pause(1000, 5);
        assert_eq!(limit.take(1005, None), Ok(()));
    }

    #[test]
    fn one_user_leaves_half_to_the_others_who_ask() {
        let limit = Limit::new(Rate { most: 6, window: 60 });
        let [ann, bob] = ["ann", "bob"].map(|sub| Asker::new("https://issuer.example", sub));
        let take = |now, asker: &Asker| limit.take(now, Some(asker.who()));
        assert!((0..2).all(|second| take(1000 + second, &ann).is_ok() && take(1000 + second, &bob).is_ok()));
        assert_eq!(take(1002, &ann), Ok(()));
        assert_eq!(take(1003, &ann), Err(Wait(58)));
        assert_eq!((take(1004, &bob), take(1005, &bob)), (Ok(()), Err(Wait(56))));
        assert_eq!((take(1061, &ann), take(1061, &ann)), (Ok(()), Err(Wait(1))));
    }

    #[test]
    fn a_user_alone_has_nearly_all_and_half_as_soon_as_another_asks() {
        let limit = Limit::new(Rate { most: 20, window: 60 });
        let [ann, bob] = ["ann", "bob"].map(|sub| Asker::new("https://issuer.example", sub));
        let take = |now, asker: &Asker| limit.take(now, Some(asker.who()));
        assert!((0..18).all(|second| take(1000 + second, &ann).is_ok()));
        assert_eq!(
            take(1020, &ann),
            Err(Wait(41)),
            "the first is out of the window at 1061"
        );
        assert!(
            (0..2).all(|_| take(1030, &bob).is_ok()),
            "who comes next finds something left"
        );
        assert_eq!(take(1030, &bob), Err(Wait(31)));
        // Of the next places Ann's are those below her half only, and Bob gets his.
        assert_eq!((take(1065, &ann), take(1065, &bob)), (Err(Wait(4)), Ok(())));
        assert!((1066..1069).all(|now| take(now, &bob).is_ok() && take(now, &ann).is_err()));
        assert_eq!((take(1069, &ann), take(1069, &ann)), (Ok(()), Err(Wait(1))));
        assert!(
            (0..4).all(|_| take(1069, &bob).is_ok()) && take(1069, &bob).is_err(),
            "half"
        );
        assert_eq!(take(1200, &bob), Ok(()));
        assert!((0..17).all(|_| take(1200, &bob).is_ok()), "Ann is gone");
    }

    proptest! {
        #[test]
        fn no_stretch_of_the_window_has_more_than_the_rate(steps in prop::collection::vec(0_i64..40, 1..200)) {
            let limit = Limit::new(MINUTE);
            let (mut now, mut sent) = (1000, Vec::new());
            for step in steps {
                now += step;
                if limit.take(now, None).is_ok() {
                    sent.push(now);
                }
            }
            for run in sent.windows(MINUTE.most + 1) {
                prop_assert!(run[MINUTE.most] - run[0] > MINUTE.window, "{run:?}");
            }
        }
    }
}
