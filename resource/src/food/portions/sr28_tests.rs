//! Every portion of every food that is shipped.

use super::*;
use crate::food::catalogue::tests::CATALOGUE;

/// The weights that a food's source gives for exactly these words.
fn weights(food: &Food, shown: &str) -> Vec<f64> {
    let same = |portion: &&crate::food::model::Portion| label(portion).eq_ignore_ascii_case(shown);
    food.portions.iter().filter(same).map(|portion| portion.grams).collect()
}

/// Foods whose source gives a weight in ounces that is no such weight ("3 oz = 28 g"); the ounce wins.
const MISTAKEN: [&str; 6] = ["05705", "05712", "05723", "10898", "20094", "21337"];

#[test]
fn every_portion_shown_is_understood_as_one_of_its_weights() {
    let mut wrong = Vec::new();
    for food in CATALOGUE.foods() {
        for portion in &food.portions {
            let shown = label(portion);
            let found = resolve(food, 1.0, &shown, WeightBasis::Edible);
            let grams = found.as_ref().map_or(0.0, |found| found.grams);
            // Sources round an ounce to 28 g and a pound to 454 g; here a weight is a weight.
            let fits = |given: &f64| (grams / given - 1.0).abs() < 0.02;
            if !weights(food, &shown).iter().any(fits) && !MISTAKEN.contains(&food.id.id.as_str()) {
                wrong.push(format!(
                    "{} {}: {shown} = {} g, not {found:?}",
                    food.id, food.name, portion.grams
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {wrong:#?}", wrong.len());
}

/// One tablespoon of it, and three that are a serving of another weight: the number does not make it ambiguous.
#[test]
fn a_portions_own_words_mean_it_behind_a_number_too() {
    let cereals = CATALOGUE.foods().find(|food| food.id.id == "08573").unwrap();
    let grams = |amount, unit| resolve(cereals, amount, unit, WeightBasis::Edible).unwrap().grams;
    for (amount, text) in [(2.0, "2 tbsp"), (2.5, "2.5 tbsp")] {
        assert!((grams(1.0, text) - grams(amount, "tbsp")).abs() < 1e-9, "{text}");
    }
}
