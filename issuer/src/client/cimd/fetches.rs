//! What came of fetching client documents, counted since the start.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use shared::http::metrics::Registry;

use super::{Failure, Outcome};

/// Every outcome, so that each is told from the start.
const OUTCOMES: [&str; 3] = ["fetched", "unreachable", "refused"];

/// How often each outcome came. Answers from the cache are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Fetches(Family<OfFetch, Counter>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFetch {
    outcome: &'static str,
}

impl Fetches {
    pub(super) fn count(&self, outcome: &Outcome) {
        let outcome = match outcome {
            Ok(_) => "fetched",
            Err(Failure::Unreachable(_)) => "unreachable",
            Err(Failure::Refused(_)) => "refused",
        };
        self.0.get_or_create(&OfFetch { outcome }).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        for outcome in OUTCOMES {
            drop(self.0.get_or_create(&OfFetch { outcome }));
        }
        registry.register(
            "issuer_client_document_fetches",
            "Fetches of client documents (CIMD); refused is a document that may not be used",
            self.0.clone(),
        );
    }
}
