//! What live providers told of a name or a barcode, apart from the foods at hand: each with its source, how new it is
//! and whom to cite.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::view::{self, FoodView, PortionView};
use crate::food::model::{Food, Freshness};
use crate::food::nutrients::{CALORIES, per_100_g};
use crate::food::providers::Reached;
use crate::food::round;

/// Portions shown with a food.
const PORTIONS: usize = 3;

/// Foods that live providers told of.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Live {
    /// The foods; they are in no order of fitness.
    results: Vec<LiveFood>,
    /// Whether it is the one product with this barcode, and no old answer about it.
    confident: bool,
    /// Whom to cite for them.
    attribution: Vec<String>,
}

/// A food that a live provider told of.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct LiveFood {
    /// The food; its category is the provider's.
    #[serde(flatten)]
    food: FoodView,
    /// Energy in kcal of 100 g, or of 100 ml; null where not known.
    calories: Option<f64>,
    /// What the energy is of: "100 g" or "100 ml".
    per: &'static str,
    /// The first measures.
    portions: Vec<PortionView>,
    /// live, cache or stale.
    data_freshness: &'static str,
}

impl Live {
    /// What was told, of a barcode or else a name; `None` where nothing was.
    pub(super) fn of(reached: &Reached, is_barcode: bool) -> Option<Self> {
        let mut attribution: Vec<_> = reached.foods.iter().map(view::attribution).collect();
        attribution.dedup();
        let results: Vec<LiveFood> = reached.foods.iter().map(LiveFood::from).collect();
        let confident = is_barcode && matches!(results.as_slice(), [food] if !food.is_stale());
        (!results.is_empty()).then_some(Self {
            results,
            confident,
            attribution,
        })
    }

    /// The same for reading.
    pub(super) fn lines(&self) -> Vec<String> {
        let heading = "From live providers (use the id with its source):".to_owned();
        let cited = self.attribution.iter().map(|whom| format!("Source: {whom}"));
        std::iter::once(heading)
            .chain(self.results.iter().map(line))
            .chain(cited)
            .collect()
    }
}

impl LiveFood {
    fn is_stale(&self) -> bool {
        self.data_freshness == Freshness::Stale.as_str()
    }
}

impl From<&Food> for LiveFood {
    fn from(food: &Food) -> Self {
        Self {
            food: FoodView::from(food),
            calories: per_100_g(food, CALORIES).map(|calories| round(calories, 1)),
            per: if food.is_by_volume() { "100 ml" } else { "100 g" },
            portions: view::portions(food).take(PORTIONS).collect(),
            data_freshness: view::freshness(food),
        }
    }
}

fn line(told: &LiveFood) -> String {
    let (food, per) = (&told.food, told.per);
    let calories = told.calories.map_or_else(
        || "energy unknown".to_owned(),
        |calories| format!("{calories} kcal/{per}"),
    );
    let brand = food
        .brand
        .as_deref()
        .map(|brand| format!(" [{brand}]"))
        .unwrap_or_default();
    let mut line = format!("{}:{} {}{brand}: {calories}", food.source, food.id, food.name);
    let unit = per.trim_start_matches("100 ");
    for portion in told.portions.iter().filter(|portion| portion.label != "100 ml") {
        let _ = write!(line, "; {} = {} {unit}", portion.label, portion.grams);
    }
    if told.is_stale() {
        line.push_str(" (old: the provider cannot be asked now)");
    }
    line
}
