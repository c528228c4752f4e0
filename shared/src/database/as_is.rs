//! A database as it is: for a copy of it and for looking whether it is whole, beside the program that runs on it.
//!
//! Nothing is made or brought up to date, so it can be done before an upgrade, and by a newer program.

use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::{
    BUSY_TIMEOUT, Database, DatabaseUrl, Group, LOCK_TIMEOUT, Migrations, OpenError, Pools, Readers, Sqlite,
    WriteTimes, text,
};

/// How many faults are told.
const FAULTS: &str = "PRAGMA integrity_check(5)";

impl Database {
    /// Opens a database for reading only.
    pub async fn open_as_is(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let pools = match url {
            DatabaseUrl::Sqlite(path) => read_sqlite(path).await?,
            DatabaseUrl::Postgres(options) => read_postgres(options).await?,
        };
        let write_times = WriteTimes::default();
        Ok(Self { pools, write_times })
    }

    /// What is wrong with the file; empty when it is whole. PostgreSQL looks after its own files.
    pub async fn faults(&self) -> Result<Vec<String>, sqlx::Error> {
        let Pools::Sqlite(sqlite) = &self.pools else {
            return Ok(Vec::new());
        };
        let mut reader = sqlite.readers.acquire().await?;
        let found: Vec<String> = sqlx::query_scalar(FAULTS).fetch_all(reader.connection()?).await?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    /// The steps of the tables that are not done yet, and those that were done by another program than this one.
    pub async fn steps(&self, migrations: &Migrations) -> Result<(Vec<String>, Vec<String>), sqlx::Error> {
        let sql = "SELECT version, checksum FROM _sqlx_migrations WHERE success = TRUE ORDER BY version";
        let done: Vec<(i64, Vec<u8>)> = crate::on_reader!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?;
        let migrator: &Migrator = match &self.pools {
            Pools::Sqlite(_) => &migrations.sqlite,
            Pools::Postgres(_) => &migrations.postgres,
        };
        let is_ours = |(version, checksum): &(i64, Vec<u8>)| {
            let same = |step: &sqlx::migrate::Migration| step.version == *version && *step.checksum == **checksum;
            migrator.iter().any(same)
        };
        let is_done = |version: i64| done.iter().any(|(done, _)| *done == version);
        let missing = migrator.iter().filter(|step| !is_done(step.version));
        let missing = missing.map(|step| format!("{:04} {}", step.version, step.description));
        let foreign = done
            .iter()
            .filter(|step| !is_ours(step))
            .map(|(version, _)| format!("{version:04}"));
        Ok((missing.collect(), foreign.collect()))
    }

    /// Copies a SQLite database into an empty file, as it is at one moment; nobody waits for it. `false` for PostgreSQL,
    /// which has its own program for that.
    pub async fn copy_into(&self, path: &str) -> Result<bool, sqlx::Error> {
        let Pools::Sqlite(sqlite) = &self.pools else {
            return Ok(false);
        };
        let mut reader = sqlite.readers.acquire().await?;
        sqlx::query("VACUUM INTO $1")
            .bind(path)
            .execute(reader.connection()?)
            .await?;
        Ok(true)
    }
}

async fn read_sqlite(path: &Path) -> Result<Pools, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY_TIMEOUT);
    let writer = pool.connect_lazy_with(options.clone());
    let readers = Readers::open(options, 1).await.map_err(|cause| OpenError::File {
        path: path.display().to_string(),
        cause: text(cause),
    })?;
    let group = Group::of_reader();
    Ok(Pools::Sqlite(Sqlite {
        writer,
        readers,
        checkpoints: None,
        group,
        wal_index: None,
    }))
}

async fn read_postgres(options: &PgConnectOptions) -> Result<Pools, OpenError> {
    let read_only = ("default_transaction_read_only", "on");
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(BUSY_TIMEOUT);
    let pool = pool
        .connect_with(options.clone().options([LOCK_TIMEOUT, read_only]))
        .await;
    pool.map(Pools::Postgres)
        .map_err(|error| OpenError::Postgres(text(error)))
}
