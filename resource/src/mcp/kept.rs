//! Saved foods as a model sees them when it is to change one: in the words of save_food's arguments, so that it can
//! send them back.

use serde_json::{Map, Value, json};

use super::error::{Code, Failure, ToolError};
use super::recipe::split_number;
use crate::food::custom::store::StoreError;
use crate::food::custom::{Content, Ingredient, Measure, Refused, SavedFood};
use crate::food::model::NutrientNumber;
use crate::food::nutrients::Nutrients;
use crate::food::round;

/// Decimal places of a weight or an amount.
const DECIMALS: u8 = 3;

/// A food as arguments of save_food, and its version.
pub(super) fn as_arguments(food: &SavedFood, keys: &Nutrients) -> Value {
    let content = &food.content;
    let portions = content.portions.iter().skip(content.serving_measures());
    let portions: Vec<Value> = portions.map(measure).collect();
    let made = content.recipe.as_ref();
    let ingredients = made.map(|recipe| recipe.ingredients.iter().map(ingredient).collect::<Vec<_>>());
    let told = [
        ("id", json!(food.id)),
        ("version", json!(food.version)),
        ("name", json!(content.name)),
        ("brand", json!(content.brand)),
        ("category", json!(content.category)),
        ("barcode", json!(content.barcode)),
        ("aliases", json!(content.aliases)),
        ("servingSize", json!(content.portions.first().map(measure))),
        ("portions", json!(portions)),
        ("ingredients", json!(ingredients)),
        ("servings", json!(made.map(|recipe| recipe.servings))),
        (
            "nutrients",
            made.map_or_else(|| nutrients(content, keys), |_| Value::Null),
        ),
    ];
    let told = told.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(told.map(|(name, value)| (name.to_owned(), value)).collect())
}

fn measure(measure: &Measure) -> Value {
    json!({ "amount": measure.amount, "unit": measure.unit, "grams": round(measure.grams, DECIMALS) })
}

fn ingredient(ingredient: &Ingredient) -> Value {
    let (amount, unit) = split_number(1.0, &ingredient.amount);
    json!({ "foodId": ingredient.food, "name": ingredient.name, "amount": amount, "unit": unit })
}

/// Amounts in one serving, by key.
fn nutrients(content: &Content, keys: &Nutrients) -> Value {
    let serving = content.portions.first().map_or(100.0, |serving| serving.grams);
    let known = |number: u16| {
        keys.all()
            .iter()
            .find(|nutrient| nutrient.number == NutrientNumber(number))
    };
    let amount = |(number, per_100_g): &(u16, f64)| {
        Some((
            known(*number)?.key.clone(),
            json!(round(per_100_g * serving / 100.0, DECIMALS)),
        ))
    };
    Value::Object(content.nutrients.iter().filter_map(amount).collect::<Map<_, _>>())
}

/// What to tell of a changed food that goes into recipes.
pub(super) fn recipes_with(id: &str, foods: &[SavedFood]) -> Option<String> {
    let needs = |food: &&SavedFood| {
        food.content
            .recipe
            .iter()
            .any(|recipe| recipe.own_ids().any(|own| own == id))
    };
    let names = foods
        .iter()
        .filter(needs)
        .map(|food| format!("\"{}\"", food.content.name));
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| {
        format!(
            "the recipes {}, which it goes into, were worked out again; an amount in a measure that the food has no more is now in grams, its weight as before",
            names.join(", ")
        )
    })
}

/// Why a food was not changed, with what the model needs for its next call.
pub(super) fn failure(error: StoreError, keys: &Nutrients) -> Failure {
    match error {
        StoreError::Refused(refused) => refusal(refused, keys).into(),
        error => error.into(),
    }
}

fn refusal(refused: Refused, keys: &Nutrients) -> ToolError {
    let text = refused.to_string();
    match refused {
        Refused::Unknown(id) => not_saved(&id),
        Refused::Invalid(invalid) => invalid.into(),
        Refused::OtherVersion(food) => {
            let hint = format!(
                "Nothing was changed. details.current is the food as it is now: send only what is to be different, with id {} and ifMatch {}.",
                food.id, food.version
            );
            let error = ToolError::new(Code::Conflict, text, hint).with("version", json!(food.version));
            error.with("current", as_arguments(&food, keys))
        }
        Refused::NameTaken(food) | Refused::BarcodeTaken(food) => {
            let hint = format!(
                "Change that food instead, with id {}, or choose another name or barcode.",
                food.id
            );
            ToolError::new(Code::Conflict, text, hint).with("current", as_arguments(&food, keys))
        }
        Refused::Full => ToolError::new(
            Code::QuotaExceeded,
            text,
            "Delete a saved food that is no longer needed.",
        ),
        Refused::InUse(recipes) => {
            let hint = "Change or delete these recipes first, or keep the food.";
            ToolError::new(Code::Conflict, text, hint).with("recipes", json!(recipes))
        }
        Refused::Circle(_) | Refused::TooDeep(_) => {
            let hint = "Replace the recipe among the ingredients by what goes into it.";
            ToolError::new(Code::InvalidInput, text, hint)
        }
        Refused::Breaks { recipe, .. } => {
            let hint = "Change the recipe first: its servingSize in grams, its ingredients, or delete it.";
            ToolError::new(Code::Conflict, text, hint).with("recipe", json!(recipe))
        }
    }
}

/// What a caller that may not read foods learns of its own in an error: the id and the version.
pub(super) fn unread(failure: Failure) -> Failure {
    match failure {
        Failure::Tool(mut error) => {
            error.details.iter_mut().for_each(|(name, value)| hide(name, value));
            Failure::Tool(error)
        }
        internal @ Failure::Internal(_) => internal,
    }
}

fn hide(name: &str, value: &mut Value) {
    match value {
        Value::Object(food) if name == "current" || food.get("source").is_some_and(|source| source == "custom") => {
            food.retain(|name, _| ["id", "source", "version"].contains(&name.as_str()));
        }
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| hide(name, value)),
        Value::Array(values) => values.iter_mut().for_each(|value| hide("", value)),
        _ => {}
    }
}

/// The caller has no such food.
pub(super) fn not_saved(what: &str) -> ToolError {
    let hint = "List the user's foods with search_food, source \"custom\" and query \"*\".";
    let text = format!("the user has no saved food \"{what}\"");
    ToolError::new(Code::FoodNotFound, text, hint)
}
