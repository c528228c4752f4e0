//! Where a key set comes from, and for how long it is fresh: RFC 9111 section 5.2.2.1.

use std::sync::{Arc, Once};
use std::time::Duration;

use shared::clock::{Clock, NumericDate};
use shared::fetch::{Fetch, FetchError, seconds_ahead};

use super::set::{self, BrokenSet};
use crate::auth::discovery::{self, DiscoveryError};
use crate::auth::trust::Issuer;
use shared::jwk::VerificationKey;

/// Largest key set, in bytes.
pub(super) const MOST_BYTES: usize = 512 << 10;
/// Fresh for this long when the answer does not say.
const FRESH: Duration = Duration::from_mins(5);
/// Whatever the answer says: not asked more often than this,
const SHORTEST: Duration = Duration::from_mins(1);
/// and not less often, so that a withdrawn key is gone within the hour.
const LONGEST: Duration = Duration::from_hours(1);
/// Half of what is forgiven: a clock that drifts is told of before tokens are refused.
const SECONDS_APART: NumericDate = 30;

/// Where the keys of an issuer are fetched.
#[derive(Debug)]
pub enum Source {
    /// Where the issuer's settings or its metadata say.
    Issuer(OfIssuer),
    /// From a test, without a network.
    #[cfg(test)]
    Script(super::tests::Script),
}

/// What is needed to fetch an issuer's keys.
#[derive(Debug)]
pub struct OfIssuer {
    fetch: Fetch,
    issuer: Arc<Issuer>,
    /// Tells when its clock is not ours.
    clock: Clock,
    /// What is wrong with its metadata is told once.
    first: Once,
}

/// Why no keys came.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The address is not known.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The set could not be fetched.
    #[error("{url}: {cause}")]
    Fetch {
        /// Where.
        url: String,
        /// Why.
        cause: FetchError,
    },
    /// What was fetched is of no use.
    #[error(transparent)]
    Broken(#[from] BrokenSet),
}

/// What came.
#[derive(Debug)]
pub(super) struct FetchedSet {
    pub(super) keys: Vec<VerificationKey>,
    pub(super) fresh_for: Duration,
    /// The document as it came.
    pub(super) body: Vec<u8>,
}

impl SourceError {
    /// Whether waiting does not help: somebody has to change the settings, or the issuer.
    pub fn is_a_mistake(&self) -> bool {
        match self {
            Self::Discovery(error) => !matches!(error, DiscoveryError::NotFound(_)),
            Self::Fetch { .. } => false,
            Self::Broken(error) => matches!(error, BrokenSet::NoneAllowed { .. }),
        }
    }
}

impl Source {
    /// As the issuer's settings or its metadata say.
    pub fn of_issuer(fetch: Fetch, issuer: Arc<Issuer>, clock: Clock) -> Self {
        Self::Issuer(OfIssuer {
            fetch,
            issuer,
            clock,
            first: Once::new(),
        })
    }

    /// Whose keys they are.
    pub(super) fn issuer(&self) -> &str {
        match self {
            Self::Issuer(of) => &of.issuer.issuer,
            #[cfg(test)]
            Self::Script(_) => "script",
        }
    }

    /// Reads a document that was fetched before.
    pub(super) fn read(&self, body: &[u8]) -> Option<Vec<VerificationKey>> {
        let algorithms = match self {
            Self::Issuer(of) => &of.issuer.algorithms,
            #[cfg(test)]
            Self::Script(_) => &shared::jwk::Algorithms::default(),
        };
        set::parse(body, algorithms).ok()
    }

    /// The keys, and how long they are fresh.
    pub(super) async fn fetch(&self) -> Result<FetchedSet, SourceError> {
        match self {
            Self::Issuer(of) => of.fetch().await,
            #[cfg(test)]
            Self::Script(script) => script.fetch().await,
        }
    }
}

impl OfIssuer {
    async fn fetch(&self) -> Result<FetchedSet, SourceError> {
        let url = match &self.issuer.jwks_uri {
            Some(url) => url.to_string(),
            None => self.find().await?,
        };
        let fetched = self.fetch.get(&url, MOST_BYTES).await;
        let fetched = fetched.map_err(|cause| SourceError::Fetch { url, cause })?;
        let date = fetched.headers.get("date").and_then(|date| date.to_str().ok());
        if let Some(apart) = apart(date, self.clock.now()) {
            log::warn!(issuer = self.issuer.issuer.as_str(), seconds = apart;
                "this computer's clock and the issuer's are {} s apart: tokens of another time are refused",
                apart.abs());
        }
        Ok(FetchedSet {
            keys: set::parse(&fetched.body, &self.issuer.algorithms)?,
            fresh_for: fresh_for(fetched.cache_control.as_deref()),
            body: fetched.body,
        })
    }

    /// The address that the issuer's metadata names.
    async fn find(&self) -> Result<String, SourceError> {
        let found = discovery::find(&self.fetch, &self.issuer).await?;
        self.first.call_once(|| {
            for warning in &found.warnings {
                log::warn!(issuer = self.issuer.issuer.as_str(); "{warning}");
            }
        });
        Ok(found.jwks_uri)
    }
}

/// How far the issuer's clock is ahead of ours, where that is worth a word.
fn apart(date: Option<&str>, now: NumericDate) -> Option<NumericDate> {
    let ahead = seconds_ahead(date?, now)?;
    (ahead.abs() >= SECONDS_APART).then_some(ahead)
}

/// `max-age`, within bounds.
pub(super) fn fresh_for(cache_control: Option<&str>) -> Duration {
    let seconds = |directive: &str| {
        let (name, value) = directive.trim().split_once('=')?;
        let value = value.trim().trim_matches('"');
        name.trim()
            .eq_ignore_ascii_case("max-age")
            .then(|| value.parse().ok())
            .flatten()
    };
    cache_control
        .into_iter()
        .flat_map(|text| text.split(','))
        .find_map(seconds)
        .map_or(FRESH, Duration::from_secs)
        .clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_apart_are_told_of() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let now = 784_111_777;
        for (ours, told) in [(0, None), (29, None), (30, Some(-30)), (-86_400, Some(86_400))] {
            assert_eq!(apart(date, now + ours), told, "{ours}");
        }
        for nothing in [None, Some(""), Some("yesterday")] {
            assert_eq!(apart(nothing, now), None);
        }
    }
}
