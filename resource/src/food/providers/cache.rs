//! Answers of providers in the database: every SQL statement about them.
//!
//! An answer is written by one statement, and an older one never takes the place of a newer, whoever comes last. Rows
//! that nobody can use any more go, and of too many those that are of use for the shortest.
//!
//! Easy to get wrong: (1) a row of the future, from a clock that was set back since, is not fresh, and must not keep its
//! place until that time comes. (2) That a row is too old is said when it is read: who knows when rows were last deleted.

use shared::clock::NumericDate;
use shared::database::Database;
use shared::{on_reader, on_writer};

use super::record::Record;

/// How long an answer may stand in after it should have been told anew, in seconds: thirty days.
const STALE_SECONDS: i64 = 30 * 24 * 3600;
/// How far clocks may be apart, in seconds; an answer that was told later than that in the future has a wrong time.
const CLOCKS_APART: i64 = 3600;
/// Rows that are kept.
const MOST_ROWS: i64 = 50_000;

/// The answers that are kept.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    database: Database,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    /// The foods; none where there are none.
    pub(super) foods: Vec<Record>,
    /// When the provider told it.
    pub(super) told_at: NumericDate,
    /// Until when it is as good as new.
    pub(super) fresh_until: NumericDate,
}

#[derive(sqlx::FromRow)]
struct Row {
    foods: String,
    told_at: NumericDate,
    fresh_until: NumericDate,
}

impl Kept {
    /// Whether it need not be asked for again.
    pub(super) fn is_fresh(&self, now: NumericDate) -> bool {
        (self.told_at..self.fresh_until).contains(&now)
    }

    /// Whether it may stand in for an answer that cannot be had. That there was nothing is none after its time.
    pub(super) fn may_stand_in(&self, now: NumericDate) -> bool {
        !self.foods.is_empty() && now < self.fresh_until.saturating_add(STALE_SECONDS)
    }
}

impl Cache {
    /// The table in a database that is up to date.
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    /// The answer to a question, fresh or not. What cannot be read any more is none.
    pub(super) async fn get(&self, provider: &str, question: &str) -> Result<Option<Kept>, sqlx::Error> {
        const SQL: &str = "SELECT foods, told_at, fresh_until FROM provider_answers
            WHERE provider = $1 AND question = $2";
        let row: Option<Row> = on_reader!(self.database, pool =>
            sqlx::query_as(SQL).bind(provider).bind(question).fetch_optional(pool).await)?;
        Ok(row.and_then(|row| {
            Some(Kept {
                foods: serde_json::from_str(&row.foods).ok()?,
                told_at: row.told_at,
                fresh_until: row.fresh_until,
            })
        }))
    }

    /// Keeps an answer, unless a newer one is there that is not of a wrong clock.
    pub(super) async fn put(
        &self,
        provider: &str,
        question: &str,
        attribution: &str,
        kept: &Kept,
    ) -> Result<(), sqlx::Error> {
        const SQL: &str = "INSERT INTO provider_answers
            (provider, question, foods, attribution, told_at, fresh_until) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (provider, question) DO UPDATE SET foods = excluded.foods, attribution = excluded.attribution,
                told_at = excluded.told_at, fresh_until = excluded.fresh_until
            WHERE excluded.told_at >= provider_answers.told_at OR excluded.told_at + $7 < provider_answers.told_at";
        let foods = serde_json::to_string(&kept.foods).map_err(|error| sqlx::Error::Encode(error.into()))?;
        on_writer!(self.database, pool => sqlx::query(SQL).bind(provider).bind(question).bind(&foods)
            .bind(attribution).bind(kept.told_at).bind(kept.fresh_until).bind(CLOCKS_APART).execute(pool).await.map(drop))
    }

    /// Deletes what nobody can use any more, and of too many what is of use for the shortest.
    pub(super) async fn tidy(&self, now: NumericDate) -> Result<(), sqlx::Error> {
        const OLD: &str = "DELETE FROM provider_answers
            WHERE fresh_until <= $1 OR (fresh_until <= $2 AND foods = '[]')";
        // SQLite knows no OFFSET without LIMIT.
        const TOO_MANY: &str = "DELETE FROM provider_answers WHERE (provider, question) IN
            (SELECT provider, question FROM provider_answers ORDER BY fresh_until DESC, told_at DESC
                LIMIT 1000000 OFFSET $1)";
        let old = now.saturating_sub(STALE_SECONDS);
        on_writer!(self.database, pool => sqlx::query(OLD).bind(old).bind(now).execute(pool).await.map(drop))?;
        on_writer!(self.database, pool => sqlx::query(TOO_MANY).bind(MOST_ROWS).execute(pool).await.map(drop))
    }
}
