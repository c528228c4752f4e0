//! Sums, coverage and shares, for any order and any gaps.

use proptest::prelude::*;

use super::*;
use crate::food::model::{FoodId, NutrientValue};
use crate::food::nutrients::{CALORIES, FIBER};

fn food(values: &[(NutrientNumber, f64)]) -> Food {
    let mut values = values.to_vec();
    values.sort_by_key(|(number, _)| *number);
    let value = |(number, amount)| NutrientValue {
        number,
        amount,
        source_code: Some(1),
        derivation: None,
    };
    Food {
        id: FoodId {
            source: Source::Usda,
            id: "00000".to_owned(),
        },
        name: String::new(),
        brand: None,
        category: String::new(),
        common_names: Vec::new(),
        scientific_name: None,
        refuse: None,
        nutrients: values.into_iter().map(value).collect(),
        portions: Vec::new(),
        fetched: None,
        contains: Vec::new(),
    }
}

fn keys() -> Nutrients {
    Nutrients::new(&[])
}

#[test]
fn a_missing_value_is_missing_and_never_zero() {
    let (keys, told, silent) = (keys(), food(&[(FIBER, 2.0), (CALORIES, 0.0)]), food(&[]));
    let fiber = keys.by_key("fiber_g").unwrap();
    let eaten = [
        Eaten {
            food: &told,
            grams: 150.0,
        },
        Eaten {
            food: &silent,
            grams: 50.0,
        },
    ];
    let sum = total(fiber, &eaten);
    assert_eq!(
        (sum.rounded(1.0), sum.coverage, sum.missing),
        (Some(3.0), Coverage::Partial, vec![1])
    );
    let sum = total(fiber, &eaten[1..]);
    assert_eq!(
        (sum.rounded(1.0), sum.coverage, sum.missing),
        (None, Coverage::None, vec![0])
    );
    let sum = total(keys.by_key("calories").unwrap(), &eaten[..1]);
    assert_eq!((sum.rounded(1.0), sum.coverage), (Some(0.0), Coverage::Full));
}

#[test]
fn unsaturated_fat_is_known_when_both_its_parts_are() {
    let both = food(&[(NutrientNumber(645), 1.5), (NutrientNumber(646), 2.0)]);
    let one = food(&[(NutrientNumber(645), 1.5)]);
    let given = food(&[(UNSATURATED_FAT, 9.0), (NutrientNumber(645), 1.5)]);
    let of = |food: &Food| per_100_g(food, UNSATURATED_FAT);
    assert_eq!((of(&both), of(&one), of(&given)), (Some(3.5), None, Some(9.0)));
}

#[test]
fn the_ratio_needs_all_three() {
    let whole = food(&[(PROTEIN, 10.0), (CARBOHYDRATE, 20.0), (FAT, 10.0)]);
    let eaten = [Eaten {
        food: &whole,
        grams: 100.0,
    }];
    let ratio = macro_ratio(&eaten).unwrap();
    assert_eq!(
        (ratio.protein, ratio.carbs, ratio.fat, ratio.alcohol),
        (19.0, 38.1, 42.9, None)
    );
    let wine = food(&[(PROTEIN, 0.0), (CARBOHYDRATE, 2.0), (FAT, 0.0), (ALCOHOL, 10.0)]);
    let eaten = [Eaten {
        food: &wine,
        grams: 150.0,
    }];
    assert_eq!(macro_ratio(&eaten).unwrap().alcohol, Some(89.7));
    let partial = food(&[(PROTEIN, 10.0)]);
    assert_eq!(
        macro_ratio(&[Eaten {
            food: &partial,
            grams: 100.0
        }]),
        None
    );
    assert_eq!(macro_ratio(&[]), None);
}

#[test]
fn sums_are_rounded_once() {
    let keys = keys();
    let food = food(&[(CALORIES, 0.04)]);
    let eaten = vec![
        Eaten {
            food: &food,
            grams: 100.0
        };
        10
    ];
    assert_eq!(total(keys.by_key("calories").unwrap(), &eaten).rounded(1.0), Some(0.4));
    assert_eq!(total(keys.by_key("calories").unwrap(), &eaten).rounded(4.0), Some(0.1));
}

proptest! {
    #[test]
    fn the_order_of_items_does_not_matter(
        items in proptest::collection::vec((0.0f64..9000.0, 0.01f64..100_000.0, any::<bool>()), 1..100),
        seed in any::<u64>(),
    ) {
        let keys = keys();
        let foods: Vec<(Food, f64)> = items
            .iter()
            .map(|(calories, grams, told)| (if *told { food(&[(CALORIES, *calories)]) } else { food(&[]) }, *grams))
            .collect();
        let eaten: Vec<Eaten<'_>> = foods.iter().map(|(food, grams)| Eaten { food, grams: *grams }).collect();
        let mut mixed = eaten.clone();
        let turn = usize::try_from(seed % u64::try_from(mixed.len()).unwrap()).unwrap();
        mixed.rotate_left(turn);
        mixed.reverse();
        let calories = keys.by_key("calories").unwrap();
        let (one, other) = (total(calories, &eaten), total(calories, &mixed));
        prop_assert_eq!(one.sum.map(f64::to_bits), other.sum.map(f64::to_bits));
        prop_assert_eq!(one.missing.len(), other.missing.len());
        prop_assert_eq!(one.coverage, other.coverage);
        prop_assert!(one.sum.is_none_or(f64::is_finite));
    }
}

/// So many thousandths per 100 g, if told, and so many hundredths of a gram.
fn parts() -> impl Strategy<Value = Vec<(Option<u64>, u64)>> {
    proptest::collection::vec((proptest::option::of(0u64..900_000), 1u64..1_000_000), 1..30)
}

fn foods(parts: &[(Option<u64>, u64)]) -> Vec<(Food, f64)> {
    let decimal = |units: u64, per: f64| f64::from(u32::try_from(units).unwrap()) / per;
    let values = |told: &Option<u64>| {
        told.map(|told| vec![(CALORIES, decimal(told, 1000.0))])
            .unwrap_or_default()
    };
    parts
        .iter()
        .map(|(told, grams)| (food(&values(told)), decimal(*grams, 100.0)))
        .collect()
}

fn eaten(foods: &[(Food, f64)]) -> Vec<Eaten<'_>> {
    foods
        .iter()
        .map(|(food, grams)| Eaten { food, grams: *grams })
        .collect()
}

proptest! {
    /// The sum, rounded, is what somebody gets who adds up on paper and rounds the end: in whole numbers here.
    #[test]
    fn sums_round_as_exact_decimals_do(parts in parts(), servings in 1u64..12) {
        let keys = keys();
        let foods = foods(&parts);
        let sum = total(keys.by_key("calories").unwrap(), &eaten(&foods)).rounded(f64::from(u32::try_from(servings).unwrap()));
        // Thousandths times hundredths of 100 g: ten millionths; to one decimal place, half up.
        let exact: u64 = parts.iter().filter_map(|(told, grams)| told.map(|told| told * grams)).sum();
        let tenths = (exact * 2 * 10 + 10_000_000 * servings) / (2 * 10_000_000 * servings);
        let told = parts.iter().any(|(told, _)| told.is_some());
        prop_assert_eq!(sum.map(|sum| (sum * 10.0).round() / 10.0), sum);
        prop_assert_eq!(sum.map(|sum| format!("{sum:.1}")), told.then(|| format!("{}.{}", tenths / 10, tenths % 10)));
    }

    /// A food that does not tell a nutrient is named, and never counts as 0 of it.
    #[test]
    fn what_is_missing_never_becomes_a_number(parts in parts()) {
        let keys = keys();
        let foods = foods(&parts);
        let eaten = eaten(&foods);
        let sum = total(keys.by_key("calories").unwrap(), &eaten);
        let silent: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].0.is_none()).collect();
        prop_assert_eq!(sum.sum.is_none(), silent.len() == parts.len());
        prop_assert_eq!(sum.coverage == Coverage::Full, silent.is_empty());
        prop_assert_eq!(&sum.missing, &silent);
        for key in ["protein_g", "fiber_g", "unsaturated_fat_g", "added_sugar_g"] {
            let untold = total(keys.by_key(key).unwrap(), &eaten);
            prop_assert_eq!((untold.sum, untold.coverage), (None, Coverage::None));
        }
        prop_assert_eq!(macro_ratio(&eaten), None);
    }

    /// Two halves of everything are the whole, and three times as much is three times the sum.
    #[test]
    fn halves_add_up_and_scaling_is_linear(parts in parts()) {
        let keys = keys();
        let calories = keys.by_key("calories").unwrap();
        let foods = foods(&parts);
        let whole = eaten(&foods);
        let scaled = |factor: f64| whole.iter().map(|part| Eaten { grams: part.grams * factor, ..*part }).collect::<Vec<_>>();
        let halves = [scaled(0.5), scaled(0.5)].concat();
        let sum = |eaten: &[Eaten<'_>]| total(calories, eaten).sum;
        let near = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => (one - other).abs() <= one.abs() * 1e-12,
            (one, other) => one == other,
        };
        prop_assert!(near(sum(&whole), sum(&halves)));
        prop_assert!(near(sum(&whole).map(|sum| sum * 3.0), sum(&scaled(3.0))));
    }
}
