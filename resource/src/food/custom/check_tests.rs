//! What can be saved, and what is told.

use std::collections::BTreeSet;

use super::*;
use crate::food::custom::Ingredient;

fn draft(nutrients: &[(NutrientNumber, f64)]) -> Draft {
    Draft {
        name: " Grandma's  cake ".to_owned(),
        serving_grams: 50.0,
        portions: vec![Measure {
            amount: 1.0,
            unit: "slice".to_owned(),
            grams: 50.0,
        }],
        nutrients: nutrients.iter().copied().collect(),
        ..Draft::default()
    }
}

const GOOD: [(NutrientNumber, f64); 6] = [
    (CALORIES, 200.0),
    (PROTEIN, 3.0),
    (CARBOHYDRATE, 25.0),
    (FAT, 10.0),
    (SUGAR, 12.0),
    (SATURATED_FAT, 4.0),
];

#[test]
fn amounts_are_kept_per_100_g() {
    let checked = draft(&GOOD).check().unwrap();
    assert_eq!(checked.content.name, "Grandma's cake");
    assert_eq!(
        checked.content.nutrients.iter().find(|(number, _)| *number == 208),
        Some(&(208, 400.0))
    );
    assert_eq!(checked.warnings, Vec::<String>::new());
}

#[test]
fn what_cannot_be_is_refused() {
    for (number, amount) in [
        (CALORIES, -1.0),
        (PROTEIN, f64::NAN),
        (FAT, f64::INFINITY),
        (SUGAR, 25.1),
        (SATURATED_FAT, 10.1),
        (TRANS_FAT, 11.0),
        (ADDED_SUGAR, 13.0),
        (PROTEIN, 15.1),
    ] {
        let mut bad = draft(&GOOD);
        bad.nutrients.insert(number, amount);
        assert!(bad.check().is_err(), "{number:?} {amount}");
    }
    let mut silent = draft(&GOOD);
    silent.nutrients.remove(&CALORIES);
    assert!(silent.check().is_err());
}

#[test]
fn a_weight_too_small_to_divide_by_is_refused() {
    for grams in [0.0, 5e-324, 1e-300, f64::NAN, MAX_GRAMS * 2.0] {
        let mut tiny = draft(&[(CALORIES, 0.0), (NutrientNumber(307), MOST)]);
        tiny.serving_grams = grams;
        assert!(tiny.clone().check().is_err(), "{grams}");
        tiny.serving_grams = LEAST;
        assert!(
            tiny.clone()
                .check()
                .unwrap()
                .content
                .nutrients
                .iter()
                .all(|(_, amount)| amount.is_finite())
        );
        for (amount, weight) in [(grams, 1.0), (1.0, grams)] {
            tiny.portions = vec![Measure {
                amount,
                unit: "cup".to_owned(),
                grams: weight,
            }];
            assert!(tiny.clone().check().is_err(), "{amount} cup = {weight} g");
        }
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let bad = Draft {
        name: "a\u{202E}b".to_owned(),
        barcode: Some("12x".to_owned()),
        ..Draft::default()
    };
    let Invalid(problems) = bad.check().unwrap_err();
    assert_eq!(problems.len(), 4, "{problems:?}");
}

#[test]
fn energy_far_from_the_rule_is_a_warning() {
    let energy = |kcal: f64| {
        let mut food = draft(&GOOD);
        food.nutrients.insert(CALORIES, kcal);
        food.check().unwrap().warnings.len()
    };
    assert_eq!(
        (energy(202.0), energy(160.0), energy(150.0), energy(260.0)),
        (0, 0, 1, 1)
    );
}

#[test]
fn texts_are_bounded() {
    for name in ["", "  ", "two\nlines", "\u{200B}"] {
        assert!(
            Draft {
                name: name.to_owned(),
                ..draft(&GOOD)
            }
            .check()
            .is_err(),
            "{name:?}"
        );
    }
    assert!(
        Draft {
            name: "x".repeat(201),
            ..draft(&GOOD)
        }
        .check()
        .is_err()
    );
    assert!(
        Draft {
            name: "Käsespätzle 🍝".to_owned(),
            ..draft(&GOOD)
        }
        .check()
        .is_ok()
    );
}

#[test]
fn a_recipe_of_a_file_must_be_one() {
    let egg = Ingredient {
        food: "usda:01123".to_owned(),
        name: "Egg".to_owned(),
        amount: "2 large".to_owned(),
        grams: 100.0,
    };
    let good = Recipe {
        servings: 2.0,
        weighed: false,
        ingredients: vec![egg.clone()],
        others: None,
        within: BTreeSet::new(),
    };
    let of = |ingredients: Vec<Ingredient>| Recipe {
        ingredients,
        ..good.clone()
    };
    let check = |recipe: Recipe| {
        let recipe = Some(recipe);
        Draft { recipe, ..draft(&GOOD) }.check().map(drop)
    };
    assert_eq!(check(good.clone()), Ok(()));
    for bad in [
        of(Vec::new()),
        of(vec![egg.clone(); 101]),
        of(vec![Ingredient {
            grams: -1.0,
            ..egg.clone()
        }]),
        of(vec![Ingredient {
            grams: f64::NAN,
            ..egg.clone()
        }]),
        of(vec![Ingredient {
            name: "a\u{202E}b".to_owned(),
            ..egg.clone()
        }]),
        of(vec![Ingredient {
            amount: "x".repeat(201),
            ..egg.clone()
        }]),
        Recipe {
            servings: 0.0,
            ..good.clone()
        },
        Recipe {
            servings: f64::INFINITY,
            ..good.clone()
        },
    ] {
        assert!(check(bad.clone()).is_err(), "{bad:?}");
    }
}
