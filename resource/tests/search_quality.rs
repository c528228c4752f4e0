//! How well the search answers everyday queries, and whether it refuses what no food is.
//!
//! The queries were written before anyone looked at the names in the data. Lines by turns belong to two halves: the
//! tables of the search were tuned on the one, the other is only scored, never looked at query by query. Both have
//! floors. `cargo test -p resource --test resource search_quality -- --nocapture` prints the table by kind;
//! `SHOW_MISSES=1` shows what the tuning half misses.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use resource::food::catalogue::Catalogue;
use resource::food::search::{SearchRequest, SearchResults};

/// Each line: kind, query, then other columns, the last of which is the test.
const FILES: [&str; 3] = [
    include_str!("search_queries.tsv"),
    include_str!("search_queries_more.tsv"),
    include_str!("search_queries_kinds.tsv"),
];
const REFUSALS: &str = include_str!("search_refusals.txt");
/// The test of what must not be taken for any food.
const REFUSED: &str = "-";

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load().unwrap());

/// A query and the names that a sensible person accepts.
struct Case {
    kind: &'static str,
    query: &'static str,
    accepted: &'static str,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    cases: usize,
    first: usize,
    first_five: usize,
    confident: usize,
    confident_wrong: usize,
    unmatchable: usize,
    refused: usize,
}

impl Case {
    fn read(line: &'static str) -> Self {
        let (kind, rest) = line.split_once('\t').unwrap();
        let (query, rest) = rest.split_once('\t').unwrap();
        let accepted = rest.rsplit('\t').next().unwrap();
        Self { kind, query, accepted }
    }

    /// Alternatives are split by " | ", the terms of one by spaces.
    fn accepts(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let fits = |terms: &str| terms.split_whitespace().all(|term| holds(term, &name));
        self.accepted.split(" | ").any(fits)
    }

    fn score(&self, show: bool) -> Tally {
        let results = search(self.query);
        if self.accepted == REFUSED {
            self.show(&results, show && results.confident);
            return Tally {
                unmatchable: 1,
                refused: usize::from(!results.confident),
                ..Tally::default()
            };
        }
        let rank = results.hits.iter().position(|hit| self.accepts(&hit.food.name));
        self.show(&results, show && (rank != Some(0) || !results.confident));
        Tally {
            cases: 1,
            first: usize::from(rank == Some(0)),
            first_five: usize::from(rank.is_some()),
            confident: usize::from(results.confident),
            confident_wrong: usize::from(results.confident && rank != Some(0)),
            ..Tally::default()
        }
    }

    fn show(&self, results: &SearchResults, show: bool) {
        if show {
            println!("{} \"{}\", confident {}:", self.kind, self.query, results.confident);
            for hit in &results.hits {
                println!("    {:.2} {} {}", hit.score, hit.food.name, hit.matched_by.as_str());
            }
        }
    }
}

impl Tally {
    fn add(&mut self, more: &Self) {
        self.cases += more.cases;
        self.first += more.first;
        self.first_five += more.first_five;
        self.confident += more.confident;
        self.confident_wrong += more.confident_wrong;
        self.unmatchable += more.unmatchable;
        self.refused += more.refused;
    }

    fn print(&self, kind: &str) {
        println!(
            "{kind:<10} {:>5} {:>6} {:>6} {:>10} {:>6} {:>8}/{}",
            self.cases,
            share(self.first, self.cases),
            share(self.first_five, self.cases),
            share(self.confident, self.cases),
            share(self.confident_wrong, self.cases),
            self.refused,
            self.unmatchable,
        );
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

fn refusals() -> impl Iterator<Item = Case> {
    lines(REFUSALS).map(|query| Case {
        kind: "nonsense",
        query,
        accepted: REFUSED,
    })
}

/// The half used for tuning (0) or the one that is only scored (1), by kind; all of it under "all".
fn half(which: usize, show: bool) -> BTreeMap<&'static str, Tally> {
    let mut tallies: BTreeMap<&'static str, Tally> = BTreeMap::new();
    let listed = FILES
        .into_iter()
        .map(|file| lines(file).map(Case::read).collect::<Vec<Case>>());
    for list in listed.chain([refusals().collect()]) {
        for (_, case) in list.iter().enumerate().filter(|(number, _)| number % 2 == which) {
            let tally = case.score(show);
            tallies.entry(case.kind).or_default().add(&tally);
            tallies.entry("all").or_default().add(&tally);
        }
    }
    tallies
}

/// In thousandths, so that figures can be compared exactly.
fn share(part: usize, whole: usize) -> usize {
    (part * 1000).checked_div(whole).unwrap_or(0)
}

fn check(name: &str, tallies: &BTreeMap<&'static str, Tally>) {
    println!("{name}, in thousandths");
    println!("kind       cases  hit@1  hit@5  confident  wrong  refused");
    for (kind, tally) in tallies {
        tally.print(kind);
    }
    let all = tallies["all"];
    assert!(all.cases >= 400, "{name}: {} queries", all.cases);
    assert!(share(all.first, all.cases) >= 920, "{name}: hit@1");
    assert!(share(all.first_five, all.cases) >= 965, "{name}: hit@5");
    assert!(
        share(all.confident_wrong, all.cases) <= 30,
        "{name}: confident and wrong"
    );
    assert!(
        all.unmatchable >= 45 && share(all.refused, all.unmatchable) >= 960,
        "{name}: refused"
    );
}

#[test]
fn the_tuning_half_finds_what_people_mean() {
    check("tuning half", &half(0, std::env::var_os("SHOW_MISSES").is_some()));
}

#[test]
fn the_half_that_is_only_scored_finds_what_people_mean() {
    check("scored half", &half(1, false));
}

#[test]
fn every_kind_has_queries_and_holds_its_own() {
    for (kind, tally) in half(0, false).into_iter().chain(half(1, false)) {
        let enough = tally.cases >= 20 || tally.unmatchable >= 20;
        assert!(enough, "{kind}: {} queries", tally.cases);
        assert!(tally.cases == 0 || share(tally.first, tally.cases) >= 840, "{kind}");
    }
}
