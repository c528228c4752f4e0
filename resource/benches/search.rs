//! What a search costs in time and memory: the everyday queries of the tests, and queries made to be slow. Beside
//! them `SQLite`'s full-text search (FTS5 with porter stems) on the same names, asked for the same number of hits.
//!
//! `cargo bench -p resource --bench search`. All are measured in turns within one run, so that they compare on a busy
//! machine too; each query's fastest turn counts. Memory is what the system counts as this program's.
#![expect(clippy::unwrap_used, reason = "a measuring program")]

#[path = "search/fts.rs"]
mod fts;
#[path = "search/hostile.rs"]
mod hostile;
#[path = "search/memory.rs"]
mod memory;

use std::hint::black_box;
use std::time::{Duration, Instant};

use resource::food::catalogue::Catalogue;
use resource::food::search::{Index, SearchRequest};

use fts::FullText;
use memory::resident;

const FILES: [&str; 3] = [
    include_str!("../tests/search_queries.tsv"),
    include_str!("../tests/search_queries_more.tsv"),
    include_str!("../tests/search_queries_kinds.tsv"),
];
const TURNS: usize = 10;
const HITS: u8 = 10;

fn main() {
    let catalogue = load();
    let full_text = FullText::new(&catalogue);
    let everyday: Vec<String> = FILES.into_iter().flat_map(queries).collect();
    measure("everyday", &everyday, &catalogue, &full_text);
    measure("hostile", &hostile::queries(), &catalogue, &full_text);
}

/// Unpacks the foods and prepares them for searching, and tells what that takes. The index is made once more, since
/// the first one uses memory that unpacking has left.
fn load() -> Catalogue {
    let begun = Instant::now();
    let catalogue = Catalogue::load().unwrap();
    println!(
        "loaded in {:.0?}; the program holds {}",
        begun.elapsed(),
        mebibytes(resident())
    );
    let foods: Vec<_> = catalogue.foods().cloned().collect();
    let (before, begun) = (resident(), Instant::now());
    let index = Index::new(&foods);
    let more = resident().saturating_sub(before);
    println!("index made in {:.0?}; it takes {}", begun.elapsed(), mebibytes(more));
    drop(black_box(index));
    catalogue
}

fn mebibytes(kibibytes: usize) -> String {
    format!("{} MiB", kibibytes.div_ceil(1024))
}

/// The column of queries: the second where the first names a kind.
fn queries(file: &'static str) -> impl Iterator<Item = String> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split('\t').nth(1).map(str::to_owned))
}

fn measure(name: &str, queries: &[String], catalogue: &Catalogue, full_text: &FullText) {
    let mut searched = vec![Duration::MAX; queries.len()];
    let mut matched = vec![Duration::MAX; queries.len()];
    for _ in 0..TURNS {
        for ((query, searched), matched) in queries.iter().zip(&mut searched).zip(&mut matched) {
            *searched = (*searched).min(time(|| search(catalogue, query)));
            *matched = (*matched).min(time(|| full_text.search(query, HITS.into())));
        }
    }
    let slowest = queries.iter().zip(&searched).max_by_key(|(_, time)| **time);
    let slowest = slowest.map(|(query, _)| query.chars().take(40).collect::<String>());
    report(&format!("{name}: search"), &mut searched);
    report(&format!("{name}: FTS5"), &mut matched);
    println!("{name}: the search took longest for {:?}", slowest.unwrap_or_default());
}

fn time(work: impl FnOnce() -> usize) -> Duration {
    let begun = Instant::now();
    black_box(work());
    begun.elapsed()
}

fn search(catalogue: &Catalogue, query: &str) -> usize {
    let request = SearchRequest {
        query,
        limit: HITS.into(),
        ..SearchRequest::default()
    };
    catalogue.search(&request).hits.len()
}

fn report(name: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    let most = times.last().copied().unwrap_or_default();
    let (half, late) = (at(50), at(99));
    println!(
        "{name:<18} p50 {half:>9.1?}, p99 {late:>9.1?}, max {most:>9.1?}, {} queries",
        times.len()
    );
}
