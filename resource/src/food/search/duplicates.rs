//! Foods that are in the data twice: of two with the same words and the same figures the better-described one is
//! found, by the other's names too. The other keeps its id, and is found where its source is asked for.
//!
//! Easy to get wrong: the same words may name different foods, and hardly any two analyses agree to the digit, so
//! energy and the three that make it must agree nearly.

use std::collections::HashMap;

use super::names::key;
use super::pieces::Pieces;
use super::tables::Tables;
use crate::food::model::{Food, NutrientNumber};
use crate::food::nutrients::CALORIES;

/// Protein, fat and carbohydrate.
const MAKERS_OF_ENERGY: [NutrientNumber; 3] = [NutrientNumber(203), NutrientNumber(204), NutrientNumber(205)];
/// How far figures of one food may differ, by the greater one.
const SHARE: f64 = 0.12;
/// What is too little to matter, in grams of 100.
const GRAMS: f64 = 1.5;
/// What is too little to matter, in kcal of 100 g.
const KILOCALORIES: f64 = 8.0;

/// For each food the place of the better-described one that it is the same as.
pub(super) fn duplicates<'a>(
    foods: impl Iterator<Item = &'a Food>,
    tables: &Tables,
    pieces: &mut Pieces,
) -> Vec<Option<u32>> {
    let foods: Vec<&Food> = foods.collect();
    let mut alike: HashMap<Vec<u32>, Vec<u32>> = HashMap::new();
    for (place, food) in (0..).zip(&foods) {
        let key = key(&food.name, tables, pieces);
        alike.entry(key).or_default().push(place);
    }
    let mut same_as = vec![None; foods.len()];
    for places in alike.values_mut().filter(|places| places.len() > 1) {
        let food = |place: u32| foods.get(place as usize).copied();
        places.sort_by_key(|place| std::cmp::Reverse(food(*place).map(description)));
        mark(places, food, &mut same_as);
    }
    same_as
}

/// Of foods with the same words, best described first, each is the same as the first one with the same figures.
fn mark<'a>(places: &[u32], food: impl Fn(u32) -> Option<&'a Food>, same_as: &mut [Option<u32>]) {
    let mut kept: Vec<u32> = Vec::new();
    for place in places {
        let same = |other: &&u32| match (food(*place), food(**other)) {
            (Some(one), Some(other)) => one.id.source != other.id.source && figures_agree(one, other),
            _ => false,
        };
        match (kept.iter().find(same), same_as.get_mut(*place as usize)) {
            (Some(better), Some(slot)) => *slot = Some(*better),
            _ => kept.push(*place),
        }
    }
}

/// How much is known of a food: household measures first, since without them nothing but weights can be reckoned.
fn description(food: &Food) -> (bool, usize) {
    (!food.portions.is_empty(), food.nutrients.len())
}

fn figures_agree(one: &Food, other: &Food) -> bool {
    let near = |number: NutrientNumber, slight: f64| match (one.amount(number), other.amount(number)) {
        (Some(one), Some(other)) => (one - other).abs() <= slight.max(SHARE * one.max(other)),
        _ => false,
    };
    near(CALORIES, KILOCALORIES) && MAKERS_OF_ENERGY.iter().all(|number| near(*number, GRAMS))
}

#[cfg(test)]
mod tests {
    use super::super::SearchRequest;
    use super::*;
    use crate::food::catalogue::tests::CATALOGUE;
    use crate::food::model::Source;

    fn pairs() -> Vec<(&'static Food, &'static Food)> {
        let foods: Vec<&Food> = CATALOGUE.foods().map(AsRef::as_ref).collect();
        let same_as = duplicates(foods.iter().copied(), &Tables::new(), &mut Pieces::default());
        let pair = |(food, better): (&&'static Food, Option<u32>)| Some((*food, foods[better? as usize]));
        foods.iter().zip(same_as).filter_map(pair).collect()
    }

    #[test]
    fn the_better_described_one_is_kept() {
        let pairs = pairs();
        assert!(pairs.len() >= 100, "{} duplicates", pairs.len());
        for (food, better) in pairs {
            assert!(
                description(better) >= description(food),
                "{} for {}",
                better.name,
                food.name
            );
            assert_ne!(better.id.source, food.id.source);
        }
    }

    #[test]
    fn a_duplicate_is_found_only_in_its_own_source() {
        let (food, better) = pairs()
            .into_iter()
            .find(|(food, _)| food.name == "Broccoli, raw")
            .unwrap();
        assert_eq!(
            (better.name.as_str(), better.id.source),
            ("Broccoli, raw", Source::Usda)
        );
        let found = |source: Option<Source>| {
            let results = CATALOGUE.search(&SearchRequest {
                query: "raw broccoli",
                source,
                limit: usize::MAX,
                ..SearchRequest::default()
            });
            let ids: Vec<String> = results.hits.iter().map(|hit| hit.food.id.id.clone()).collect();
            (ids.contains(&food.id.id), ids.contains(&better.id.id))
        };
        assert_eq!(found(None), (false, true));
        assert_eq!(found(Some(Source::Survey)), (true, false));
        assert_eq!(CATALOGUE.food(&food.id).unwrap().name, food.name, "its id stays good");
    }

    #[test]
    fn the_same_words_with_other_figures_are_other_foods() {
        let mut one = Food::clone(CATALOGUE.by_bare_id("11090").unwrap());
        let other = one.clone();
        assert!(figures_agree(&one, &other));
        for value in &mut one.nutrients {
            value.amount *= if value.number == CALORIES { 2.0 } else { 1.0 };
        }
        assert!(!figures_agree(&one, &other));
        one.nutrients.clear();
        assert!(!figures_agree(&one, &other), "what is not known agrees with nothing");
    }
}
