//! How often a sign-in may be tried: RFC 6819 section 5.1.4.2.3, NIST SP 800-63B section 3.2.2.
//!
//! A few mistakes are free; after them every further try must wait, each time twice as long, up to a
//! ceiling. Nothing is ever locked, so a stranger cannot lock anybody out. Whose tries are counted:
//!
//! | who tries                                        | what is counted                   |
//! |--------------------------------------------------|-----------------------------------|
//! | a browser in which the account signed in before  | that browser with that account    |
//! | an address from which it signed in before        | that address with that account    |
//! | anybody else                                     | the account, and also the address |
//!
//! So strangers slow each other down, and never the owner at a place the owner uses. A try is counted
//! *before* the password is looked at: counting afterwards lets a hundred guesses at once all pass.
//! Names that nobody has are counted like others, or the delay would tell which names exist.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::clock::NumericDate;
use shared::http::client_address::network;

use crate::hash::SecretHash;

/// Entries that are kept at most; about 100 bytes each.
const ENTRIES: usize = 20_000;
/// Seconds after the last try at which all is forgotten.
const FORGET_SECONDS: NumericDate = 24 * 3600;
/// Seconds for which an address is remembered as one from which an account signed in.
const REMEMBER_SECONDS: NumericDate = 30 * 24 * 3600;

/// Who tries to sign in as whom.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The account's name as it is compared.
    pub account: String,
    /// Where the request came from.
    pub address: Option<IpAddr>,
    /// The browser, when the account signed in there before.
    pub known_browser: Option<SecretHash>,
}

/// Try again in this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter(pub NumericDate);

/// The tries so far, in memory: a restart forgets them.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    counts: HashMap<Key, Count>,
    known_addresses: HashMap<(String, IpAddr), NumericDate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Browser(String, SecretHash),
    AddressOfAccount(String, IpAddr),
    Account(String),
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Count {
    tries: u32,
    last: NumericDate,
}

impl Key {
    /// Tries without delay, and the longest delay in seconds. Several people may share an address.
    fn patience(&self) -> (u32, NumericDate) {
        match self {
            Self::Browser(..) | Self::AddressOfAccount(..) => (5, 300),
            Self::Account(_) => (10, 300),
            Self::Address(_) => (20, 900),
        }
    }
}

impl Count {
    fn open_again_at(self, key: &Key) -> NumericDate {
        let (free, ceiling) = key.patience();
        match self.tries.checked_sub(free) {
            None => self.last,
            Some(more) => self.last.saturating_add((1_i64 << more.min(20)).min(ceiling)),
        }
    }
}

impl Attempts {
    /// Counts a try, or says how long to wait; a try that must wait is not counted.
    pub fn begin(&self, attempt: &Attempt, now: NumericDate) -> Result<(), RetryAfter> {
        let mut tables = self.lock();
        let keys = tables.keys(attempt, now);
        tables.never_later_than(now, &keys);
        let open_again_at = keys
            .iter()
            .filter_map(|key| Some(tables.counts.get(key)?.open_again_at(key)))
            .max();
        if let Some(at) = open_again_at.filter(|&at| at > now) {
            return Err(RetryAfter(at - now));
        }
        for key in keys {
            tables.count(key, now);
        }
        Ok(())
    }

    /// The try was the owner's. The address's count only loses this try: else somebody with an account
    /// of their own could wipe out the count of their guesses at others.
    pub fn succeeded(&self, attempt: &Attempt, now: NumericDate) {
        let mut tables = self.lock();
        for key in tables.keys(attempt, now) {
            match (&key, tables.counts.get_mut(&key)) {
                (Key::Address(_), Some(count)) => count.tries = count.tries.saturating_sub(1),
                _ => drop(tables.counts.remove(&key)),
            }
        }
        if let Some(address) = attempt.address.map(network) {
            tables.know((attempt.account.clone(), address), now);
        }
    }

    /// The try came to nothing for a reason of ours: it does not count.
    pub fn void(&self, attempt: &Attempt, now: NumericDate) {
        let mut tables = self.lock();
        for key in tables.keys(attempt, now) {
            if let Some(count) = tables.counts.get_mut(&key) {
                count.tries = count.tries.saturating_sub(1);
            }
        }
    }

    /// The tables hold no half-made change when a thread panicked, so they are used on.
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn keys(&self, attempt: &Attempt, now: NumericDate) -> Vec<Key> {
        let account = attempt.account.clone();
        if let Some(browser) = &attempt.known_browser {
            return vec![Key::Browser(account, browser.clone())];
        }
        let Some(address) = attempt.address.map(network) else {
            return vec![Key::Account(account)];
        };
        let known = self.known_addresses.get(&(account.clone(), address));
        if known.is_some_and(|&at| now - at < REMEMBER_SECONDS) {
            return vec![Key::AddressOfAccount(account, address)];
        }
        vec![Key::Account(account), Key::Address(address)]
    }

    /// When the clock was set back, nobody waits for the time of before.
    fn never_later_than(&mut self, now: NumericDate, keys: &[Key]) {
        for key in keys {
            if let Some(count) = self.counts.get_mut(key) {
                count.last = count.last.min(now);
            }
        }
    }

    fn count(&mut self, key: Key, now: NumericDate) {
        if self.counts.len() >= ENTRIES && !self.counts.contains_key(&key) {
            self.make_room(now);
        }
        let count = self.counts.entry(key).or_insert(Count { tries: 0, last: now });
        let forgotten = now - count.last >= FORGET_SECONDS;
        count.tries = if forgotten { 1 } else { count.tries.saturating_add(1) };
        count.last = now;
    }

    /// Drops what is forgotten anyway; then what was tried least, so that a flood of new names does
    /// not wipe out the count of the one that is under attack.
    fn make_room(&mut self, now: NumericDate) {
        self.counts.retain(|_, count| now - count.last < FORGET_SECONDS);
        let excess = (self.counts.len() + ENTRIES / 10).saturating_sub(ENTRIES);
        let mut ranked: Vec<_> = self
            .counts
            .iter()
            .map(|(key, count)| (count.tries, count.last, key.clone()))
            .collect();
        ranked.sort_unstable_by_key(|(tries, last, _)| (*tries, *last));
        for (_, _, key) in ranked.into_iter().take(excess) {
            self.counts.remove(&key);
        }
    }

    fn know(&mut self, pair: (String, IpAddr), now: NumericDate) {
        if self.known_addresses.len() >= ENTRIES {
            self.known_addresses.retain(|_, at| now - *at < REMEMBER_SECONDS);
        }
        if self.known_addresses.len() < ENTRIES || self.known_addresses.contains_key(&pair) {
            self.known_addresses.insert(pair, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: NumericDate = 1_800_000_000;

    fn from(account: &str, address: &str) -> Attempt {
        Attempt {
            account: account.to_owned(),
            address: Some(address.parse().unwrap()),
            known_browser: None,
        }
    }

    /// How many of these tries at one moment are let through.
    fn let_through(attempts: &Attempts, tries: impl IntoIterator<Item = Attempt>, now: NumericDate) -> usize {
        tries
            .into_iter()
            .filter(|attempt| attempts.begin(attempt, now).is_ok())
            .count()
    }

    #[test]
    fn the_delay_doubles_up_to_the_ceiling_and_is_forgotten_after_a_day() {
        let (attempts, mallory) = (Attempts::default(), from("alex", "192.0.2.1"));
        let mut now = NOW;
        assert_eq!(let_through(&attempts, vec![mallory.clone(); 50], now), 10);
        let mut delays = Vec::new();
        for _ in 0..12 {
            let RetryAfter(seconds) = attempts.begin(&mallory, now).unwrap_err();
            delays.push(seconds);
            now += seconds;
            assert_eq!(let_through(&attempts, vec![mallory.clone(); 3], now), 1);
        }
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(let_through(&attempts, vec![mallory; 50], now + FORGET_SECONDS), 10);
    }

    #[test]
    fn many_addresses_against_one_account_are_slowed_as_one() {
        let attempts = Attempts::default();
        let strangers = (0..10_000_u32).map(|n| from("alex", &format!("10.{}.{}.1", n / 250, n % 250)));
        assert_eq!(let_through(&attempts, strangers, NOW), 10);
    }

    #[test]
    fn one_address_against_many_accounts_is_slowed() {
        let attempts = Attempts::default();
        let names = (0..10_000).map(|n| from(&format!("user{n}"), "192.0.2.1"));
        assert_eq!(let_through(&attempts, names, NOW), 20);
        let neighbors = (0..100).map(|n| from(&format!("other{n}"), &format!("2001:db8::{n:x}")));
        assert_eq!(let_through(&attempts, neighbors, NOW), 20, "a /64 is one customer");
    }

    #[test]
    fn the_owner_is_not_slowed_where_the_owner_signed_in_before() {
        let attempts = Attempts::default();
        let home = from("alex", "192.0.2.50");
        attempts.begin(&home, NOW).unwrap();
        attempts.succeeded(&home, NOW);
        let strangers = (0..1_000).map(|n| from("alex", &format!("198.51.{}.{}", n / 250, n % 250)));
        assert_eq!(let_through(&attempts, strangers, NOW), 10);
        assert_eq!(attempts.begin(&home, NOW), Ok(()));
        let laptop = Attempt {
            known_browser: Some(SecretHash::of("laptop")),
            ..from("alex", "198.51.0.9")
        };
        assert_eq!(attempts.begin(&laptop, NOW), Ok(()));
    }

    #[test]
    fn even_a_known_browser_is_slowed_when_it_guesses() {
        let attempts = Attempts::default();
        let laptop = Attempt {
            known_browser: Some(SecretHash::of("laptop")),
            ..from("alex", "192.0.2.1")
        };
        assert_eq!(let_through(&attempts, vec![laptop; 50], NOW), 5);
    }

    #[test]
    fn signing_in_oneself_does_not_wipe_out_the_guesses_from_that_address() {
        let attempts = Attempts::default();
        let mut guesses = 0;
        for n in 0..1_000 {
            guesses += let_through(&attempts, [from(&format!("user{n}"), "192.0.2.1")], NOW);
            let own = Attempt {
                account: "mallory".to_owned(),
                ..from("mallory", "192.0.2.1")
            };
            if attempts.begin(&own, NOW).is_ok() {
                attempts.succeeded(&own, NOW);
            }
        }
        assert_eq!(guesses, 20);
    }

    #[test]
    fn memory_is_bounded_and_a_flood_of_names_does_not_free_the_one_under_attack() {
        let attempts = Attempts::default();
        assert_eq!(let_through(&attempts, vec![from("alex", "192.0.2.1"); 50], NOW), 10);
        for n in 0..60_000_u32 {
            let address = IpAddr::from(n.to_be_bytes());
            let stranger = Attempt {
                account: format!("u{n}"),
                address: Some(address),
                known_browser: None,
            };
            assert_eq!(attempts.begin(&stranger, NOW), Ok(()));
        }
        assert!(attempts.lock().counts.len() <= ENTRIES);
        assert!(attempts.begin(&from("alex", "203.0.113.7"), NOW).is_err());
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_longer() {
        let (attempts, alex) = (Attempts::default(), from("alex", "192.0.2.1"));
        assert_eq!(let_through(&attempts, vec![alex.clone(); 50], NOW), 10);
        let earlier = NOW - 86_400;
        assert_eq!(attempts.begin(&alex, earlier), Err(RetryAfter(1)));
        assert_eq!(attempts.begin(&alex, earlier + 1), Ok(()));
    }

    #[test]
    fn a_try_that_failed_for_our_own_reasons_does_not_count() {
        let (attempts, alex) = (Attempts::default(), from("alex", "192.0.2.1"));
        for _ in 0..100 {
            attempts.begin(&alex, NOW).unwrap();
            attempts.void(&alex, NOW);
        }
        assert_eq!(let_through(&attempts, vec![alex; 50], NOW), 10);
    }
}
