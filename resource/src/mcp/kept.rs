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
        Refused::Circle(way) | Refused::TooDeep(way) => {
            let hint = "Replace the recipe among the ingredients by what goes into it.";
            ToolError::new(Code::InvalidInput, text, hint).with("recipes", json!(way))
        }
        Refused::Breaks { recipe, .. } => {
            let hint = "Change the recipe first: its servingSize in grams, its ingredients, or delete it.";
            ToolError::new(Code::Conflict, text, hint).with("recipe", json!(recipe))
        }
    }
}

/// What to tell of a saved food to who may not read foods: everything about a food of its own words, and that there is
/// more about one with what was saved before.
pub(super) fn unread_warnings(warnings: Vec<String>, of_own_words: bool) -> Vec<String> {
    if of_own_words || warnings.is_empty() {
        return warnings;
    }
    vec![UNREAD_NOTES.to_owned()]
}

/// An error for who may not read foods: of own foods ids and versions, and no text that is made of one. Without own
/// words, what is wrong with the sums tells what ingredients hold.
pub(super) fn unread(mut error: ToolError, own: &[SavedFood], of_own_words: bool) -> ToolError {
    let is_of_recipes = error.details.contains_key("recipes");
    let of_sums = error.code == Code::InvalidNutrients && !of_own_words;
    if error.code == Code::Conflict || is_of_recipes || of_sums {
        UNREAD.clone_into(&mut error.message);
        error.details.remove("problems");
    }
    for (name, value) in &mut error.details {
        match (name.as_str(), value) {
            ("current", Value::Object(food)) => food.retain(|name, _| ["id", "version"].contains(&name.as_str())),
            ("recipe" | "recipes", names) => *names = ids_of(names, own),
            _ => {}
        }
    }
    unread_items(error)
}

/// The ids of own foods in place of their names.
fn ids_of(names: &Value, own: &[SavedFood]) -> Value {
    let is_named = |food: &&SavedFood| match names {
        Value::Array(names) => names.iter().any(|name| *name == food.content.name),
        name => *name == food.content.name,
    };
    let ids = own.iter().filter(is_named).map(|food| format!("custom:{}", food.id));
    json!(ids.collect::<Vec<String>>())
}

fn unread_items(mut error: ToolError) -> ToolError {
    let Some(Value::Array(items)) = error.details.get_mut("items") else {
        return error;
    };
    let (mut reasons, mut of_own) = (Vec::new(), false);
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        of_own |= hide(item);
        let index = item.get("index").and_then(Value::as_u64).unwrap_or_default();
        let message = item.get("message").and_then(Value::as_str).unwrap_or_default();
        reasons.push(format!("item {index}: {message}"));
    }
    error.message = reasons.join("; ");
    if of_own && reasons.len() == 1 {
        WEIGH.clone_into(&mut error.hint);
    }
    error
}

/// Takes what own foods are called and measured in out of an item's error; whether it is about one.
fn hide(item: &mut Map<String, Value>) -> bool {
    let Some(Value::Object(details)) = item.get_mut("details") else {
        return false;
    };
    let of_own = details.get("food").is_some_and(is_own);
    if of_own {
        details.retain(|name, _| ["food", "item"].contains(&name.as_str()));
    }
    // A corrected query has words of own names.
    details.remove("didYouMean");
    for shown in details.values_mut() {
        match shown {
            Value::Array(foods) => foods.iter_mut().for_each(only_id),
            food => only_id(food),
        }
    }
    if of_own {
        item.insert("message".to_owned(), json!(UNWEIGHED));
        item.insert("hint".to_owned(), json!(WEIGH));
    }
    of_own
}

/// Of an own food the id alone.
fn only_id(food: &mut Value) {
    let own = is_own(food);
    if let Some(food) = food.as_object_mut().filter(|_| own) {
        food.retain(|name, _| ["id", "source"].contains(&name.as_str()));
    }
}

/// A food among the details.
fn is_own(food: &Value) -> bool {
    food.get("source").is_some_and(|source| source == "custom")
}

/// What is said of an own food, whose name and measures are not for the caller to see.
const UNWEIGHED: &str = "it is not said how much of an own food, or it cannot be weighed so";
const WEIGH: &str = "Give the weight in g.";
/// In place of a text that may tell what is saved.
const UNREAD: &str = "the food cannot be saved or deleted so, for what is saved already";
const UNREAD_NOTES: &str = "there are notes about this food, which are shown with the scope food:read";

/// The caller has no such food.
pub(super) fn not_saved(what: &str) -> ToolError {
    let hint = "List the user's foods with search_food, source \"custom\" and query \"*\".";
    let text = format!("the user has no saved food \"{what}\"");
    ToolError::new(Code::FoodNotFound, text, hint)
}
