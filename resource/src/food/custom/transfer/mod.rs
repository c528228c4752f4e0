//! A user's foods as a file, and back: JSON for programs, CSV for spreadsheets.
//!
//! 1. A file holds foods with their ids and versions, amounts per 100 g under the keys of the tools.
//! 2. Reading it says of each food that cannot be read where it is and why.
//! 3. [`import`](super::store::SavedFoods::import) takes all of them or none.
//!
//! What is exported and imported again is the same to the last bit.

pub mod csv;
mod import;
pub mod json;

use std::collections::{BTreeMap, BTreeSet};

use super::{Content, Recipe};
use crate::food::model::NutrientNumber;
use crate::food::nutrients::Nutrients;

pub use import::Imported;
pub(super) use import::import;

/// A food of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where it is: "food 3", "line 4".
    pub place: String,
    /// Its id, where the file says one.
    pub id: Option<String>,
    /// The version that it is or was made from, where the file says one.
    pub version: Option<i64>,
    /// What it is; not checked yet.
    pub content: Content,
}

/// A food of a file that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct BadRow {
    /// Where it is.
    pub place: String,
    /// Why, and what to do.
    pub why: String,
}

/// The foods of a file, or those that cannot be read.
pub type Read = Result<Vec<Row>, Vec<BadRow>>;

impl BadRow {
    fn new(place: impl Into<String>, why: impl Into<String>) -> Self {
        let (place, why) = (place.into(), why.into());
        Self { place, why }
    }
}

pub(super) fn in_lines(rows: &[BadRow]) -> String {
    let lines: Vec<String> = rows.iter().map(BadRow::to_string).collect();
    lines.join("\n")
}

/// All of them, or those that are bad.
fn all_or_bad(rows: impl Iterator<Item = Result<Row, BadRow>>) -> Read {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Ok(row) => good.push(row),
            Err(row) => bad.push(row),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad) }
}

/// The amounts by the tools' keys.
fn by_key(amounts: &[(u16, f64)], keys: &Nutrients) -> BTreeMap<String, f64> {
    let key = |number: u16| {
        let known = keys
            .all()
            .iter()
            .find(|nutrient| nutrient.number == NutrientNumber(number));
        known.map_or_else(|| number.to_string(), |nutrient| nutrient.key.clone())
    };
    amounts.iter().map(|(number, amount)| (key(*number), *amount)).collect()
}

/// The amounts by number, ascending.
fn by_number(amounts: impl IntoIterator<Item = (String, f64)>, keys: &Nutrients) -> Result<Vec<(u16, f64)>, String> {
    let number = |key: &str| {
        keys.by_key(key)
            .map(|nutrient| nutrient.number.0)
            .or_else(|| key.parse().ok())
    };
    let mut numbers = BTreeMap::new();
    for (key, amount) in amounts {
        let number = number(&key).ok_or_else(|| unknown(&key, keys))?;
        if numbers.insert(number, amount).is_some() {
            return Err(format!("the nutrient \"{key}\" is given twice"));
        }
    }
    Ok(numbers.into_iter().collect())
}

fn unknown(key: &str, keys: &Nutrients) -> String {
    let near = keys.nearest(key).join(", ");
    format!("there is no nutrient \"{key}\"; like it are: {near}")
}

/// A recipe's sums by the tools' keys, for a file.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipeView {
    servings: f64,
    weighed: bool,
    ingredients: Vec<super::Ingredient>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    others: Option<BTreeMap<String, f64>>,
}

impl RecipeView {
    fn new(recipe: &Recipe, keys: &Nutrients) -> Self {
        Self {
            servings: recipe.servings,
            weighed: recipe.weighed,
            ingredients: recipe.ingredients.clone(),
            others: recipe.others.as_ref().map(|others| by_key(others, keys)),
        }
    }

    fn read(self, keys: &Nutrients) -> Result<Recipe, String> {
        Ok(Recipe {
            servings: self.servings,
            weighed: self.weighed,
            ingredients: self.ingredients,
            others: self.others.map(|others| by_number(others, keys)).transpose()?,
            // Found out again when the recipe is made.
            within: BTreeSet::new(),
        })
    }
}
