//! What is skipped, and how much work a query is.

use super::super::{Index, SearchRequest, SearchResults};
use super::{MOST_PLACES, MOST_SCORED, Query, Work};
use crate::food::catalogue::tests::CATALOGUE;
use crate::food::model::Food;
use std::sync::{Arc, LazyLock};

#[path = "../../../benches/search/hostile.rs"]
mod hostile;

const EVERYDAY: [&str; 3] = [
    include_str!("../../../tests/search_queries.tsv"),
    include_str!("../../../tests/search_queries_more.tsv"),
    include_str!("../../../tests/search_queries_kinds.tsv"),
];

static FOODS: LazyLock<Vec<Arc<Food>>> = LazyLock::new(|| CATALOGUE.foods().cloned().collect());
static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(&FOODS));

fn first(query: &str, limit: usize) -> SearchResults {
    INDEX.search(
        &FOODS,
        &SearchRequest {
            query,
            limit,
            ..SearchRequest::default()
        },
    )
}

/// A query without the amount in front of it.
fn understood(query: &str) -> Query {
    let read = INDEX.interpreted(query);
    let text = read.as_ref().map_or(query, |read| read.food.as_str());
    Query::new(text, &INDEX.tables, &[INDEX.shipped.names.vocabulary()])
}

fn work(query: &str) -> Work {
    let text = understood(query);
    INDEX.shipped.names.found(&text, &INDEX.tables, 10, |_| true).1
}

/// Units of work, which are the same on every machine.
#[test]
fn no_query_works_without_end_and_none_of_every_day_reaches_the_end() {
    for query in hostile::queries() {
        let Work { places, scored } = work(&query);
        assert!(
            places <= MOST_PLACES && scored <= MOST_SCORED,
            "{places}, {scored}: {query}"
        );
    }
    let lines = EVERYDAY.into_iter().flat_map(str::lines);
    let queries = lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').nth(1));
    let mut most = Work::default();
    for query in queries {
        let Work { places, scored } = work(query);
        most.places = most.places.max(places);
        most.scored = most.scored.max(scored);
    }
    assert!(
        (10_000..MOST_PLACES).contains(&most.places) && (1_000..MOST_SCORED).contains(&most.scored),
        "{most:?}"
    );
}

#[test]
fn another_name_of_a_food_is_not_clear_where_others_are_called_so() {
    let lasagna = first("lasagna", 50);
    assert!(!lasagna.confident, "{}", lasagna.hits[0].food.name);
    for clear in ["courgette", "banana", "omelette", "paella"] {
        assert!(first(clear, 1).confident, "{clear}");
    }
}

#[test]
fn what_a_cut_is_for_is_not_what_it_is() {
    let stew = first("beef stew", 1);
    assert_eq!(stew.hits[0].food.name, "Beef stew, canned entree");
}

/// With all hits asked for nothing is skipped.
#[test]
fn what_is_skipped_would_not_have_come_first() {
    for query in [
        "ground beef",
        "chicken breast roasted",
        "beef taco",
        "cheese milk beef pork chicken",
        "milk",
        "cooked",
        "tomato soup with rice",
        "fried potatoes salt",
        "raw cooked with salt",
    ] {
        let all = first(query, usize::MAX);
        for limit in [1, 3, 10, 50] {
            let some = first(query, limit);
            assert_eq!((some.total, some.confident), (all.total, all.confident), "{query}");
            assert_eq!(some.hits[..], all.hits[..limit.min(all.total)], "{query}");
        }
    }
}
