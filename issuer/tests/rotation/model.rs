//! The state machine of `docs/decisions/0002-refresh-rotation.md` in plain Rust: what the SQL must do.

/// The window of the tests, in seconds.
pub const WINDOW: i64 = 30;
/// The idle end of the tests.
pub const IDLE: i64 = 1_000;
/// The absolute end of the tests.
pub const ABSOLUTE: i64 = 1_500;

/// What a presented token did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Revoked or ended before: nothing.
    Refused,
    /// The current token: its successor.
    Rotated,
    /// The token before it, inside the window: the same successor again.
    Repeated,
    /// The token before it, later: a new successor, the unused one is dead.
    Recovered,
    /// A dead token: the family is revoked.
    Reused,
}

/// A family of refresh tokens.
#[derive(Clone, Debug)]
pub struct Family {
    pub current: i64,
    pub from: i64,
    pub rotated_at: i64,
    /// What the settings say of the idle end.
    pub idle: i64,
    pub idle_ends_at: i64,
    pub ends_at: i64,
    pub revoked: bool,
}

impl Family {
    /// A family whose first token, 1, is given out at `now`.
    pub fn begun(now: i64) -> Self {
        Self {
            current: 1,
            from: 0,
            rotated_at: now,
            idle: IDLE,
            idle_ends_at: now + IDLE,
            ends_at: now + ABSOLUTE,
            revoked: false,
        }
    }

    /// Presents a token: what it did, and the token given out.
    pub fn present(&mut self, token: i64, now: i64) -> (Step, Option<i64>) {
        let step = self.step(token, now);
        match step {
            Step::Refused | Step::Repeated => {}
            Step::Reused => self.revoked = true,
            Step::Rotated => {
                self.from = token;
                self.advance(now);
                let may_stay = now + self.idle - self.idle / 64..=now + self.idle;
                if !may_stay.contains(&self.idle_ends_at) {
                    self.move_idle_end(now);
                }
            }
            Step::Recovered => {
                self.advance(now);
                self.move_idle_end(now);
            }
        }
        let given = matches!(step, Step::Rotated | Step::Repeated | Step::Recovered);
        (step, given.then_some(self.current))
    }

    fn step(&self, token: i64, now: i64) -> Step {
        if self.revoked || now >= self.idle_ends_at || now >= self.ends_at {
            Step::Refused
        } else if token == self.current {
            Step::Rotated
        } else if token != self.from {
            Step::Reused
        } else if now - self.rotated_at < WINDOW {
            Step::Repeated
        } else {
            Step::Recovered
        }
    }

    fn advance(&mut self, now: i64) {
        self.current += 1;
        self.rotated_at = now;
    }

    fn move_idle_end(&mut self, now: i64) {
        self.idle_ends_at = (now + self.idle).min(self.ends_at);
    }
}
