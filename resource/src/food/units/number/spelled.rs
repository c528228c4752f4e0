//! Whole numbers in words, to 999: "five", "twenty-five", "a hundred", "two hundred and fifty".

use super::named;

/// A whole number in words, and what follows it: "twenty five", "a hundred", "two hundred and fifty".
pub(super) fn spelled<W: AsRef<str>>(words: &[W]) -> Option<(f64, &[W])> {
    let is = |words: &[W], word: &str| words.first().is_some_and(|first| first.as_ref() == word);
    let small = below_hundred(words);
    let (count, rest) = match small {
        Some(found) => found,
        None if is(words, "a") => (1.0, words.get(1..)?),
        None => (1.0, words),
    };
    if !is(rest, "hundred") {
        return small;
    }
    let rest = rest.get(1..)?;
    let behind = if is(rest, "and") { rest.get(1..)? } else { rest };
    let more = below_hundred(behind).filter(|(_, rest)| !is(rest, "hundred"));
    Some(more.map_or((count * 100.0, rest), |(more, rest)| (count * 100.0 + more, rest)))
}

/// "five", "twenty", "twenty five".
fn below_hundred<W: AsRef<str>>(words: &[W]) -> Option<(f64, &[W])> {
    let (first, rest) = words.split_first()?;
    let value = whole(first.as_ref())?;
    let ones = rest
        .split_first()
        .and_then(|(next, rest)| Some((whole(next.as_ref())?, rest)));
    let both = ones.filter(|(ones, _)| tens(value) && *ones < 10.0);
    Some(both.map_or((value, rest), |(ones, rest)| (value + ones, rest)))
}

/// "five", "twenty-five".
pub(super) fn whole(word: &str) -> Option<f64> {
    if let Some(value) = named(NUMBERS, word) {
        return Some(value);
    }
    let (first, ones) = word.split_once('-')?;
    let both = named(NUMBERS, first).zip(named(NUMBERS, ones));
    both.filter(|(first, ones)| tens(*first) && *ones < 10.0)
        .map(|(first, ones)| first + ones)
}

fn tens(value: f64) -> bool {
    value >= 20.0 && value % 10.0 < f64::EPSILON
}

const NUMBERS: &[(&str, f64)] = &[
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
];
