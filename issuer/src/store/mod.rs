//! Storage: every SQL statement of the issuer, one file per table.
//!
//! Knows no HTTP and no OAuth error. A state change that may happen once is one conditional
//! statement; what happened is decided by that statement, never by an earlier read.

pub mod administration;
pub mod audit;
mod audit_kind;
pub mod audit_log;
pub mod authorization_codes;
pub mod authorization_requests;
mod batches;
pub mod client_secrets;
pub mod clients;
pub mod condition;
pub mod connections;
pub mod consents;
pub mod device_authorizations;
pub mod device_decisions;
pub mod dpop_proofs;
mod given;
mod grant_id;
pub mod grants;
pub mod key_checks;
pub mod live_grants;
pub mod own_data;
pub mod own_sessions;
pub mod purge;
pub mod pushed_requests;
mod refresh_steps;
pub mod registrations;
pub mod revocations;
pub mod sessions;
pub mod status_entries;
pub mod stored_clients;
pub mod used_jtis;
pub mod users;
pub mod wanted;

use shared::database::{Database, DatabaseUrl, Migrations, OpenError};
use shared::http::metrics::Registry;

/// The issuer's storage.
#[derive(Clone, Debug)]
pub struct Store {
    database: Database,
    refresh_steps: refresh_steps::RefreshSteps,
    batches: batches::Batches,
}

impl Store {
    /// Opens the database and brings its tables up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        Ok(Self::on(Database::open(url, &migrations()).await?))
    }

    /// Opens the database for reading only, whatever the state of its tables.
    pub async fn open_as_is(url: &DatabaseUrl) -> Result<Self, OpenError> {
        Database::open_as_is(url).await.map(Self::on)
    }

    fn on(database: Database) -> Self {
        Self {
            database,
            refresh_steps: refresh_steps::RefreshSteps::default(),
            batches: batches::Batches::default(),
        }
    }

    /// Whether a trivial statement succeeds.
    pub async fn is_alive(&self) -> bool {
        self.database.is_alive().await
    }

    /// Its connections to the database: open, and of these idle.
    pub fn database_connections(&self) -> (usize, usize) {
        self.database.connections()
    }

    /// Adds what is counted here to a registry.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.refresh_steps.register(registry);
        registry.register(
            "issuer_database_write_seconds",
            "How long writes to the database take, the wait for other writers included",
            self.database.write_times.histogram(),
        );
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

fn migrations() -> Migrations {
    Migrations {
        sqlite: sqlx::migrate!("../migrations/issuer/sqlite"),
        postgres: sqlx::migrate!("../migrations/issuer/postgres"),
    }
}
