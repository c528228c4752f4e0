//! Saved foods in the database: every SQL statement about them.
//!
//! A change is one transaction: it takes the owner's row, which makes all changes of one user's foods wait for each
//! other on both databases, reads the foods, changes them in memory (`pantry`), and writes each that differs with
//! one conditional statement. The limit is part of the insert, the version part of every update. Every statement
//! names the owner: another user's food does not exist here.
//!
//! Easy to get wrong: without the owner's row PostgreSQL lets two inserts at once count the same foods, and two
//! recipes at once each become an ingredient of the other.

use shared::clock::NumericDate;
use shared::database::{Commits, Database, DatabaseUrl, Migrations, OpenError};
use shared::{in_transaction, on_reader};

use super::pantry::Pantry;
use super::statements::statements;
use super::transfer::{self, BadRow, Imported, Row};
use super::watch::Calls;
use super::{Content, Gtin, Keys, Owner, Refused, SavedFood};

/// The foods that users saved.
#[derive(Clone, Debug)]
pub struct SavedFoods {
    pub(super) database: Database,
    pub(super) calls: Calls,
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

/// A part of a user's foods.
#[derive(Clone, Debug, PartialEq)]
pub struct FoodPage {
    /// The foods, by name.
    pub foods: Vec<SavedFood>,
    /// The cursor to the next part; `None` at the end. A food that is deleted or renamed in between shifts nothing.
    pub next: Option<String>,
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
    /// The change is not allowed; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Foods of a file that cannot be taken; nothing was changed.
    #[error("{}", transfer::in_lines(.0))]
    Rows(Vec<BadRow>),
    /// Another program writes these foods without waiting for others.
    #[error("a saved food was written by another program at the same time")]
    Raced,
    /// A row does not hold a food.
    #[error("a saved food cannot be read: {0}")]
    Damaged(#[from] serde_json::Error),
}

impl From<Vec<BadRow>> for StoreError {
    fn from(rows: Vec<BadRow>) -> Self {
        Self::Rows(rows)
    }
}

#[derive(sqlx::FromRow)]
struct Stored {
    food_id: String,
    version: i64,
    food: String,
}

impl Stored {
    fn read(self) -> Result<SavedFood, StoreError> {
        Ok(SavedFood {
            id: self.food_id,
            version: self.version,
            content: serde_json::from_str(&self.food)?,
        })
    }
}

fn read_all(rows: Vec<Stored>) -> Result<Vec<SavedFood>, StoreError> {
    rows.into_iter().map(Stored::read).collect()
}

/// All foods of a user, by name.
const ALL: &str = "SELECT food_id, version, food FROM saved_foods
    WHERE iss = $1 AND sub = $2 ORDER BY name_key, brand_key";

impl SavedFoods {
    /// Opens the database and brings its tables up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let migrations = Migrations {
            sqlite: sqlx::migrate!("../migrations/resource/sqlite"),
            postgres: sqlx::migrate!("../migrations/resource/postgres"),
        };
        Ok(Self {
            database: Database::open(url, &migrations).await?,
            calls: Calls::default(),
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

    /// What was committed to the database so far, where that can be told without asking it: while it is the same, so are
    /// the foods of all users.
    pub fn commits(&self) -> Option<Commits> {
        self.database.commits()
    }

    /// How often the foods of a user were changed so far. While it stays the same, so do they.
    pub async fn changes(&self, owner: Owner<'_>) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT changes FROM saved_food_owners WHERE iss = $1 AND sub = $2";
        let changes: Option<i64> = on_reader!(self.database, pool =>
            sqlx::query_scalar(SQL).bind(owner.iss).bind(owner.sub).fetch_optional(pool).await)?;
        Ok(changes.unwrap_or(0))
    }

    /// All foods of a user, by name.
    pub async fn all(&self, owner: Owner<'_>) -> Result<Vec<SavedFood>, StoreError> {
        let rows: Vec<Stored> = on_reader!(self.database, pool =>
            sqlx::query_as(ALL).bind(owner.iss).bind(owner.sub).fetch_all(pool).await)?;
        read_all(rows)
    }

    /// So many foods of a user, by name, from where a page before ended. `None` when `cursor` is none of ours.
    pub async fn page(
        &self,
        owner: Owner<'_>,
        cursor: Option<&str>,
        limit: u8,
    ) -> Result<Option<FoodPage>, StoreError> {
        const SQL: &str = "SELECT food_id, version, food FROM saved_foods
            WHERE iss = $1 AND sub = $2 AND (name_key, brand_key) > ($3, $4)
            ORDER BY name_key, brand_key LIMIT $5";
        let Some(after) = cursor.map_or_else(|| Some(Keys::default()), Keys::of_cursor) else {
            return Ok(None);
        };
        let rows: Vec<Stored> = on_reader!(self.database, pool => sqlx::query_as(SQL)
            .bind(owner.iss).bind(owner.sub).bind(&after.name).bind(&after.brand)
            .bind(i64::from(limit) + 1).fetch_all(pool).await)?;
        let mut foods = read_all(rows)?;
        let more = foods.len() > usize::from(limit);
        foods.truncate(usize::from(limit));
        let last = foods.last().filter(|_| more);
        let next = last.map(|food| Keys::of(&food.content).cursor());
        Ok(Some(FoodPage { foods, next }))
    }

    /// One food of a user.
    pub async fn find(&self, owner: Owner<'_>, id: &str) -> Result<Option<SavedFood>, StoreError> {
        const SQL: &str = "SELECT food_id, version, food FROM saved_foods
            WHERE iss = $1 AND sub = $2 AND food_id = $3";
        let row: Option<Stored> = on_reader!(self.database, pool =>
            sqlx::query_as(SQL).bind(owner.iss).bind(owner.sub).bind(id).fetch_optional(pool).await)?;
        row.map(Stored::read).transpose()
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
        let keys = Keys::new(name, brand);
        let found = on_reader!(self.database, pool => sqlx::query_as(SQL)
            .bind(owner.iss).bind(owner.sub).bind(&keys.name).bind(&keys.brand)
            .fetch_optional(pool).await)?;
        Ok(found)
    }

    /// The food of a user with this barcode.
    pub async fn with_barcode(&self, owner: Owner<'_>, barcode: &Gtin) -> Result<Option<SavedFood>, StoreError> {
        // The one that it is rather than the one that it may have been saved as: more digits are more than zeros.
        const SQL: &str = "SELECT food_id, version, food FROM saved_foods
            WHERE iss = $1 AND sub = $2 AND barcode IN ($3, $4) ORDER BY barcode DESC LIMIT 1";
        let row: Option<Stored> = on_reader!(self.database, pool => sqlx::query_as(SQL)
            .bind(owner.iss).bind(owner.sub).bind(barcode.compared()).bind(barcode.compared_otherwise())
            .fetch_optional(pool).await)?;
        row.map(Stored::read).transpose()
    }

    /// Saves a food; the one of the same name and brand is replaced instead. A new one has version 1.
    pub async fn save(&self, owner: Owner<'_>, content: &Content, now: NumericDate) -> Result<SavedFood, StoreError> {
        let id = new_id()?;
        let save = |pantry: &mut Pantry| -> Result<SavedFood, Refused> {
            let known = pantry.named(&Keys::of(content));
            let saved = SavedFood {
                id: known.map_or(id, |food| food.id.clone()),
                version: known.map_or(1, |food| food.version + 1),
                content: content.clone(),
            };
            pantry.put(saved.clone())?;
            Ok(saved)
        };
        self.write(owner, now, save).await
    }

    /// Changes a known food, if it still has the version `if_match`, where one is given. `edit` gets it as it is.
    pub async fn change(
        &self,
        owner: Owner<'_>,
        id: &str,
        if_match: Option<i64>,
        edit: impl FnOnce(&Content) -> Result<Content, Refused>,
        now: NumericDate,
    ) -> Result<SavedFood, StoreError> {
        let change = |pantry: &mut Pantry| -> Result<SavedFood, Refused> {
            let food = pantry.expect(id, if_match)?;
            let changed = SavedFood {
                id: food.id.clone(),
                version: food.version + 1,
                content: edit(&food.content)?,
            };
            pantry.put(changed.clone())?;
            Ok(changed)
        };
        self.write(owner, now, change).await
    }

    /// Deletes a known food that no recipe needs, if it still has the version `if_match`, where one is given. The
    /// version is its last one.
    pub async fn delete(
        &self,
        owner: Owner<'_>,
        id: &str,
        if_match: Option<i64>,
        now: NumericDate,
    ) -> Result<SavedFood, StoreError> {
        let delete = |pantry: &mut Pantry| -> Result<SavedFood, Refused> {
            let food = pantry.expect(id, if_match)?.clone();
            pantry.remove(id)?;
            Ok(food)
        };
        self.write(owner, now, delete).await
    }

    /// Takes all foods of a file, or none of them.
    pub async fn import(&self, owner: Owner<'_>, rows: &[Row], now: NumericDate) -> Result<Imported, StoreError> {
        let mut ids = Vec::with_capacity(rows.len());
        for row in rows {
            ids.push(match &row.id {
                Some(id) if !self.is_anothers(owner, id).await? => id.clone(),
                _ => new_id()?,
            });
        }
        self.write(owner, now, |pantry| transfer::import(pantry, rows, &ids))
            .await
    }

    async fn is_anothers(&self, owner: Owner<'_>, id: &str) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT 1 FROM saved_foods WHERE food_id = $1 AND NOT (iss = $2 AND sub = $3)";
        let found: Option<i32> = on_reader!(self.database, pool => sqlx::query_scalar(SQL)
            .bind(id).bind(owner.iss).bind(owner.sub).fetch_optional(pool).await)?;
        Ok(found.is_some())
    }

    /// Changes a user's foods while nobody else does.
    async fn write<T, E>(
        &self,
        owner: Owner<'_>,
        now: NumericDate,
        change: impl FnOnce(&mut Pantry) -> Result<T, E>,
    ) -> Result<T, StoreError>
    where
        StoreError: From<E>,
    {
        const LOCK: &str = "INSERT INTO saved_food_owners (iss, sub, changes) VALUES ($1, $2, 1)
            ON CONFLICT (iss, sub) DO UPDATE SET changes = saved_food_owners.changes + 1";
        let done = in_transaction!(self.database, transaction => {
            sqlx::query(LOCK).bind(owner.iss).bind(owner.sub).execute(&mut *transaction).await?;
            let rows: Vec<Stored> = sqlx::query_as(ALL).bind(owner.iss).bind(owner.sub)
                .fetch_all(&mut *transaction).await?;
            let mut pantry = Pantry::new(read_all(rows)?);
            let done = change(&mut pantry)?;
            pantry.settle()?;
            for statement in statements(owner, &pantry.writes(), now)? {
                if statement.query().execute(&mut *transaction).await?.rows_affected() != 1 {
                    return Err(StoreError::Raced);
                }
            }
            done
        });
        self.calls.call(owner);
        Ok(done)
    }
}

/// A new food's id.
pub(super) fn new_id() -> Result<String, StoreError> {
    Ok(format!("{:016x}", u64::from_be_bytes(shared::random::bytes()?)))
}
