//! What every endpoint needs: settings, time, storage. State without routes.

use shared::clock::Clock;

use crate::client::cimd::Documents;
use crate::client::key_sets::KeySets;
use crate::config::Config;
use crate::keys::Keys;
use crate::limits::Attempts;
use crate::metrics::Metrics;
use crate::password::Passwords;
use crate::rates::Rates;
use crate::status_lists::memory::StatusLists;
use crate::store::Store;

/// The running issuer.
#[derive(Debug)]
pub struct App {
    /// Its settings.
    pub config: Config,
    /// Its keys.
    pub keys: Keys,
    /// Its time.
    pub clock: Clock,
    /// Its storage.
    pub store: Store,
    /// Its hashing of passwords.
    pub passwords: Passwords,
    /// The tries to sign in.
    pub attempts: Attempts,
    /// The documents of clients.
    pub documents: Documents,
    /// The keys of clients that have theirs at an address.
    pub key_sets: KeySets,
    /// Which tokens were revoked, as it is published.
    pub status_lists: StatusLists,
    /// The requests of each address.
    pub rates: Rates,
    /// What is counted.
    pub metrics: Metrics,
}

impl App {
    /// Opens everything that the settings name. The error is one line that says what to do.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, String> {
        let keys = Keys::open(&config.keys_dir, config.signing_algorithm, &clock);
        let keys = keys.map_err(|error| error.to_string())?;
        let store = Store::open(&config.database_url)
            .await
            .map_err(|error| error.to_string())?;
        let documents = Documents::open(&config.cimd, clock.clone())?;
        Ok(Self {
            key_sets: KeySets::new(documents.fetcher(), clock.clone()),
            rates: Rates::new(config.protection.rate_limits.clone()),
            config,
            keys,
            clock,
            store,
            passwords: Passwords::new()?,
            attempts: Attempts::default(),
            status_lists: StatusLists::default(),
            documents,
            metrics: Metrics::default(),
        })
    }
}
