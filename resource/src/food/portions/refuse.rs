//! What the words of an amount say of peel, bones and shells: "200 g with skin", "2 bananas, peeled", "bone-in".
//!
//! Only what the food's source names as refuse is read so: the skin of an apple is eaten, and "Apples, raw, with
//! skin" loses its core. A piece's weight is of the edible part already, so that there the words change nothing.

use super::WeightBasis;
use crate::food::model::Food;
use crate::food::words::tokens;

/// What the words say, and those that say something else.
pub(super) struct Said {
    pub(super) basis: WeightBasis,
    pub(super) words: Vec<String>,
}

/// Reads the words; `None` where they say nothing of the refuse.
pub(super) fn read(food: &Food, words: &[String]) -> Option<Said> {
    let refuse = food.refuse.as_ref().filter(|refuse| refuse.percent > 0)?;
    let thrown = tokens(&refuse.description);
    let mut left = Vec::new();
    let mut said = None;
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        if let Some((basis, used)) = phrase(rest, &thrown) {
            said = Some(basis);
            rest = rest.get(used..).unwrap_or_default();
        } else {
            left.push(word.clone());
            rest = after;
        }
    }
    said.map(|basis| Said { basis, words: left })
}

/// What the words begin with, and how many words that is.
fn phrase(words: &[String], thrown: &[String]) -> Option<(WeightBasis, usize)> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let part = |at: usize| is_thrown(word(at), thrown);
    let (first, its) = (word(0), usize::from(matches!(word(1), "its" | "their")));
    if (first, word(1)) == ("as", "purchased") {
        return Some((WeightBasis::AsPurchased, 2));
    }
    if let Some((_, basis, noun)) = STATES.iter().find(|(state, ..)| *state == first) {
        return is_thrown(noun, thrown).then_some((*basis, 1));
    }
    if let Some((_, basis)) = BEFORE.iter().find(|(before, _)| *before == first) {
        let parts = (1 + its..words.len()).take_while(|at| part(*at)).count();
        return (parts > 0).then_some((*basis, 1 + its + parts));
    }
    if let Some((_, basis)) = BEHIND.iter().find(|(behind, _)| part(0) && *behind == word(1)) {
        return Some((*basis, 2));
    }
    let (noun, basis) = first.split_once('-')?;
    let (_, basis) = BEHIND.iter().find(|(behind, _)| *behind == basis)?;
    is_thrown(noun, thrown).then_some((*basis, 1))
}

/// Whether the refuse has this part, by any of its names.
fn is_thrown(part: &str, thrown: &[String]) -> bool {
    let named = |name: &str| thrown.iter().any(|word| word == name);
    PARTS
        .iter()
        .filter(|names| names.contains(&part))
        .any(|names| names.iter().any(|name| named(name)))
}

/// Names of one part.
const PARTS: &[&[&str]] = &[
    &["peel", "skin", "rind", "paring"],
    &["shell", "hull", "husk", "pod"],
    &["bone"],
    &["core"],
    &["pit", "stone", "seed"],
    &["stem", "stalk", "cap", "top", "leaf"],
    &["cob"],
    &["trimming", "fat"],
];

/// Words in front of a part.
const BEFORE: &[(&str, WeightBasis)] = &[
    ("with", WeightBasis::AsPurchased),
    ("in", WeightBasis::AsPurchased),
    ("including", WeightBasis::AsPurchased),
    ("incl", WeightBasis::AsPurchased),
    ("inside", WeightBasis::AsPurchased),
    ("on", WeightBasis::AsPurchased),
    ("without", WeightBasis::Edible),
    ("no", WeightBasis::Edible),
    ("minus", WeightBasis::Edible),
    ("excluding", WeightBasis::Edible),
];

/// Words behind a part.
const BEHIND: &[(&str, WeightBasis)] = &[
    ("in", WeightBasis::AsPurchased),
    ("on", WeightBasis::AsPurchased),
    ("removed", WeightBasis::Edible),
    ("off", WeightBasis::Edible),
    ("free", WeightBasis::Edible),
];

/// Words that say it in one, and the part they mean.
const STATES: &[(&str, WeightBasis, &str)] = &[
    ("unpeeled", WeightBasis::AsPurchased, "peel"),
    ("unshelled", WeightBasis::AsPurchased, "shell"),
    ("unpitted", WeightBasis::AsPurchased, "pit"),
    ("untrimmed", WeightBasis::AsPurchased, "trimming"),
    ("peeled", WeightBasis::Edible, "peel"),
    ("skinless", WeightBasis::Edible, "skin"),
    ("boneless", WeightBasis::Edible, "bone"),
    ("cored", WeightBasis::Edible, "core"),
    ("pitted", WeightBasis::Edible, "pit"),
    ("stoned", WeightBasis::Edible, "pit"),
    ("shelled", WeightBasis::Edible, "shell"),
    ("hulled", WeightBasis::Edible, "hull"),
    ("seeded", WeightBasis::Edible, "seed"),
    ("trimmed", WeightBasis::Edible, "trimming"),
];
