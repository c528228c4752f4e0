//! The tool get_nutrition: what is in so much of one food.
//!
//! 1. Find the food.
//! 2. Turn amount and unit into grams.
//! 3. List the nutrients; what the source does not tell is null, never 0.
//!
//! The default amount is 100 when the unit is g, and 1 for any other unit: nobody means 100 cups.

use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FoodServer;
use super::answer::{Answer, input_schema, output_schema};
use super::caller::Caller;
use super::error::Failure;
use super::foods::weigh;
use super::input::{self, Id, Input, Keys, Number};
use super::view::{self, DailyValues, FoodView, MacroRatioView, NutrientMap, PortionView, ResolvedPortion};
use crate::food::model::Food;
use crate::food::nutrition::{Eaten, Selection, total};
use crate::food::portions::{Resolved, WeightBasis};
use crate::food::{round, state, units};

/// The arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Arguments {
    /// The food's id as search_food shows it, for example "09040".
    #[serde(alias = "food_id", alias = "id")]
    food_id: Id,
    /// The id's source, where the id alone could be several: usda, survey or custom; fdc or openfoodfacts where set up.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    source: Option<String>,
    /// How many of the unit. 100 for g when left out, else 1.
    #[serde(default)]
    #[schemars(with = "Number", extend("exclusiveMinimum" = 0))]
    amount: Option<Number>,
    /// Any unit in plain words: g, oz, ml, cup, tbsp, fl oz, "medium", "slice", "cup, chopped", or a label of availablePortions word for word. g when left out.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    unit: Option<String>,
    /// "as_purchased" when a weight includes peel, bones or shells; "edible" when left out.
    #[serde(default, alias = "weight_basis")]
    #[schemars(with = "Basis")]
    weight_basis: Option<Basis>,
    /// "core" (18 keys, when left out), "all", or a list of keys such as `iron_mg` and `vitamin_k_mcg`.
    #[serde(default)]
    #[schemars(with = "Keys")]
    nutrients: Option<Keys>,
    /// Whether to add percentages of the Daily Values for adults.
    #[serde(default, alias = "daily_values", deserialize_with = "input::flag")]
    #[schemars(with = "bool")]
    daily_values: Option<bool>,
}

/// Whether a weight includes what is thrown away.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(super) enum Basis {
    /// Only what is eaten.
    Edible,
    /// With peel, bones and shells.
    AsPurchased,
}

/// The result.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Nutrition {
    /// The food.
    food: FoodView,
    /// The serving in words.
    serving_description: String,
    /// The edible weight in grams.
    grams: f64,
    /// The portion that the weight was made from.
    resolved_portion: ResolvedPortion,
    /// Nutrients by key.
    nutrients: NutrientMap,
    /// Shares of the energy; null where protein, carbohydrate or fat is not known.
    macro_ratio: Option<MacroRatioView>,
    /// What the food can be measured in.
    available_portions: Vec<PortionView>,
    /// How new the data is.
    data_freshness: &'static str,
    /// Whom to cite.
    attribution: String,
    /// What to tell the user.
    warnings: Vec<String>,
}

#[tool_router(router = get_nutrition_tool, vis = "pub(super)")]
impl FoodServer {
    /// Gives calories and nutrients of one food for an amount in any unit ("2 medium", "1 cup chopped", "12 fl oz", g). Needs the food's id: call search_food first. For several foods use calculate_meal. A value of null is unknown, not zero. Report figures as they are, never estimate.
    #[tool(
        title = "Get nutrition",
        annotations(title = "Get nutrition", read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        input_schema = input_schema::<Arguments>(),
        output_schema = output_schema::<Nutrition>()
    )]
    async fn get_nutrition(
        &self,
        caller: Caller,
        Input(arguments): Input<Arguments>,
    ) -> Result<Answer<Nutrition>, Failure> {
        let arguments = arguments?;
        let food = self
            .foods
            .find(&caller, &arguments.food_id, arguments.source.as_deref())
            .await?;
        let basis = arguments.weight_basis.map_or(WeightBasis::Edible, WeightBasis::from);
        let (amount, unit) = quantity(arguments.amount, arguments.unit.as_deref());
        let resolved = weigh(&food, amount, unit, basis)?;
        let selection = arguments.nutrients.map_or(Selection::Core, |keys| keys.0);
        let daily = if arguments.daily_values == Some(true) {
            DailyValues::Shown
        } else {
            DailyValues::Hidden
        };
        let nutrition = self.nutrition(&food, &describe(amount, unit), resolved, &selection, daily)?;
        let text = text(&nutrition, view::live_attribution(&food));
        Ok(Answer {
            structured: nutrition,
            text,
        })
    }
}

impl FoodServer {
    pub(super) fn nutrition(
        &self,
        food: &Food,
        asked: &str,
        resolved: Resolved,
        selection: &Selection,
        daily: DailyValues,
    ) -> Result<Nutrition, Failure> {
        let eaten = [Eaten {
            food,
            grams: resolved.grams,
        }];
        let listed = selection.nutrients(self.foods.nutrients(), &eaten)?;
        let totals: Vec<_> = listed.into_iter().map(|nutrient| total(nutrient, &eaten)).collect();
        let mut nutrients = view::nutrients(&totals, 1.0, daily);
        view::add_source_kinds(&mut nutrients, &totals, food);
        let grams = round(resolved.grams, 2);
        let resolved_portion = ResolvedPortion::from(&resolved);
        let mut warnings = resolved.warnings;
        warnings.extend(state::warning(food));
        warnings.extend(view::fetched_warnings(food, self.clock.now()));
        Ok(Nutrition {
            food: FoodView::from(food),
            serving_description: format!("{asked} ({grams} g)"),
            grams,
            resolved_portion,
            nutrients,
            macro_ratio: view::ratio(&eaten),
            available_portions: view::portions(food).collect(),
            data_freshness: view::freshness(food),
            attribution: view::attribution(food),
            warnings,
        })
    }
}

impl From<Basis> for WeightBasis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Edible => Self::Edible,
            Basis::AsPurchased => Self::AsPurchased,
        }
    }
}

/// The amount and unit, with the contract's defaults.
fn quantity(amount: Option<Number>, unit: Option<&str>) -> (f64, &str) {
    let unit = unit.unwrap_or("g");
    let default = if unit == "g" { 100.0 } else { 1.0 };
    (amount.map_or(default, |amount| amount.0), unit)
}

/// "2 medium"; one of a unit that has its own number is told as that: "½ cup", "two large".
pub(super) fn describe(amount: f64, unit: &str) -> String {
    let numbered = units::parse(unit).is_ok_and(|measure| measure.count.is_some());
    if numbered && (amount - 1.0).abs() < f64::EPSILON {
        unit.to_owned()
    } else {
        format!("{amount} {unit}")
    }
}

/// The result for reading, and whom to cite where that is a live provider.
fn text(nutrition: &Nutrition, cited: Option<String>) -> String {
    let food = &nutrition.food;
    let mut lines = vec![
        format!(
            "{} ({}:{}), {}",
            food.name, food.source, food.id, nutrition.serving_description
        ),
        view::summary(&nutrition.nutrients),
    ];
    lines.extend(nutrition.warnings.iter().map(|warning| format!("Note: {warning}")));
    lines.extend(cited.map(|whom| format!("Source: {whom}")));
    lines.join("\n")
}
