//! The documented answers of Open Food Facts, and what is odd about them.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::food::catalogue::tests::CATALOGUE;
use crate::food::model::{Freshness, NutrientNumber, Source};
use crate::food::nutrients::Nutrients;
use crate::food::portions::{self, WeightBasis};

fn units() -> Units {
    Units::new(&Nutrients::new(CATALOGUE.nutrient_definitions()))
}

fn barcode(digits: &str) -> Question {
    Question::Barcode(format!("{digits:0>14}"))
}

/// A product as v2 tells it, with these members beside the usual ones.
fn product(more: &Value) -> Value {
    let mut product = json!({
        "code": "4012345678901", "product_name": "Nuss Creme", "brands": "Beispiel,Nuss Creme",
        "categories": "Spreads, Sweet spreads, Hazelnut spreads", "quantity": "400 g", "product_quantity": "400",
        "product_quantity_unit": "g", "serving_size": "15 g", "serving_quantity": 15, "serving_quantity_unit": "g",
        "nutrition_data_per": "100g",
        "nutriments": {
            "energy": 2255, "energy_unit": "kcal", "energy_100g": 2255, "energy-kcal_100g": 539, "energy-kcal_unit": "kcal",
            "fat_100g": 30.9, "saturated-fat_100g": "10.6", "carbohydrates_100g": 57.5, "sugars_100g": 56.3,
            "proteins_100g": 6.3, "salt_100g": 0.107, "sodium_100g": 0.0428, "sodium_unit": "mg", "nova-group_100g": 4,
        },
    });
    for (name, value) in more.as_object().unwrap() {
        product[name] = value.clone();
    }
    json!({"code": "4012345678901", "status": 1, "status_verbose": "product found", "product": product})
}

fn found(more: &Value) -> Record {
    let mut records = read(&barcode("4012345678901"), &product(more), &units()).unwrap();
    assert_eq!(records.len(), 1, "{more}");
    records.remove(0)
}

/// What is known when these are the `nutriments`, of a product whose serving is 40 g.
fn known(nutriments: &Value) -> BTreeMap<u16, f64> {
    let more = json!({"nutriments": nutriments, "serving_quantity": "40"});
    let records = read(&barcode("4012345678901"), &product(&more), &units()).unwrap();
    records
        .into_iter()
        .next()
        .map(|record| record.nutrients)
        .unwrap_or_default()
}

#[test]
fn a_product_is_read_and_sodium_is_in_milligrams() {
    let record = found(&json!({}));
    assert_eq!(
        (record.name.as_str(), record.brand.as_deref()),
        ("Nuss Creme", Some("Beispiel"))
    );
    assert_eq!(
        (record.id.as_str(), record.category.as_str()),
        ("4012345678901", "Hazelnut spreads")
    );
    let expected = [
        (203, 6.3),
        (204, 30.9),
        (205, 57.5),
        (208, 539.0),
        (268, 2255.0),
        (269, 56.3),
        (307, 42.8),
        (606, 10.6),
    ];
    assert_eq!(record.nutrients, BTreeMap::from(expected));
    assert_eq!(
        record.portions,
        [(1.0, "serving".to_owned(), 15.0), (1.0, "package".to_owned(), 400.0)]
    );
    assert!(!record.by_volume);
}

#[test]
fn a_request_says_who_we_are_and_asks_for_the_code_as_it_stands_there() {
    let of = |digits: &str| request("https://off.example", "ops@food.example", &barcode(digits));
    let agent = format!("food-mcp/{} (ops@food.example)", env!("CARGO_PKG_VERSION"));
    assert!(of("96385074").headers.contains(&("user-agent", agent)));
    for (digits, code) in [
        ("034000470693", "0034000470693"),
        ("96385074", "96385074"),
        ("4012345678901", "4012345678901"),
        ("10614141000415", "10614141000415"),
        ("0000001", "00000001"),
    ] {
        let url = of(digits).url;
        assert!(
            url.starts_with(&format!("https://off.example/api/v2/product/{code}.json?fields=code,")),
            "{url}"
        );
    }
    let search = request("https://off.example", "x", &Question::name("Müsli & more#?"));
    assert!(
        search
            .url
            .starts_with("https://off.example/cgi/search.pl?search_terms=m%C3%BCsli+%26+more%23%3F&"),
        "{}",
        search.url
    );
}

#[test]
fn energy_in_kilojoules_alone_becomes_kilocalories_and_what_cannot_be_is_passed_over() {
    let kcal = |nutriments: Value| known(&nutriments).get(&208).map(|kcal| kcal.round());
    assert_eq!(kcal(json!({"energy-kj_100g": 2255})), Some(539.0));
    assert_eq!(kcal(json!({"energy_100g": "2255"})), Some(539.0));
    assert_eq!(
        kcal(json!({"energy-kcal_100g": 1569, "energy_100g": 1569})),
        Some(375.0)
    );
    assert_eq!(kcal(json!({"fat_100g": 1, "energy_value": 5, "energy-kcal": 5})), None);
}

#[test]
fn amounts_per_serving_alone_need_the_weight_of_the_serving() {
    let per_serving = json!({"fat_serving": "2", "sugars_serving": 4.0, "sugars_100g": 9.5});
    assert_eq!(known(&per_serving), BTreeMap::from([(204, 5.0), (269, 9.5)]));
    let more = json!({"nutriments": {"fat_serving": 2}, "serving_quantity": null, "serving_size": "1 bar"});
    assert_eq!(
        read(&barcode("4012345678901"), &product(&more), &units()),
        Some(Vec::new())
    );
}

#[test]
fn numbers_as_text_with_units_and_with_modifiers() {
    assert_eq!(
        known(&json!({"fat_100g": "3.5 g", "calcium_100g": "120 mg", "iron_100g": 0.0078})),
        BTreeMap::from([(204, 3.5), (301, 120.0), (303, 7.8)])
    );
    assert_eq!(
        known(
            &json!({"fat_100g": "<0.5", "sugars_100g": 0.5, "sugars_modifier": "<", "salt_100g": 1, "salt_modifier": "~"})
        ),
        BTreeMap::from([(307, 400.0)])
    );
    assert_eq!(
        known(&json!({"fat_100g": "", "sugars_100g": null, "proteins_100g": "traces", "fiber_100g": -1})),
        BTreeMap::new()
    );
    assert_eq!(
        known(&json!({"alcohol_100g": 5, "vitamin-a_100g": 0.0008, "vitamin-b9_100g": 0.0001})),
        BTreeMap::new()
    );
}

#[test]
fn stubs_other_products_and_products_that_are_not_there_are_none() {
    let none = |answer: Value| {
        assert_eq!(
            read(&barcode("4012345678901"), &answer, &units()),
            Some(Vec::new()),
            "{answer}"
        );
    };
    none(json!({"code": "4012345678901", "status": 0, "status_verbose": "product not found"}));
    none(json!({"status": 0, "status_verbose": "no code or invalid code"}));
    none(product(&json!({"nutriments": {}})));
    none(product(&json!({"nutriments": []})));
    none(product(&json!({"nutriments": null})));
    none(product(&json!({"nutriments": {"nova-group_100g": 4}})));
    none(product(&json!({"code": "4006381333931"})));
    none(product(&json!({"product_name": "", "brands": null})));
    for garbage in [json!([]), json!("x"), json!({}), json!(null), json!({"products": []})] {
        assert_eq!(read(&barcode("4012345678901"), &garbage, &units()), None, "{garbage}");
    }
    assert_eq!(
        found(&json!({"code": "04012345678901"})).id,
        "04012345678901",
        "zeros in front change nothing"
    );
}

#[test]
fn what_is_sold_by_volume_is_told_per_100_ml() {
    let by_volume = |more: Value| found(&more).by_volume;
    assert!(by_volume(json!({"product_quantity_unit": "ml"})));
    assert!(by_volume(
        json!({"product_quantity_unit": null, "serving_quantity_unit": "ml"})
    ));
    assert!(by_volume(
        json!({"product_quantity_unit": null, "serving_quantity_unit": null, "quantity": "6 x 33 cl"})
    ));
    assert!(by_volume(json!({"nutrition_data_per": "100ml"})));
    for (quantity, expected) in [
        ("900 ml / 500 g", false),
        ("1 l e, 520 g", false),
        ("355 ml (12 fl oz)", true),
    ] {
        let tub = json!({"quantity": quantity, "product_quantity_unit": "ml"});
        assert_eq!(by_volume(tub), expected, "{quantity}");
    }
    assert!(
        !by_volume(json!({"serving_quantity_unit": "ml"})),
        "ketchup is sold by weight"
    );
    assert!(!by_volume(
        json!({"product_quantity_unit": null, "serving_quantity_unit": null, "quantity": null, "serving_size": null})
    ));
}

#[test]
fn a_size_in_the_other_measure_is_no_portion() {
    let tub = found(&json!({"quantity": "900 ml / 500 g", "product_quantity": 900, "product_quantity_unit": "ml"}));
    assert_eq!(tub.portions, [(1.0, "serving".to_owned(), 15.0)]);
    let drink = found(&json!({"product_quantity_unit": "ml"}));
    assert_eq!(drink.portions, [(1.0, "package".to_owned(), 400.0)]);
}

#[test]
fn a_name_finds_products_with_amounts_and_a_list_of_brands_is_read() {
    let named = |code: &str, more: Value| {
        product(&more)["product"].as_object().cloned().map(|mut product| {
            product.insert("code".to_owned(), code.into());
            Value::Object(product)
        })
    };
    let products = [
        named("1", json!({"brands": ["One", "Two"]})),
        named("2", json!({"nutriments": {}})),
        named("3", json!({})),
    ];
    let answer = json!({"count": 3, "page": "1", "page_size": 5, "products": products});
    let records = read(&Question::name("nuss creme"), &answer, &units()).unwrap();
    assert_eq!(
        records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(),
        ["1", "3"]
    );
    assert_eq!(records[0].brand.as_deref(), Some("One"));
}

#[test]
fn a_liquid_is_measured_in_volumes_and_its_unknown_weight_is_refused() {
    let food = found(&json!({"product_quantity_unit": "ml", "serving_quantity": 250, "serving_quantity_unit": "ml"}))
        .food(Source::OpenFoodFacts, Freshness::Live, 0);
    let grams = |amount: f64, unit: &str| portions::resolve(&food, amount, unit, WeightBasis::Edible);
    let rounded = |amount: f64, unit: &str| format!("{:.0}", grams(amount, unit).unwrap().grams);
    assert_eq!(rounded(330.0, "ml"), "330");
    assert_eq!(rounded(1.0, "serving"), "250");
    assert_eq!(rounded(1.0, "cup"), "237");
    assert!(
        grams(330.0, "ml")
            .unwrap()
            .warnings
            .iter()
            .any(|warning| warning.contains("100 ml"))
    );
    let refused = grams(100.0, "g").unwrap_err();
    assert!(refused.hint().contains("ml"), "{refused}");
    assert_eq!(food.amount(NutrientNumber(204)), Some(30.9));
}

/// What may stand where an amount should.
fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        "\\PC{0,12}".prop_map(|text| json!(text)),
        Just(json!([1, "2"])),
        Just(json!({"value": 1})),
        Just(json!(true)),
    ]
}

proptest! {
    #[test]
    fn only_what_is_told_is_known_and_only_if_it_can_be(kept in prop::collection::vec(any::<bool>(), NUTRIENTS.len()), odd in anything()) {
        let names: Vec<&str> = NUTRIENTS.iter().filter(|(number, _)| *number != 268).map(|(_, names)| names[0].0).collect();
        let told: Map<String, Value> = names.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(name, _)| (format!("{name}_100g"), json!(0.00001))).collect();
        let found = nutrients(&told, None, &units());
        let told_of = |names: &[(&str, Unit, f64)]| names.iter().any(|(name, ..)| told.contains_key(&format!("{name}_100g")));
        for (number, names) in NUTRIENTS {
            prop_assert_eq!(found.contains_key(number), told_of(names), "{}", number);
        }
        let mut strange = told.clone();
        strange.values_mut().for_each(|value| *value = odd.clone());
        for amount in nutrients(&strange, Some(1e-300), &units()).values() {
            prop_assert!(amount.is_finite() && *amount >= 0.0);
        }
    }
}
