//! From a label or from ingredients to a draft of a saved food.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::error::{Code, Failure, ToolError};
use super::input::{self, Number};
use super::meal_item::{Counted, refuse_bad};
use super::save_food::Arguments;
use crate::food::custom::{Draft, Measure};
use crate::food::model::NutrientNumber;
use crate::food::nutrients::Nutrients;
use crate::food::nutrition::{Coverage, Eaten, Selection, UnknownNutrient, total};
use crate::food::round;
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

/// The draft of a food whose label was read.
pub(super) fn from_label(
    arguments: &Arguments,
    amounts: &NutrientAmounts,
    keys: &Nutrients,
) -> Result<Draft, ToolError> {
    let size = arguments.serving_size.as_ref().ok_or_else(|| {
        ToolError::invalid_input("servingSize is needed: the amount and unit that the nutrients are given for")
    })?;
    let mut nutrients = BTreeMap::new();
    for (key, amount) in &amounts.0 {
        let nutrient = keys.by_key(key).ok_or_else(|| unknown(key, keys))?;
        if let Some(Number(amount)) = amount {
            nutrients.insert(nutrient.number, *amount);
        }
    }
    let serving = measure(size)?;
    Ok(Draft {
        serving_grams: serving.grams,
        nutrients,
        ..draft(arguments, serving)?
    })
}

/// The draft of a recipe: the sum of its ingredients, divided by the servings.
pub(super) fn from_ingredients(
    arguments: &Arguments,
    picked: Vec<Counted>,
    keys: &Nutrients,
) -> Result<(Draft, Vec<String>), Failure> {
    refuse_bad(&picked)?;
    let picked: Vec<_> = picked.into_iter().flatten().collect();
    let eaten: Vec<Eaten<'_>> = picked
        .iter()
        .map(|item| Eaten {
            food: &item.food,
            grams: item.resolved.grams,
        })
        .collect();
    let servings = arguments.servings.map_or(1.0, |servings| servings.0);
    if !servings.is_finite() || servings <= 0.0 {
        return Err(ToolError::new(
            Code::InvalidAmount,
            "servings must be greater than 0",
            "Say how many servings the recipe makes.",
        )
        .into());
    }
    let mut nutrients: BTreeMap<NutrientNumber, f64> = BTreeMap::new();
    let mut partial: Vec<String> = Vec::new();
    for nutrient in Selection::All.nutrients(keys, &eaten)? {
        let total = total(nutrient, &eaten);
        match (total.coverage, total.sum) {
            (Coverage::Full, Some(sum)) => {
                nutrients.insert(nutrient.number, sum / servings);
            }
            (Coverage::Partial, _) if nutrient.core => partial.push(nutrient.key.clone()),
            _ => {}
        }
    }
    let raw_grams = eaten.iter().map(|part| part.grams).sum::<f64>() / servings;
    let serving = recipe_serving(arguments, raw_grams)?;
    let draft = Draft {
        serving_grams: serving.grams,
        nutrients,
        ..draft(arguments, serving)?
    };
    Ok((
        draft,
        partial_warning(&partial)
            .into_iter()
            .chain(picked.iter().flat_map(|item| item.resolved.warnings.clone()))
            .collect(),
    ))
}

fn partial_warning(partial: &[String]) -> Option<String> {
    (!partial.is_empty()).then(|| {
        format!(
            "not every ingredient's source tells {}; saved as not known",
            partial.join(", ")
        )
    })
}

/// One serving of a recipe; without a weight of its own it weighs what goes into it.
fn recipe_serving(arguments: &Arguments, grams: f64) -> Result<Measure, ToolError> {
    let Some(size) = &arguments.serving_size else {
        return Ok(Measure {
            amount: 1.0,
            unit: "serving".to_owned(),
            grams: round(grams, 3),
        });
    };
    match measure(size) {
        Ok(measure) => Ok(measure),
        Err(_) if size.grams.is_none() => Ok(Measure {
            amount: amount(size),
            unit: size.unit.clone().unwrap_or_else(|| "serving".to_owned()),
            grams: round(grams, 3),
        }),
        Err(error) => Err(error),
    }
}

/// What does not depend on where the nutrients come from.
fn draft(arguments: &Arguments, serving: Measure) -> Result<Draft, ToolError> {
    let also_serving = Measure {
        amount: 1.0,
        unit: "serving".to_owned(),
        grams: serving.grams,
    };
    let named = serving.unit.to_lowercase().contains("serving");
    let mut portions = vec![serving];
    portions.extend((!named).then_some(also_serving));
    for size in arguments.portions.iter().flatten() {
        portions.push(measure(size)?);
    }
    Ok(Draft {
        name: arguments.name.clone().unwrap_or_default(),
        brand: arguments.brand.clone(),
        category: arguments.category.clone(),
        barcode: arguments.barcode.as_ref().map(|code| code.replace([' ', '-'], "")),
        aliases: arguments.aliases.clone().unwrap_or_default(),
        portions,
        ..Draft::default()
    })
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
fn split_number(amount: f64, unit: &str) -> (f64, String) {
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
