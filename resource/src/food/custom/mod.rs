//! Foods that users save: kept for ever, seen by nobody else, found again by search.
//!
//! 1. A [`Draft`] is what was said, per serving.
//! 2. [`Draft::check`] refuses what cannot be and turns the rest into a [`Content`] per 100 g.
//! 3. `pantry` changes it in memory, together with the recipes that it goes into.
//! 4. [`store::SavedFoods`] keeps it under its owner.
//! 5. [`watch::Watch`] tells who waits for it what became of them.
//!
//! Names are untrusted text: bounded, and without characters that could disturb how they are shown.

mod check;
mod edit;
mod gtin;
mod keys;
mod pantry;
mod recipe;
mod statements;
pub mod store;
pub mod transfer;
pub mod watch;

use serde::{Deserialize, Serialize};

use super::model::{Food, FoodId, NutrientNumber, NutrientValue, Portion, Source};

pub use check::{Checked, Draft, Invalid};
pub use edit::{Amounts, Edit};
pub use gtin::{BadGtin, Gtin};
use keys::Keys;
pub use pantry::{MOST_FOODS, Refused};
pub use recipe::{Ingredient, Recipe};

/// The category of a food that was given none.
const CATEGORY: &str = "Saved foods";

/// Whose foods they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a> {
    /// The issuer that vouches for `sub`.
    pub iss: &'a str,
    /// The user, unique within `iss`.
    pub sub: &'a str,
}

/// What is kept of a food: checked, and per 100 g.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Its name.
    pub name: String,
    /// Its brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Its category; "Saved foods" where none was given.
    pub category: String,
    /// Its barcode, digits only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// Other names it is found by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Measures; the serving comes first.
    pub portions: Vec<Measure>,
    /// Amounts per 100 g by USDA's nutrient number, ascending.
    pub nutrients: Vec<(u16, f64)>,
    /// How it is made, where the nutrients come from ingredients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
}

/// A measure and its weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// How many.
    pub amount: f64,
    /// Of what.
    pub unit: String,
    /// Their weight in grams.
    pub grams: f64,
}

/// A food as kept.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedFood {
    /// Its id within the source "custom".
    pub id: String,
    /// 1 when created, one more with each change.
    pub version: i64,
    /// What it is.
    pub content: Content,
}

impl SavedFood {
    /// The food as the rest of the program sees it.
    pub fn food(&self) -> Food {
        let content = &self.content;
        let value = |(number, amount): &(u16, f64)| NutrientValue {
            number: NutrientNumber(*number),
            amount: *amount,
            source_code: None,
            derivation: None,
        };
        let portion = |measure: &Measure| Portion {
            amount: measure.amount,
            description: measure.unit.clone(),
            grams: measure.grams,
        };
        Food {
            id: FoodId {
                source: Source::Custom,
                id: self.id.clone(),
            },
            name: content.name.clone(),
            brand: content.brand.clone(),
            category: content.category.clone(),
            common_names: content.aliases.clone(),
            scientific_name: None,
            refuse: None,
            nutrients: content.nutrients.iter().map(value).collect(),
            portions: content.portions.iter().map(portion).collect(),
            fetched: None,
            contains: content.recipe.iter().flat_map(Recipe::providers).collect(),
        }
    }
}

impl Content {
    /// The barcode as compared: 14 digits.
    fn compared_barcode(&self) -> Option<String> {
        self.barcode.as_deref().map(gtin::compared)
    }
}

/// So many digits come through JSON and CSV and back without a change.
fn significant(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}
