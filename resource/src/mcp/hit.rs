//! A food as search_food shows it: for programs, and as a line for reading.
//!
//! What is shown of a shipped food never changes, and some are found again and again, so it is put together once and kept
//! ([`Foods::shown`]). How well it fits is each search's own.

use std::fmt::Write as _;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::foods::Foods;
use super::view::{self, FoodView, PortionView};
use crate::food::model::Food;
use crate::food::nutrients::{CALORIES, per_100_g};
use crate::food::round;
use crate::food::search::Hit;
use crate::food::state::{self, State};

/// Portions shown with a hit.
const PORTIONS: usize = 3;

/// A hit.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HitView {
    /// The food.
    #[serde(flatten)]
    shown: Arc<Shown>,
    /// How well it fits, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    match_score: f64,
    /// What made it fit: exact, stem, typo, synonym, alias.
    matched_by: &'static str,
}

/// What is shown of a food, whatever was asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Shown {
    /// The food.
    #[serde(flatten)]
    food: FoodView,
    /// Energy in kcal of 100 g; null where not known.
    #[serde(rename = "caloriesPer100g")]
    calories_per_100_g: Option<f64>,
    /// Raw or cooked, where the name says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// The first household measures.
    portions: Vec<PortionView>,
    #[serde(skip)]
    line: String,
}

impl HitView {
    /// A hit of a search.
    pub(super) fn new(hit: &Hit, foods: &Foods) -> Self {
        Self {
            shown: foods.shown(&hit.food),
            match_score: round(hit.score.clamp(0.0, 1.0), 3),
            matched_by: hit.matched_by.as_str(),
        }
    }

    /// A food as a hit that fits fully.
    pub(super) fn listed(food: &Food) -> Self {
        Self {
            shown: Arc::new(food.into()),
            match_score: 1.0,
            matched_by: "exact",
        }
    }

    /// Raw or cooked, where the name says so.
    pub(super) fn state(&self) -> Option<&'static str> {
        self.shown.state
    }

    /// The hit for reading.
    pub(super) fn line(&self) -> &str {
        &self.shown.line
    }
}

impl From<&Food> for Shown {
    fn from(food: &Food) -> Self {
        let mut shown = Self {
            food: food.into(),
            calories_per_100_g: per_100_g(food, CALORIES).map(|calories| round(calories, 1)),
            state: state::of(food).map(State::as_str),
            portions: view::portions(food).take(PORTIONS).collect(),
            line: String::new(),
        };
        shown.line = shown.in_words();
        shown
    }
}

impl Shown {
    fn in_words(&self) -> String {
        let calories = self.calories_per_100_g.map_or_else(
            || "energy unknown".to_owned(),
            |calories| format!("{calories} kcal/100 g"),
        );
        let food = &self.food;
        let brand = food.brand.as_deref();
        let brand = brand.map(|brand| format!(" [{brand}]")).unwrap_or_default();
        let mut line = format!("{}:{} {}{brand}: {calories}", food.source, food.id, food.name);
        for portion in &self.portions {
            let _ = write!(line, "; {} = {} g", portion.label, portion.grams);
        }
        line
    }
}
