//! What every endpoint needs: settings, time, storage. State without routes.

use std::path::Path;

use shared::clock::Clock;

use crate::client::cimd::Documents;
use crate::client::key_sets::KeySets;
use crate::client::recent::RecentClients;
use crate::config::Config;
use crate::keys::{Keys, MAC_KEY_CHECK, MacKey};
use crate::limits::Attempts;
use crate::metrics::Metrics;
use crate::password::Passwords;
use crate::rates::Rates;
use crate::status_lists::memory::StatusLists;
use crate::store::Store;
use crate::turns::Turns;
use crate::verified::VerifiedTokens;

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
    /// The turns of those who sign in.
    pub turns: Turns,
    /// The tries to sign in.
    pub attempts: Attempts,
    /// The tries of codes that programs on other machines show.
    pub user_codes: Attempts,
    /// The documents of clients.
    pub documents: Documents,
    /// Clients as they were when they last came.
    pub recent_clients: RecentClients,
    /// The keys of clients that have theirs at an address.
    pub key_sets: KeySets,
    /// Which tokens were revoked, as it is published.
    pub status_lists: StatusLists,
    /// Access tokens that were verified before.
    pub verified: VerifiedTokens,
    /// The requests of each address.
    pub rates: Rates,
    /// What is counted.
    pub metrics: Metrics,
}

impl App {
    /// Opens everything that the settings name. The error is one line that says what to do.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, String> {
        let store = Store::open(&config.database_url)
            .await
            .map_err(|error| error.to_string())?;
        let keys = keys(&config, &store, &clock).await?;
        let documents = Documents::open(&config.cimd, clock.clone())?;
        Ok(Self {
            key_sets: KeySets::new(documents.fetcher(), clock.clone()),
            rates: Rates::new(config.protection.rate_limits.clone()),
            config,
            keys,
            clock,
            store,
            passwords: Passwords::new()?,
            turns: Turns::default(),
            attempts: Attempts::default(),
            user_codes: Attempts::default(),
            status_lists: StatusLists::default(),
            verified: VerifiedTokens::default(),
            documents,
            recent_clients: RecentClients::default(),
            metrics: Metrics::default(),
        })
    }

    /// Ties services of an older version to the first resource, for good. Only for who serves: a command may be given in a
    /// shell that has other settings.
    pub async fn settle_services(&self) -> Result<(), String> {
        let resource = &self.config.resources.default_resource().identifier;
        let settled = self.store.settle_services(resource).await;
        let settled =
            settled.map_err(|error| format!("cannot write for which resource services were added: {error}"))?;
        for client_id in settled {
            log::warn!(
                client_id = client_id;
                "a service of an older version gets tokens for {resource} alone from now on; for another resource, \
                 delete it and add it again with --scope-at"
            );
        }
        Ok(())
    }
}

/// The keys, when the database was written with this MAC key or is new. Another one is refused, and a missing one is
/// not made anew: clients throw away refresh tokens that are refused, so a wrong folder would end them for good.
async fn keys(config: &Config, store: &Store, clock: &Clock) -> Result<Keys, String> {
    let folder = &config.keys_dir;
    let failed = |error| format!("cannot read which keys the database belongs to: {error}");
    let kept = store.find_key_check(MAC_KEY_CHECK).await.map_err(failed)?;
    if kept.is_some() && !MacKey::is_in(folder) {
        return Err(wrong_mac_key(folder, "is missing"));
    }
    let keys = Keys::open(folder, config.signing_algorithm, clock);
    let keys = keys.map_err(|error| error.to_string())?;
    let value = keys.mac.check_value();
    let kept = store
        .key_check(MAC_KEY_CHECK, &value, clock.now())
        .await
        .map_err(failed)?;
    if kept == value {
        Ok(keys)
    } else {
        Err(wrong_mac_key(
            folder,
            "is not the one that this database was written with",
        ))
    }
}

fn wrong_mac_key(folder: &Path, what: &str) -> String {
    format!(
        "{} {what}: with another, all refresh tokens end for good; restore it from a backup, or accept that people and \
         apps sign in again: issuer key accept-mac",
        folder.join("mac.key").display()
    )
}
