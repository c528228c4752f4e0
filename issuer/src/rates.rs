//! How many requests one address, or one client at an address, may send: RFC 6585 section 4, RFC 9110 section 10.2.3.
//!
//! Each kind of endpoint has a number of requests a minute, and lets as many through at once. Counted is
//! with the generic cell rate algorithm: one number a key, the moment at which all that was sent would
//! have been sent at an even pace. That moment may lie a minute ahead, and not more.
//!
//! Easy to get wrong: (1) counting a public client as such: its identifier is no secret, so anybody could
//! use up its budget, and thousands of people share one; it is counted at an address; (2) an IPv6 customer
//! has a whole /64 of addresses; (3) keys without a bound. Guesses of passwords are counted in `limits`.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use shared::clock::NumericDate;
use shared::http::client_address::network;

use crate::config::{RateLimits, Rated};
use crate::limits::RetryAfter;

/// Keys that are kept at most, 16 bytes each.
const ENTRIES: usize = 100_000;
const MINUTE_MS: i64 = 60_000;

/// The requests of the last minute, in memory: of this process, and forgotten at its end.
#[derive(Debug)]
pub struct Rates {
    limits: RateLimits,
    hasher: RandomState,
    /// By the hash of who and what: the time, in milliseconds, that is used up.
    used_until: Mutex<HashMap<u64, i64>>,
}

impl Rates {
    /// Counts by these limits.
    pub fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            hasher: RandomState::new(),
            used_until: Mutex::default(),
        }
    }

    /// Counts a request from this address, or says when the next may come.
    pub fn of_address(&self, what: Rated, address: IpAddr, now: NumericDate) -> Result<(), RetryAfter> {
        self.count(what, network(address), now)
    }

    /// Counts a request of this client at this address, or says when the next may come.
    pub fn of_client(&self, client_id: &str, address: IpAddr, now: NumericDate) -> Result<(), RetryAfter> {
        self.count(Rated::Client, (client_id, network(address)), now)
    }

    fn count(&self, what: Rated, who: impl Hash, now: NumericDate) -> Result<(), RetryAfter> {
        let Some(a_minute) = self.limits.a_minute(what) else {
            return Ok(());
        };
        let (key, now) = (self.hasher.hash_one((what, who)), now.saturating_mul(1000));
        // A panic elsewhere leaves no half-made change here.
        let mut used_until = self.used_until.lock().unwrap_or_else(PoisonError::into_inner);
        if used_until.len() >= ENTRIES && !used_until.contains_key(&key) {
            make_room(&mut used_until, now);
        }
        let used = used_until.entry(key).or_insert(now);
        // The far end holds when the clock was set back: nobody is shut out for longer than a minute.
        *used = (*used).clamp(now, now + MINUTE_MS);
        let next = *used + MINUTE_MS / a_minute;
        if next > now + MINUTE_MS {
            return Err(RetryAfter((next - now - MINUTE_MS + 999) / 1000));
        }
        *used = next;
        Ok(())
    }
}

/// Drops who has used nothing; then who has used least, so that a flood of new addresses does not free
/// those that are at their limit.
fn make_room(used_until: &mut HashMap<u64, i64>, now: i64) {
    used_until.retain(|_, at| *at > now);
    let excess = (used_until.len() + ENTRIES / 10).saturating_sub(ENTRIES);
    let mut ranked: Vec<_> = used_until.iter().map(|(key, at)| (*at, *key)).collect();
    ranked.sort_unstable();
    for (_, key) in ranked.into_iter().take(excess) {
        used_until.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: NumericDate = 1_800_000_000;

    fn rates(text: &str) -> Rates {
        Rates::new(text.parse().unwrap())
    }

    fn let_through(rates: &Rates, what: Rated, addresses: impl IntoIterator<Item = String>, now: NumericDate) -> usize {
        let admitted = |address: &String| rates.of_address(what, address.parse().unwrap(), now).is_ok();
        addresses.into_iter().filter(admitted).count()
    }

    fn one(count: usize) -> Vec<String> {
        vec!["192.0.2.1".to_owned(); count]
    }

    #[test]
    fn a_minutes_worth_comes_at_once_and_then_an_even_pace() {
        let rates = rates("token=60");
        assert_eq!(let_through(&rates, Rated::Token, one(100), NOW), 60);
        let wait = rates.of_address(Rated::Token, "192.0.2.1".parse().unwrap(), NOW);
        assert_eq!(wait, Err(RetryAfter(1)));
        assert_eq!(let_through(&rates, Rated::Token, one(100), NOW + 1), 1);
        assert_eq!(let_through(&rates, Rated::Token, one(100), NOW + 11), 10);
        assert_eq!(let_through(&rates, Rated::Token, one(100), NOW + 71), 60);
    }

    #[test]
    fn over_an_hour_no_more_than_the_limit_passes() {
        let rates = rates("register=7");
        let passed: usize = (0..3600)
            .map(|s| let_through(&rates, Rated::Register, one(3), NOW + s))
            .sum();
        assert!((60 * 7..=61 * 7).contains(&passed), "{passed}");
    }

    #[test]
    fn the_wait_that_is_told_is_enough() {
        let rates = rates("register=7");
        let (address, mut now) = ("192.0.2.1".parse().unwrap(), NOW);
        for _ in 0..200 {
            if let Err(RetryAfter(seconds)) = rates.of_address(Rated::Register, address, now) {
                assert!((1..=9).contains(&seconds), "{seconds}");
                now += seconds;
                assert_eq!(rates.of_address(Rated::Register, address, now), Ok(()));
            }
        }
    }

    #[test]
    fn addresses_endpoints_and_clients_are_counted_apart() {
        let rates = rates("token=10,register=10,client=10");
        assert_eq!(let_through(&rates, Rated::Token, one(50), NOW), 10);
        assert_eq!(let_through(&rates, Rated::Register, one(50), NOW), 10);
        assert_eq!(
            let_through(&rates, Rated::Token, vec!["192.0.2.2".to_owned(); 50], NOW),
            10
        );
        let neighbors = (0..50).map(|n| format!("2001:db8::{n:x}"));
        assert_eq!(
            let_through(&rates, Rated::Token, neighbors, NOW),
            10,
            "a /64 is one customer"
        );
        let of_client = |id, address: &str| rates.of_client(id, address.parse().unwrap(), NOW).is_ok();
        assert_eq!((0..50).filter(|_| of_client("a", "192.0.2.1")).count(), 10);
        assert!(of_client("a", "192.0.2.2") && of_client("b", "192.0.2.1"));
    }

    #[test]
    fn a_clock_that_is_set_back_shuts_nobody_out() {
        let rates = rates("token=60");
        assert_eq!(let_through(&rates, Rated::Token, one(100), NOW), 60);
        let earlier = NOW - 86_400;
        assert_eq!(let_through(&rates, Rated::Token, one(100), earlier), 0);
        assert_eq!(let_through(&rates, Rated::Token, one(100), earlier + 1), 1);
        assert_eq!(let_through(&rates, Rated::Token, one(100), earlier + 61), 60);
    }

    #[test]
    fn memory_is_bounded_and_a_flood_does_not_free_who_is_at_the_limit() {
        let rates = rates("token=60");
        assert_eq!(let_through(&rates, Rated::Token, one(100), NOW), 60);
        let flood = (0..250_000_u32).map(|n| IpAddr::from((0x0a00_0000 + n).to_be_bytes()).to_string());
        assert_eq!(let_through(&rates, Rated::Token, flood, NOW), 250_000);
        assert!(rates.used_until.lock().unwrap().len() <= ENTRIES);
        assert_eq!(let_through(&rates, Rated::Token, one(1), NOW), 0);
    }

    #[test]
    fn off_counts_nothing() {
        let rates = rates("off");
        assert_eq!(let_through(&rates, Rated::Token, one(100_000), NOW), 100_000);
        assert!(rates.used_until.lock().unwrap().is_empty());
    }
}
