//! The documented answers of FoodData Central, and what is odd about them.

use super::*;
use crate::food::catalogue::tests::CATALOGUE;
use crate::food::nutrients::Nutrients;
use crate::food::providers::question::Id;

fn units() -> Units {
    Units::new(&Nutrients::new(CATALOGUE.nutrient_definitions()))
}

fn id(text: &str) -> Question {
    Question::Food(Id::parse(text).unwrap())
}

fn one(question: &Question, answer: &Value) -> Record {
    let mut records = read(question, answer, &units()).unwrap();
    assert_eq!(records.len(), 1, "{records:?}");
    records.remove(0)
}

/// As `POST /foods/search` tells a branded food.
fn branded(fdc_id: u64, code: &str) -> Value {
    let nutrient = |id: u32, number: &str, unit: &str, value: f64| {
        json!({"nutrientId": id, "nutrientName": "n", "nutrientNumber": number, "unitName": unit, "value": value,
            "derivationCode": "LCCS"})
    };
    json!({
        "fdcId": fdc_id, "description": "OAT MILK", "dataType": "Branded", "gtinUpc": code,
        "brandOwner": "Oat Corporation", "brandName": "GOOD OATS", "foodCategory": "Plant Based Milk",
        "servingSize": 240.0, "servingSizeUnit": "ml", "householdServingFullText": "1 cup",
        "foodNutrients": [
            nutrient(1003, "203", "G", 1.25), nutrient(1004, "204", "G", 2.08), nutrient(1005, "205", "G", 6.67),
            nutrient(1008, "208", "KCAL", 50.0), nutrient(1093, "307", "MG", 42.0), nutrient(1104, "318", "IU", 250.0),
            nutrient(1235, "539", "G", 2.9),
        ],
    })
}

#[test]
fn the_key_and_what_was_typed_stand_in_no_url() {
    for question in [
        id("534358"),
        Question::Barcode("00077034085228".to_owned()),
        Question::name("oat milk"),
    ] {
        let request = request("https://fdc.example/fdc", "planted", &question);
        assert!(!request.url.contains("planted") && !request.url.contains("oat") && !request.url.contains('?'));
        assert!(request.headers.contains(&("x-api-key", "planted".to_owned())));
        assert_eq!(request.body.is_none(), matches!(question, Question::Food(_)));
    }
    let body = request("", "", &Question::Barcode("00077034085228".to_owned()))
        .body
        .unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["query"], "077034085228 0077034085228 00077034085228");
    assert_eq!(body["dataType"], json!(["Branded"]));
}

#[test]
fn a_branded_food_of_a_search_is_read_and_a_liquid_is_one_by_volume() {
    let record = one(
        &Question::name("oat milk"),
        &json!({"totalHits": 1, "foods": [branded(7, "077034085228")]}),
    );
    assert_eq!((record.id.as_str(), record.brand.as_deref()), ("7", Some("GOOD OATS")));
    assert_eq!(record.category, "Plant Based Milk");
    assert!(record.by_volume && record.from_label);
    assert_eq!(
        record.portions,
        [(1.0, "cup".to_owned(), 240.0), (1.0, "serving".to_owned(), 240.0)]
    );
    let expected = [
        (203, 1.25),
        (204, 2.08),
        (205, 6.67),
        (208, 50.0),
        (307, 42.0),
        (318, 250.0),
        (539, 2.9),
    ];
    assert_eq!(record.nutrients, BTreeMap::from(expected));
}

#[test]
fn of_the_records_of_a_barcode_the_newest_counts_and_others_that_were_found_do_not() {
    let asked = Question::Barcode("00077034085228".to_owned());
    let foods = [
        branded(11, "077034085228"),
        branded(99, "077034085229"),
        branded(12, "00077034085228"),
        branded(5, "0077034085228"),
    ];
    assert_eq!(one(&asked, &json!({"foods": foods})).id, "12");
    let other = json!({"foods": [branded(99, "077034085229")]});
    assert_eq!(read(&asked, &other, &units()), Some(Vec::new()));
}

#[test]
fn a_foundation_food_has_the_energy_of_atwater_and_the_sugars_of_nlea() {
    let nutrient = |id: u32, number: &str, unit: &str, amount: f64| {
        json!({"type": "FoodNutrient", "nutrient": {"id": id, "number": number, "name": "n", "rank": 1, "unitName": unit},
            "amount": amount, "foodNutrientDerivation": {"code": "A"}})
    };
    let answer = json!({
        "fdcId": 9_000_002, "description": "Apples, with skin, raw", "dataType": "Foundation",
        "foodClass": "FinalFood", "foodCategory": {"code": "0900", "description": "Fruits and Fruit Juices"},
        "foodNutrients": [
            nutrient(2047, "957", "kcal", 64.7), nutrient(2048, "958", "kcal", 58.2),
            nutrient(1063, "269.3", "g", 13.3), nutrient(1087, "301", "mg", 6.0),
            nutrient(1185, "430", "µg", 2.2), json!({"nutrient": {"id": 2045, "number": "951", "name": "Proximates"}}),
        ],
        "foodPortions": [
            {"id": 1, "amount": 1.0, "gramWeight": 185.0, "measureUnit": {"name": "undetermined"}, "modifier": "medium"},
            {"id": 2, "amount": 0.5, "gramWeight": 55.0, "measureUnit": {"name": "cup"}, "modifier": "sliced"},
            {"id": 3, "gramWeight": 50.0, "portionDescription": "Quantity not specified"},
            {"id": 4, "gramWeight": 21.0, "portionDescription": "1 slice"},
        ],
    });
    let record = one(&id("9000002"), &answer);
    assert_eq!(
        record.nutrients,
        BTreeMap::from([(208, 58.2), (269, 13.3), (301, 6.0), (430, 2.2)])
    );
    assert_eq!(record.category, "Fruits and Fruit Juices");
    assert!(!record.by_volume && !record.from_label);
    let portions = [(1.0, "medium", 185.0), (0.5, "cup, sliced", 55.0), (1.0, "slice", 21.0)];
    assert_eq!(
        record.portions,
        portions.map(|(amount, of, grams)| (amount, of.to_owned(), grams))
    );
    assert_eq!(
        read(&id("9000003"), &answer, &units()),
        Some(Vec::new()),
        "another food than was asked for"
    );
}

#[test]
fn energy_that_is_told_is_not_replaced() {
    let list = json!([
        {"number": "957", "amount": 64.7, "unitName": "KCAL"}, {"number": "208", "amount": 60.0, "unitName": "KCAL"},
        {"number": "269.3", "amount": 1.0, "unitName": "G"}, {"number": 269, "amount": 2.0, "unitName": "G"},
    ]);
    assert_eq!(nutrients(&list, &units()), BTreeMap::from([(208, 60.0), (269, 2.0)]));
}

#[test]
fn what_is_missing_or_cannot_be_is_not_known() {
    let list = json!([
        {"number": "203", "unitName": "G"}, {"number": "204", "amount": null, "unitName": "G"},
        {"number": "205", "amount": "", "unitName": "G"}, {"number": "291", "amount": -1, "unitName": "G"},
        {"number": "606", "amount": 170, "unitName": "G"}, {"number": "301", "amount": 5, "unitName": "SP_GR"},
        {"number": "328", "amount": 40, "unitName": "IU"}, {"number": "999999", "amount": 1, "unitName": "G"},
        {"amount": 1, "unitName": "G"}, {"number": "303", "amount": "1.5", "unitName": "MG"}, 7, null,
    ]);
    assert_eq!(nutrients(&list, &units()), BTreeMap::from([(303, 1.5)]));
}

#[test]
fn nothing_found_comes_in_several_shapes_and_anything_else_is_no_answer() {
    let name = Question::name("zorblax");
    for nothing in [json!({}), json!({"totalHits": 0, "foods": []})] {
        assert_eq!(read(&name, &nothing, &units()), Some(Vec::new()));
    }
    let stub = json!({"foods": [{"fdcId": 1, "description": "X", "foodNutrients": []}]});
    assert_eq!(
        read(&name, &stub, &units()),
        Some(Vec::new()),
        "a food without amounts is none"
    );
    for garbage in [
        json!([]),
        json!("x"),
        json!({"error": "x"}),
        json!({"foods": "x"}),
        json!(null),
    ] {
        assert_eq!(read(&name, &garbage, &units()), None, "{garbage}");
    }
}
