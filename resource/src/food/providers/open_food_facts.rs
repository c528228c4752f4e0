//! Open Food Facts: its requests, and what it answers (its API v2 reference, its page on barcode normalization).
//!
//! 1. Barcodes, which are its ids, by `GET /api/v2/product/{code}.json`. The search of v2 knows no plain words, so names
//!    go to `/cgi/search.pl`, which answers in the same words.
//! 2. Every request says who we are in `User-Agent`: program, version, and the contact of whoever runs it.
//! 3. Amounts are read from `nutriments`, in grams whatever the label said, except energy.
//!
//! Easy to get wrong: (1) `..._unit` is the unit of what was typed, not of `..._100g`. (2) `energy_100g` is in kJ. (3) A
//! `..._modifier` of `<` makes an amount a bound, which is not an amount, and `-` says that the label tells none.
//! (4) Amounts are per 100 ml where the product is measured so, and only the package and the serving tell. (5) Amounts
//! per serving alone are of use only with the serving's weight. (6) `nutriments` may be an empty list, and amounts may
//! be text. (7) A product may be found under another code than was asked for, with other zeros in front. (8) What is
//! called vitamin A, folate or alcohol there is not what USDA's tables call so: left out, never converted by guess.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::quantity::{Unit, number, read as read_amount};
use super::question::{Question, Request, bare};
use super::record::{Record, Units};

/// How many foods are asked for by a name.
const MOST_FOUND: usize = 5;
/// What is asked for of a product.
const FIELDS: &str = "code,product_name,product_name_en,generic_name,brands,categories,quantity,product_quantity,\
product_quantity_unit,serving_size,serving_quantity,serving_quantity_unit,nutrition_data_per,nutriments";

/// The request for a question.
pub(super) fn request(base: &str, contact: &str, question: &Question) -> Request {
    let url = match question {
        Question::Food(id) => product(base, id.as_str()),
        Question::Barcode(digits) => product(base, &normalized(digits)),
        Question::Name(text) => {
            let page = MOST_FOUND.to_string();
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs([
                ("search_terms", text.as_str()),
                ("search_simple", "1"),
                ("action", "process"),
            ]);
            query.extend_pairs([("json", "1"), ("page_size", &page), ("fields", FIELDS)]);
            format!("{base}/cgi/search.pl?{}", query.finish())
        }
    };
    let agent = format!("food-mcp/{} ({contact})", env!("CARGO_PKG_VERSION"));
    Request {
        url,
        headers: vec![("user-agent", agent), ("accept", "application/json".to_owned())],
        body: None,
    }
}

fn product(base: &str, code: &str) -> String {
    format!("{base}/api/v2/product/{code}.json?fields={FIELDS}")
}

/// A barcode with as many zeros in front as it has there.
fn normalized(digits: &str) -> String {
    let bare = bare(digits);
    let length = if bare.len() <= 8 { 8 } else { 13 };
    format!("{bare:0>length$}")
}

/// The foods of an answer; none where it has nothing that fits. `None` where it is no answer of Open Food Facts'.
pub(super) fn read(question: &Question, answer: &Value, units: &Units) -> Option<Vec<Record>> {
    let asked = match question {
        Question::Food(id) => id.as_str(),
        Question::Barcode(digits) => digits,
        Question::Name(_) => {
            let products = answer.get("products")?.as_array()?;
            let records = products.iter().filter_map(|product| record(product, None, units));
            return Some(records.take(MOST_FOUND).collect());
        }
    };
    let Some(product) = answer.get("product").filter(|product| product.is_object()) else {
        // 1 is found, 0 is not.
        return answer.get("status").map(|_| Vec::new());
    };
    let record = record(product, answer.get("code"), units).filter(|record| bare(&record.id) == bare(asked));
    Some(record.into_iter().collect())
}

fn text<'a>(product: &'a Value, name: &str) -> Option<&'a str> {
    product
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// A text, or the first of a list of texts.
fn first<'a>(product: &'a Value, name: &str) -> Option<&'a str> {
    let list = product.get(name)?;
    list.as_str().or_else(|| list.get(0)?.as_str())
}

fn record(product: &Value, asked: Option<&Value>, units: &Units) -> Option<Record> {
    let code = product.get("code").or(asked)?;
    let code = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
    let code = super::question::Id::parse(code.trim())?;
    let name = ["product_name", "product_name_en", "generic_name"]
        .iter()
        .find_map(|name| text(product, name));
    let brand = first(product, "brands").and_then(|brands| brands.split(',').next());
    let category = first(product, "categories").and_then(|categories| categories.split(',').next_back());
    let mut record = Record::new(code.as_str().to_owned(), name.or(brand)?, brand, category);
    record.by_volume = is_by_volume(product);
    let serving = size(product, "serving_quantity", record.by_volume).filter(|size| *size > 0.0);
    record.nutrients = nutrients(product.get("nutriments")?.as_object()?, serving, units);
    if let Some(serving) = serving {
        record.portion(1.0, "serving", serving);
    }
    if let Some(package) = size(product, "product_quantity", record.by_volume) {
        record.portion(1.0, "package", package);
    }
    (!record.nutrients.is_empty()).then_some(record)
}

/// A size in the measure that the amounts are for: of one in the other nobody knows what it is in this.
fn size(product: &Value, name: &str, by_volume: bool) -> Option<f64> {
    let unit = text(product, &format!("{name}_unit")).map(|unit| unit.trim().to_lowercase());
    let is_other = match unit.as_deref() {
        Some("ml") => !by_volume,
        Some("g") => by_volume,
        _ => false,
    };
    product.get(name).and_then(number).filter(|_| !is_other)
}

/// Whether the product is measured by volume: its package says, else its serving. A package that tells its weight as
/// well ("900 ml, 500 g" of ice cream) has a label for 100 g.
fn is_by_volume(product: &Value) -> bool {
    if text(product, "nutrition_data_per") == Some("100ml") {
        return true;
    }
    if text(product, "quantity").is_some_and(tells_weight_and_volume) {
        return false;
    }
    let said = ["product_quantity_unit", "serving_quantity_unit"]
        .iter()
        .find_map(|name| text(product, name));
    let written = ["quantity", "serving_size"]
        .iter()
        .find_map(|name| unit_of(text(product, name)?));
    said.map_or(written, |unit| Some(unit.trim().eq_ignore_ascii_case("ml")))
        .unwrap_or(false)
}

/// Ounces are either, so they count as neither.
fn tells_weight_and_volume(quantity: &str) -> bool {
    let words = quantity.to_lowercase();
    let has = |units: &[&str]| {
        let mut letters = words.split(|c: char| !c.is_alphabetic());
        letters.any(|word| units.contains(&word))
    };
    has(&["g", "kg", "gr"]) && has(&["ml", "cl", "dl", "l", "litre", "litres", "liter", "liters"])
}

/// Whether "330 ml" or "6 x 33 cl" is a volume; `None` where it is neither volume nor weight.
fn unit_of(quantity: &str) -> Option<bool> {
    let words = quantity.to_lowercase();
    let mut letters = words
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty());
    let unit = |word: &str| match word {
        "ml" | "cl" | "dl" | "l" | "litre" | "litres" | "liter" | "liters" | "fl" => Some(true),
        "g" | "kg" | "mg" | "gr" | "oz" | "lb" | "lbs" => Some(false),
        _ => None,
    };
    letters.find_map(unit)
}

fn nutrients(told: &Map<String, Value>, serving: Option<f64>, units: &Units) -> BTreeMap<u16, f64> {
    let mut known = BTreeMap::new();
    for (number, names) in NUTRIENTS {
        let amount = names.iter().find_map(|(name, unit, times)| {
            let (amount, unit) = in_100(told, name, *unit, serving)?;
            units.amount(*number, amount * times, unit)
        });
        if let Some(amount) = amount {
            known.insert(*number, amount);
        }
    }
    known
}

/// The amount in 100 g or 100 ml, and its unit.
fn in_100(told: &Map<String, Value>, name: &str, unit: Unit, serving: Option<f64>) -> Option<(f64, Unit)> {
    let modifier = told.get(&format!("{name}_modifier")).and_then(Value::as_str);
    if !matches!(modifier.map(str::trim), None | Some("" | "~" | "=")) {
        return None;
    }
    let of = |part: &str| {
        let (amount, written) = read_amount(told.get(&format!("{name}_{part}"))?)?;
        Some((amount, written.unwrap_or(unit)))
    };
    of("100g").or_else(|| {
        let (amount, unit) = of("serving")?;
        Some((amount * 100.0 / serving?, unit))
    })
}

/// A name of an amount, its unit and a factor.
type Name = (&'static str, Unit, f64);

/// USDA's number, and the names that tell it, best first.
const NUTRIENTS: &[(u16, &[Name])] = &[
    (
        208,
        &[
            ("energy-kcal", Unit::Kcal, 1.0),
            ("energy-kj", Unit::Kj, 1.0),
            ("energy", Unit::Kj, 1.0),
        ],
    ),
    (268, &[("energy-kj", Unit::Kj, 1.0), ("energy", Unit::Kj, 1.0)]),
    (203, &[("proteins", Unit::Gram, 1.0)]),
    (204, &[("fat", Unit::Gram, 1.0)]),
    (
        205,
        &[
            ("carbohydrates-total", Unit::Gram, 1.0),
            ("carbohydrates", Unit::Gram, 1.0),
        ],
    ),
    (291, &[("fiber", Unit::Gram, 1.0)]),
    (269, &[("sugars", Unit::Gram, 1.0)]),
    (539, &[("added-sugars", Unit::Gram, 1.0)]),
    (606, &[("saturated-fat", Unit::Gram, 1.0)]),
    (645, &[("monounsaturated-fat", Unit::Gram, 1.0)]),
    (646, &[("polyunsaturated-fat", Unit::Gram, 1.0)]),
    (605, &[("trans-fat", Unit::Gram, 1.0)]),
    // Regulation (EU) 1169/2011, annex I: salt is sodium times 2.5.
    (307, &[("sodium", Unit::Gram, 1.0), ("salt", Unit::Gram, 0.4)]),
    (601, &[("cholesterol", Unit::Gram, 1.0)]),
    (306, &[("potassium", Unit::Gram, 1.0)]),
    (301, &[("calcium", Unit::Gram, 1.0)]),
    (303, &[("iron", Unit::Gram, 1.0)]),
    (304, &[("magnesium", Unit::Gram, 1.0)]),
    (305, &[("phosphorus", Unit::Gram, 1.0)]),
    (309, &[("zinc", Unit::Gram, 1.0)]),
    (401, &[("vitamin-c", Unit::Gram, 1.0)]),
    (328, &[("vitamin-d", Unit::Gram, 1.0)]),
    (323, &[("vitamin-e", Unit::Gram, 1.0)]),
    (404, &[("vitamin-b1", Unit::Gram, 1.0)]),
    (405, &[("vitamin-b2", Unit::Gram, 1.0)]),
    (415, &[("vitamin-b6", Unit::Gram, 1.0)]),
    (418, &[("vitamin-b12", Unit::Gram, 1.0)]),
    (262, &[("caffeine", Unit::Gram, 1.0)]),
];

#[cfg(test)]
#[path = "open_food_facts_tests.rs"]
mod tests;
