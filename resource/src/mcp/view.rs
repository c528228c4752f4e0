//! What tools show: foods, portions, nutrients and shares, in the names of the contracts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use shared::clock::NumericDate;

use crate::food::daily_values;
use crate::food::model::{Food, Freshness, Source};
use crate::food::nutrition::{Coverage, Eaten, MacroRatio, Total, macro_ratio, source_kind};
use crate::food::portions::{self, How, Resolved};
use crate::food::{providers, round};

/// A food's identity.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FoodView {
    /// The id within the source.
    pub id: String,
    /// The source.
    pub source: &'static str,
    /// The name in the source's words.
    pub name: String,
    /// The brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The food group.
    pub category: String,
}

impl From<&Food> for FoodView {
    fn from(food: &Food) -> Self {
        Self {
            id: food.id.id.clone(),
            source: food.id.source.as_str(),
            name: food.name.clone(),
            brand: food.brand.clone(),
            category: food.category.clone(),
        }
    }
}

/// A household measure and its weight. The label is understood as a unit, word for word.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct PortionView {
    /// The measure: "cup, chopped".
    pub label: String,
    /// Its weight in grams.
    pub grams: f64,
}

/// A food's portions as shown.
pub(super) fn portions(food: &Food) -> impl Iterator<Item = PortionView> {
    food.portions.iter().map(|portion| PortionView {
        label: portions::label(portion),
        grams: round(portion.grams, 2),
    })
}

/// How a weight was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum HowView {
    /// A weight was asked for.
    Mass,
    /// A portion, as the source weighs it.
    Portion,
    /// A volume, from the weight of another volume of the food.
    Density,
    /// Worked out in another way; see the warnings.
    Derived,
}

impl From<How> for HowView {
    fn from(how: How) -> Self {
        match how {
            How::Mass => Self::Mass,
            How::Portion => Self::Portion,
            How::Density => Self::Density,
            How::Derived => Self::Derived,
        }
    }
}

/// The portion a weight was made from.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct ResolvedPortion {
    /// The portion in the source's words; "g" for a weight.
    pub label: String,
    /// How the weight was found.
    pub how: HowView,
}

impl From<&Resolved> for ResolvedPortion {
    fn from(resolved: &Resolved) -> Self {
        Self {
            label: resolved.label.clone(),
            how: resolved.how.into(),
        }
    }
}

/// One nutrient.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NutrientView {
    /// The amount; null where no source tells it. Null is not 0.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: String,
    /// Whether there is a value.
    pub available: bool,
    /// Percent of the Daily Value for adults, where asked for and where there is one.
    #[serde(rename = "percentDV", skip_serializing_if = "Option::is_none")]
    pub percent_dv: Option<f64>,
    /// How the source came by the value: analytical, calculated, label, assumed_zero, user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_kind: Option<&'static str>,
}

/// Nutrients by key.
pub(super) type NutrientMap = BTreeMap<String, NutrientView>;

/// Whether to show percentages of Daily Values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DailyValues {
    /// Show them.
    Shown,
    /// Leave them out.
    Hidden,
}

/// Sums by key, divided among servings.
pub(super) fn nutrients(totals: &[Total<'_>], servings: f64, daily: DailyValues) -> NutrientMap {
    totals
        .iter()
        .map(|total| (total.nutrient.key.clone(), nutrient(total, servings, daily)))
        .collect()
}

fn nutrient(total: &Total<'_>, servings: f64, daily: DailyValues) -> NutrientView {
    let value = total.rounded(servings);
    let exact = total
        .sum
        .filter(|_| daily == DailyValues::Shown)
        .map(|sum| sum / servings);
    NutrientView {
        value,
        unit: total.nutrient.unit.clone(),
        available: value.is_some(),
        percent_dv: exact.and_then(|exact| daily_values::percent(&total.nutrient.key, exact)),
        source_kind: None,
    }
}

/// Adds how the values of one food came about.
pub(super) fn add_source_kinds(views: &mut NutrientMap, totals: &[Total<'_>], food: &Food) {
    for total in totals {
        if let Some(view) = views.get_mut(&total.nutrient.key) {
            view.source_kind = source_kind(food, total.nutrient.number);
        }
    }
}

/// Shares of the energy in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_field_names,
    reason = "the names on the wire say that they are percentages"
)]
pub(super) struct MacroRatioView {
    /// From protein, at 4 kcal/g.
    pub protein_percent: f64,
    /// From carbohydrate, at 4 kcal/g.
    pub carbs_percent: f64,
    /// From fat, at 9 kcal/g.
    pub fat_percent: f64,
    /// From alcohol, at 7 kcal/g; null where no source tells of it.
    pub alcohol_percent: Option<f64>,
}

impl From<MacroRatio> for MacroRatioView {
    fn from(ratio: MacroRatio) -> Self {
        Self {
            protein_percent: ratio.protein,
            carbs_percent: ratio.carbs,
            fat_percent: ratio.fat,
            alcohol_percent: ratio.alcohol,
        }
    }
}

/// Where the energy comes from, where that is known.
pub(super) fn ratio(eaten: &[Eaten<'_>]) -> Option<MacroRatioView> {
    macro_ratio(eaten).map(MacroRatioView::from)
}

/// How many foods of a meal told a nutrient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum CoverageView {
    /// All.
    Full,
    /// Some: the sum is too low.
    Partial,
    /// None.
    None,
}

impl From<Coverage> for CoverageView {
    fn from(coverage: Coverage) -> Self {
        match coverage {
            Coverage::Full => Self::Full,
            Coverage::Partial => Self::Partial,
            Coverage::None => Self::None,
        }
    }
}

/// How new the data is: "bundled" with the program, "live" from the caller's own foods, or as it was fetched.
pub(super) fn freshness(food: &Food) -> &'static str {
    match (&food.fetched, food.id.source) {
        (Some(fetched), _) => fetched.freshness.as_str(),
        (None, Source::Custom) => "live",
        (None, _) => "bundled",
    }
}

/// Whom to cite; of a recipe also the live providers of what it is made of.
pub(super) fn attribution(food: &Food) -> String {
    let within = food.contains.iter().map(|source| providers::attribution(*source));
    let all: Vec<&str> = std::iter::once(source(food)).chain(within).collect();
    all.join("; made with figures of ")
}

/// The same where whoever wants to be cited is a live provider.
pub(super) fn live_attribution(food: &Food) -> Option<String> {
    (food.fetched.is_some() || !food.contains.is_empty()).then(|| attribution(food))
}

fn source(food: &Food) -> &'static str {
    match food.id.source {
        Source::Usda => {
            "U.S. Department of Agriculture, Agricultural Research Service: USDA National Nutrient Database for Standard Reference, Release 28 (2015)"
        }
        Source::Survey => {
            "U.S. Department of Agriculture, Agricultural Research Service: FoodData Central (2024-10-31)"
        }
        Source::Custom => "saved by the user",
        Source::Fdc | Source::OpenFoodFacts => providers::attribution(food.id.source),
    }
}

/// What to tell of a food that was fetched, whatever is asked about it.
pub(super) fn fetched_warnings(food: &Food, now: NumericDate) -> Vec<String> {
    let Some(fetched) = &food.fetched else {
        return Vec::new();
    };
    let name = providers::name(food.id.source);
    let mut warnings = Vec::new();
    if fetched.freshness == Freshness::Stale {
        let days = (now - fetched.at).max(0) / 86_400;
        warnings.push(format!("{name} cannot be asked now: these figures are {days} days old"));
    }
    if food.id.source == Source::OpenFoodFacts {
        warnings.push(
            "users of Open Food Facts copied these figures from the package; labels outside North America count fiber apart from carbohydrate".to_owned(),
        );
    }
    warnings
}

/// The macronutrients in a line: "105.0 kcal, protein 1.3 g, carbs 27 g, fat 0.4 g".
pub(super) fn summary(map: &NutrientMap) -> String {
    let value = |key: &str, unit: &str| match map.get(key).and_then(|view| view.value) {
        Some(value) => format!("{} {unit}", round(value, 1)),
        None => "unknown".to_owned(),
    };
    format!(
        "{}, protein {}, carbs {}, fat {}",
        value("calories", "kcal"),
        value("protein_g", "g"),
        value("total_carbs_g", "g"),
        value("total_fat_g", "g")
    )
}
