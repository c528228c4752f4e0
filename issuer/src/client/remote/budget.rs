//! How many documents may be fetched: a bucket of tokens for each host, and one for all.
//!
//! Anybody may send an authorization request with any URL, so without a budget the issuer could be made to
//! send a stream of requests to somebody else. Clients that a person here allowed before have buckets of
//! their own, so that a flood of invented URLs, also at their host, does not keep them from being looked at.

use std::collections::HashMap;

use shared::clock::NumericDate;

/// Hosts that are remembered; about 100 bytes each.
const HOSTS: usize = 2_000;

/// How a bucket fills.
#[derive(Clone, Copy, Debug)]
struct Rate {
    /// Tokens in a full bucket.
    burst: NumericDate,
    /// Seconds until one token is back.
    every: NumericDate,
}

const PER_HOST: Rate = Rate { burst: 5, every: 20 };
const UNKNOWN_CLIENTS: Rate = Rate { burst: 30, every: 2 };
const KNOWN_CLIENTS: Rate = Rate { burst: 100, every: 1 };

/// Whether a person here allowed the client before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Known {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// A bucket, kept as the time at which it will be full: tokens are missing until then.
type FullAt = NumericDate;

/// All buckets.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    hosts: HashMap<(String, Known), FullAt>,
    unknown_clients: FullAt,
    known_clients: FullAt,
}

impl Budget {
    /// Takes a token from the host's bucket and the common one, or none from either.
    pub(crate) fn take(&mut self, host: &str, known: Known, now: NumericDate) -> bool {
        self.forget(now);
        let (all, rate) = match known {
            Known::Yes => (&mut self.known_clients, KNOWN_CLIENTS),
            Known::No => (&mut self.unknown_clients, UNKNOWN_CLIENTS),
        };
        let host = (host.to_owned(), known);
        // When the clock was set back, a bucket is empty and not emptier than that.
        *all = (*all).min(rate.full_if_empty(now));
        let host_before = self.hosts.get_mut(&host).map_or(now, |full_at| {
            *full_at = (*full_at).min(PER_HOST.full_if_empty(now));
            *full_at
        });
        let (Some(of_all), Some(of_host)) = (rate.take(*all, now), PER_HOST.take(host_before, now)) else {
            return false;
        };
        if self.hosts.len() >= HOSTS && !self.hosts.contains_key(&host) {
            return false;
        }
        *all = of_all;
        self.hosts.insert(host, of_host);
        true
    }

    /// A full bucket is as good as none.
    fn forget(&mut self, now: NumericDate) {
        if self.hosts.len() >= HOSTS {
            self.hosts.retain(|_, full_at| *full_at > now);
        }
    }
}

impl Rate {
    /// When a bucket that is empty now is full again.
    fn full_if_empty(self, now: NumericDate) -> FullAt {
        now + self.burst * self.every
    }

    /// When the bucket is full again after one token more is taken; `None` when it is empty.
    fn take(self, full_at: FullAt, now: NumericDate) -> Option<FullAt> {
        let next = full_at.max(now) + self.every;
        (next <= self.full_if_empty(now)).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: NumericDate = 1_000_000;

    fn taken(budget: &mut Budget, hosts: impl Iterator<Item = String>, now: NumericDate) -> usize {
        hosts.filter(|host| budget.take(host, Known::No, now)).count()
    }

    #[test]
    fn a_host_has_a_burst_and_then_one_at_a_time() {
        let mut budget = Budget::default();
        let same = || (0..50).map(|_| "client.example".to_owned());
        assert_eq!(taken(&mut budget, same(), NOW), 5);
        assert_eq!(taken(&mut budget, same(), NOW + 19), 0);
        assert_eq!(taken(&mut budget, same(), NOW + 20), 1);
        assert_eq!(taken(&mut budget, same(), NOW + 1_000), 5);
    }

    #[test]
    fn all_hosts_together_have_one_too_and_known_clients_their_own() {
        let mut budget = Budget::default();
        let many = || (0..10_000).map(|n| format!("h{n}.example"));
        assert_eq!(taken(&mut budget, many(), NOW), 30);
        assert_eq!(taken(&mut budget, many(), NOW + 10), 5);
        assert!(budget.take("h0.example", Known::Yes, NOW + 10));
    }

    #[test]
    fn what_the_common_bucket_refuses_costs_the_host_nothing() {
        let mut budget = Budget::default();
        taken(&mut budget, (0..30).map(|n| format!("h{n}.example")), NOW);
        assert!(!budget.take("client.example", Known::No, NOW));
        assert_eq!(budget.hosts.len(), 30);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_no_bucket_empty() {
        let mut budget = Budget::default();
        let same = || (0..50).map(|_| "client.example".to_owned());
        assert_eq!(taken(&mut budget, same(), NOW), 5);
        let earlier = NOW - 86_400;
        assert_eq!(taken(&mut budget, same(), earlier), 0);
        assert_eq!(taken(&mut budget, same(), earlier + 20), 1);
    }

    #[test]
    fn memory_is_bounded() {
        let mut budget = Budget::default();
        for n in 0..100_000 {
            budget.take(&format!("h{n}.example"), Known::Yes, NOW + n);
        }
        assert!(budget.hosts.len() <= HOSTS);
    }
}
