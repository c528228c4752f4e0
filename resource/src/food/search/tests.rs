//! Searching the shipped foods and a person's own.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::food::catalogue::tests::CATALOGUE;
use crate::food::model::FoodId;

fn own(id: &str, name: &str, brand: Option<&str>, aliases: &[&str]) -> Food {
    Food {
        id: FoodId {
            source: Source::Custom,
            id: id.to_owned(),
        },
        name: name.to_owned(),
        brand: brand.map(str::to_owned),
        category: "My foods".to_owned(),
        common_names: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        scientific_name: None,
        refuse: None,
        nutrients: Vec::new(),
        portions: Vec::new(),
        fetched: None,
        contains: Vec::new(),
    }
}

fn search(query: &str) -> SearchResults {
    CATALOGUE.search(&SearchRequest {
        query,
        limit: 10,
        ..SearchRequest::default()
    })
}

fn first(query: &str) -> (String, MatchedBy) {
    let results = search(query);
    let hit = results.hits.first().unwrap();
    (hit.food.name.clone(), hit.matched_by)
}

#[test]
fn a_hit_tells_how_it_was_found() {
    for (query, name, by) in [
        ("avocados", "Avocados, raw", MatchedBy::Exact),
        ("strawberry", "Strawberries, raw", MatchedBy::Stem),
        ("lychee", "Litchis, raw", MatchedBy::Alias),
        ("courgette", "Squash, summer, zucchini", MatchedBy::Synonym),
        ("avacado", "Avocados, raw", MatchedBy::Typo),
    ] {
        let (found, how) = first(query);
        assert!(found.starts_with(name), "{query}: {found}");
        assert_eq!(how, by, "{query}");
    }
}

#[test]
fn of_two_plain_foods_the_one_with_portions_goes_first() {
    for (query, of) in [
        ("black beans", "cooked"),
        ("tofu", "raw"),
        ("peanut butter", "Peanut butter"),
        ("oatmeal", "cooked"),
        ("hamburger", "Fast foods"),
    ] {
        let results = search(query);
        let first = &results.hits[0].food;
        assert!(
            !first.portions.is_empty() && first.name.contains(of),
            "{query}: {}",
            first.name
        );
    }
}

#[test]
fn a_misspelled_word_is_told() {
    let results = search("brocolli cooked");
    assert_eq!(results.did_you_mean.as_deref(), Some("broccoli cooked"));
    assert!(results.confident);
    assert_eq!(search("broccoli").did_you_mean, None);
}

#[test]
fn an_unknown_word_is_never_confident() {
    for query in [
        "unicorn steak",
        "chicken flurbnog",
        "flurbnog",
        "",
        "  ",
        "the",
        "42",
        "bluebe",
    ] {
        assert!(!search(query).confident, "{query}");
    }
}

#[test]
fn an_amount_is_no_part_of_the_name() {
    let results = search("2 large eggs");
    let read = results.interpreted.unwrap();
    assert_eq!(
        (read.amount, read.unit.as_str(), read.food.as_str()),
        (2.0, "large", "eggs")
    );
    assert_eq!(results.hits, search("eggs").hits);
    assert_eq!(first("2% milk").0, first("milk 2%").0);
    assert_eq!(search("2% milk").interpreted, None);
}

#[test]
fn case_accents_and_order_do_not_matter() {
    let names = |query: &str| {
        search(query)
            .hits
            .into_iter()
            .map(|hit| hit.food.id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("GREEK YOGURT"), names("greek yogurt"));
    assert_eq!(names("jalapeño"), names("jalapeno"));
    assert_eq!(names("cooked rice brown"), names("brown rice cooked"));
}

#[test]
fn without_is_not_with() {
    assert_eq!(first("unsalted butter").0, "Butter, without salt");
    assert_eq!(first("butter without salt").0, "Butter, without salt");
    assert_eq!(first("salted butter").0, "Butter, salted");
}

#[test]
fn a_source_or_a_category_limits_the_hits() {
    let request = SearchRequest {
        query: "rice",
        limit: 50,
        ..SearchRequest::default()
    };
    let survey = CATALOGUE.search(&SearchRequest {
        source: Some(Source::Survey),
        ..request.clone()
    });
    assert!(!survey.hits.is_empty() && survey.hits.iter().all(|hit| hit.food.id.source == Source::Survey));
    let drinks = CATALOGUE.search(&SearchRequest {
        category: Some("BEVERAGES"),
        ..request
    });
    assert!(!drinks.hits.is_empty() && drinks.hits.iter().all(|hit| hit.food.category == "Beverages"));
}

#[test]
fn own_foods_are_found_by_name_brand_and_alias() {
    let foods = OwnFoods::new(vec![
        own("1", "Grandma's Granola", None, &["the crunchy stuff", "granny mix"]),
        own("2", "Überflake Crunch", Some("Zorblax"), &[]),
    ]);
    let best = |query: &str| {
        let results = CATALOGUE.search(&SearchRequest {
            query,
            limit: 3,
            own: Some(&foods),
            ..SearchRequest::default()
        });
        let hit = results.hits.into_iter().next().unwrap();
        (hit.food.id.id.clone(), hit.matched_by, results.confident)
    };
    assert_eq!(best("grandma's granola"), ("1".to_owned(), MatchedBy::Exact, true));
    assert_eq!(best("crunchy stuff"), ("1".to_owned(), MatchedBy::Alias, true));
    assert_eq!(best("GRANNY MIX"), ("1".to_owned(), MatchedBy::Alias, true));
    assert_eq!(best("uberflake"), ("2".to_owned(), MatchedBy::Exact, true));
    assert_eq!(
        best("zorblax uberflake crunch"),
        ("2".to_owned(), MatchedBy::Exact, true)
    );
    assert_eq!(best("uberflaek crunch"), ("2".to_owned(), MatchedBy::Typo, true));
    assert!(
        !search("uberflake crunch").confident,
        "another caller does not see them"
    );
}

#[test]
fn an_own_food_goes_before_a_shipped_one_of_the_same_name() {
    let foods = OwnFoods::new(vec![own("1", "Bananas, raw", None, &[])]);
    let results = CATALOGUE.search(&SearchRequest {
        query: "banana",
        limit: 2,
        own: Some(&foods),
        ..SearchRequest::default()
    });
    assert_eq!(results.hits[0].food.id.source, Source::Custom);
    assert_eq!(results.hits[1].food.id.id, "09040");
}

#[test]
fn an_own_food_stays_before_a_shipped_one_that_can_be_measured_as_asked() {
    let shipped = search("whole milk").hits.remove(0).food;
    let milk = Food {
        nutrients: shipped.nutrients.clone(),
        ..own("1", "Whole milk", None, &[])
    };
    let foods = OwnFoods::new(vec![milk]);
    let results = CATALOGUE.search(&SearchRequest {
        query: "1 cup whole milk",
        limit: 2,
        own: Some(&foods),
        ..SearchRequest::default()
    });
    assert_eq!(results.hits[0].food.id.source, Source::Custom);
    assert!(results.confident && !results.stands_in);
}

#[test]
fn what_stands_in_for_the_best_hit_is_its_near_equal() {
    for query in ["a cup of black coffee", "a glass of wine"] {
        let results = search(query);
        let [first, best] = &results.hits[..2] else {
            panic!("{query}")
        };
        assert!(
            results.stands_in && best.score > first.score,
            "{query}: {}",
            first.food.name
        );
        assert!(
            !first.food.portions.is_empty() && best.food.portions.is_empty(),
            "{query}"
        );
        assert!(
            nearly_equal(&best.food, &first.food, first.score / best.score),
            "{query}"
        );
    }
    assert!(!search("coffee").stands_in && !search("1 cup milk").stands_in);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_query_panics_and_scores_stay_in_range(query in "\\PC{0,80}", name in "\\PC{0,20}") {
        let foods = OwnFoods::new(vec![own("1", &name, Some(&name), &[&name])]);
        let results = CATALOGUE.search(&SearchRequest {
            query: &query,
            limit: 50,
            own: Some(&foods),
            ..SearchRequest::default()
        });
        prop_assert!(results.hits.iter().all(|hit| (0.0..=1.0).contains(&hit.score)));
        prop_assert!(results.hits.is_sorted_by(|one, next| one.score >= next.score));
        prop_assert!(results.hits.len() <= 50 && results.hits.len() <= results.total);
    }

    #[test]
    fn pages_add_up(
        query in prop::sample::select(vec!["chicken", "cheese cheddar", "avacado", "soup with beans"]),
        page in 1_usize..40,
    ) {
        let at = |offset: usize, limit: usize| CATALOGUE.search(&SearchRequest {
            query,
            limit,
            offset,
            ..SearchRequest::default()
        });
        let all = at(0, usize::MAX);
        prop_assert_eq!(all.hits.len(), all.total);
        let ids: HashSet<&FoodId> = all.hits.iter().map(|hit| &hit.food.id).collect();
        prop_assert_eq!(ids.len(), all.total, "no food twice");
        let paged = (0..all.total).step_by(page).flat_map(|offset| at(offset, page).hits);
        prop_assert_eq!(paged.collect::<Vec<Hit>>(), all.hits);
        prop_assert!(at(all.total, page).hits.is_empty());
    }
}
