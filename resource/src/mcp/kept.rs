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

/// What a caller that may not read foods learns of its own in an error: ids and versions.
pub(super) fn unread(mut error: ToolError, own: &[SavedFood]) -> ToolError {
    let of_own = json!({ "details": error.details }).as_object().is_some_and(is_of_own);
    error.hint = if of_own {
        WEIGH.to_owned()
    } else {
        without_names(&error.hint, own)
    };
    error.message = without_names(&error.message, own);
    error
        .details
        .iter_mut()
        .for_each(|(name, value)| hide(name, value, own));
    error
}

fn hide(name: &str, value: &mut Value, own: &[SavedFood]) {
    let own_food = name == "current" || is_own(value);
    match value {
        Value::Object(food) if own_food => {
            food.retain(|name, _| ["id", "source", "version"].contains(&name.as_str()));
        }
        Value::Object(members) => {
            if is_of_own(members) {
                members.insert("hint".to_owned(), json!(WEIGH));
            }
            if members.get("food").is_some_and(is_own) {
                members.remove("portions");
            }
            members.iter_mut().for_each(|(name, value)| hide(name, value, own));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| hide("", value, own)),
        // A corrected query has words of own names.
        Value::String(_) if name == "didYouMean" => *value = Value::Null,
        Value::String(text) => *text = without_names(text, own),
        _ => {}
    }
}

/// A food among the details.
fn is_own(food: &Value) -> bool {
    food.get("source").is_some_and(|source| source == "custom")
}

/// Whether an error, or one of its items, is about an own food, whose measures the hint would name.
fn is_of_own(error: &Map<String, Value>) -> bool {
    let detail = |name: &str| error.get("details").and_then(|details| details.get(name));
    let mut items = detail("items").and_then(Value::as_array).into_iter().flatten();
    detail("food").is_some_and(is_own) || items.any(|item| item.as_object().is_some_and(is_of_own))
}

/// The hint where the food's measures are not for the caller to see.
const WEIGH: &str = "Give the weight in g.";

/// A text with the ids of own foods in place of their names, brands and aliases.
pub(super) fn without_names(text: &str, own: &[SavedFood]) -> String {
    let names = own.iter().flat_map(|food| {
        let content = &food.content;
        let texts = content.brand.iter().chain(&content.aliases).chain([&content.name]);
        texts.map(|text| (text.chars().map(small).collect::<Vec<char>>(), food.id.as_str()))
    });
    let mut names: Vec<(Vec<char>, &str)> = names.collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let chars: Vec<char> = text.chars().collect();
    let (mut told, mut at) = (String::with_capacity(text.len()), 0);
    while let Some((first, _)) = chars.get(at..).and_then(<[char]>::split_first) {
        let within = at
            .checked_sub(1)
            .and_then(|at| chars.get(at))
            .is_some_and(|c| c.is_alphanumeric());
        let rest = chars.get(at..).unwrap_or_default();
        let found = names.iter().find(|(name, _)| !within && begins_with(rest, name));
        if let Some((name, id)) = found {
            told.push_str("custom:");
            told.push_str(id);
            at += name.len();
        } else {
            told.push(*first);
            at += 1;
        }
    }
    told
}

fn small(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Whether a text begins with a name as a whole word.
fn begins_with(text: &[char], name: &[char]) -> bool {
    let same = text.len() >= name.len() && text.iter().zip(name).all(|(c, name)| small(*c) == *name);
    same && !name.is_empty() && !text.get(name.len()).is_some_and(|next| next.is_alphanumeric())
}

/// The caller has no such food.
pub(super) fn not_saved(what: &str) -> ToolError {
    let hint = "List the user's foods with search_food, source \"custom\" and query \"*\".";
    let text = format!("the user has no saved food \"{what}\"");
    ToolError::new(Code::FoodNotFound, text, hint)
}
