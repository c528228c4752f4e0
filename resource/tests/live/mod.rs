//! Live providers against stand-ins on this computer that say what the real ones are documented to say.

mod answers;
mod asking;
mod failures;
mod keeping;
mod recipes;
mod sharing;
mod stand_in;
mod tools;

use resource::food::custom::Gtin;
use resource::food::custom::store::SavedFoods;
use resource::food::nutrients::Nutrients;
use resource::food::providers::{FdcSettings, OpenFoodFactsSettings, ProviderSettings, Providers};
use serde_json::Value;
use shared::clock::Clock;

use crate::support::catalogue;
use stand_in::{Says, StandIn};

/// 2027-01-15.
const NOW: i64 = 1_800_000_000;
/// A jar, as most know it.
const JAR: &str = "4012345678901";
/// Answers to a hit, a miss and a name, as Open Food Facts gives them.
const PRODUCT: &str = include_str!("answers/off_product.json");
const NO_PRODUCT: &str = include_str!("answers/off_no_product.json");
/// Answers to a name or barcode, and to an id, as FoodData Central gives them.
const FOUND: &str = include_str!("answers/fdc_search.json");
const FOOD: &str = include_str!("answers/fdc_food.json");

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn says(text: &str) -> Says {
    Says::Json(json(text))
}

fn gtin(digits: &str) -> Gtin {
    Gtin::parse(digits).unwrap()
}

/// A barcode with a right check digit.
fn any_gtin(number: usize) -> Gtin {
    let body = format!("400{number:09}");
    let good = (0..10).map(|check| Gtin::parse(&format!("{body}{check}")));
    good.flatten().next().unwrap()
}

/// Open Food Facts at a stand-in.
fn off_at(stand_in: &StandIn) -> ProviderSettings {
    ProviderSettings {
        fdc: None,
        open_food_facts: Some(OpenFoodFactsSettings {
            contact: "ops@food.example".to_owned(),
            url: stand_in.url.parse().unwrap(),
        }),
    }
}

/// `FoodData` Central at a stand-in.
fn fdc_at(stand_in: &StandIn) -> ProviderSettings {
    ProviderSettings {
        fdc: Some(FdcSettings {
            key: "planted".to_owned().into(),
            url: format!("{}/fdc", stand_in.url).parse().unwrap(),
        }),
        open_food_facts: None,
    }
}

/// A process of its own over these tables.
fn process(settings: &ProviderSettings, store: &SavedFoods, clock: &Clock) -> Providers {
    let nutrients = Nutrients::new(catalogue().nutrient_definitions());
    Providers::new(settings, &nutrients, store.database(), clock.clone()).unwrap()
}
