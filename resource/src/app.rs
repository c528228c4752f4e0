//! What every endpoint needs: settings, storage, keys, the MCP server. State without routes.

use std::sync::Arc;

use shared::clock::Clock;
use shared::http::metrics::HttpMetrics;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::food::catalogue::Catalogue;
use crate::food::custom::store::SavedFoods;
use crate::mcp::transport::Transport;
use crate::mcp::{self, FoodServer};
use crate::protect::{BadProtection, Builder, Protection};
use crate::scopes::SCOPES_SUPPORTED;

/// The running resource server.
#[derive(Debug)]
pub struct App {
    /// Its settings.
    pub config: Config,
    /// The foods that users saved.
    pub saved_foods: SavedFoods,
    /// What protects the MCP endpoint.
    pub protection: Protection,
    /// The MCP endpoint, behind it.
    pub mcp: Transport<FoodServer>,
    /// Cancelled when the server is asked to end, so that open streams end too.
    pub shutdown: CancellationToken,
    /// The requests, counted.
    pub metrics: HttpMetrics,
}

impl App {
    /// Opens everything that the settings name, and begins to fetch the issuers' keys. The error is one line that
    /// says what to do.
    pub async fn open(config: Config, clock: Clock, catalogue: Arc<Catalogue>) -> Result<Self, String> {
        let saved_foods = SavedFoods::open(&config.database_url)
            .await
            .map_err(|error| error.to_string())?;
        let protection = protection(&config, clock.clone())?;
        let shutdown = CancellationToken::new();
        let server = FoodServer::new(catalogue, saved_foods.clone(), clock.clone())
            .with_scopes(&config.required_scopes, config.anonymous);
        Ok(Self {
            mcp: Transport::new(server, mcp::SCOPES, config.body_bytes, shutdown.clone()),
            protection,
            config,
            saved_foods,
            shutdown,
            metrics: HttpMetrics::default(),
        })
    }
}

fn protection(config: &Config, clock: Clock) -> Result<Protection, String> {
    let documentation = format!("{}/documentation", config.public_url.origin());
    let builder = Protection::builder(config.public_url.as_str())
        .name("Food")
        .documentation(&documentation)
        .scopes_supported(SCOPES_SUPPORTED.iter().map(|scope| (*scope).to_owned()).collect())
        .required_scopes(config.required_scopes.clone())
        .anonymous(config.anonymous, mcp::open_scope())
        .allowed_hosts(&config.allowed_hosts)
        .allowed_origins(&config.allowed_origins)
        .jwks_cache(config.jwks_cache_dir.clone())
        .status_list(config.status_list)
        .dpop_nonce(config.dpop_nonce)
        .clock(clock);
    let issuers = config.issuers.iter().cloned();
    issuers
        .fold(builder, Builder::issuer)
        .build()
        .map_err(|error| match error {
            BadProtection::JwksCache { .. } => format!("RESOURCE_JWKS_CACHE_DIR: {error}"),
            error => error.to_string(),
        })
}
