//! One item of a meal or recipe: a food by id or by name, and how much of it.
//!
//! A name is looked up and must match with confidence; what was picked is echoed. The amount may stand in the
//! name ("two large eggs"). Without a unit nothing is assumed: 2 of egg could be pieces or grams.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::{Failure, ToolError};
use super::foods::{Foods, NearEqual, weigh};
use super::get_nutrition::describe;
use super::input::{self, Id, Number};
use super::quantity::{Quantity, no_unit, same_amount};
use super::view::FoodView;
use crate::food::model::Food;
use crate::food::portions::{How, PortionError, Resolved, WeightBasis};
use crate::food::search::OwnFoods;
use crate::food::units::item::Spoken;
use crate::food::{round, state, units};

/// How close another food must be for a piece of it to weigh as much.
const SAME_PIECE: f64 = 0.9;
/// Sizes of pieces, as a unit.
const SIZES: &[&str] = &["small", "medium", "large"];
/// The most items of a meal.
const MOST_ITEMS: usize = 100;
/// Items that are looked up at once: live providers take their time.
const AT_ONCE: usize = 10;

/// One item: foodId or query, with amount and unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Item {
    /// The food's id as search_food shows it. Preferred over query.
    #[serde(default, alias = "food_id", alias = "id")]
    #[schemars(with = "Id")]
    food_id: Option<Id>,
    /// The food's plain name, instead of foodId: "whole-wheat toast". May hold the amount: "two large eggs".
    #[serde(default, alias = "name", alias = "food", deserialize_with = "input::text")]
    #[schemars(with = "String")]
    query: Option<String>,
    /// The source to look in: usda, survey or custom; with foodId also fdc or openfoodfacts where set up.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    source: Option<String>,
    /// How many of the unit.
    #[serde(default)]
    #[schemars(with = "Number", extend("exclusiveMinimum" = 0))]
    amount: Option<Number>,
    /// Any unit in plain words: g, oz, ml, cup, tbsp, fl oz, "large", "slice", "cup, chopped".
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    unit: Option<String>,
}

/// An item whose food and weight are known.
#[derive(Debug)]
pub(super) struct Picked {
    /// The food.
    pub food: Arc<Food>,
    /// Its weight.
    pub resolved: Resolved,
    /// How much in words: "2 large".
    pub asked: String,
}

impl Item {
    /// What the item says, for messages: "two large eggs" or "usda:01123".
    pub(super) fn name(&self) -> String {
        let id = self.food_id.as_ref().map(|id| match &id.source {
            Some(source) => format!("{source}:{}", id.id),
            None => id.id.clone(),
        });
        id.or_else(|| self.query.clone()).unwrap_or_default()
    }

    /// Finds the food and weighs it. `own` are the caller's foods, for a query.
    async fn pick(&self, foods: &Foods, caller: &Caller, own: &OwnFoods) -> Result<Picked, Failure> {
        match (&self.food_id, &self.query) {
            (Some(id), _) => {
                let food = foods.find(caller, id, self.source.as_deref()).await?;
                Ok(self.weighed(food, &[], None)?)
            }
            (None, Some(query)) => Ok(self.pick_by_name(foods, own, query).await?),
            (None, None) => Err(ToolError::invalid_input("an item needs a foodId or a query").into()),
        }
    }

    /// Finds the food that a query names, and weighs it.
    async fn pick_by_name(&self, foods: &Foods, own: &OwnFoods, query: &str) -> Result<Picked, ToolError> {
        let spoken = if self.amount.is_some() && self.unit.is_some() {
            Spoken::name(query)
        } else {
            units::item::read(query).map_err(PortionError::from)?
        };
        let name = without_size(&spoken.text, self.unit.as_deref());
        let source = self.source.as_deref();
        let (found, behind) = match foods.pick(own, &name, source).await {
            Ok(found) => (found, ""),
            Err(error) => {
                // "200 g banana with skin": the skin belongs to the weight, not to the name.
                let (name, behind) = units::item::without_refuse(&name).ok_or_else(|| error.clone())?;
                (foods.pick(own, &name, source).await.map_err(|_| error)?, behind)
            }
        };
        let read = found.interpreted.as_ref();
        let in_name = read.map(|(amount, unit)| Quantity::read(&spoken, *amount, unit, behind));
        let mut picked = self.weighed(found.food, &found.near_equals, in_name)?;
        picked.resolved.warnings.extend(state::doubt(&picked.food, query));
        Ok(picked)
    }

    /// Weighs the food; where its source tells no such portion, the first near-equal that has one is counted.
    fn weighed(
        &self,
        food: Arc<Food>,
        near_equals: &[NearEqual],
        in_name: Option<Quantity>,
    ) -> Result<Picked, ToolError> {
        let quantity = self.quantity(in_name, &food)?;
        let asked = describe(quantity.amount, &quantity.unit);
        let weigh = |food: &Food| weigh(food, quantity.amount, &quantity.unit, WeightBasis::Edible);
        let error = match weigh(&food) {
            Ok(resolved) => return Ok(Picked { food, resolved, asked }),
            Err(error) => error,
        };
        let measured = near_equals
            .iter()
            .filter_map(|near| Some((near, weigh(&near.food).ok()?)));
        // A piece of another food may be another size; a cup of it is a cup.
        let is_same = |near: &NearEqual, found: &Resolved| found.how != How::Derived || near.closeness >= SAME_PIECE;
        let (same, like): (Vec<_>, Vec<_>) = measured.partition(|(near, found)| is_same(near, found));
        let Some((near, mut resolved)) = same.into_iter().next() else {
            let measurable = of_measurable(&food, near_equals).and_then(|near| weigh(near).err());
            let error = measurable.unwrap_or(error);
            return Err(match like.first() {
                Some((near, resolved)) => or_like(error, &near.food, resolved),
                None => error,
            });
        };
        resolved.warnings.push(format!(
            "\"{}\" ({}) has no such portion; this nearly equal food was counted",
            food.name, food.id
        ));
        Ok(Picked {
            food: Arc::clone(&near.food),
            resolved,
            asked,
        })
    }

    /// The item's own amount and unit; what is missing is taken from the name.
    fn quantity(&self, in_name: Option<Quantity>, food: &Food) -> Result<Quantity, ToolError> {
        let amount = self.amount.map(|amount| amount.0);
        let counted = true;
        match (amount, self.unit.clone(), in_name) {
            (Some(amount), Some(unit), _) => Ok(Quantity { amount, unit, counted }),
            (None, Some(unit), in_name) => Ok(Quantity {
                amount: in_name.map_or(1.0, |quantity| quantity.amount),
                unit,
                counted,
            }),
            (None, None, Some(quantity)) => Ok(quantity),
            (Some(amount), None, Some(quantity)) if !quantity.counted => Ok(Quantity { amount, ..quantity }),
            (Some(amount), None, Some(quantity)) => same_amount(amount, quantity),
            (_, None, None) => Err(no_unit(amount, food)),
        }
    }
}

/// Where a food has no measures at all, the near-equal whose measures can be said instead.
fn of_measurable<'a>(food: &Food, near_equals: &'a [NearEqual]) -> Option<&'a Food> {
    let mut near = near_equals.iter().map(|near| &*near.food);
    near.find(|near| food.portions.is_empty() && !near.portions.is_empty())
}

/// Names a food that is nearly the same and has such pieces: the caller can say that it is meant.
fn or_like(error: ToolError, like: &Food, resolved: &Resolved) -> ToolError {
    let mut error = error.with("nearlyEqual", json!(FoodView::from(like)));
    let (id, name, grams) = (&like.id, &like.name, round(resolved.grams, 2));
    let counts =
        format!(" Of the nearly equal \"{name}\" so many would be {grams} g: send its foodId, {id}, if that will do.");
    error.hint.push_str(&counts);
    error
}

/// The name without the size that is the unit as well: "large egg" with the unit "large" is an egg. Names that
/// hold the size are those of records without pieces to count ("Eggs, Grade A, Large").
fn without_size(query: &str, unit: Option<&str>) -> String {
    let size = unit
        .map(str::trim)
        .filter(|unit| SIZES.iter().any(|size| size.eq_ignore_ascii_case(unit)));
    let kept = |word: &&str| !size.is_some_and(|size| size.eq_ignore_ascii_case(word));
    let rest: Vec<&str> = query.split_whitespace().filter(kept).collect();
    if rest.is_empty() {
        query.to_owned()
    } else {
        rest.join(" ")
    }
}

/// An item, or why it cannot be counted.
pub(super) type Counted = Result<Picked, Box<ToolError>>;

/// Finds and weighs all items.
pub(super) async fn pick_all(foods: &Foods, caller: &Caller, items: &[Item]) -> Result<Vec<Counted>, Failure> {
    if items.is_empty() || items.len() > MOST_ITEMS {
        return Err(ToolError::invalid_input(format!("a meal has 1 to {MOST_ITEMS} items")).into());
    }
    let own = foods.own(caller).await?;
    let mut picked = Vec::with_capacity(items.len());
    let mut picking: Vec<BoxFuture<'_, _>> = Vec::with_capacity(items.len());
    for item in items {
        picking.push(item.pick(foods, caller, &own).boxed());
    }
    let mut picking = stream::iter(picking).buffered(AT_ONCE);
    for item in items {
        caller.progressed(picked.len(), items.len()).await;
        picked.push(match picking.next().await {
            Some(Ok(picked)) => Ok(picked),
            Some(Err(Failure::Tool(error))) => Err(Box::new(error.with("item", json!(item.name())))),
            Some(Err(internal)) => return Err(internal),
            None => break,
        });
    }
    Ok(picked)
}

/// Strict: every bad item is told, under the code of the first, and how to have the others summed.
pub(super) fn refuse_bad(picked: &[Counted]) -> Result<(), ToolError> {
    let bad: Vec<(usize, &ToolError)> = picked
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((index, &**item.as_ref().err()?)))
        .collect();
    let Some((_, first)) = bad.first() else { return Ok(()) };
    let reasons: Vec<String> = bad
        .iter()
        .map(|(index, error)| format!("item {index}: {}", error.message))
        .collect();
    let items: Vec<Value> = bad
        .iter()
        .map(|(index, error)| json!({ "index": index, "code": error.code, "message": error.message, "details": error.details, "hint": error.hint }))
        .collect();
    let good = picked.len() - bad.len();
    let hint = match (bad.len(), good) {
        (1, _) => first.hint.clone(),
        _ => "Correct each item as its hint in details.items says.".to_owned(),
    };
    Err(ToolError::new(first.code, reasons.join("; "), hint)
        .with("items", json!(items))
        .with("goodItems", json!(good)))
}

/// What else the caller can do about bad items.
pub(super) fn or_not_strict(mut error: ToolError) -> ToolError {
    error.hint.push_str(" Or send strict=false to sum the other items.");
    error
}

/// A list, also as JSON text, or a single item.
pub(super) fn items<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Item>, D::Error> {
    let value: Option<Value> = input::nested(deserializer)?;
    let list = match value {
        Some(Value::Array(list)) => list,
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    };
    let item = |(index, value)| {
        // "2 medium eggs" alone is an item as well.
        let value = if let Value::String(query) = value {
            json!({ "query": query })
        } else {
            value
        };
        serde_json::from_value(value).map_err(|error| serde::de::Error::custom(format!("items[{index}]: {error}")))
    };
    list.into_iter().enumerate().map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::food::model::{FoodId, Portion, Source};

    fn roll(name: &str, portions: &[(&str, f64)]) -> Arc<Food> {
        let portion = |(description, grams): &(&str, f64)| Portion {
            amount: 1.0,
            description: (*description).to_owned(),
            grams: *grams,
        };
        Arc::new(Food {
            id: FoodId {
                source: Source::Usda,
                id: name.to_owned(),
            },
            name: name.to_owned(),
            brand: None,
            category: "Baked Products".to_owned(),
            common_names: Vec::new(),
            scientific_name: None,
            refuse: None,
            nutrients: Vec::new(),
            portions: portions.iter().map(portion).collect(),
            fetched: None,
            contains: Vec::new(),
        })
    }

    #[test]
    fn a_food_without_such_pieces_names_one_that_has_them() {
        let item: Item = serde_json::from_value(json!({"query": "rolls", "amount": 2, "unit": "piece"})).unwrap();
        let near = |closeness| {
            let food = roll("Rolls, white", &[("medium", 44.0)]);
            [NearEqual { food, closeness }]
        };
        for portions in [&[][..], &[("cup", 50.0)]] {
            let error = item.weighed(roll("Rolls", portions), &near(0.8), None).unwrap_err();
            assert!(
                error.hint.contains("usda:Rolls, white") && error.hint.contains("88 g"),
                "{error:?}"
            );
            assert_eq!(error.details["nearlyEqual"]["name"], "Rolls, white");
        }
        let counted = item.weighed(roll("Rolls", &[]), &near(0.95), None).unwrap();
        assert_eq!((&*counted.food.name, counted.resolved.grams), ("Rolls, white", 88.0));
        let alone = item.weighed(roll("Rolls", &[]), &[], None).unwrap_err();
        assert!(!alone.details.contains_key("nearlyEqual"), "{alone:?}");
    }

    #[test]
    fn a_size_that_is_the_unit_is_no_part_of_the_name() {
        assert_eq!(without_size("large egg", Some("large")), "egg");
        assert_eq!(without_size("Large eggs", Some(" LARGE ")), "eggs");
        assert_eq!(without_size("large egg", Some("g")), "large egg");
        assert_eq!(without_size("extra large egg", Some("extra large")), "extra large egg");
        assert_eq!(without_size("large", Some("large")), "large");
        assert_eq!(without_size("large egg", None), "large egg");
    }
}
