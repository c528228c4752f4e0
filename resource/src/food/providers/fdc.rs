//! USDA FoodData Central: its requests, and what it answers (its API guide, and the OpenAPI document fdc_api 1.0).
//!
//! 1. Ids by `GET /v1/food/{fdcId}`, names and barcodes by `POST /v1/foods/search`: what was typed stands in no URL,
//!    and the key in `X-Api-Key` in no log.
//! 2. Nutrients have three shapes: `nutrientNumber`/`value` (search), `number`/`amount` (abridged), and
//!    `nutrient.number`/`amount` (full). All three are read everywhere.
//! 3. Names are looked for among branded foods: the others are shipped, and would stand behind thousands of brands.
//!
//! Easy to get wrong: (1) a Foundation food may have no energy (1008), but the Atwater ones (2048, then 2047), and its
//! sugars are 1063, number 269.3. (2) A liquid's amounts are per 100 ml; its `servingSizeUnit` says so. (3) A search
//! for a barcode is one for words, and finds others: what it finds is compared. (4) One barcode has many records, one
//! for each change; the newest counts. (5) Nothing found may be `{}`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::quantity::{Unit, number};
use super::question::{Question, Request, bare};
use super::record::{Record, Units};

/// How many foods are asked for by a name.
const MOST_FOUND: usize = 5;
/// How many records of one barcode are looked at.
const MOST_RECORDS: usize = 25;

/// The request for a question.
pub(super) fn request(base: &str, key: &str, question: &Question) -> Request {
    let mut headers = vec![("x-api-key", key.to_owned()), ("accept", "application/json".to_owned())];
    let search = |body: Value| (format!("{base}/v1/foods/search"), Some(body.to_string()));
    let (url, body) = match question {
        Question::Food(id) => (format!("{base}/v1/food/{}", id.as_str()), None),
        Question::Barcode(digits) => search(json!({
            "query": spellings(digits).join(" "), "dataType": ["Branded"], "pageSize": MOST_RECORDS,
        })),
        Question::Name(text) => search(json!({
            "query": text, "dataType": ["Branded"], "pageSize": MOST_FOUND, "requireAllWords": true,
        })),
    };
    if body.is_some() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    Request { url, headers, body }
}

/// A barcode in the lengths in which it may stand in a record.
fn spellings(digits: &str) -> Vec<String> {
    let bare = bare(digits);
    let lengths = [8, 12, 13, 14].into_iter().filter(|length| bare.len() <= *length);
    lengths.map(|length| format!("{bare:0>length$}")).collect()
}

/// The foods of an answer; none where it has nothing that fits. `None` where it is no answer of FoodData Central's.
pub(super) fn read(question: &Question, answer: &Value, units: &Units) -> Option<Vec<Record>> {
    let answer = answer.as_object()?;
    let found = |foods: &Value| foods.as_array().cloned();
    let foods = match (question, answer.get("foods")) {
        (Question::Food(_), _) => vec![Value::Object(answer.clone())],
        (_, Some(foods)) => found(foods)?,
        (_, None) if answer.is_empty() => Vec::new(),
        (_, None) => return None,
    };
    let wanted = |food: &&Value| match question {
        Question::Food(id) => food
            .get("fdcId")
            .and_then(Value::as_u64)
            .is_some_and(|found| id.as_str().parse() == Ok(found)),
        Question::Barcode(digits) => text(food, "gtinUpc").is_some_and(|code| bare(code.trim()) == bare(digits)),
        Question::Name(_) => true,
    };
    let mut records: Vec<Record> = foods
        .iter()
        .filter(wanted)
        .filter_map(|food| record(food, units))
        .collect();
    if matches!(question, Question::Barcode(_)) {
        records.sort_by_key(|record| std::cmp::Reverse(record.id.parse::<u64>().unwrap_or(0)));
        records.truncate(1);
    }
    records.truncate(MOST_FOUND);
    Some(records)
}

fn text<'a>(food: &'a Value, name: &str) -> Option<&'a str> {
    food.get(name).and_then(Value::as_str)
}

fn record(food: &Value, units: &Units) -> Option<Record> {
    let id = food.get("fdcId")?.as_u64()?.to_string();
    let brand = text(food, "brandName").filter(|brand| !brand.trim().is_empty());
    let brand = brand.or_else(|| text(food, "brandOwner"));
    // A text in one shape, an object in the other.
    let category = food.get("foodCategory").or_else(|| food.get("brandedFoodCategory"));
    let category = category.and_then(|category| category.as_str().or_else(|| text(category, "description")));
    let mut record = Record::new(id, text(food, "description")?, brand, category);
    record.from_label = text(food, "dataType") == Some("Branded");
    record.nutrients = nutrients(food.get("foodNutrients")?, units);
    serving(food, &mut record);
    for portion in food.get("foodPortions").and_then(Value::as_array).into_iter().flatten() {
        add_portion(portion, &mut record);
    }
    (!record.nutrients.is_empty()).then_some(record)
}

fn nutrients(list: &Value, units: &Units) -> BTreeMap<u16, f64> {
    let told: Vec<(String, f64, Unit)> = list.as_array().into_iter().flatten().filter_map(nutrient).collect();
    let mut known = BTreeMap::new();
    for (number, amount, unit) in &told {
        if let Ok(number) = number.parse()
            && let Some(amount) = units.amount(number, *amount, *unit)
        {
            known.entry(number).or_insert(amount);
        }
    }
    for (number, others) in INSTEAD {
        let other = others
            .iter()
            .find_map(|other| told.iter().find(|(number, ..)| number == other));
        let amount = other.and_then(|(_, amount, unit)| units.amount(*number, *amount, *unit));
        if let (Some(amount), false) = (amount, known.contains_key(number)) {
            known.insert(*number, amount);
        }
    }
    known
}

/// What stands in for a nutrient that is not told, best first: energy by Atwater's factors, sugars by NLEA.
const INSTEAD: &[(u16, &[&str])] = &[(208, &["958", "957"]), (269, &["269.3"])];

/// A nutrient's number, amount and unit, in any of the three shapes.
fn nutrient(told: &Value) -> Option<(String, f64, Unit)> {
    let inner = told.get("nutrient").unwrap_or(told);
    let by_number = inner.get("nutrientNumber").or_else(|| inner.get("number"));
    let amount = number(told.get("amount").or_else(|| told.get("value"))?)?;
    let unit = Unit::parse(text(inner, "unitName")?)?;
    let by_number = match by_number? {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    Some((by_number, amount, unit))
}

/// The serving of a label, in grams or milliliters.
fn serving(food: &Value, record: &mut Record) {
    let size = food.get("servingSize").and_then(number);
    let unit = text(food, "servingSizeUnit").unwrap_or_default().trim().to_lowercase();
    record.by_volume = matches!(unit.as_str(), "ml" | "mlt");
    let is_size = record.by_volume || matches!(unit.as_str(), "g" | "grm");
    let Some(size) = size.filter(|_| is_size) else { return };
    if let Some((amount, of)) = text(food, "householdServingFullText").and_then(counted) {
        record.portion(amount, of, size);
    }
    record.portion(1.0, "serving", size);
}

/// "2 cookies" is 2 and "cookies".
fn counted(text: &str) -> Option<(f64, &str)> {
    let (amount, of) = text.trim().split_once(' ')?;
    Some((amount.parse().ok()?, of.trim()))
}

fn add_portion(portion: &Value, record: &mut Record) {
    let Some(grams) = portion.get("gramWeight").and_then(number) else {
        return;
    };
    if let Some(described) = text(portion, "portionDescription").filter(|text| !text.trim().is_empty()) {
        if let Some((amount, of)) = counted(described) {
            record.portion(amount, of, grams);
        }
        return;
    }
    let unit = portion.pointer("/measureUnit/name").and_then(Value::as_str);
    let unit = unit.filter(|unit| *unit != "undetermined");
    let modifier = text(portion, "modifier").filter(|text| !text.trim().is_empty());
    let of: Vec<&str> = unit.into_iter().chain(modifier).collect();
    record.portion(
        portion.get("amount").and_then(number).unwrap_or(1.0),
        &of.join(", "),
        grams,
    );
}

#[cfg(test)]
#[path = "fdc_tests.rs"]
mod tests;
