//! What came of refresh tokens, counted since the start: the values of `grants.last_step`.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use shared::http::metrics::Registry;

/// Every step, so that each is told from the start.
const STEPS: [&str; 4] = ["rotated", "repeated", "recovered", "reused"];

/// How often each step of a refresh was taken, in the words of `last_step`.
#[derive(Clone, Debug, Default)]
pub(super) struct RefreshSteps(Family<OfStep, Counter>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStep {
    step: &'static str,
}

impl RefreshSteps {
    pub(super) fn count(&self, last_step: &str) {
        if let Some(step) = STEPS.into_iter().find(|step| *step == last_step) {
            self.0.get_or_create(&OfStep { step }).inc();
        }
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        for step in STEPS {
            drop(self.0.get_or_create(&OfStep { step }));
        }
        registry.register(
            "issuer_refreshes",
            "Refresh tokens by what came of them: repeated is in the grace window, reused revokes the grant",
            self.0.clone(),
        );
    }
}
