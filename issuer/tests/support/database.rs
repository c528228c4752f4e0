//! A database of its own for each test, of either kind.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use issuer::store::Store;
use shared::database::DatabaseUrl;
use sqlx::{Connection, PgConnection, Row, SqliteConnection};
use tempfile::TempDir;

use super::again;
use super::postgres::Postgres;

/// A database that goes away with the test. SQLite is always a *file*: in memory there is one
/// connection, which proves nothing about races.
#[derive(Debug)]
pub enum TestDatabase {
    /// A file in a folder of its own.
    Sqlite(TempDir),
    /// A database of the private server, which runs as long as somebody holds it.
    Postgres {
        /// The server.
        _server: Arc<Postgres>,
        /// The database's URL.
        url: String,
    },
}

impl TestDatabase {
    /// A new one of the kind that this run of the tests is about.
    pub fn of_this_run() -> Self {
        again::server().map_or_else(Self::sqlite, Self::postgres)
    }

    /// A new SQLite file.
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// A new one of each kind that this machine has.
    pub fn each() -> Vec<Self> {
        let postgres = Postgres::shared().map(Self::postgres);
        [Self::sqlite()].into_iter().chain(postgres).collect()
    }

    fn postgres(server: Arc<Postgres>) -> Self {
        let url = server.new_database();
        Self::Postgres { _server: server, url }
    }

    /// Whether it is on the PostgreSQL server.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// The value of `ISSUER_DATABASE_URL`.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("issuer.db").display()),
            Self::Postgres { url, .. } => url.clone(),
        }
    }

    /// Opens the storage on it.
    pub async fn open(&self) -> Store {
        let url: DatabaseUrl = self.url().parse().unwrap();
        Store::open(&url).await.unwrap()
    }

    /// Runs a statement past the program, with these texts bound to it.
    pub async fn execute(&self, statement: &'static str, texts: &[&str]) {
        match self {
            Self::Sqlite(_) => {
                let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
                let query = texts
                    .iter()
                    .fold(sqlx::query(statement), |query, text| query.bind(*text));
                query.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Self::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let query = texts
                    .iter()
                    .fold(sqlx::query(statement), |query, text| query.bind(*text));
                query.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// Every byte of its files.
    pub async fn bytes(&self) -> Vec<u8> {
        let files = match self {
            Self::Sqlite(folder) => fs::read_dir(folder.path())
                .unwrap()
                .map(|file| file.unwrap().path())
                .collect(),
            Self::Postgres { .. } => self.files_of_relations().await,
        };
        files
            .into_iter()
            .flat_map(|file: PathBuf| fs::read(file).unwrap())
            .collect()
    }

    /// Where its tables and indexes are, written to the last page.
    async fn files_of_relations(&self) -> Vec<PathBuf> {
        self.execute("CHECKPOINT", &[]).await;
        let paths = "SELECT string_agg(current_setting('data_directory') || '/' || pg_relation_filepath(oid), ';')
            FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace)";
        self.text(paths, &[]).await.split(';').map(PathBuf::from).collect()
    }

    /// The number that a statement gives.
    pub async fn count(&self, statement: &'static str) -> i64 {
        self.text(statement, &[]).await.parse().unwrap()
    }

    /// The first value that a statement gives, with these texts bound to it.
    pub async fn text(&self, statement: &'static str, texts: &[&str]) -> String {
        match self {
            Self::Sqlite(_) => {
                let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
                let query = texts
                    .iter()
                    .fold(sqlx::query(statement), |query, text| query.bind(*text));
                let row = query.fetch_one(&mut connection).await.unwrap();
                first(&row)
            }
            Self::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let query = texts
                    .iter()
                    .fold(sqlx::query(statement), |query, text| query.bind(*text));
                let row = query.fetch_one(&mut connection).await.unwrap();
                first(&row)
            }
        }
    }
}

/// The first column of a row, a number or a text.
fn first<'r, R: Row>(row: &'r R) -> String
where
    usize: sqlx::ColumnIndex<R>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    let number = row.try_get::<i64, _>(0).map(|number| number.to_string());
    number.or_else(|_| row.try_get(0)).unwrap()
}
