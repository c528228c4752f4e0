//! The names in `SQLite`'s full-text search, in memory, with stems: what one would use instead of our own search.

use resource::food::catalogue::Catalogue;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use tokio::runtime::{Builder, Runtime};

pub(crate) struct FullText {
    runtime: Runtime,
    pool: SqlitePool,
}

impl FullText {
    pub(crate) fn new(catalogue: &Catalogue) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let pool = runtime.block_on(filled(catalogue));
        Self { runtime, pool }
    }

    /// How many of the best hits have all words of the query.
    pub(crate) fn search(&self, query: &str, most: i64) -> usize {
        let words = query
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty());
        let quoted: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
        let hits = sqlx::query_scalar::<_, i64>("SELECT rowid FROM food WHERE food MATCH ? ORDER BY rank LIMIT ?")
            .bind(quoted.join(" "))
            .bind(most)
            .fetch_all(&self.pool);
        self.runtime.block_on(hits).map_or(0, |hits| hits.len())
    }
}

async fn filled(catalogue: &Catalogue) -> SqlitePool {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:")
        .await
        .unwrap();
    let table = "CREATE VIRTUAL TABLE food USING fts5(name, tokenize = 'porter unicode61')";
    sqlx::query(table).execute(&pool).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    for food in catalogue.foods() {
        let row = sqlx::query("INSERT INTO food (name) VALUES (?)").bind(&food.name);
        row.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    pool
}
