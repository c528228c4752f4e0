//! What holds for every food that is shipped, whatever is asked of it.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::food::catalogue::tests::CATALOGUE;
use crate::food::units::OUNCE_GRAMS;

fn food(index: Index) -> &'static Food {
    let foods: Vec<_> = CATALOGUE.foods().collect();
    foods[index.index(foods.len())]
}

fn grams(food: &Food, amount: f64, unit: &str) -> Option<f64> {
    let found = resolve(food, amount, unit, WeightBasis::Edible);
    found.ok().map(|found| found.grams)
}

fn same(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one / other - 1.0).abs() < 1e-9,
        (one, other) => one == other,
    }
}

/// One amount in two units.
const SAME: &[(f64, &str, f64, &str)] = &[
    (1.0, "kg", 1000.0, "g"),
    (1.0, "lb", 16.0 * OUNCE_GRAMS, "g"),
    (1.0, "oz by weight", OUNCE_GRAMS, "g"),
    (1.0, "lb 4 oz", 20.0 * OUNCE_GRAMS, "g"),
    (1.0, "l", 1000.0, "ml"),
    (1.0, "dl", 10.0, "cl"),
    (1.0, "imperial pint", 20.0, "imperial fl oz"),
    (1.0, "metric cup", 250.0, "ml"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Twice as much weighs twice as much, and two halves weigh the whole, in every unit and portion.
    #[test]
    fn scaling_is_linear(index: Index, portion: Index, amount in 0.01f64..50.0, unit in select(vec!["g", "oz", "cup", "tbsp", "ml", "fl oz", "whole", "medium", "serving", "slice"])) {
        let food = food(index);
        let shown = (!food.portions.is_empty()).then(|| label(&food.portions[portion.index(food.portions.len())]));
        for unit in [Some(unit.to_owned()), shown].into_iter().flatten() {
            let once = grams(food, amount, &unit);
            prop_assert!(same(once.map(|once| once * 2.0), grams(food, amount * 2.0, &unit)), "{} {unit}", food.name);
            prop_assert!(same(once.map(|once| once / 2.0), grams(food, amount / 2.0, &unit)), "{} {unit}", food.name);
        }
    }

    /// The same amount in another unit weighs the same, where the source does not weigh the milliliter by itself, rounded.
    #[test]
    fn units_round_trip(index: Index, amount in 0.01f64..50.0, pair in select(SAME.to_vec())) {
        let food = food(index);
        let (one, unit, other, other_unit) = pair;
        prop_assume!(food.portions.iter().all(|portion| label(portion) != "ml"));
        prop_assert!(
            same(grams(food, amount * one, unit), grams(food, amount * other, other_unit)),
            "{amount}: {unit}, {other_unit} of {}", food.name
        );
    }

    /// The number may stand in the amount or in the unit, where the two are not a portion of their own ("0.5 cup").
    #[test]
    fn the_number_counts_wherever_it_stands(index: Index, quarters in 1u32..40, unit in select(vec!["g", "cup", "tbsp", "oz", "large", "slice"])) {
        let food = food(index);
        let amount = f64::from(quarters) / 4.0;
        let text = format!("{amount} {unit}");
        prop_assume!(food.portions.iter().all(|portion| label(portion) != text));
        prop_assert!(same(grams(food, amount, unit), grams(food, 1.0, &text)), "{text} of {}", food.name);
    }

    /// No text panics or weighs what cannot be, for any food; and what is refused says what to do.
    #[test]
    fn any_text_is_weighed_or_refused_with_a_hint(index: Index, amount in proptest::num::f64::ANY, unit in "[0-9a-z½⁄(),./ -]{0,24}") {
        match resolve(food(index), amount, &unit, WeightBasis::AsPurchased) {
            Ok(found) => prop_assert!(found.grams > 0.0 && found.grams <= MAX_GRAMS),
            Err(error) => prop_assert!(!error.hint().is_empty() && !error.to_string().is_empty()),
        }
    }
}
