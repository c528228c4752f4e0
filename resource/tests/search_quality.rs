//! How well the search answers everyday queries, and whether it refuses nonsense.
//!
//! The queries were written before anyone looked at the data. The tables of the search were tuned on one half of
//! them; what is asserted is measured on the other.

use std::sync::LazyLock;

use resource::food::catalogue::Catalogue;
use resource::food::search::{SearchRequest, SearchResults};

const QUERIES: &str = include_str!("search_queries.tsv");
const MORE: &str = include_str!("search_queries_more.tsv");
const REFUSALS: &str = include_str!("search_refusals.txt");

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load().unwrap());

/// A query and the names that a sensible person accepts.
struct Case {
    query: &'static str,
    accepted: &'static str,
}

#[derive(Default)]
struct Tally {
    cases: usize,
    first: usize,
    first_five: usize,
    confident: usize,
    confident_wrong: usize,
}

impl Case {
    /// Alternatives are split by " | ", the terms of one by spaces.
    fn accepts(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.accepted
            .split(" | ")
            .any(|terms| terms.split_whitespace().all(|term| holds(term, &name)))
    }

    fn add(&self, tally: &mut Tally, show: bool) {
        let results = search(self.query);
        let rank = results.hits.iter().position(|hit| self.accepts(&hit.food.name));
        tally.cases += 1;
        tally.first += usize::from(rank == Some(0));
        tally.first_five += usize::from(rank.is_some());
        tally.confident += usize::from(results.confident);
        tally.confident_wrong += usize::from(results.confident && rank != Some(0));
        if show && (rank != Some(0) || !results.confident) {
            let names = results
                .hits
                .iter()
                .map(|hit| format!("{} ({:.2})", hit.food.name, hit.score));
            println!(
                "{} at {rank:?}, confident {}: {:?}",
                self.query,
                results.confident,
                names.collect::<Vec<_>>()
            );
        }
    }
}

fn holds(term: &str, name: &str) -> bool {
    let term = term.replace('_', " ");
    match term.split_at(1) {
        ("^", start) => name.starts_with(start),
        ("=", whole) => name == whole,
        ("!", part) => !name.contains(part),
        _ => name.contains(&term),
    }
}

fn search(query: &str) -> SearchResults {
    CATALOGUE.search(&SearchRequest {
        query,
        limit: 5,
        ..SearchRequest::default()
    })
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// The half used for tuning (0) or the one held back (1).
fn half(which: usize, show: bool) -> Tally {
    let mut tally = Tally::default();
    let halves = lines(QUERIES).enumerate().filter(|(number, _)| number % 2 == which);
    for (_, line) in halves {
        let mut fields = line.split('\t');
        let (query, accepted) = (fields.next().unwrap(), fields.nth(1).unwrap());
        Case { query, accepted }.add(&mut tally, show);
    }
    tally
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

fn report(name: &str, tally: &Tally) {
    println!(
        "{name}: {} queries, hit@1 {:.3}, hit@5 {:.3}, confident {:.3}, confident and wrong {:.3}",
        tally.cases,
        share(tally.first, tally.cases),
        share(tally.first_five, tally.cases),
        share(tally.confident, tally.cases),
        share(tally.confident_wrong, tally.cases),
    );
}

#[test]
fn everyday_queries_find_what_people_mean() {
    report("tuning half", &half(0, std::env::var_os("SHOW_MISSES").is_some()));
    let held_back = half(1, false);
    report("held-back half", &held_back);
    assert!(held_back.cases >= 100);
    assert!(share(held_back.first, held_back.cases) >= 0.80);
    assert!(share(held_back.first_five, held_back.cases) >= 0.94);
}

#[test]
fn queries_of_a_second_hand_are_answered_as_well() {
    let mut tally = Tally::default();
    for (query, accepted) in lines(MORE).filter_map(|line| line.split_once('\t')) {
        Case { query, accepted }.add(&mut tally, std::env::var_os("SHOW_MISSES").is_some());
    }
    report("second list", &tally);
    assert!(tally.cases >= 350);
    assert!(share(tally.first, tally.cases) >= 0.90);
    assert!(share(tally.first_five, tally.cases) >= 0.95);
    assert!(share(tally.confident_wrong, tally.cases) <= 0.05);
}

#[test]
fn what_is_no_food_is_not_confident() {
    let confident: Vec<String> = lines(REFUSALS)
        .map(|query| (query, search(query)))
        .filter(|(_, results)| results.confident)
        .map(|(query, results)| format!("{query}: {}", results.hits[0].food.name))
        .collect();
    println!(
        "{} unmatchable queries, confident: {confident:?}",
        lines(REFUSALS).count()
    );
    assert!(confident.is_empty());
}
