//! What every endpoint needs: settings, storage, keys, the MCP server. State without routes.

use std::sync::Arc;

use shared::clock::Clock;
use shared::fetch::Fetch;
use shared::scope::Scope;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::auth::jwks::{Keys, Source};
use crate::auth::jwt::{Trust, Verifier};
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
    fetching: JoinHandle<()>,
}

impl App {
    /// Opens everything that the settings name, and begins to fetch the issuer's keys. The error is one line that
    /// says what to do.
    pub async fn open(config: Config, clock: Clock, catalogue: Arc<Catalogue>) -> Result<Self, String> {
        let saved_foods = SavedFoods::open(&config.database_url)
            .await
            .map_err(|error| error.to_string())?;
        let fetch = Fetch::new().map_err(|error| error.to_string())?;
        let keys = Arc::new(Keys::new(source(&config, fetch)));
        let kept = Arc::clone(&keys);
        let shutdown = CancellationToken::new();
        let server = FoodServer::new(catalogue, saved_foods.clone(), clock.clone());
        let guard = guard(&config, keys, clock);
        Ok(Self {
            mcp: Transport::new(guard, server, shutdown.clone()),
            config,
            saved_foods,
            shutdown,
            fetching: tokio::spawn(async move { kept.keep_fresh().await }),
        })
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.fetching.abort();
    }
}

fn source(config: &Config, fetch: Fetch) -> Source {
    match &config.jwks_uri {
        Some(address) => Source::Address(fetch, address.to_string()),
        None => Source::Issuer(fetch, config.issuer.clone()),
    }
}

fn guard(config: &Config, keys: Arc<Keys>, clock: Clock) -> Guard {
    let trust = Trust {
        issuer: config.issuer.clone(),
        audience: config.audience.clone(),
    };
    let everything: Scope = scopes_supported(config).into_iter().collect();
    Guard {
        allowed: Allowed::new(&config.public_url, &config.allowed_hosts, &config.allowed_origins),
        verifier: Verifier::new(trust, keys, clock.clone()),
        challenge: Challenge::new(config.public_url.metadata_url(), everything),
        required_scopes: config.required_scopes.clone(),
        tool_scopes: mcp::SCOPES,
        body_bytes: config.body_bytes,
        clock,
    }
}
