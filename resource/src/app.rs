//! What every endpoint needs: settings, time, storage. State without routes.

use shared::clock::Clock;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::food::custom::store::SavedFoods;

/// The running resource server.
#[derive(Debug)]
pub struct App {
    /// Its settings.
    pub config: Config,
    /// Its time.
    pub clock: Clock,
    /// The foods that users saved.
    pub saved_foods: SavedFoods,
    /// Cancelled when the server is asked to end, so that open streams end too.
    pub shutdown: CancellationToken,
}

impl App {
    /// Opens everything that the settings name. The error is one line that says what to do.
    pub async fn open(config: Config, clock: Clock) -> Result<Self, String> {
        let saved_foods = SavedFoods::open(&config.database_url)
            .await
            .map_err(|error| error.to_string())?;
        Ok(Self {
            config,
            clock,
            saved_foods,
            shutdown: CancellationToken::new(),
        })
    }
}
