//! Words of measures: how "2 Tbsp.", "tablespoons" and "tbsp (1 NLEA serving)" become comparable.
//!
//! Both what a person asks for and what a source calls a portion go through [`tokens`], so that the two are
//! compared in one spelling. Easy to get wrong: "extra large" is not "large" (it becomes one word), "chop" is
//! not "chopped", and the inches of `3-1/4" dia` are not amounts.

mod signs;

use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) use signs::spell_out;

/// Splits a text into lower-case words in one spelling: singular nouns, "tbsp", "floz", "extra-large".
pub fn tokens(text: &str) -> Vec<String> {
    let spaced = spell_out(text);
    let mut words: Vec<String> = Vec::new();
    for raw in spaced.split(|c: char| c.is_whitespace() || ";:()[]".contains(c)) {
        for word in split_at_commas(raw) {
            for part in split_joined(trim(word)) {
                push(&mut words, &canonical(&part));
            }
        }
    }
    words
}

/// Adds a word, joining it with the one before where only both together mean something.
fn push(words: &mut Vec<String>, word: &str) {
    if word.is_empty() || FILLERS.contains(&word) {
        return;
    }
    let joined = words
        .last()
        .and_then(|last| JOINED.iter().find(|(a, b, _)| a == last && *b == word));
    match joined {
        Some((first, _, whole)) if *first != "x" || !counts(words) => {
            words.pop();
            push(words, whole);
        }
        _ => words.push(word.to_owned()),
    }
}

/// Whether a number stands before the last word: in "2 x large" the x may mean times.
fn counts(words: &[String]) -> bool {
    let before = words.len().checked_sub(2).and_then(|at| words.get(at));
    before.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// The word without marks around it; the sign and point of a number are no marks.
fn trim(word: &str) -> &str {
    let word = word.trim_end_matches(['.', '-', '!', '?', '*']);
    let bare = word.trim_start_matches(['.', '-', '!', '?', '*']);
    if bare.starts_with(|c: char| c.is_ascii_digit()) {
        word
    } else {
        bare
    }
}

/// A comma parts words, except within a number, where it may be a decimal sign: "1,5".
fn split_at_commas(word: &str) -> Vec<&str> {
    if word.starts_with(|c: char| c.is_ascii_digit()) && !word.ends_with(',') {
        return vec![word];
    }
    word.split(',').collect()
}

/// Parts "100g" into "100" and "g", and "link/patty" into two words; fractions and inches stay whole.
pub(in crate::food) fn split_joined(word: &str) -> Vec<String> {
    let digits = word
        .find(|c: char| !(c.is_ascii_digit() || ".,/".contains(c)))
        .unwrap_or(word.len());
    let (number, rest) = word.split_at_checked(digits).unwrap_or((word, ""));
    let rest = rest
        .strip_prefix('-')
        .filter(|rest| rest.starts_with(char::is_alphabetic))
        .unwrap_or(rest);
    let is_unit = !rest.is_empty() && rest.chars().all(|c| c.is_alphabetic() || c == 'µ' || c == '.');
    if digits > 0 && is_unit {
        return vec![number.to_owned(), rest.to_owned()];
    }
    if digits == 0 {
        return word.split('/').map(str::to_owned).collect();
    }
    vec![word.to_owned()]
}

/// One spelling per word.
pub(in crate::food) fn canonical(word: &str) -> String {
    static ONE: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| SPELLINGS.iter().copied().collect());
    let word = word.trim_end_matches('.');
    if let Some(one) = ONE.get(word) {
        return (*one).to_owned();
    }
    let singular = singular(word);
    match ONE.get(singular.as_str()) {
        Some(one) => (*one).to_owned(),
        None => singular,
    }
}

/// The singular of a plain English plural; good enough for nouns that measure food.
fn singular(word: &str) -> String {
    let stem = |suffix: &str, with: &str| word.strip_suffix(suffix).map(|stem| format!("{stem}{with}"));
    if word.len() < 4 || word.ends_with("ss") || word.ends_with("us") {
        return word.to_owned();
    }
    if ["ches", "shes", "xes", "sses", "toes"]
        .iter()
        .any(|ending| word.ends_with(ending))
    {
        return stem("es", "").unwrap_or_default();
    }
    if word.len() > 5 && word.ends_with("ies") && !word.ends_with("kies") && !word.ends_with("vies") {
        return stem("ies", "y").unwrap_or_default();
    }
    stem("s", "").unwrap_or_else(|| word.to_owned())
}

/// Words that say nothing about the measure.
const FILLERS: &[&str] = &[
    "of",
    "or",
    "and",
    "the",
    "about",
    "approx",
    "approximately",
    "around",
    "roughly",
    "circa",
    "ca",
    "per",
    "&",
];

/// Pairs that are one word: the second alone would mean something else.
const JOINED: &[(&str, &str, &str)] = &[
    ("fl", "oz", "floz"),
    ("fluid", "oz", "floz"),
    ("extra", "large", "extra-large"),
    ("extra", "small", "extra-small"),
    ("x", "large", "extra-large"),
    ("very", "thin", "very-thin"),
    ("very", "large", "very-large"),
    ("very", "small", "very-small"),
    ("metric", "cup", "metric-cup"),
    ("metric", "tbsp", "metric-tbsp"),
    ("metric", "tsp", "metric-tsp"),
    ("australian", "cup", "metric-cup"),
    ("australian", "tbsp", "australian-tbsp"),
    ("australian", "tsp", "metric-tsp"),
    ("uk", "tbsp", "metric-tbsp"),
    ("uk", "tsp", "metric-tsp"),
    ("uk", "floz", "imperial-floz"),
    ("uk", "pint", "imperial-pint"),
    ("british", "pint", "imperial-pint"),
    ("imperial", "floz", "imperial-floz"),
    ("imperial", "pint", "imperial-pint"),
    ("imperial", "quart", "imperial-quart"),
    ("imperial", "gallon", "imperial-gallon"),
];

/// Other spellings of one word. The left side is lower case, and singular where there is a plural.
const SPELLINGS: &[(&str, &str)] = &[
    ("calories", "calorie"),
    ("kilocalories", "kilocalorie"),
    ("gram", "g"),
    ("gramme", "g"),
    ("gm", "g"),
    ("gms", "g"),
    ("grs", "g"),
    ("gr", "g"),
    ("gs", "g"),
    ("kilogram", "kg"),
    ("kilo", "kg"),
    ("kgs", "kg"),
    ("milligram", "mg"),
    ("microgram", "mcg"),
    ("µg", "mcg"),
    ("μg", "mcg"),
    ("ug", "mcg"),
    ("ounce", "oz"),
    ("ozs", "oz"),
    ("pound", "lb"),
    ("lbs", "lb"),
    ("floz", "floz"),
    ("fl.oz", "floz"),
    ("fl-oz", "floz"),
    ("tablespoon", "tbsp"),
    ("tablespoonful", "tbsp"),
    ("tbs", "tbsp"),
    ("tbl", "tbsp"),
    ("tblsp", "tbsp"),
    ("tbsps", "tbsp"),
    ("teaspoon", "tsp"),
    ("teaspoonful", "tsp"),
    ("tsps", "tsp"),
    ("cupful", "cup"),
    ("milliliter", "ml"),
    ("millilitre", "ml"),
    ("mls", "ml"),
    ("cc", "ml"),
    ("centiliter", "cl"),
    ("centilitre", "cl"),
    ("deciliter", "dl"),
    ("decilitre", "dl"),
    ("liter", "l"),
    ("litre", "l"),
    ("pt", "pint"),
    ("qt", "quart"),
    ("gal", "gallon"),
    ("inches", "inch"),
    ("med", "medium"),
    ("sm", "small"),
    ("lg", "large"),
    ("lrg", "large"),
    ("xl", "extra-large"),
    ("x-large", "extra-large"),
    ("extra-large", "extra-large"),
    ("xs", "extra-small"),
    ("x-small", "extra-small"),
    ("pc", "piece"),
    ("pcs", "piece"),
    ("sliced", "slice"),
    ("cubed", "diced"),
    ("cube", "diced"),
    ("halve", "half"),
    ("leaves", "leaf"),
    ("loaves", "loaf"),
    ("portion", "serving"),
    ("tin", "can"),
    ("packet", "packet"),
    ("pkg", "package"),
    ("pkt", "packet"),
    ("pack", "package"),
    ("heaping", "rounded"),
    ("heaped", "rounded"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_every_way_to_write_a_measure() {
        for (text, words) in [
            ("2 Tablespoons", "2 tbsp"),
            ("tbsp.", "tbsp"),
            ("12 fl. oz.", "12 floz"),
            ("12 Fluid Ounces", "12 floz"),
            ("100g", "100 g"),
            ("6-inch sub", "6 inch sub"),
            ("-2 cups", "-2 cup"),
            (".5 cup", ".5 cup"),
            ("(approx.)", ""),
            ("250ml", "250 ml"),
            ("1½ cups", "1 1/2 cup"),
            ("Extra Large", "extra-large"),
            ("XL", "extra-large"),
            ("cup, chopped or diced", "cup chopped diced"),
            ("slices", "slice"),
            ("cup slices", "cup slice"),
            ("cookies", "cookie"),
            ("leaves", "leaf"),
            ("potatoes", "potato"),
            ("radishes", "radish"),
            ("pastries", "pastry"),
            ("glass", "glass"),
            ("link/patty", "link patty"),
            ("medium (7\" to 7-7/8\" long)", "medium 7\" to 7-7/8\" long"),
            ("pound", "lb"),
            ("chop", "chop"),
            ("chopped", "chopped"),
        ] {
            assert_eq!(tokens(text).join(" "), words, "{text}");
        }
    }
}
