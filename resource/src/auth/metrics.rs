//! What the checking of tokens counts. Labels are words of ours and the issuers of the settings, never what somebody
//! sent, so that the series stay few.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use shared::http::metrics::Registry;

/// The label of requests that show no way of proving who sends them, and of issuers that are not trusted.
pub(super) const NONE: &str = "none";
/// Upper ends in seconds: from a look into memory to an issuer that is slow to answer.
const BUCKETS: [f64; 10] = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.01, 0.1, 0.5, 1.0, 5.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Authentication {
    method: &'static str,
    issuer: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Method {
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfIssuer {
    issuer: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Issuer {
    issuer: String,
}

/// The counters of one server; clones count together.
#[derive(Clone, Debug)]
pub struct AuthMetrics {
    authentications: Family<Authentication, Counter>,
    durations: Family<Method, Histogram, fn() -> Histogram>,
    remembered: Family<Outcome, Counter>,
    forbidden: Family<Outcome, Counter>,
    key_lookups: Family<OfIssuer, Counter>,
    key_fetches: Family<OfIssuer, Counter>,
    questions: Family<OfIssuer, Counter>,
    list_fetches: Family<OfIssuer, Counter>,
    list_ages: Family<Issuer, Gauge>,
}

/// Two counters of which each event moves one.
#[derive(Clone, Debug, Default)]
pub(super) struct Either {
    good: Counter,
    bad: Counter,
}

impl Either {
    fn of(family: &Family<OfIssuer, Counter>, issuer: &str, outcomes: [&'static str; 2]) -> Self {
        let [good, bad] = outcomes.map(|outcome| {
            let issuer = issuer.to_owned();
            family.get_or_create(&OfIssuer { issuer, outcome }).clone()
        });
        Self { good, bad }
    }

    pub(super) fn count(&self, is_good: bool) {
        if is_good { &self.good } else { &self.bad }.inc();
    }
}

/// What is counted for one issuer.
#[derive(Clone, Debug, Default)]
pub struct IssuerMetrics {
    /// Whether a key was known when it was wanted.
    pub(super) key_lookups: Either,
    pub(super) key_fetches: Either,
    /// Questions about tokens, and those that got no answer.
    pub(super) questions: Either,
    pub(super) list_fetches: Either,
}

impl Default for AuthMetrics {
    fn default() -> Self {
        Self {
            authentications: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            remembered: Family::default(),
            forbidden: Family::default(),
            key_lookups: Family::default(),
            key_fetches: Family::default(),
            questions: Family::default(),
            list_fetches: Family::default(),
            list_ages: Family::default(),
        }
    }
}

impl AuthMetrics {
    /// The counters of this issuer, from zero.
    pub(super) fn of_issuer(&self, issuer: &str) -> IssuerMetrics {
        let fetches = ["fetched", "failed"];
        IssuerMetrics {
            key_lookups: Either::of(&self.key_lookups, issuer, ["hit", "miss"]),
            key_fetches: Either::of(&self.key_fetches, issuer, fetches),
            questions: Either::of(&self.questions, issuer, ["answered", "failed"]),
            list_fetches: Either::of(&self.list_fetches, issuer, fetches),
        }
    }

    pub(super) fn authenticated(&self, method: &'static str, issuer: &str, outcome: &'static str, took: Duration) {
        let issuer = issuer.to_owned();
        let labels = Authentication {
            method,
            issuer,
            outcome,
        };
        self.authentications.get_or_create(&labels).inc();
        let duration = self.durations.get_or_create(&Method { method });
        duration.observe(took.as_secs_f64());
    }

    /// Counts a look for a token among those that passed before.
    pub(super) fn looked_for(&self, found: bool) {
        let outcome = if found { "hit" } else { "miss" };
        self.remembered.get_or_create(&Outcome { outcome }).inc();
    }

    /// Counts a request that is refused with 403.
    pub fn forbidden(&self, reason: &'static str) {
        self.forbidden.get_or_create(&Outcome { outcome: reason }).inc();
    }

    pub(super) fn list_age(&self, issuer: &str, age: Duration) {
        let issuer = issuer.to_owned();
        let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        self.list_ages.get_or_create(&Issuer { issuer }).set(seconds);
    }

    /// Adds all of them to a registry, each with every label that an alert may ask for.
    pub fn register(&self, registry: &mut Registry) {
        for outcome in ["hit", "miss"] {
            drop(self.remembered.get_or_create(&Outcome { outcome }));
        }
        for outcome in ["insufficient_scope", "misaddressed"] {
            drop(self.forbidden.get_or_create(&Outcome { outcome }));
        }
        self.register_requests(registry);
        self.register_issuers(registry);
    }

    fn register_requests(&self, registry: &mut Registry) {
        registry.register(
            "resource_authentications",
            "Requests by what proves who sends them; outcome is accepted, or why not",
            self.authentications.clone(),
        );
        registry.register(
            "resource_authentication_duration_seconds",
            "Time to decide who sends a request",
            self.durations.clone(),
        );
        registry.register(
            "resource_verified_token_lookups",
            "Looks for a token among those that passed before",
            self.remembered.clone(),
        );
        registry.register(
            "resource_forbidden",
            "Requests that were refused with 403",
            self.forbidden.clone(),
        );
    }

    fn register_issuers(&self, registry: &mut Registry) {
        registry.register(
            "resource_jwks_lookups",
            "Looks for a key of an issuer by its name",
            self.key_lookups.clone(),
        );
        registry.register(
            "resource_jwks_fetches",
            "Fetches of an issuer's keys",
            self.key_fetches.clone(),
        );
        registry.register(
            "resource_introspections",
            "Questions about tokens to an issuer",
            self.questions.clone(),
        );
        registry.register(
            "resource_status_list_fetches",
            "Fetches of an issuer's status lists",
            self.list_fetches.clone(),
        );
        registry.register(
            "resource_status_list_age_seconds",
            "Age of the oldest status list of an issuer that is in use",
            self.list_ages.clone(),
        );
    }
}
