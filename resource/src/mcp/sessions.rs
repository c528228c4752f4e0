//! MCP sessions: 2025-06-18, basic/transports, "Session Management". Later revisions have none, and older ones work
//! without; this is for clients that insist.
//!
//! A session is a name that its owner gets, and nothing hangs on it but the stream that the owner listens on, and what
//! the owner wants to be told there: each request carries all else that it needs. Easy to get wrong: a session is no proof of who calls, so it belongs to one
//! (`iss`, `sub`, `client_id`), and is for everybody else as if it were not there.
//!
//! Whoever begins too many loses the one that was idle longest: a user, however many clients act for it, since anybody
//! can register clients. Where all places are taken by others, a client gets none, and is served like those that never
//! ask for one.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::clock::{Clock, NumericDate};
use shared::random;
use tokio_util::sync::CancellationToken;

use crate::principal::{Principal, User};

/// How long a session lasts that nobody uses, in seconds.
pub const IDLE_SECONDS: NumericDate = 1800;

/// The most resources of one session whose changes are told.
pub const MOST_SUBSCRIBED: usize = 100;

/// Why a resource's changes cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSubscribed {
    /// The caller has no such session.
    #[error("subscriptions belong to a session; begin one with initialize")]
    NoSession,
    /// It has enough of them.
    #[error("a session has at most {MOST_SUBSCRIBED} subscriptions; end others with resources/unsubscribe")]
    TooMany,
}

/// How many sessions there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of one user, in all clients together.
    pub of_one: usize,
    /// Of all together.
    pub in_all: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            of_one: 32,
            in_all: 10_000,
        }
    }
}

/// The sessions of one process. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Sessions {
    table: Arc<Mutex<Table>>,
    limits: Limits,
    clock: Clock,
}

/// What a request calls its session, checked or not; it opens nothing for anybody but its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionId(pub String);

/// Who may use a session.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owner {
    user: User,
    client_id: Option<String>,
}

#[derive(Debug, Default)]
struct Table {
    sessions: HashMap<String, Session>,
    of_users: HashMap<User, usize>,
    streams: u64,
}

#[derive(Debug)]
struct Session {
    owner: Owner,
    used_at: NumericDate,
    /// The stream that the owner listens on, by its number.
    stream: Option<(u64, CancellationToken)>,
    /// The resources that the owner subscribed to.
    subscribed: BTreeSet<String>,
    /// Whether there was a stream before.
    listened: bool,
}

/// A stream of a session; while it lives the session is not idle.
#[derive(Debug)]
pub struct Listening {
    sessions: Sessions,
    id: String,
    number: u64,
    /// Whether the session had another stream before.
    pub again: bool,
    /// Cancelled when the session ends, or a later stream takes this one's place.
    pub ended: CancellationToken,
}

impl Owner {
    fn of(principal: &Principal) -> Self {
        Self {
            user: principal.user(),
            client_id: principal.client_id.clone(),
        }
    }
}

impl Sessions {
    /// No session yet.
    pub fn new(limits: Limits, clock: Clock) -> Self {
        Self {
            table: Arc::default(),
            limits,
            clock,
        }
    }

    /// Begins a session. `None` where all places are taken, or the caller is nobody.
    pub fn begin(&self, principal: &Principal) -> Option<String> {
        let id = random::token().ok().filter(|_| !principal.iss.is_empty())?;
        let (owner, now) = (Owner::of(principal), self.clock.now());
        let mut table = self.table();
        table.prune(now);
        if table
            .of_users
            .get(&owner.user)
            .is_some_and(|count| *count >= self.limits.of_one)
        {
            table.end_idlest(&owner.user);
        }
        if table.sessions.len() >= self.limits.in_all {
            return None;
        }
        *table.of_users.entry(owner.user.clone()).or_default() += 1;
        let session = Session {
            owner,
            used_at: now,
            stream: None,
            subscribed: BTreeSet::new(),
            listened: false,
        };
        table.sessions.insert(id.clone(), session);
        Some(id)
    }

    /// Notes a use. `false` where the caller has no such session.
    pub fn touch(&self, id: &str, principal: &Principal) -> bool {
        let now = self.clock.now();
        let mut table = self.table();
        let session = table.own(id, principal, now);
        session.map(|session| session.used_at = now).is_some()
    }

    /// Ends a session and its stream. `false` where the caller has no such session.
    pub fn end(&self, id: &str, principal: &Principal) -> bool {
        let now = self.clock.now();
        let mut table = self.table();
        let is_own = table.own(id, principal, now).is_some();
        if is_own {
            table.remove(id);
        }
        is_own
    }

    /// Notes a resource whose changes are to be told on the session's stream, [`MOST_SUBSCRIBED`] at most.
    pub fn subscribe(&self, id: &str, principal: &Principal, uri: &str) -> Result<(), NotSubscribed> {
        let now = self.clock.now();
        let mut table = self.table();
        let session = table.own(id, principal, now).ok_or(NotSubscribed::NoSession)?;
        if session.subscribed.len() >= MOST_SUBSCRIBED && !session.subscribed.contains(uri) {
            return Err(NotSubscribed::TooMany);
        }
        session.subscribed.insert(uri.to_owned());
        Ok(())
    }

    /// Forgets a resource again. `false` where the caller has no such session.
    pub fn unsubscribe(&self, id: &str, principal: &Principal, uri: &str) -> bool {
        let now = self.clock.now();
        let mut table = self.table();
        let session = table.own(id, principal, now);
        session.map(|session| session.subscribed.remove(uri)).is_some()
    }

    /// Begins to listen; an earlier stream of the session ends. `None` where the caller has no such session.
    pub fn listen(&self, id: &str, principal: &Principal) -> Option<Listening> {
        let now = self.clock.now();
        let mut table = self.table();
        table.streams += 1;
        let (number, ended) = (table.streams, CancellationToken::new());
        let session = table.own(id, principal, now)?;
        session.used_at = now;
        let again = std::mem::replace(&mut session.listened, true);
        if let Some((_, earlier)) = session.stream.replace((number, ended.clone())) {
            earlier.cancel();
        }
        Some(Listening {
            sessions: self.clone(),
            id: id.to_owned(),
            number,
            again,
            ended,
        })
    }

    /// How many sessions there are.
    pub fn count(&self) -> usize {
        self.table().sessions.len()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn own(&mut self, id: &str, principal: &Principal, now: NumericDate) -> Option<&mut Session> {
        let session = self.sessions.get_mut(id)?;
        let is_own = session.owner == Owner::of(principal);
        (is_own && !session.is_idle(now)).then_some(session)
    }

    fn prune(&mut self, now: NumericDate) {
        let idle = self.sessions.iter().filter(|(_, session)| session.is_idle(now));
        let idle: Vec<String> = idle.map(|(id, _)| id.clone()).collect();
        for id in idle {
            self.remove(&id);
        }
    }

    /// One that is listened to goes last.
    fn end_idlest(&mut self, user: &User) {
        let own = self.sessions.iter().filter(|(_, session)| session.owner.user == *user);
        let idlest = own.min_by_key(|(_, session)| (session.stream.is_some(), session.used_at));
        if let Some(id) = idlest.map(|(id, _)| id.clone()) {
            self.remove(&id);
        }
    }

    fn remove(&mut self, id: &str) {
        let Some(session) = self.sessions.remove(id) else {
            return;
        };
        if let Some((_, stream)) = session.stream {
            stream.cancel();
        }
        if let Some(count) = self.of_users.get_mut(&session.owner.user) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.of_users.remove(&session.owner.user);
            }
        }
    }
}

impl Session {
    fn is_idle(&self, now: NumericDate) -> bool {
        self.stream.is_none() && now.saturating_sub(self.used_at) > IDLE_SECONDS
    }
}

impl Listening {
    /// The resources that the session's owner subscribed to.
    pub fn subscribed(&self) -> Vec<String> {
        let table = self.sessions.table();
        let session = table.sessions.get(&self.id);
        session.map_or_else(Vec::new, |session| session.subscribed.iter().cloned().collect())
    }

    /// Whether the session's owner subscribed to a resource.
    pub fn wants(&self, uri: &str) -> bool {
        let table = self.sessions.table();
        let session = table.sessions.get(&self.id);
        session.is_some_and(|session| session.subscribed.contains(uri))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let now = self.sessions.clock.now();
        let mut table = self.sessions.table();
        if let Some(session) = table.sessions.get_mut(&self.id)
            && session
                .stream
                .as_ref()
                .is_some_and(|(number, _)| *number == self.number)
        {
            session.stream = None;
            session.used_at = now;
        }
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
