//! Whether the database is whole, and a copy of it.

use shared::clock::NumericDate;
use shared::on_reader;

use super::{Store, migrations};

const NEWEST: &str = "SELECT MAX(newest) FROM (
        SELECT MAX(at) AS newest FROM audit_events
        UNION ALL SELECT MAX(last_seen_at) FROM sessions
        UNION ALL SELECT MAX(rotated_at) FROM grants) AS times";

impl Store {
    /// What is wrong with the file; empty when it is whole.
    pub async fn faults(&self) -> Result<Vec<String>, sqlx::Error> {
        self.database.faults().await
    }

    /// The steps of the tables that the next start does, and those that this program does not know.
    pub async fn steps(&self) -> Result<(Vec<String>, Vec<String>), sqlx::Error> {
        self.database.steps(&migrations()).await
    }

    /// The newest time of anything that happened.
    pub async fn newest_time(&self) -> Result<Option<NumericDate>, sqlx::Error> {
        on_reader!(self.database, pool => sqlx::query_scalar(NEWEST).fetch_one(pool).await)
    }

    /// Copies a SQLite database into an empty file; `false` for PostgreSQL.
    pub async fn copy_into(&self, path: &str) -> Result<bool, sqlx::Error> {
        self.database.copy_into(path).await
    }
}
