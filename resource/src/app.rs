//! What every endpoint needs: settings, storage, keys, the MCP server. State without routes.

use std::sync::Arc;

use shared::clock::Clock;
use shared::fetch::Fetch;
use shared::http::metrics::HttpMetrics;
use shared::scope::Scope;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::auth::proofs::Proofs;
use crate::auth::verifier::{Means, Trusted, Verifier};
use crate::challenge::Challenge;
use crate::config::Config;
use crate::food::catalogue::Catalogue;
use crate::food::custom::store::SavedFoods;
use crate::mcp::transport::{Guard, Transport};
use crate::mcp::{self, FoodServer};
use crate::rebinding::Allowed;
use crate::scopes::scopes_supported;

/// The running resource server.
#[derive(Debug)]
pub struct App {
    /// Its settings.
    pub config: Config,
    /// The foods that users saved.
    pub saved_foods: SavedFoods,
    /// The MCP endpoint.
    pub mcp: Transport<FoodServer>,
    /// Cancelled when the server is asked to end, so that open streams end too.
    pub shutdown: CancellationToken,
    /// The requests, counted.
    pub metrics: HttpMetrics,
    fetching: Vec<JoinHandle<()>>,
}

impl App {
    /// Opens everything that the settings name, and begins to fetch the issuers' keys. The error is one line that
    /// says what to do.
    pub async fn open(config: Config, clock: Clock, catalogue: Arc<Catalogue>) -> Result<Self, String> {
        let saved_foods = SavedFoods::open(&config.database_url)
            .await
            .map_err(|error| error.to_string())?;
        let fetch = Fetch::new().map_err(|error| error.to_string())?;
        let means = Means {
            fetch,
            clock: clock.clone(),
            jwks_cache: config.jwks_cache_dir.clone(),
            status_list: config.status_list,
        };
        if let Some(folder) = &means.jwks_cache {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("RESOURCE_JWKS_CACHE_DIR: cannot make {}: {error}", folder.display()))?;
        }
        let trusted = trusted(&config, &means);
        let fetching = trusted.iter().flat_map(keep_fresh).collect();
        let shutdown = CancellationToken::new();
        let server = FoodServer::new(catalogue, saved_foods.clone(), clock.clone())
            .with_scopes(&config.required_scopes, config.anonymous);
        let guard = guard(&config, trusted, clock);
        Ok(Self {
            mcp: Transport::new(guard, server, shutdown.clone()),
            config,
            saved_foods,
            shutdown,
            metrics: HttpMetrics::default(),
            fetching,
        })
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.fetching.iter().for_each(JoinHandle::abort);
    }
}

fn trusted(config: &Config, means: &Means) -> Vec<Trusted> {
    let issuers = config.issuers.iter().cloned();
    issuers.map(|issuer| Trusted::new(issuer, means)).collect()
}

fn keep_fresh(trusted: &Trusted) -> impl Iterator<Item = JoinHandle<()>> {
    let keys = trusted.keys();
    let keys = keys.map(|keys| tokio::spawn(async move { keys.keep_fresh().await }));
    let lists = trusted.status_lists();
    let lists = lists.map(|lists| tokio::spawn(async move { lists.keep_fresh().await }));
    keys.into_iter().chain(lists)
}

fn guard(config: &Config, trusted: Vec<Trusted>, clock: Clock) -> Guard {
    let everything: Scope = scopes_supported(config).into_iter().collect();
    Guard {
        allowed: Allowed::new(&config.public_url, &config.allowed_hosts, &config.allowed_origins),
        verifier: Verifier::new(trusted, clock.clone()),
        proofs: Proofs::new(config.public_url.url().clone(), config.dpop_nonce, clock.clone()),
        challenge: Challenge::new(config.public_url.metadata_url(), everything),
        required_scopes: config.required_scopes.clone(),
        tool_scopes: mcp::SCOPES,
        anonymous: config.anonymous,
        open_scope: mcp::open_scope(),
        body_bytes: config.body_bytes,
        clock,
    }
}
