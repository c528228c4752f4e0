//! An item of a meal in plain words: "one and a half cups of milk", "chicken breast, 200g", "1 lb 4 oz ground beef",
//! "banana (1 medium)".
//!
//! 1. A number in brackets or at the end goes to the front.
//! 2. The number becomes a decimal, as the search reads it; a second unit is added to the first.
//! 3. An article or a size alone counts one: "a banana", "large banana". A plural ("large eggs") counts nothing.
//!
//! Easy to get wrong: "2% milk", "80/20 ground beef", "7 up" and "half and half" are names; "100 calories of banana"
//! are no 100 bananas.

mod refuse;

pub use refuse::without_refuse;

use super::{Measure, MeasureError, Unit, VAGUE, compound, kilocalories, number, parse, plain_text, unit_of};
use crate::food::words::{canonical, split_joined, tokens};

/// An item, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    /// The food; in front of it the amount as a decimal and its unit, where one is told.
    pub text: String,
    /// Whether a number was written, and not only an article or a size.
    pub counted: bool,
    /// A weight or volume in brackets behind another amount: "244 g".
    pub size: Option<String>,
}

/// Reads an item. Its amount is refused as that of a measure is: a range, 0, "some".
pub fn read(query: &str) -> Result<Spoken, MeasureError> {
    if is_name(query) || !begins_with_number(query) {
        return match amount_behind(query)? {
            Some(turned) => counted(&turned),
            None if is_name(query) => Ok(Spoken::name(query)),
            None => one_or_name(query),
        };
    }
    match in_brackets(query).filter(|(_, measure)| is_size(measure)) {
        Some(((name, size), _)) => Ok(Spoken {
            size: Some(size),
            ..counted(&name)?
        }),
        None => counted(query),
    }
}

impl Spoken {
    /// A name without an amount, as it is.
    pub fn name(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            counted: false,
            size: None,
        }
    }
}

/// Whether the text begins with a name that looks like an amount.
fn is_name(text: &str) -> bool {
    let lower = text.to_lowercase();
    NAMES.iter().any(|name| lower.starts_with(name))
}

/// The words of a text and their canonical forms, one for one.
fn words(text: &str) -> Result<(Vec<String>, Vec<String>), MeasureError> {
    let text = plain_text(text)?;
    let raw: Vec<String> = text.split_whitespace().flat_map(split_joined).collect();
    let canon = raw.iter().map(|word| canonical(word)).collect();
    Ok((raw, canon))
}

/// A text that begins with a number: the number as a decimal, then the rest.
fn counted(text: &str) -> Result<Spoken, MeasureError> {
    let (raw, canon) = words(text)?;
    let (Some(count), rest) = number::leading(&canon)? else {
        return Ok(Spoken::name(text));
    };
    if count <= 0.0 {
        return Err(MeasureError::NotPositive(raw.first().cloned().unwrap_or_default()));
    }
    super::check_words(rest)?;
    if let Some(energy) = rest.first().filter(|word| kilocalories(word).is_some()) {
        return Err(MeasureError::Energy(format!("{count} {energy}")));
    }
    let spoken = |amount: String, left: usize| {
        let behind = raw.get(raw.len() - left..).unwrap_or_default();
        let food = behind.iter().skip_while(|word| LINKS.contains(&word.as_str()));
        let food: Vec<&str> = food.map(String::as_str).collect();
        Spoken {
            text: format!("{amount} {}", food.join(" ")),
            counted: true,
            size: None,
        }
    };
    let first = rest.first().map_or(Unit::Household, |word| unit_of(word));
    let behind: Vec<String> = rest.iter().skip(1).skip_while(|word| *word == "and").cloned().collect();
    let both = compound(Measure {
        count: Some(count),
        unit: first,
        words: behind.clone(),
    });
    Ok(match both.unit {
        Unit::Mass(grams) if both.words.len() < behind.len() => spoken(format!("{grams} g"), both.words.len()),
        Unit::Volume(ml) if both.words.len() < behind.len() => spoken(format!("{ml} ml"), both.words.len()),
        _ => spoken(count.to_string(), rest.len()),
    })
}

/// No number anywhere: "a banana" and "large banana" are one, "banana" is only a name.
fn one_or_name(text: &str) -> Result<Spoken, MeasureError> {
    let (raw, canon) = words(text)?;
    let first = canon.first().map_or("", String::as_str);
    let article = first == "a" || first == "an";
    let said = canon.get(usize::from(article)).map_or("", String::as_str);
    if VAGUE.contains(&said) {
        return Err(MeasureError::Vague(said.to_owned()));
    }
    let singular = raw.last() == canon.last();
    let one = article || (SIZES.contains(&first) && singular);
    let rest = raw.get(usize::from(article)..).unwrap_or_default().join(" ");
    if !one || rest.is_empty() {
        return Ok(Spoken::name(text));
    }
    Ok(Spoken {
        text: format!("1 {rest}"),
        counted: false,
        size: None,
    })
}

/// Whether the text begins with a number that is no part of a name.
fn begins_with_number(text: &str) -> bool {
    let Ok((_, canon)) = words(text) else { return true };
    let Some(first) = canon.first() else { return false };
    if first == "a" || first == "an" {
        let more = canon.get(1).map_or("", String::as_str);
        let is_fraction = more.contains('/') && number::is_number(more) && !number::is_ratio(more);
        return is_fraction
            || [
                "half", "third", "quarter", "eighth", "dozen", "couple", "pair", "hundred",
            ]
            .contains(&more);
    }
    let figures = first.chars().all(|c| c.is_ascii_digit() || ".,/-".contains(c));
    (!figures || !number::is_ratio(first))
        && (figures || !first.starts_with(|c: char| c.is_ascii_digit()))
        && number::is_number(first)
}

/// "banana (1 medium)", "chicken breast, 200g", "milk 250 ml": the amount, then the name.
fn amount_behind(text: &str) -> Result<Option<String>, MeasureError> {
    let plain = text.replace(['(', ')', '[', ']'], " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    for count in 1..=MOST_BEHIND.min(words.len()) {
        let tail = words.get(words.len() - count..).unwrap_or_default().join(" ");
        if is_amount_alone(&tail) {
            parse(&tail)?;
        }
    }
    Ok(turned(text))
}

/// Whether the text begins with a number, ends in a unit or a kind of piece, and names nothing.
fn is_amount_alone(text: &str) -> bool {
    let words = tokens(text);
    let is_unit = |word: &String| unit_of(word) != Unit::Household || PIECES.contains(&word.as_str());
    let counts = |word: &String| number::is_number(word) || is_unit(word) || word == "to";
    begins_with_number(text) && words.last().is_some_and(is_unit) && words.iter().all(counts)
}

/// The amount behind the name in front of it.
fn turned(text: &str) -> Option<String> {
    if let Some(((name, amount), _)) = in_brackets(text).filter(|(_, measure)| is_amount(measure)) {
        return Some(format!("{amount} {name}"));
    }
    let parted = [", ", ": ", "; ", " - ", " x "]
        .iter()
        .find_map(|sign| text.rsplit_once(sign));
    if let Some((name, amount)) = parted {
        let is_amount = begins_with_number(amount) && parse(amount).is_ok_and(|measure| is_amount(&measure));
        return is_amount.then(|| format!("{amount} {name}"));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    (1..=MOST_BEHIND).rev().find_map(|count| {
        let (name, amount) = words.split_at_checked(words.len().checked_sub(count)?)?;
        let amount = amount.join(" ");
        let is_amount = !name.is_empty() && begins_with_number(&amount) && parse(&amount).is_ok_and(|m| is_size(&m));
        is_amount.then(|| format!("{amount} {}", name.join(" ")))
    })
}

/// The text without its brackets, what stood in them, and that as a measure.
fn in_brackets(text: &str) -> Option<((String, String), Measure)> {
    let (before, rest) = text.split_once('(')?;
    let (inner, after) = rest.split_once(')')?;
    let measure = parse(inner).ok().filter(|measure| measure.count.is_some())?;
    let name = format!("{} {}", before.trim(), after.trim());
    Some(((name.trim().to_owned(), inner.trim().to_owned()), measure))
}

/// "244 g": a weight or volume and nothing else.
fn is_size(measure: &Measure) -> bool {
    measure.count.is_some() && measure.unit != Unit::Household && measure.words.is_empty()
}

/// A weight, a volume, a number alone, or pieces of one kind.
fn is_amount(measure: &Measure) -> bool {
    let pieces = |words: &[String]| words.iter().all(|word| PIECES.contains(&word.as_str()));
    measure.count.is_some() && (measure.unit != Unit::Household || pieces(&measure.words))
}

/// Words between an amount and its food.
const LINKS: &[&str] = &["of", "a", "an", "the", "x", "times"];

/// The most words of an amount behind a name: "two hundred and twenty five ml".
const MOST_BEHIND: usize = 6;

/// Sizes that count one when they stand alone.
const SIZES: &[&str] = &["small", "medium", "large"];

/// What an amount behind the name may count.
const PIECES: &[&str] = &[
    "small",
    "medium",
    "large",
    "extra-large",
    "slice",
    "piece",
    "serving",
    "can",
    "bottle",
    "package",
    "packet",
    "bar",
    "clove",
    "whole",
    "stick",
    "pat",
    "fillet",
    "patty",
    "leaf",
    "stalk",
    "half",
];

/// Names that begin as amounts do.
const NAMES: &[&str] = &[
    "half and half",
    "half & half",
    "half-and-half",
    "quarter pounder",
    "7 up",
    "7up",
    "7-up",
    "three musketeers",
    "3 musketeers",
    "100 grand",
    "5th avenue",
    "five guys",
    "a la ",
    "a1 ",
    "a.1",
    "one a day",
];

#[cfg(test)]
mod tests;
