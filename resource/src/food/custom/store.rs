//! Saved foods in the database: every SQL statement about them.
//!
//! Each change is one conditional statement, so that what happened is decided by the database: two saves of
//! one name make one row, of two changes on one version one wins, and the limit is part of the insert. Every
//! statement names the owner: another user's food does not exist here.

use shared::clock::NumericDate;
use shared::database::{Database, DatabaseUrl, Migrations, OpenError};
use shared::{on_reader, on_writer};

use super::{Content, Owner, SavedFood, name_key};

/// How many foods one user can keep. On PostgreSQL saves at the same moment do not see each other, so that a few more
/// than this can be kept; it guards space, not a promise.
pub const MOST_FOODS: i64 = 500;

/// The foods that users saved.
#[derive(Clone, Debug)]
pub struct SavedFoods {
    database: Database,
}

/// What a save came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It was new.
    Created(Version),
    /// The food of the same name and brand was changed.
    Updated(Version),
    /// The user keeps [`MOST_FOODS`] already; nothing was changed.
    Full,
}

/// What a change or deletion of a known food came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It was done; the version is the new one, or the last one of a deleted food.
    Done(Version),
    /// The food has another version than the one to be changed; this is it.
    OtherVersion(i64),
    /// Another food of the user has the new name and brand.
    NameTaken,
    /// The user has no such food.
    Unknown,
}

/// A food's id and version.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Version {
    /// The id within the source "custom".
    #[sqlx(rename = "food_id")]
    pub id: String,
    /// 1 when created, one more with each change.
    pub version: i64,
}

/// Why saved foods cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// No id can be drawn.
    #[error(transparent)]
    NoRandomness(#[from] shared::random::NoRandomness),
    /// A row does not hold a food.
    #[error("a saved food cannot be read: {0}")]
    Damaged(#[from] serde_json::Error),
}

#[derive(sqlx::FromRow)]
struct Row {
    food_id: String,
    version: i64,
    food: String,
}

impl Row {
    fn read(self) -> Result<SavedFood, StoreError> {
        Ok(SavedFood {
            id: self.food_id,
            version: self.version,
            content: serde_json::from_str(&self.food)?,
        })
    }
}

impl SavedFoods {
    /// Opens the database and brings its tables up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let migrations = Migrations {
            sqlite: sqlx::migrate!("../migrations/resource/sqlite"),
            postgres: sqlx::migrate!("../migrations/resource/postgres"),
        };
        Ok(Self {
            database: Database::open(url, &migrations).await?,
        })
    }

    /// The database that they are in, for the other tables.
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// Whether a trivial statement succeeds.
    pub async fn is_alive(&self) -> bool {
        self.database.is_alive().await
    }

    /// Closes the database.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// All foods of a user, by name.
    pub async fn all(&self, owner: Owner<'_>) -> Result<Vec<SavedFood>, StoreError> {
        const SQL: &str = "SELECT food_id, version, food FROM saved_foods
            WHERE iss = $1 AND sub = $2 ORDER BY name_key, brand_key";
        let rows: Vec<Row> = on_reader!(self.database, pool =>
            sqlx::query_as(SQL).bind(owner.iss).bind(owner.sub).fetch_all(pool).await?);
        rows.into_iter().map(Row::read).collect()
    }

    /// One food of a user.
    pub async fn find(&self, owner: Owner<'_>, id: &str) -> Result<Option<SavedFood>, StoreError> {
        const SQL: &str = "SELECT food_id, version, food FROM saved_foods
            WHERE iss = $1 AND sub = $2 AND food_id = $3";
        let row: Option<Row> = on_reader!(self.database, pool =>
            sqlx::query_as(SQL).bind(owner.iss).bind(owner.sub).bind(id).fetch_optional(pool).await?);
        row.map(Row::read).transpose()
    }

    /// The food of a user with this name and brand.
    pub async fn named(
        &self,
        owner: Owner<'_>,
        name: &str,
        brand: Option<&str>,
    ) -> Result<Option<Version>, StoreError> {
        const SQL: &str = "SELECT food_id, version FROM saved_foods
            WHERE iss = $1 AND sub = $2 AND name_key = $3 AND brand_key = $4";
        let found = on_reader!(self.database, pool => sqlx::query_as(SQL)
            .bind(owner.iss).bind(owner.sub).bind(name_key(name)).bind(name_key(brand.unwrap_or_default()))
            .fetch_optional(pool).await?);
        Ok(found)
    }

    /// Saves a food; the one of the same name and brand is changed instead.
    pub async fn save(&self, owner: Owner<'_>, content: &Content, now: NumericDate) -> Result<Saved, StoreError> {
        const SQL: &str = "INSERT INTO saved_foods
            (food_id, iss, sub, name_key, brand_key, version, food, created_at, updated_at)
            SELECT $1, $2, $3, $4, $5, 1, $6, $7, $7
            WHERE (SELECT COUNT(*) FROM saved_foods WHERE iss = $2 AND sub = $3) < $8
               OR EXISTS (SELECT 1 FROM saved_foods
                          WHERE iss = $2 AND sub = $3 AND name_key = $4 AND brand_key = $5)
            ON CONFLICT (iss, sub, name_key, brand_key) DO UPDATE
               SET food = excluded.food, version = saved_foods.version + 1, updated_at = excluded.updated_at
            RETURNING food_id, version";
        let id = u64::from_be_bytes(shared::random::bytes()?);
        let keys = Keys::of(content);
        let food = serde_json::to_string(content)?;
        let saved: Option<Version> = on_writer!(self.database, pool => sqlx::query_as(SQL)
            .bind(format!("{id:016x}")).bind(owner.iss).bind(owner.sub).bind(&keys.name).bind(&keys.brand)
            .bind(&food).bind(now).bind(MOST_FOODS).fetch_optional(pool).await?);
        Ok(match saved {
            Some(saved) if saved.version == 1 => Saved::Created(saved),
            Some(saved) => Saved::Updated(saved),
            None => Saved::Full,
        })
    }

    /// Changes a known food, if it still has the version `if_match`, where one is given.
    pub async fn change(
        &self,
        owner: Owner<'_>,
        id: &str,
        if_match: Option<i64>,
        content: &Content,
        now: NumericDate,
    ) -> Result<Changed, StoreError> {
        const SQL: &str = "UPDATE saved_foods
            SET food = $1, name_key = $2, brand_key = $3, version = version + 1, updated_at = $4
            WHERE iss = $5 AND sub = $6 AND food_id = $7 AND version = COALESCE($8, version)
            RETURNING food_id, version";
        let keys = Keys::of(content);
        let food = serde_json::to_string(content)?;
        let changed: Result<Option<Version>, sqlx::Error> = on_writer!(self.database, pool => sqlx::query_as(SQL)
            .bind(&food).bind(&keys.name).bind(&keys.brand).bind(now).bind(owner.iss).bind(owner.sub).bind(id)
            .bind(if_match).fetch_optional(pool).await);
        match changed {
            Ok(Some(version)) => Ok(Changed::Done(version)),
            Ok(None) => self.why_not(owner, id).await,
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Changed::NameTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes a known food, if it still has the version `if_match`, where one is given.
    pub async fn delete(&self, owner: Owner<'_>, id: &str, if_match: Option<i64>) -> Result<Changed, StoreError> {
        const SQL: &str = "DELETE FROM saved_foods
            WHERE iss = $1 AND sub = $2 AND food_id = $3 AND version = COALESCE($4, version)
            RETURNING food_id, version";
        let deleted: Option<Version> = on_writer!(self.database, pool => sqlx::query_as(SQL)
            .bind(owner.iss).bind(owner.sub).bind(id).bind(if_match).fetch_optional(pool).await?);
        match deleted {
            Some(version) => Ok(Changed::Done(version)),
            None => self.why_not(owner, id).await,
        }
    }

    /// Why a conditional statement touched no row; only for the answer, nothing depends on it.
    async fn why_not(&self, owner: Owner<'_>, id: &str) -> Result<Changed, StoreError> {
        let found = self.find(owner, id).await?;
        Ok(found.map_or(Changed::Unknown, |food| Changed::OtherVersion(food.version)))
    }
}

/// A name and brand as compared.
struct Keys {
    name: String,
    brand: String,
}

impl Keys {
    fn of(content: &Content) -> Self {
        Self {
            name: name_key(&content.name),
            brand: name_key(content.brand.as_deref().unwrap_or_default()),
        }
    }
}
