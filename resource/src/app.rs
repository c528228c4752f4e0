//! What every endpoint needs: settings, storage, keys, the MCP server. State without routes.

use std::sync::Arc;

use shared::clock::Clock;
use shared::http::metrics::{HttpMetrics, Registry};
use tokio_util::sync::CancellationToken;

use crate::auth::api_key::{ApiKeys, store::Store};
use crate::config::Config;
use crate::food::custom::store::SavedFoods;
use crate::food::shipped::Shipped;
use crate::mcp::sessions::{Limits, Sessions};
use crate::mcp::subscriptions::{self, Subscriptions};
use crate::mcp::transport::Transport;
use crate::mcp::{self, FoodServer};
use crate::protect::{AllowedBy, BadProtection, Builder, Protection};
use crate::scopes::{SCOPES_SUPPORTED, scopes_supported};

/// The running resource server.
#[derive(Debug)]
pub struct App {
    /// Its settings.
    pub config: Config,
    /// The foods that everybody has, which may still be unpacked.
    pub shipped: Shipped,
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
    server: FoodServer,
}

impl App {
    /// Opens everything that the settings name, and begins to fetch the issuers' keys. The error is one line that
    /// says what to do.
    pub async fn open(config: Config, clock: Clock, shipped: Shipped) -> Result<Self, String> {
        let saved_foods = SavedFoods::open(&config.database_url)
            .await
            .map_err(|error| error.to_string())?;
        let api_keys = api_keys(&config, &saved_foods, clock.clone()).await?;
        let protection = protection(&config, api_keys, clock.clone())?;
        let shutdown = CancellationToken::new();
        let mut server = FoodServer::new(shipped.clone(), saved_foods.clone(), clock.clone())
            .with_providers(&config.providers)
            .map_err(|error| format!("no provider of foods can be asked: {error}"))?;
        if config.api_keys.mode.takes_tokens() {
            server = server.with_scopes(&config.required_scopes, config.anonymous);
        }
        let sessions = config.sessions.then(|| Sessions::new(Limits::default(), clock));
        let server = server.with_subscriptions(sessions.clone());
        let listening = subscriptions::Limits::default();
        Ok(Self {
            mcp: Transport::new(server.clone(), mcp::SCOPES, config.body_bytes, shutdown.clone())
                .with_method_scopes(mcp::METHOD_SCOPES)
                .with_plain_calls(Arc::new(server.clone()))
                .with_subscriptions(Subscriptions::new(saved_foods.clone(), mcp::open_scope(), listening))
                .with_sessions(sessions),
            protection,
            config,
            shipped,
            saved_foods,
            shutdown,
            metrics: HttpMetrics::default(),
            server,
        })
    }

    /// Adds all that is counted to a registry.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
        self.protection.register_metrics(registry);
        self.mcp.register_metrics(registry);
        self.server.register_metrics(registry);
    }
}

async fn api_keys(config: &Config, saved: &SavedFoods, clock: Clock) -> Result<Option<Arc<ApiKeys>>, String> {
    if !config.api_keys.mode.takes_keys() {
        return Ok(None);
    }
    let (store, settings) = (Store::new(saved.database()), &config.api_keys);
    let everything = scopes_supported(&config.required_scopes);
    let deprecation = settings.deprecation(clock.now());
    let keys = ApiKeys::open(store, settings.static_token.clone(), everything, clock).await;
    let keys = keys.map_err(|error| format!("cannot read the API keys: {error}"))?;
    Ok(Some(Arc::new(keys.with_deprecation(deprecation))))
}

fn protection(config: &Config, api_keys: Option<Arc<ApiKeys>>, clock: Clock) -> Result<Protection, String> {
    let documentation = format!("{}/documentation", config.public_url.origin());
    let builder = Protection::builder(config.public_url.as_str())
        .name("Food")
        .documentation(&documentation)
        .scopes_supported(SCOPES_SUPPORTED.iter().map(|scope| (*scope).to_owned()).collect())
        .required_scopes(config.required_scopes.clone())
        .anonymous(config.anonymous, mcp::open_scope())
        .allowed_hosts(&config.allowed_hosts)
        .allowed_origins(&config.allowed_origins)
        .allowed_by(AllowedBy {
            hosts: "RESOURCE_ALLOWED_HOSTS",
            origins: "RESOURCE_ALLOWED_ORIGINS",
        })
        .jwks_cache(config.jwks_cache_dir.clone())
        .status_list(config.status_list)
        .dpop_nonce(config.dpop_nonce)
        .api_keys(api_keys)
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
