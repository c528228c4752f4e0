//! Opening a PostgreSQL database, and beginning transactions there.

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Postgres, Transaction};

use super::{BUSY_TIMEOUT, LOCK_TIMEOUT, OpenError, Pools, migration, text};

/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 10;

pub(super) async fn open(options: &PgConnectOptions, migrator: &Migrator) -> Result<Pools, OpenError> {
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(BUSY_TIMEOUT)
        .connect_with(options.clone().options([LOCK_TIMEOUT]))
        .await
        .map_err(|error| OpenError::Postgres(text(error)))?;
    migration::migrate(&pool, migrator)
        .await
        .map_err(|error| OpenError::Postgres(error.to_string()))?;
    Ok(Pools::Postgres(pool))
}

/// Begins a transaction on PostgreSQL. Who waits for it may go away, and if the driver's future went with them between the
/// BEGIN and its answer, the connection would go back to the pool with a transaction that nobody knows of and nobody
/// commits. So from then on that future lives by itself; a transaction that nobody takes is rolled back.
pub async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let connection = pool.acquire().await?;
    let begun = tokio::spawn(Transaction::begin(connection, None));
    begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}
