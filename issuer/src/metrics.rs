//! What the issuer counts beside its requests. Labels are words of ours, never what somebody sent.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use shared::http::metrics::{HttpMetrics, Registry};

use crate::grant_types::GRANT_TYPES;

/// What came of a sign-in.
#[derive(Clone, Copy, Debug)]
pub enum SignInOutcome {
    /// Somebody is signed in.
    Succeeded,
    /// No such account, or not its password.
    Wrong,
    /// Too many tries; the password was not looked at.
    Slowed,
    /// Our own fault, or too much at once.
    Failed,
}

/// What came of a grant at the token endpoint.
#[derive(Clone, Copy, Debug)]
pub enum GrantOutcome {
    /// Tokens.
    Issued,
    /// `invalid_grant`: the client's user must sign in again.
    InvalidGrant,
    /// Somebody must decide first (RFC 8628).
    Waiting,
    /// Another error of the client.
    Refused,
    /// Our own fault.
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfGrant {
    grant_type: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSignIn {
    outcome: &'static str,
}

/// The counters; clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// The requests.
    pub http: HttpMetrics,
    grants: Family<OfGrant, Counter>,
    sign_ins: Family<OfSignIn, Counter>,
    registrations: Counter,
}

impl Metrics {
    /// Counts what came of a grant; unknown kinds of grant are one.
    pub fn grant(&self, grant_type: &str, outcome: GrantOutcome) {
        let known = GRANT_TYPES.iter().find(|known| **known == grant_type);
        let grant_type = known.copied().unwrap_or("other");
        let outcome = outcome.label();
        self.grants.get_or_create(&OfGrant { grant_type, outcome }).inc();
    }

    /// Counts a sign-in.
    pub fn sign_in(&self, outcome: SignInOutcome) {
        let outcome = outcome.label();
        self.sign_ins.get_or_create(&OfSignIn { outcome }).inc();
    }

    /// Counts a client that registered.
    pub fn registration(&self) {
        self.registrations.inc();
    }

    /// Adds all of them to a registry, each with every label that an alert may ask for.
    pub fn register(&self, registry: &mut Registry) {
        self.http.register(registry);
        for outcome in ["succeeded", "wrong", "slowed", "failed"] {
            drop(self.sign_ins.get_or_create(&OfSignIn { outcome }));
        }
        for &grant_type in GRANT_TYPES {
            let outcome = GrantOutcome::Issued.label();
            drop(self.grants.get_or_create(&OfGrant { grant_type, outcome }));
        }
        registry.register("issuer_grants", "Grants at the token endpoint", self.grants.clone());
        registry.register("issuer_sign_ins", "Passwords that were sent", self.sign_ins.clone());
        registry.register(
            "issuer_registrations",
            "Clients that registered",
            self.registrations.clone(),
        );
    }
}

impl SignInOutcome {
    fn label(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Wrong => "wrong",
            Self::Slowed => "slowed",
            Self::Failed => "failed",
        }
    }
}

impl GrantOutcome {
    fn label(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::InvalidGrant => "invalid_grant",
            Self::Waiting => "waiting",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}
