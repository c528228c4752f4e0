//! Bringing the tables of a PostgreSQL database up to date, where several programs may start at the same moment.
//!
//! Whoever comes second waits until the first is done, however long its steps take. A step itself waits for a table no
//! longer than any statement: whoever reads or writes it meanwhile would wait behind.

use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::postgres::{PgConnection, PgPool};

use super::LOCK_TIMEOUT;

/// How long one program waits for another's steps.
const TURN_TIMEOUT: &str = "10min";

/// Does the steps that are not done yet.
pub(super) async fn migrate(pool: &PgPool, migrator: &Migrator) -> Result<(), MigrateError> {
    let mut connection = pool.acquire().await?;
    set_lock_timeout(&mut connection, TURN_TIMEOUT).await?;
    connection.lock().await?;
    set_lock_timeout(&mut connection, LOCK_TIMEOUT.1).await?;
    // It takes the lock a second time, which the same connection may, and gives that back.
    migrator.run_direct(None, &mut *connection, false).await?;
    connection.unlock().await
}

async fn set_lock_timeout(connection: &mut PgConnection, value: &str) -> Result<(), sqlx::Error> {
    let sql = "SELECT set_config('lock_timeout', $1, false)";
    sqlx::query(sql).bind(value).execute(connection).await.map(drop)
}
