//! The statements that write what was changed, in an order in which no two foods ever have one name or barcode.
//!
//! Easy to get wrong: two foods can change names with each other, so that of several changed rows each first gives
//! its name and barcode up.

use std::borrow::Cow;

use shared::clock::NumericDate;
use sqlx::query::Query;
use sqlx::{Database, Encode, Type};

use super::pantry::Write;
use super::store::StoreError;
use super::{Keys, MOST_FOODS, Owner, SavedFood};

/// A statement that must change one row.
pub(super) struct Statement<'a> {
    sql: &'static str,
    values: Vec<Value<'a>>,
}

enum Value<'a> {
    Text(Cow<'a, str>),
    Maybe(Option<String>),
    Number(i64),
}

const INSERT: &str = "INSERT INTO saved_foods
    (iss, sub, food_id, name_key, brand_key, barcode, version, food, created_at, updated_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $9
    WHERE (SELECT COUNT(*) FROM saved_foods WHERE iss = $1 AND sub = $2) < $10";
const UPDATE: &str = "UPDATE saved_foods
    SET name_key = $4, brand_key = $5, barcode = $6, version = $7, food = $8, updated_at = $9
    WHERE iss = $1 AND sub = $2 AND food_id = $3 AND version = $10";
const GIVE_UP: &str = "UPDATE saved_foods SET name_key = food_id, brand_key = food_id, barcode = NULL
    WHERE iss = $1 AND sub = $2 AND food_id = $3 AND version = $4";
const DELETE: &str = "DELETE FROM saved_foods WHERE iss = $1 AND sub = $2 AND food_id = $3 AND version = $4";

impl<'a> Statement<'a> {
    fn new(sql: &'static str, owner: Owner<'a>, id: &'a str) -> Self {
        let values = [owner.iss, owner.sub, id]
            .map(|text| Value::Text(Cow::Borrowed(text)))
            .into();
        Self { sql, values }
    }

    fn of(sql: &'static str, owner: Owner<'a>, food: &'a SavedFood, now: NumericDate) -> Result<Self, StoreError> {
        let Keys { name, brand } = Keys::of(&food.content);
        let mut statement = Self::new(sql, owner, &food.id);
        statement.values.extend([
            Value::Text(name.into()),
            Value::Text(brand.into()),
            Value::Maybe(food.content.compared_barcode()),
            Value::Number(food.version),
            Value::Text(serde_json::to_string(&food.content)?.into()),
            Value::Number(now),
        ]);
        Ok(statement)
    }

    fn with(mut self, number: i64) -> Self {
        self.values.push(Value::Number(number));
        self
    }

    /// The statement for either database.
    pub(super) fn query<'q, DB: Database>(&'q self) -> Query<'q, DB, DB::Arguments>
    where
        &'q str: Encode<'q, DB> + Type<DB>,
        Option<&'q str>: Encode<'q, DB>,
        i64: Encode<'q, DB> + Type<DB>,
    {
        let query = sqlx::query(self.sql);
        self.values.iter().fold(query, |query, value| match value {
            Value::Text(text) => query.bind(&**text),
            Value::Maybe(text) => query.bind(text.as_deref()),
            Value::Number(number) => query.bind(*number),
        })
    }
}

/// Each of them changes one row, or somebody wrote the row in between.
pub(super) fn statements<'a>(
    owner: Owner<'a>,
    writes: &[Write<'a>],
    now: NumericDate,
) -> Result<Vec<Statement<'a>>, StoreError> {
    let most = i64::try_from(MOST_FOODS).unwrap_or(i64::MAX);
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for write in writes {
        match *write {
            Write::Delete { id, from } => first.push(Statement::new(DELETE, owner, id).with(from)),
            Write::Insert(food) => last.push(Statement::of(INSERT, owner, food, now)?.with(most)),
            Write::Update { food, from } => {
                if writes.len() > 1 {
                    first.push(Statement::new(GIVE_UP, owner, &food.id).with(from));
                }
                last.push(Statement::of(UPDATE, owner, food, now)?.with(from));
            }
        }
    }
    first.append(&mut last);
    Ok(first)
}
