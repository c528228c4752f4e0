//! Every order of up to seven moves of a client, its twin and a thief, on the model.
//!
//! The client and its twin are two processes that share one stored token; each may lose an answer.
//! The thief copies the stored token once or more and keeps what it gets.

use std::cell::Cell;

use super::model::{Family, Step, WINDOW};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    /// The client presents the stored token and stores the answer.
    Client,
    /// The same, but the answer is lost.
    ClientLosesAnswer,
    /// The twin reads the stored token, to present it later.
    TwinReads,
    /// The twin presents what it read and stores the answer.
    Twin,
    /// The same, but the answer is lost.
    TwinLosesAnswer,
    /// The thief copies the stored token.
    Steal,
    /// The thief presents what it has and keeps the answer.
    Thief,
    /// The same, but the answer is lost.
    ThiefLosesAnswer,
    /// A third of the window passes.
    WaitShort,
    /// More than the window passes.
    WaitLong,
}

const HONEST: &[Move] = &[
    Move::Client,
    Move::ClientLosesAnswer,
    Move::TwinReads,
    Move::Twin,
    Move::TwinLosesAnswer,
    Move::WaitShort,
    Move::WaitLong,
];

const ALL: &[Move] = &[
    Move::Client,
    Move::ClientLosesAnswer,
    Move::TwinReads,
    Move::Twin,
    Move::TwinLosesAnswer,
    Move::Steal,
    Move::Thief,
    Move::ThiefLosesAnswer,
    Move::WaitShort,
    Move::WaitLong,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Owner,
    Thief,
}

/// A use that was answered: by whom, of which token, when, and what the holder got of it.
#[derive(Clone, Copy, Debug)]
struct Use {
    holder: Holder,
    token: i64,
    at: i64,
    got: Option<i64>,
}

#[derive(Clone)]
struct World {
    now: i64,
    family: Family,
    stored: i64,
    twin: Option<i64>,
    thief: Option<i64>,
    /// The newest token anybody presented.
    newest: i64,
    uses: Vec<Use>,
}

impl World {
    fn new() -> Self {
        Self {
            now: 0,
            family: Family::begun(0),
            stored: 1,
            twin: None,
            thief: None,
            newest: 0,
            uses: Vec::new(),
        }
    }

    fn present(&mut self, holder: Holder, token: i64, answer: Answer) -> (Step, Option<i64>) {
        let (step, given) = self.family.present(token, self.now);
        let got = given.filter(|_| answer == Answer::Arrives);
        self.newest = self.newest.max(token);
        if given.is_some() {
            let at = self.now;
            self.uses.push(Use { holder, token, at, got });
        }
        (step, got)
    }

    /// Whether the twin's request is still a race of the client with itself: nobody went on to a newer
    /// token, and either nothing newer was stored, or the token was answered less than a window ago.
    fn twin_is_in_time(&self, token: i64) -> bool {
        let answered = self.uses.iter().filter(|used| used.token == token).map(|used| used.at);
        let fresh = answered.max().is_some_and(|at| self.now - at < WINDOW);
        self.newest <= token && (self.stored == token || fresh)
    }

    /// Makes a move: the step it led to, or `None` when it presents nothing. `Err` when it cannot be made.
    fn make(&mut self, made: Move) -> Result<Option<Step>, Impossible> {
        let (holder, token, answer) = match made {
            Move::Client => (Holder::Owner, self.stored, Answer::Arrives),
            Move::ClientLosesAnswer => (Holder::Owner, self.stored, Answer::Lost),
            Move::Twin => (Holder::Owner, self.twin.take().ok_or(Impossible)?, Answer::Arrives),
            Move::TwinLosesAnswer => (Holder::Owner, self.twin.take().ok_or(Impossible)?, Answer::Lost),
            Move::Thief => (Holder::Thief, self.thief.ok_or(Impossible)?, Answer::Arrives),
            Move::ThiefLosesAnswer => (Holder::Thief, self.thief.ok_or(Impossible)?, Answer::Lost),
            Move::TwinReads | Move::Steal | Move::WaitShort | Move::WaitLong => {
                self.look_or_wait(made);
                return Ok(None);
            }
        };
        let (step, got) = self.present(holder, token, answer);
        if let Some(got) = got {
            match holder {
                Holder::Owner => self.stored = got,
                Holder::Thief => self.thief = Some(got),
            }
        }
        Ok(Some(step))
    }

    fn look_or_wait(&mut self, made: Move) {
        match made {
            Move::TwinReads => self.twin = Some(self.stored),
            Move::Steal => self.thief = Some(self.stored),
            Move::WaitShort => self.now += WINDOW / 3,
            _ => self.now += WINDOW + 1,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Arrives,
    Lost,
}

struct Impossible;

/// Calls `check` with the world before and after every move of every order, and counts the orders.
/// `check` says whether the order is worth going on with.
fn every_order(moves: &[Move], depth: usize, check: &impl Fn(&World, Move, &World, Option<Step>) -> bool) -> u64 {
    fn go(
        world: &World,
        moves: &[Move],
        depth: usize,
        check: &impl Fn(&World, Move, &World, Option<Step>) -> bool,
    ) -> u64 {
        if depth == 0 {
            return 1;
        }
        let mut orders = 0;
        for &made in moves {
            let mut next = world.clone();
            if let Ok(step) = next.make(made)
                && check(world, made, &next, step)
            {
                orders += go(&next, moves, depth - 1, check);
            }
        }
        orders
    }
    go(&World::new(), moves, depth, check)
}

#[test]
fn a_client_that_races_itself_or_loses_answers_is_never_signed_out() {
    let orders = every_order(HONEST, 7, &|before, made, after, step| {
        let race = matches!(made, Move::Twin | Move::TwinLosesAnswer);
        if race && !before.twin.is_some_and(|token| before.twin_is_in_time(token)) {
            return false;
        }
        assert!(!after.family.revoked, "{made:?} after {:?}", before.uses);
        assert_ne!(step, Some(Step::Refused), "{made:?} after {:?}", before.uses);
        true
    });
    assert!(orders > 100_000, "{orders}");
}

#[test]
fn two_holders_of_one_token_end_with_the_dead_one_coming_back() {
    let found = Cell::new(0);
    every_order(ALL, 7, &|_, _, after, step| {
        if let (Some(last), true) = (after.uses.last(), step.is_some_and(|step| step != Step::Refused)) {
            for earlier in after.uses.iter().filter(|earlier| apart(earlier, last)) {
                found.set(found.get() + usize::from(assert_the_earlier_is_dead(after, earlier, last)));
            }
        }
        true
    });
    assert!(found.get() > 1_000, "{found:?}");
}

/// Whether two holders used the same token further apart than the window.
fn apart(earlier: &Use, later: &Use) -> bool {
    earlier.token == later.token && earlier.holder != later.holder && later.at - earlier.at >= WINDOW
}

/// When both got their answer, what the earlier got is dead, and revokes the family when it comes.
fn assert_the_earlier_is_dead(world: &World, earlier: &Use, later: &Use) -> bool {
    let (Some(old), Some(new), false) = (earlier.got, later.got, world.family.revoked) else {
        return false;
    };
    assert_ne!(old, new, "{:?}", world.uses);
    let mut family = world.family.clone();
    assert_eq!(family.present(old, world.now).0, Step::Reused, "{:?}", world.uses);
    assert_eq!(family.present(new, world.now).0, Step::Refused, "{:?}", world.uses);
    true
}

#[test]
fn a_dead_token_revokes_and_nothing_revives() {
    every_order(ALL, 6, &|before, made, after, step| {
        if before.family.revoked {
            assert!(after.family.revoked, "{made:?} after {:?}", before.uses);
            assert!(step.is_none_or(|step| step == Step::Refused));
        }
        if step == Some(Step::Reused) {
            assert!(after.family.revoked);
        }
        true
    });
}

#[test]
fn exactly_one_token_can_advance_a_family_unnoticed() {
    every_order(ALL, 6, &|_, _, after, _| {
        if after.family.revoked {
            return false;
        }
        let unnoticed = (0..=after.family.current + 1).filter(|&token| {
            let mut family = after.family.clone();
            family.present(token, after.now).0 == Step::Rotated
        });
        assert_eq!(unnoticed.collect::<Vec<_>>(), [after.family.current]);
        true
    });
}
