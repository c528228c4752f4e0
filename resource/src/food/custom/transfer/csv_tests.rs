//! Cells as spreadsheets have them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::json;
use super::*;
use crate::food::custom::{Ingredient, Measure, Recipe, significant};
use crate::food::model::{NutrientDefinition, NutrientNumber};

fn keys() -> Nutrients {
    Nutrients::new(&[NutrientDefinition {
        number: NutrientNumber(262),
        unit: "mg".to_owned(),
        tag: None,
        description: "Caffeine".to_owned(),
        decimals: 0,
    }])
}

fn measure(unit: &str, grams: f64) -> Measure {
    Measure {
        amount: 1.0,
        unit: unit.to_owned(),
        grams,
    }
}

fn food(name: &str, alias: &str, amount: f64) -> SavedFood {
    SavedFood {
        id: "00000000000000ab".to_owned(),
        version: 3,
        content: Content {
            name: name.to_owned(),
            brand: Some(alias.to_owned()),
            category: "Saved foods".to_owned(),
            barcode: Some("0036000291452".to_owned()),
            aliases: vec![alias.to_owned(), "other".to_owned()],
            portions: vec![measure("serving", amount + 1.0)],
            nutrients: vec![(203, 0.0), (208, amount), (262, 1.5), (9_001, 0.1)],
            recipe: None,
        },
    }
}

fn rows(read: Read) -> Vec<(Option<String>, Option<i64>, Content)> {
    read.unwrap()
        .into_iter()
        .map(|row| (row.id, row.version, row.content))
        .collect()
}

fn same(foods: &[SavedFood]) {
    let expected: Vec<_> = foods
        .iter()
        .map(|food| (Some(food.id.clone()), Some(food.version), food.content.clone()))
        .collect();
    let (as_csv, as_json) = (write(foods, &keys()).unwrap(), json::write(foods, &keys()).unwrap());
    assert_eq!(rows(read(&as_csv, &keys())), expected, "{as_csv}");
    assert_eq!(rows(json::read(&as_json, &keys())), expected, "{as_json}");
}

#[test]
fn a_recipe_and_empty_cells_come_back() {
    let mut recipe = food("Dough", "x", 1.0 / 8.0);
    recipe.content.brand = None;
    recipe.content.recipe = Some(Recipe {
        servings: 2.5,
        weighed: true,
        ingredients: vec![Ingredient {
            food: "usda:01077".to_owned(),
            name: "Milk, \"whole\"".to_owned(),
            amount: "1 cup".to_owned(),
            grams: 244.0,
        }],
        others: Some(vec![(208, 148.8)]),
        within: BTreeSet::new(),
    });
    let mut sparse = food("Water", "y", 0.0);
    sparse.content.nutrients = vec![(208, 0.0)];
    sparse.content.aliases.clear();
    same(&[recipe, sparse]);
    same(&[]);
}

#[test]
fn no_cell_is_a_formula() {
    let evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "''@x"];
    let foods: Vec<SavedFood> = evil.iter().map(|name| food(name, name, 1.0)).collect();
    same(&foods);
    let written = write(&foods, &keys()).unwrap();
    let mut reader = csv::Reader::from_reader(written.as_bytes());
    for record in reader.records() {
        assert!(
            record.unwrap().iter().all(|cell| !cell.starts_with(FORMULA)),
            "{written}"
        );
    }
    assert!(written.ends_with("\r\n"));
}

#[test]
fn no_barcode_or_id_is_a_number() {
    let mut digits = food("007", "12", 1.0);
    digits.id = "0000000000001234".to_owned();
    let mut float = food("Bar", "'12", 2.0);
    float.id = "12345678901234e5".to_owned();
    float.content.barcode = Some("4006381333931".to_owned());
    let foods = [digits, float];
    same(&foods);
    let written = write(&foods, &keys()).unwrap();
    let mut reader = csv::Reader::from_reader(written.as_bytes());
    let header = reader.headers().unwrap().clone();
    for record in reader.records() {
        let record = record.unwrap();
        for column in ["id", "name", "brand", "barcode"] {
            let at = header.iter().position(|name| name == column).unwrap();
            let is_text = column == "name" || record[at].starts_with('\'');
            assert!(is_text && record[at].parse::<f64>().is_err(), "{column}: {written}");
        }
    }
    let by_hand = read("id,name,barcode\n12,Toast,0036000291452\n", &keys()).unwrap();
    assert_eq!(by_hand[0].content.barcode.as_deref(), Some("0036000291452"));
}

#[test]
fn a_table_made_by_hand_is_read() {
    let text = "\u{FEFF}name,calories,total_fat_g,portions\nToast,250,,\"[{\"\"amount\"\":1,\"\"unit\"\":\"\"slice\"\",\"\"grams\"\":30}]\"\n'tis cake,1,2,\n";
    let read = read(text, &keys()).unwrap();
    assert_eq!(
        (
            read[0].id.as_ref(),
            read[0].version,
            read[0].content.nutrients.as_slice()
        ),
        (None, None, &[(208, 250.0)][..])
    );
    assert_eq!(read[0].content.portions, [measure("slice", 30.0)]);
    assert_eq!(
        (read[1].place.as_str(), read[1].content.name.as_str()),
        ("line 3 (\"'tis cake\")", "'tis cake")
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    for (text, told) in [
        ("", "no column \"name\""),
        ("name,fibre\n", "there is no nutrient \"fibre\""),
        ("name,name\n", "twice"),
        ("name,calories\nCake,1,2\n", "line: 2"),
        (
            "name,calories\nCake,\"1,5\"\n",
            "line 2: calories: \"1,5\" is no number",
        ),
        ("name,version\nCake,new\n", "line 2: version"),
        ("name,portions\nCake,1 slice\n", "line 2: portions"),
    ] {
        let bad = read(text, &keys()).unwrap_err();
        assert!(bad[0].to_string().contains(told), "{text:?}: {}", bad[0]);
    }
    for text in [
        "",
        "[]",
        "{\"format\":2,\"foods\":[]}",
        "{\"format\":1,\"foods\":[{\"name\":1}]}",
    ] {
        assert!(json::read(text, &keys()).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_is_kept_comes_back_to_the_last_bit(name in "[ -~äß🍝=+@',\"\\n;-]{1,30}", alias in ".{1,20}", amount in 1e-9..1e9) {
        same(&[food(&name, &alias, significant(amount))]);
    }

    #[test]
    fn no_file_is_too_odd_to_refuse(text in "(name|id|,|\"|\n|\\{|:|[0-9]|.){0,60}") {
        drop(read(&text, &keys()));
        drop(json::read(&text, &keys()));
    }
}
