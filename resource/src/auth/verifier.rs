//! From a token to the one who sent it.
//!
//! 1. What was checked before and still holds is remembered under the SHA-256 of the token.
//! 2. The issuer: chosen by the token's own `iss`, which must be one of those that are trusted, byte for byte.
//! 3. The token is checked as that issuer's settings say: by signature (`jwt`) or by asking (`introspection`).
//! 4. Every time, also when it is remembered: whether its issuer revoked it, from memory ([`super::status`]).
//! 5. What it says becomes a [`Principal`](crate::principal::Principal).
//!
//! Remembered is what passed, until `exp` and as long as the issuer's keys stay the same, or its answer counts. Easy to get wrong: a refusal
//! that were remembered would outlive its cause.

use std::path::PathBuf;
use std::sync::Arc;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use shared::clock::{Clock, NumericDate};
use shared::fetch::Fetch;
use shared::status_list::Reference;
use tokio::time::Instant;

use super::api_key::{self, ApiKeys, KeyRefused, is_like_a_key};
use super::claims::Claims;
use super::introspection::Introspector;
use super::jwks::{Disk, Keys, Source};
use super::jwt::Jwt;
use super::metrics::{self, AuthMetrics};
use super::refusal::{Got, Refusal};
use super::status::{Policy, StatusLists};
use super::trust::{Issuer, Mode};
use super::verified::{By, Verified};

/// Longer tokens do not fit the headers of common proxies either.
pub const MOST_BYTES: usize = 8192;
/// Tokens that are remembered, some 600 bytes each.
const REMEMBERED: usize = 10_000;

/// What is needed to check the tokens of any issuer.
#[derive(Clone, Debug)]
pub struct Means {
    /// Fetches keys, and asks about tokens.
    pub fetch: Fetch,
    /// Tells when tokens end.
    pub clock: Clock,
    /// Where key sets are kept from one start to the next.
    pub jwks_cache: Option<PathBuf>,
    /// What to do with revocations.
    pub status_list: Policy,
    /// Counts what happens.
    pub metrics: AuthMetrics,
}

/// An issuer whose tokens are taken, and what they are checked with.
#[derive(Debug)]
pub struct Trusted {
    issuer: Arc<Issuer>,
    /// Where it signs.
    keys: Option<Arc<Keys>>,
    /// Where it is asked.
    introspector: Option<Introspector>,
    /// What of it was revoked.
    status_lists: Option<Arc<StatusLists>>,
}

impl Trusted {
    /// Its keys are those on disk, if they are; [`Keys::keep_fresh`] of [`Trusted::keys`] fetches them.
    pub fn new(issuer: Issuer, means: &Means) -> Self {
        let issuer = Arc::new(issuer);
        let keys = issuer.signs().then(|| Arc::new(keys(&issuer, means)));
        Self {
            status_lists: keys.as_ref().and_then(|keys| status_lists(&issuer, keys, means)),
            keys,
            introspector: introspector(&issuer, means),
            issuer,
        }
    }

    /// What its tokens are signed with, where they are.
    pub fn keys(&self) -> Option<Arc<Keys>> {
        self.keys.clone()
    }

    /// What of it was revoked, where that is looked at; [`StatusLists::keep_fresh`] fetches it.
    pub fn status_lists(&self) -> Option<Arc<StatusLists>> {
        self.status_lists.clone()
    }

    fn is_ready(&self) -> bool {
        self.introspector.is_some() || self.keys.as_ref().is_some_and(|keys| keys.are_known())
    }
}

fn keys(issuer: &Arc<Issuer>, means: &Means) -> Keys {
    let folder = means.jwks_cache.as_ref();
    let disk = folder.map(|folder| Disk::new(folder, &issuer.issuer, means.clock.clone()));
    let source = Source::of_issuer(means.fetch.clone(), Arc::clone(issuer), means.clock.clone());
    Keys::new(source, disk).counted(means.metrics.of_issuer(&issuer.issuer))
}

fn status_lists(issuer: &Issuer, keys: &Arc<Keys>, means: &Means) -> Option<Arc<StatusLists>> {
    let (fetch, clock) = (means.fetch.clone(), means.clock.clone());
    let counted = means.metrics.of_issuer(&issuer.issuer);
    let lists = || StatusLists::new(&issuer.issuer, Arc::clone(keys), fetch, clock, means.status_list).counted(counted);
    (means.status_list != Policy::Off).then(|| Arc::new(lists()))
}

fn introspector(issuer: &Arc<Issuer>, means: &Means) -> Option<Introspector> {
    let endpoint = issuer.introspection.clone().filter(|_| issuer.answers())?;
    let (fetch, clock) = (means.fetch.clone(), means.clock.clone());
    let counted = means.metrics.of_issuer(&issuer.issuer);
    Some(Introspector::new(Arc::clone(issuer), endpoint, fetch, clock, counted))
}

/// Checks tokens of the issuers that are trusted.
#[derive(Debug)]
pub struct Verifier {
    trusted: Vec<Trusted>,
    api_keys: Option<Arc<ApiKeys>>,
    clock: Clock,
    remembered: Cache<[u8; 32], Arc<Verified>>,
    metrics: AuthMetrics,
}

impl Verifier {
    /// A verifier that has seen no token.
    pub fn new(trusted: Vec<Trusted>, means: &Means) -> Self {
        Self {
            trusted,
            api_keys: None,
            clock: means.clock.clone(),
            remembered: Cache::new(REMEMBERED),
            metrics: means.metrics.clone(),
        }
    }

    /// The same, which takes these keys too; or, where no issuer is trusted, nothing else.
    #[must_use]
    pub fn with_api_keys(mut self, api_keys: Option<Arc<ApiKeys>>) -> Self {
        self.api_keys = api_keys;
        self
    }

    /// Whether tokens of any issuer can be checked.
    pub fn is_ready(&self) -> bool {
        self.takes_keys_alone() || self.trusted.iter().any(Trusted::is_ready)
    }

    /// Whether no token of any issuer is taken, and API keys are.
    pub fn takes_keys_alone(&self) -> bool {
        self.api_keys.is_some() && self.trusted.is_empty()
    }

    /// Who sent this token, or why it is refused.
    pub async fn verify(&self, token: &str) -> Result<Arc<Verified>, Refusal> {
        if token.len() > MOST_BYTES {
            return Err(Refusal::TooLong(token.len()));
        }
        if let Some(api_keys) = &self.api_keys
            && let Some(verified) = api_keys.verify(token)?
        {
            return Ok(verified);
        }
        if self.takes_keys_alone() {
            return Err(KeyRefused::NotAKey.into());
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        let remembered = self.remembered.get(&digest);
        let remembered = remembered.filter(|verified| self.still_holds(verified));
        self.metrics.looked_for(remembered.is_some());
        if let Some(verified) = remembered {
            if let Some((lists, of)) = self.status_of(&verified) {
                lists.look(of)?;
            }
            return Ok(verified);
        }
        let verified = Arc::new(self.check(token).await?);
        if let Some((lists, of)) = self.status_of(&verified) {
            lists.admit(of).await?;
        }
        if self.still_holds(&verified) {
            self.remembered.insert(digest, Arc::clone(&verified));
        }
        Ok(verified)
    }

    /// Where what is decided is counted.
    pub fn metrics(&self) -> &AuthMetrics {
        &self.metrics
    }

    /// Notes what is not counted but is the case now: the ages of status lists.
    pub fn look(&self) {
        for trusted in &self.trusted {
            let age = trusted.status_lists.as_ref().and_then(|lists| lists.age());
            if let Some(age) = age {
                self.metrics.list_age(&trusted.issuer.issuer, age);
            }
        }
    }

    /// How a token was checked, and whose it is, for counting.
    pub(super) fn way_of<'a>(&'a self, verified: &'a Verified) -> (&'static str, &'a str) {
        let issuer = verified.principal.iss.as_str();
        match verified.by {
            By::Key { .. } => ("jwt", issuer),
            By::ApiKey => ("api_key", issuer),
            By::Answer { .. } => {
                let mut all = self.trusted.iter();
                let asked = all.find(|trusted| trusted.issuer.issuer == issuer);
                (asked.map_or(metrics::NONE, |trusted| asking(&trusted.issuer)), issuer)
            }
        }
    }

    /// The same of a token that was refused. One that is too long to be read is of no way.
    pub(super) fn way_for<'a>(&'a self, token: &'a str) -> (&'static str, &'a str) {
        if token.len() > MOST_BYTES {
            return (metrics::NONE, metrics::NONE);
        }
        if self.takes_keys_alone() || (self.api_keys.is_some() && is_like_a_key(token)) {
            return ("api_key", api_key::ISS);
        }
        match self.select(token) {
            Ok(Way::Keys(place, ..)) => {
                let issuer = self.trusted.get(place).map(|trusted| trusted.issuer.issuer.as_str());
                ("jwt", issuer.unwrap_or(metrics::NONE))
            }
            Ok(Way::Ask(introspector)) => (asking(introspector.issuer()), introspector.issuer().issuer.as_str()),
            Err(_) => (metrics::NONE, metrics::NONE),
        }
    }

    /// Where it stands whether a token was revoked that its issuer signed.
    fn status_of<'a>(&'a self, verified: &'a Verified) -> Option<(&'a StatusLists, &'a Reference)> {
        let By::Key { issuer, .. } = verified.by else {
            return None;
        };
        let lists = self.trusted.get(issuer)?.status_lists.as_ref()?;
        Some((lists, verified.status.as_ref()?))
    }

    fn still_holds(&self, verified: &Verified) -> bool {
        let holds = match verified.by {
            By::Answer { until } => Instant::now() < until,
            By::ApiKey => false,
            By::Key { issuer, generation } => {
                let keys = self.trusted.get(issuer).and_then(|trusted| trusted.keys.as_ref());
                keys.is_some_and(|keys| keys.generation() == Some(generation))
            }
        };
        holds && self.clock.now() < verified.exp
    }

    /// Every check, without looking at what is remembered.
    pub async fn check(&self, token: &str) -> Result<Verified, Refusal> {
        match self.select(token)? {
            Way::Keys(place, issuer, keys, jwt) => {
                let now = self.clock.now();
                let (claims, generation) = jwt.verify(issuer, keys, now).await?;
                report_drift(issuer, &claims, now);
                Ok(Verified::by_key(claims, place, generation))
            }
            Way::Ask(introspector) => introspector.verify(token).await,
        }
    }

    /// A JWT names its issuer. Any other token can only be of the one issuer that is asked about such; but an API key
    /// is a secret between its user and us, and no issuer is shown one.
    fn select<'a>(&'a self, token: &'a str) -> Result<Way<'a>, Refusal> {
        if is_like_a_key(token) {
            return Err(KeyRefused::NotTaken.into());
        }
        let named = Jwt::read(token).and_then(|jwt| Ok((self.named(jwt.iss()?), jwt)));
        match named {
            Ok((Ok((place, trusted)), jwt)) => match (&trusted.keys, &trusted.introspector) {
                (Some(keys), _) => Ok(Way::Keys(place, &trusted.issuer, keys, jwt)),
                (None, Some(introspector)) => Ok(Way::Ask(introspector)),
                (None, None) => Err(Refusal::KeysUnavailable),
            },
            Ok((Err(stranger), _)) => Err(stranger),
            Err(no_jwt @ (Refusal::NotAJwt | Refusal::Header | Refusal::Missing(_))) => {
                let asked = self.trusted.iter().find_map(|trusted| trusted.introspector.as_ref());
                asked.map(Way::Ask).ok_or(no_jwt)
            }
            Err(broken) => Err(broken),
        }
    }

    fn named(&self, iss: &str) -> Result<(usize, &Trusted), Refusal> {
        let mut all = self.trusted.iter().enumerate();
        all.find(|(_, trusted)| trusted.issuer.issuer == iss).ok_or_else(|| {
            let known: Vec<_> = self
                .trusted
                .iter()
                .map(|trusted| trusted.issuer.issuer.as_str())
                .collect();
            Refusal::Issuer {
                expected: known.join(" or "),
                got: Got::new(iss),
            }
        })
    }
}

/// How an issuer is asked, for counting.
fn asking(issuer: &Issuer) -> &'static str {
    if issuer.mode == Mode::Tokeninfo {
        "tokeninfo"
    } else {
        "introspection"
    }
}

/// How a token is checked.
enum Way<'a> {
    Keys(usize, &'a Issuer, &'a Keys, Jwt<'a>),
    Ask(&'a Introspector),
}

/// Said once per token: clocks that drift apart are found before they lock people out.
fn report_drift(issuer: &Issuer, claims: &Claims, now: NumericDate) {
    let ahead = claims.iat.unwrap_or(now).saturating_sub(now);
    if ahead > issuer.leeway_s {
        log::warn!(issuer = issuer.issuer.as_str(), seconds = ahead;
            "the issuer's clock is ahead of ours by {ahead} seconds");
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const ISSUER: &str = "https://issuer.example";

    #[test]
    fn a_refused_token_is_read_only_when_it_is_short() {
        let means = Means {
            fetch: Fetch::new().unwrap(),
            clock: Clock::fixed(0),
            jwks_cache: None,
            status_list: Policy::Off,
            metrics: AuthMetrics::default(),
        };
        let issuer = Issuer::new(ISSUER, "https://food.example.com/mcp");
        let verifier = Verifier::new(vec![Trusted::new(issuer, &means)], &means);
        let token = |padding: usize| {
            let claims = format!("{{\"iss\":\"{ISSUER}\",\"pad\":\"{}\"}}", "x".repeat(padding));
            let parts = ["{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", &claims, "signature"];
            parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
        };
        assert_eq!(verifier.way_for(&token(0)), ("jwt", ISSUER));
        assert_eq!(verifier.way_for(&token(MOST_BYTES)), (metrics::NONE, metrics::NONE));
    }
}
