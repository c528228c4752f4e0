//! What is asked about an amount.

use super::*;
use crate::food::model::{Fetched, Food, FoodId, Freshness, Portion, Source};
use crate::mcp::quantity::no_unit;

/// The form's members for a food with these measures, of which it is not said how much.
fn asked(portions: &[(&str, f64)], by_volume: bool) -> Value {
    let portion = |(label, grams): &(&str, f64)| Portion {
        amount: 1.0,
        description: (*label).to_owned(),
        grams: *grams,
    };
    let food = Food {
        id: FoodId {
            source: Source::OpenFoodFacts,
            id: "3017620422003".to_owned(),
        },
        name: "Lemonade".to_owned(),
        brand: None,
        category: String::new(),
        common_names: Vec::new(),
        scientific_name: None,
        refuse: None,
        nutrients: Vec::new(),
        portions: portions.iter().map(portion).collect(),
        contains: Vec::new(),
        fetched: Some(Box::new(Fetched {
            freshness: Freshness::Live,
            at: 0,
            by_volume,
        })),
    };
    let details = Value::Object(no_unit(None, &food).details);
    how_much(&json!({"foodId": "openfoodfacts:3017620422003"}), &details).unwrap()["params"]["requestedSchema"]
        ["properties"]
        .clone()
}

fn units(asked: &Value) -> Vec<(&str, &str)> {
    let choices = asked["unit"]["oneOf"].as_array().unwrap();
    choices
        .iter()
        .map(|choice| (choice["const"].as_str().unwrap(), choice["title"].as_str().unwrap()))
        .collect()
}

#[test]
fn what_has_a_volume_and_no_weight_is_asked_for_by_volume() {
    let bottle = [("bottle", 330.0)];
    assert_eq!(
        units(&asked(&bottle, true)),
        [("bottle", "bottle (330 ml)"), ("ml", "ml")]
    );
    assert_eq!(
        units(&asked(&bottle, false)),
        [("bottle", "bottle (330 g)"), ("g", "g")]
    );
}

#[test]
fn no_choice_stands_twice_and_nothing_is_no_amount() {
    let mut portions = vec![("slice", 30.0), ("slice", 40.0), ("g", 1.0)];
    let labels: Vec<String> = (0..MOST_MEASURES).map(|number| format!("piece {number}")).collect();
    portions.extend(labels.iter().map(|label| (label.as_str(), 5.0)));
    let form = asked(&portions, false);
    let units = units(&form);
    assert_eq!(units.len(), MOST_MEASURES + 1);
    assert_eq!(
        (units[0].0, units[1].0, units[MOST_MEASURES].0),
        ("slice", "piece 0", "g")
    );
    assert!(form["amount"]["minimum"].as_f64().unwrap() > 0.0);
}
