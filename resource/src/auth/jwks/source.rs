//! Where a key set comes from, and for how long it is fresh: RFC 9111 section 5.2.2.1.

use std::sync::{Arc, Once};
use std::time::Duration;

use shared::fetch::{Fetch, FetchError};

use super::set::{self, BrokenSet};
use crate::auth::discovery::{self, DiscoveryError};
use crate::auth::trust::Issuer;
use shared::jwk::{Algorithms, VerificationKey};

/// Largest key set, in bytes.
pub(super) const MOST_BYTES: usize = 512 << 10;
/// Fresh for this long when the answer does not say.
const FRESH: Duration = Duration::from_mins(5);
/// Whatever the answer says: not asked more often than this,
const SHORTEST: Duration = Duration::from_mins(1);
/// and not less often, so that a withdrawn key is gone within the hour.
const LONGEST: Duration = Duration::from_hours(1);

/// Where the keys of an issuer are fetched.
#[derive(Debug)]
pub enum Source {
    /// Where the issuer's settings or its metadata say.
    Issuer(Fetch, Arc<Issuer>, Once),
    /// From a test, without a network.
    #[cfg(test)]
    Script(super::tests::Script),
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
    /// Whose keys they are.
    pub(super) fn issuer(&self) -> &str {
        match self {
            Self::Issuer(_, issuer, _) => &issuer.issuer,
            #[cfg(test)]
            Self::Script(_) => "script",
        }
    }

    /// Reads a document that was fetched before.
    pub(super) fn read(&self, body: &[u8]) -> Option<Vec<VerificationKey>> {
        let algorithms = match self {
            Self::Issuer(_, issuer, _) => &issuer.algorithms,
            #[cfg(test)]
            Self::Script(_) => &Algorithms::default(),
        };
        set::parse(body, algorithms).ok()
    }

    /// The keys, and how long they are fresh.
    pub(super) async fn fetch(&self) -> Result<FetchedSet, SourceError> {
        match self {
            Self::Issuer(fetch, issuer, first) => {
                let url = match &issuer.jwks_uri {
                    Some(url) => url.to_string(),
                    None => find(fetch, issuer, first).await?,
                };
                fetch_set(fetch, &url, &issuer.algorithms).await
            }
            #[cfg(test)]
            Self::Script(script) => script.fetch().await,
        }
    }
}

/// The address that the issuer's metadata names; what is wrong with the metadata is told once.
async fn find(fetch: &Fetch, issuer: &Issuer, first: &Once) -> Result<String, SourceError> {
    let found = discovery::find(fetch, issuer).await?;
    first.call_once(|| {
        for warning in &found.warnings {
            log::warn!(issuer = issuer.issuer.as_str(); "{warning}");
        }
    });
    Ok(found.jwks_uri)
}

async fn fetch_set(fetch: &Fetch, url: &str, algorithms: &Algorithms) -> Result<FetchedSet, SourceError> {
    let fetched = fetch.get(url, MOST_BYTES).await.map_err(|cause| SourceError::Fetch {
        url: url.to_owned(),
        cause,
    })?;
    Ok(FetchedSet {
        keys: set::parse(&fetched.body, algorithms)?,
        fresh_for: fresh_for(fetched.cache_control.as_deref()),
        body: fetched.body,
    })
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
