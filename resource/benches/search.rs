//! What a search costs: the everyday queries of the tests, and beside them the plainest search there is, which looks
//! for every word of the query in every name.
//!
//! `cargo bench -p resource --bench search`. Both are measured in turns within one run, so that their ratio holds on
//! a busy machine too; each query's fastest turn counts.
#![expect(clippy::unwrap_used, reason = "a measuring program")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use resource::food::catalogue::Catalogue;
use resource::food::search::SearchRequest;

const QUERIES: &str = include_str!("../tests/search_queries.tsv");
const TURNS: usize = 20;
const HITS: usize = 10;

fn main() {
    let begun = Instant::now();
    let catalogue = Catalogue::load().unwrap();
    println!("loaded in {:.1?}", begun.elapsed());
    let names: Vec<String> = catalogue.foods().map(|food| food.name.to_lowercase()).collect();
    let queries: Vec<&str> = QUERIES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split('\t').next())
        .collect();
    let mut searched = vec![Duration::MAX; queries.len()];
    let mut scanned = vec![Duration::MAX; queries.len()];
    for _ in 0..TURNS {
        for ((query, searched), scanned) in queries.iter().zip(&mut searched).zip(&mut scanned) {
            *searched = (*searched).min(time(|| search(&catalogue, query)));
            *scanned = (*scanned).min(time(|| scan(&names, query)));
        }
    }
    report("search", &mut searched);
    report("all-words scan", &mut scanned);
    let total = |times: &[Duration]| times.iter().sum::<Duration>().as_secs_f64();
    let ratio = total(&searched) / total(&scanned);
    println!("search / scan          {ratio:.2}");
}

fn time(work: impl FnOnce() -> usize) -> Duration {
    let begun = Instant::now();
    black_box(work());
    begun.elapsed()
}

fn search(catalogue: &Catalogue, query: &str) -> usize {
    let request = SearchRequest {
        query,
        limit: HITS,
        ..SearchRequest::default()
    };
    catalogue.search(&request).hits.len()
}

fn scan(names: &[String], query: &str) -> usize {
    let query = query.to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let fits = |name: &&String| words.iter().all(|word| name.contains(word));
    names.iter().filter(fits).count()
}

fn report(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    let (half, most) = (at(50), at(99));
    println!("{name:<16} p50 {half:>9.1?}, p99 {most:>9.1?}, {} queries", times.len());
}
