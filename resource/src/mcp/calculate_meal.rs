//! The tool calculate_meal: the sum of a meal.
//!
//! 1. Find and weigh each item.
//! 2. Strict: any bad item fails the call, with every bad item's index and reason. Not strict: the good ones are
//!    summed and `complete` is false.
//! 3. Sum unrounded, round once.
//!
//! A nutrient that an item's source does not tell is listed in `missing`: its sum is too low, and coverage says so.

use std::collections::{BTreeMap, BTreeSet};

use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::clock::NumericDate;

use super::FoodServer;
use super::answer::{Answer, input_schema, output_schema};
use super::caller::Caller;
use super::error::{Code, Failure, ToolError};
use super::input::{self, Input, Keys, Number};
use super::meal_item::{self, Counted, Item, Picked, or_not_strict, pick_all, refuse_bad};
use super::view::{self, CoverageView, DailyValues, FoodView, MacroRatioView, NutrientMap, ResolvedPortion};
use crate::food::nutrition::{Coverage, Eaten, Selection, Total, total};
use crate::food::{round, state};

/// Fewer servings would make more of a meal than numbers can say,
const LEAST_SERVINGS: f64 = 0.001;
/// and more make nothing of it.
const MOST_SERVINGS: f64 = 100_000.0;

/// The arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Arguments {
    /// What was eaten: each a foodId (or a query with the plain name), an amount and a unit.
    #[serde(deserialize_with = "meal_item::items")]
    #[schemars(length(min = 1, max = 100))]
    items: Vec<Item>,
    /// Into how many equal servings to divide the totals.
    #[serde(default)]
    #[schemars(with = "Number", extend("exclusiveMinimum" = 0))]
    servings: Option<Number>,
    /// true (when left out): one bad item fails the call. false: the good ones are summed.
    #[serde(default, deserialize_with = "input::flag")]
    #[schemars(with = "bool")]
    strict: Option<bool>,
    /// "core" (18 keys, when left out), "all", or a list of keys.
    #[serde(default)]
    #[schemars(with = "Keys")]
    nutrients: Option<Keys>,
    /// Whether to add percentages of the Daily Values for adults.
    #[serde(default, alias = "daily_values", deserialize_with = "input::flag")]
    #[schemars(with = "bool")]
    daily_values: Option<bool>,
}

/// The result.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meal {
    /// Each item, in the order given: its food and nutrients, or its error.
    items: Vec<MealItem>,
    /// The sums by key.
    totals: NutrientMap,
    /// The sums divided among the servings.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_serving: Option<NutrientMap>,
    /// Shares of the energy; null where an item's protein, carbohydrate or fat is not known.
    macro_ratio: Option<MacroRatioView>,
    /// By key, how many items' sources told it: full, partial (the sum is too low) or none.
    nutrient_coverage: BTreeMap<String, CoverageView>,
    /// By key, the indices of the items whose source does not tell it.
    missing: BTreeMap<String, Vec<usize>>,
    /// Whether every item is in the totals.
    complete: bool,
    /// What to tell the user.
    warnings: Vec<String>,
}

/// One item of the result.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MealItem {
    /// Its place in the call, from 0.
    index: usize,
    /// The food counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    food: Option<FoodView>,
    /// The serving in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    serving_description: Option<String>,
    /// Its edible weight in grams.
    #[serde(skip_serializing_if = "Option::is_none")]
    grams: Option<f64>,
    /// The portion that the weight was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_portion: Option<ResolvedPortion>,
    /// Amounts by key; null where the source does not tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    nutrients: Option<BTreeMap<String, Option<f64>>>,
    /// Whom to cite for a food of a live provider, or one made of such.
    #[serde(skip_serializing_if = "Option::is_none")]
    attribution: Option<String>,
    /// How new such a food's data is.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_freshness: Option<&'static str>,
    /// Why it was not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ItemError>,
    /// What to tell the user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Why an item was not counted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ItemError {
    /// What kind of error it is.
    code: Code,
    /// What went wrong.
    message: String,
    /// Facts: nearest names, portions.
    details: serde_json::Map<String, Value>,
    /// What to do next.
    hint: String,
}

#[tool_router(router = calculate_meal_tool, vis = "pub(super)")]
impl FoodServer {
    /// Adds up the nutrients of a whole meal or recipe in one call. Items name a food by id (from search_food), or by plain name as query; a name that does not match clearly is refused rather than guessed. Use it for every sum: do not add figures yourself. Say which nutrients are only partly known (nutrientCoverage).
    #[tool(
        title = "Calculate meal",
        annotations(title = "Calculate meal", read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        input_schema = input_schema::<Arguments>(),
        output_schema = output_schema::<Meal>()
    )]
    async fn calculate_meal(
        &self,
        caller: Caller,
        Input(arguments): Input<Arguments>,
    ) -> Result<Answer<Meal>, Failure> {
        let arguments = arguments?;
        let servings = servings(arguments.servings)?;
        let picked = pick_all(&self.foods, &caller, &arguments.items).await?;
        if arguments.strict != Some(false) {
            refuse_bad(&picked).map_err(or_not_strict)?;
        }
        let meal = self.meal(&picked, servings, &arguments)?;
        let text = text(&meal);
        Ok(Answer { structured: meal, text })
    }
}

impl FoodServer {
    fn meal(&self, picked: &[Counted], servings: Option<f64>, arguments: &Arguments) -> Result<Meal, Failure> {
        let selection = arguments.nutrients.as_ref().map_or(&Selection::Core, |keys| &keys.0);
        let daily = if arguments.daily_values == Some(true) {
            DailyValues::Shown
        } else {
            DailyValues::Hidden
        };
        let good: Vec<(usize, &Picked)> = picked
            .iter()
            .enumerate()
            .filter_map(|(index, item)| Some((index, item.as_ref().ok()?)))
            .collect();
        let eaten: Vec<Eaten<'_>> = good
            .iter()
            .map(|(_, item)| Eaten {
                food: &item.food,
                grams: item.resolved.grams,
            })
            .collect();
        let listed = selection.nutrients(self.foods.nutrients(), &eaten)?;
        let totals: Vec<Total<'_>> = listed.iter().map(|nutrient| total(nutrient, &eaten)).collect();
        let index_of = |at: &usize| good.get(*at).map_or(*at, |(index, _)| *index);
        let missing = |total: &Total<'_>| {
            (
                total.nutrient.key.clone(),
                total.missing.iter().map(index_of).collect::<Vec<usize>>(),
            )
        };
        let bad = picked.len() - good.len();
        Ok(Meal {
            totals: view::nutrients(&totals, 1.0, daily),
            per_serving: servings.map(|servings| view::nutrients(&totals, servings, daily)),
            macro_ratio: view::ratio(&eaten),
            nutrient_coverage: totals
                .iter()
                .map(|total| (total.nutrient.key.clone(), total.coverage.into()))
                .collect(),
            missing: totals
                .iter()
                .filter(|total| !total.missing.is_empty())
                .map(missing)
                .collect(),
            complete: bad == 0,
            warnings: warnings(&totals, bad, picked.len()),
            items: picked
                .iter()
                .enumerate()
                .map(|(index, item)| view_item(index, item, &totals, self.clock.now()))
                .collect(),
        })
    }
}

fn view_item(index: usize, item: &Counted, totals: &[Total<'_>], now: NumericDate) -> MealItem {
    match item {
        Ok(picked) => counted(index, picked, totals, now),
        Err(error) => MealItem {
            index,
            error: Some(ItemError {
                code: error.code,
                message: error.message.clone(),
                details: error.details.clone(),
                hint: error.hint.clone(),
            }),
            ..MealItem::default()
        },
    }
}

fn counted(index: usize, picked: &Picked, totals: &[Total<'_>], now: NumericDate) -> MealItem {
    let eaten = [Eaten {
        food: &picked.food,
        grams: picked.resolved.grams,
    }];
    let amount = |of: &Total<'_>| (of.nutrient.key.clone(), total(of.nutrient, &eaten).rounded(1.0));
    let grams = round(picked.resolved.grams, 2);
    let mut warnings = picked.resolved.warnings.clone();
    warnings.extend(state::warning(&picked.food));
    warnings.extend(view::fetched_warnings(&picked.food, now));
    let fetched = picked.food.fetched.as_ref();
    MealItem {
        index,
        food: Some(FoodView::from(&*picked.food)),
        serving_description: Some(format!("{} ({grams} g)", picked.asked)),
        grams: Some(grams),
        resolved_portion: Some(ResolvedPortion::from(&picked.resolved)),
        nutrients: Some(totals.iter().map(amount).collect()),
        attribution: view::live_attribution(&picked.food),
        data_freshness: fetched.map(|_| view::freshness(&picked.food)),
        error: None,
        warnings,
    }
}

fn servings(servings: Option<Number>) -> Result<Option<f64>, ToolError> {
    match servings {
        None => Ok(None),
        Some(Number(servings)) if (LEAST_SERVINGS..=MOST_SERVINGS).contains(&servings) => Ok(Some(servings)),
        Some(_) => Err(ToolError::new(
            Code::InvalidAmount,
            format!("servings must be from {LEAST_SERVINGS} to {MOST_SERVINGS}"),
            "Leave servings out for one.",
        )),
    }
}

fn warnings(totals: &[Total<'_>], bad: usize, all: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    if bad > 0 {
        warnings.push(format!("{bad} of {all} items are not in the totals; see their errors"));
    }
    let partial: Vec<&str> = totals
        .iter()
        .filter(|total| total.coverage == Coverage::Partial)
        .map(|total| total.nutrient.key.as_str())
        .collect();
    if !partial.is_empty() {
        warnings.push(format!(
            "not every item's source tells {}; these sums are too low",
            partial.join(", ")
        ));
    }
    warnings
}

fn text(meal: &Meal) -> String {
    let mut lines: Vec<String> = meal.items.iter().map(line).collect();
    lines.push(format!("Total: {}", view::summary(&meal.totals)));
    if let Some(serving) = &meal.per_serving {
        lines.push(format!("Per serving: {}", view::summary(serving)));
    }
    lines.extend(meal.warnings.iter().map(|warning| format!("Note: {warning}")));
    let cited: BTreeSet<&str> = meal
        .items
        .iter()
        .filter_map(|item| item.attribution.as_deref())
        .collect();
    lines.extend(cited.into_iter().map(|whom| format!("Source: {whom}")));
    lines.join("\n")
}

fn line(item: &MealItem) -> String {
    if let Some(error) = &item.error {
        return format!("{}. not counted: {}", item.index, error.message);
    }
    let name = item.food.as_ref().map_or("", |food| food.name.as_str());
    let serving = item.serving_description.as_deref().unwrap_or_default();
    let calories = item
        .nutrients
        .as_ref()
        .and_then(|nutrients| nutrients.get("calories").copied().flatten());
    let calories = calories.map_or_else(|| "energy unknown".to_owned(), |calories| format!("{calories} kcal"));
    let mut line = format!("{}. {name}, {serving}: {calories}", item.index);
    for warning in &item.warnings {
        line.push_str(" (");
        line.push_str(warning);
        line.push(')');
    }
    line
}
