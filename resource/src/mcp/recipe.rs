//! From a label or from ingredients to what is in a saved food.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::error::{Code, Failure, ToolError};
use super::input::{self, Number};
use super::meal_item::{Counted, Picked, refuse_bad};
use crate::food::custom::{Amounts, Ingredient, Measure, Recipe};
use crate::food::model::{NutrientNumber, Source};
use crate::food::nutrients::Nutrients;
use crate::food::nutrition::{Coverage, Eaten, Selection, UnknownNutrient, total};
use crate::food::units::{self, OUNCE_GRAMS, Unit};

/// A measure and its weight.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ServingSize {
    /// How many of the unit; 1 when left out.
    #[serde(default)]
    #[schemars(with = "Number", extend("exclusiveMinimum" = 0))]
    amount: Option<Number>,
    /// The unit: g, "bar", "cup", "slice".
    #[serde(default, alias = "label", deserialize_with = "input::text")]
    #[schemars(with = "String")]
    unit: Option<String>,
    /// The weight of that many, in grams. Needed unless the unit is a weight.
    #[serde(default)]
    #[schemars(with = "Number", extend("exclusiveMinimum" = 0))]
    grams: Option<Number>,
}

/// Amounts by nutrient key; null means not known.
#[derive(Debug)]
pub(super) struct NutrientAmounts(BTreeMap<String, Option<Number>>);

impl<'de> Deserialize<'de> for NutrientAmounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let amounts: BTreeMap<String, Value> = BTreeMap::deserialize(deserializer)?;
        let read = |(key, value)| match value {
            Value::Null => Ok((key, None)),
            value => match serde_json::from_value(value) {
                Ok(number) => Ok((key, Some(number))),
                Err(error) => Err(serde::de::Error::custom(format!("nutrients.{key}: {error}"))),
            },
        };
        amounts.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

/// What a label tells.
pub(super) fn from_label(
    size: Option<&ServingSize>,
    amounts: &NutrientAmounts,
    keys: &Nutrients,
) -> Result<Amounts, ToolError> {
    let size = size.ok_or_else(|| {
        ToolError::invalid_input("servingSize is needed: the amount and unit that the nutrients are given for")
    })?;
    let mut nutrients = BTreeMap::new();
    for (key, amount) in &amounts.0 {
        let nutrient = keys.by_key(key).ok_or_else(|| unknown(key, keys))?;
        if let Some(Number(amount)) = amount {
            nutrients.insert(nutrient.number, *amount);
        }
    }
    Ok(Amounts {
        serving: measure(size)?,
        nutrients,
        recipe: None,
    })
}

/// What a recipe tells: the sum of its ingredients, divided by the servings; and what to know about it.
pub(super) fn from_ingredients(
    size: Option<&ServingSize>,
    servings: Option<Number>,
    picked: Vec<Counted>,
    keys: &Nutrients,
) -> Result<(Amounts, Vec<String>), Failure> {
    refuse_bad(&picked)?;
    let picked: Vec<Picked> = picked.into_iter().flatten().collect();
    let servings = servings.map_or(1.0, |servings| servings.0);
    if !servings.is_finite() || servings <= 0.0 {
        let hint = "Say how many servings the recipe makes.";
        return Err(ToolError::new(Code::InvalidAmount, "servings must be greater than 0", hint).into());
    }
    let (all, partial) = sums(&picked, keys)?;
    let grams: f64 = picked.iter().map(|item| item.resolved.grams).sum();
    let (serving, weighed) = recipe_serving(size, grams / servings)?;
    if !weighed {
        refuse_without_weight(&picked)?;
    }
    let amounts = Amounts {
        serving,
        nutrients: all.into_iter().map(|(number, sum)| (number, sum / servings)).collect(),
        recipe: Some(Recipe {
            servings,
            weighed,
            others: others(&picked, keys)?,
            ingredients: picked.iter().map(ingredient).collect(),
            within: BTreeSet::new(),
        }),
    };
    let told = picked.into_iter().flat_map(|item| item.resolved.warnings);
    Ok((amounts, partial_warning(&partial).into_iter().chain(told).collect()))
}

/// What a food weighs whose label tells amounts per 100 ml is not known, so neither is what it goes into.
fn refuse_without_weight(picked: &[Picked]) -> Result<(), ToolError> {
    let Some(item) = picked.iter().find(|item| item.food.is_by_volume()) else {
        return Ok(());
    };
    let why = format!(
        "the label of {} tells amounts per 100 ml, and what that weighs is not known",
        item.food.name
    );
    let hint =
        "Say what one serving of the recipe weighs, in servingSize.grams. Ask the user to weigh it; do not guess.";
    Err(ToolError::new(Code::UnitNotConvertible, why, hint))
}

fn ingredient(item: &Picked) -> Ingredient {
    Ingredient::new(&item.food, &item.asked, item.resolved.grams)
}

/// What the ingredients hold that are not the user's own.
fn others(picked: &[Picked], keys: &Nutrients) -> Result<Option<Vec<(u16, f64)>>, ToolError> {
    let others = picked.iter().filter(|item| item.food.id.source != Source::Custom);
    let others: Vec<&Picked> = others.collect();
    if others.is_empty() {
        return Ok(None);
    }
    let (sums, _) = sums(others, keys)?;
    Ok(Some(sums.into_iter().map(|(number, sum)| (number.0, sum)).collect()))
}

/// The sums of the nutrients that every ingredient tells, and the core keys that only some tell.
fn sums<'a>(
    picked: impl IntoIterator<Item = &'a Picked>,
    keys: &Nutrients,
) -> Result<(BTreeMap<NutrientNumber, f64>, Vec<String>), ToolError> {
    let eaten = |item: &'a Picked| Eaten {
        food: &item.food,
        grams: item.resolved.grams,
    };
    let eaten: Vec<Eaten<'_>> = picked.into_iter().map(eaten).collect();
    let (mut sums, mut partial) = (BTreeMap::new(), Vec::new());
    for nutrient in Selection::All.nutrients(keys, &eaten)? {
        let total = total(nutrient, &eaten);
        match (total.coverage, total.sum) {
            (Coverage::Full, Some(sum)) => drop(sums.insert(nutrient.number, sum)),
            (Coverage::Partial, _) if nutrient.core => partial.push(nutrient.key.clone()),
            _ => {}
        }
    }
    Ok((sums, partial))
}

fn partial_warning(partial: &[String]) -> Option<String> {
    (!partial.is_empty()).then(|| {
        format!(
            "not every ingredient's source tells {}; saved as not known",
            partial.join(", ")
        )
    })
}

/// One serving of a recipe, and whether its weight was said; otherwise it weighs what goes into it.
fn recipe_serving(size: Option<&ServingSize>, grams: f64) -> Result<(Measure, bool), ToolError> {
    let of_ingredients = |amount, unit: Option<&str>| Measure {
        amount,
        unit: unit.unwrap_or("serving").to_owned(),
        grams,
    };
    let Some(size) = size else {
        return Ok((of_ingredients(1.0, None), false));
    };
    match measure(size) {
        Ok(measure) => Ok((measure, true)),
        Err(_) if size.grams.is_none() => Ok((of_ingredients(amount(size), size.unit.as_deref()), false)),
        Err(error) => Err(error),
    }
}

/// Measures beside the serving.
pub(super) fn measures(sizes: &[ServingSize]) -> Result<Vec<Measure>, ToolError> {
    sizes.iter().map(measure).collect()
}

/// A measure with its weight, which a weight tells itself.
fn measure(size: &ServingSize) -> Result<Measure, ToolError> {
    let (amount, unit) = split_number(amount(size), size.unit.as_deref().unwrap_or("serving"));
    let grams = size.grams.map(|grams| grams.0).or_else(|| weight(amount, &unit));
    let grams = grams.ok_or_else(|| {
        let hint = format!("Say how many grams {amount} {unit} weighs: servingSize.grams. Ask the user or read the label; do not guess.");
        ToolError::new(Code::UnitNotConvertible, format!("the weight of {amount} {unit} is not given"), hint).with("unit", json!(unit))
    })?;
    Ok(Measure { amount, unit, grams })
}

/// "2 cookies" as a unit is 2 of the unit "cookies"; otherwise a cookie would weigh as much as two.
pub(super) fn split_number(amount: f64, unit: &str) -> (f64, String) {
    let rest = unit.trim_start_matches(|c: char| c.is_ascii_digit() || " ./,½¼¾⅓⅔".contains(c));
    let number = unit
        .get(..unit.len() - rest.len())
        .and_then(|number| units::parse_number(number).ok());
    match number {
        Some(number) if !rest.is_empty() => (amount * number, rest.to_owned()),
        _ => (amount, unit.to_owned()),
    }
}

fn amount(size: &ServingSize) -> f64 {
    size.amount.map_or(1.0, |amount| amount.0)
}

/// The grams of a weight; `None` for any other unit.
fn weight(amount: f64, unit: &str) -> Option<f64> {
    let measure = units::parse(unit).ok()?;
    let count = amount * measure.count.unwrap_or(1.0);
    match measure.unit {
        Unit::Mass(grams) => Some(count * grams),
        Unit::Ounce => Some(count * OUNCE_GRAMS),
        Unit::Volume(_) | Unit::Household => None,
    }
}

fn unknown(key: &str, keys: &Nutrients) -> UnknownNutrient {
    UnknownNutrient {
        key: key.to_owned(),
        nearest: keys.nearest(key).into_iter().map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_the_unit_is_part_of_the_amount() {
        for (amount, unit, expected) in [
            (1.0, "2 cookies", (2.0, "cookies")),
            (1.0, "1/2 cup", (0.5, "cup")),
            (1.0, "½ cup", (0.5, "cup")),
            (2.0, "slice", (2.0, "slice")),
            (1.0, "bar (40 g)", (1.0, "bar (40 g)")),
            (1.0, "12", (1.0, "12")),
        ] {
            assert_eq!(
                split_number(amount, unit),
                (expected.0, expected.1.to_owned()),
                "{unit}"
            );
        }
    }
}
