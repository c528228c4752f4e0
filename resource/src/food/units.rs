//! Units as people write them: "2 medium", "1 cup chopped", "12 fl oz", "tbsp", "½ lb", "1 lb 4 oz", "1 cup (244 g)".
//!
//! 1. Refuse what is no single amount: a range, "some".
//! 2. Read the number in front, if there is one.
//! 3. Find the unit, and a smaller one of its kind behind it ("1 lb 4 oz").
//! 4. Keep the other words: they choose among a food's portions ("cup, chopped" is not "cup, mashed").
//!
//! Volumes are US customary: 1 cup is 236.588 mL. "metric cup", "imperial pint" and the like are what they say.
//! Easy to get wrong: a bare "oz" is a weight of cheese but a volume of cola, which only the food can decide;
//! "T" is a tablespoon, but "t" may be either spoon; "2 x large" may be two large ones or two extra large ones.

mod error;
pub mod item;
mod number;
#[cfg(test)]
mod tests;

pub use error::MeasureError;
pub(in crate::food) use number::leading as leading_number;

use super::words::{canonical, spell_out, tokens};

/// What kind of unit was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// A weight; how many grams one is.
    Mass(f64),
    /// "oz": a weight, or of a drink a volume.
    Ounce,
    /// A volume; how many milliliters one is.
    Volume(f64),
    /// A household word: "medium", "slice", "can".
    Household,
}

/// A measure as asked for, before a food is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// How many; `None` where the text names no number.
    pub count: Option<f64>,
    /// The unit.
    pub unit: Unit,
    /// The words beside a weight or volume ("chopped"), or all words of a household measure.
    pub words: Vec<String>,
}

/// Grams of one avoirdupois ounce.
pub const OUNCE_GRAMS: f64 = 28.349_523_125;
/// Milliliters of one US fluid ounce.
pub const FLUID_OUNCE_MILLILITERS: f64 = 29.573_529_562_5;
/// Milliliters of one US cup.
pub const CUP_MILLILITERS: f64 = 236.588_236_5;
/// Kilojoules of one kilocalorie.
const KILOJOULES: f64 = 4.184;
/// Milliliters of one imperial pint, which has 20 imperial fluid ounces.
const IMPERIAL_PINT_MILLILITERS: f64 = 568.261_25;

/// Reads a measure.
pub fn parse(text: &str) -> Result<Measure, MeasureError> {
    let text = plain_text(text)?;
    let words = tokens(&text);
    let (count, rest) = number::leading(&words)?;
    check_words(rest)?;
    let rest: Vec<&str> = rest
        .iter()
        .map(String::as_str)
        .filter(|word| !PLAIN_WORDS.contains(word))
        .collect();
    if rest.is_empty() && count.is_none() {
        return Err(MeasureError::Empty);
    }
    let measure = measure(count, &rest);
    Ok(if text.contains('(') { measure } else { compound(measure) })
}

/// Whether the number in a unit is part of the unit: "dozen", "half avocado". An amount may stand beside it.
pub(super) fn counts_itself(unit: &str) -> bool {
    tokens(unit).first().is_some_and(|word| number::is_multiplier(word))
}

/// One spelling of the text's numbers: lower case, "1 1/2" for "1½" and for "one and a half".
fn plain_text(text: &str) -> Result<String, MeasureError> {
    let mut before = "";
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        words.push(spoon(before, word)?);
        before = word;
    }
    let text = words.join(" ");
    let text = spoken(&spell_out(&text));
    match number::range(&text) {
        Some((low, high)) => Err(MeasureError::range(low, high)),
        None => Ok(text),
    }
}

/// A text in lower case with its spoken fractions as written ones: "1 1/2 cups" for "1 and a half cups".
pub(in crate::food) fn spoken(text: &str) -> String {
    let half = text.strip_prefix("a half ").map(|rest| format!("1/2 {rest}"));
    let mut text = half.unwrap_or_else(|| text.to_owned());
    for (spoken, written) in SPOKEN {
        text = text.replace(spoken, written);
    }
    text
}

/// "T" behind a number is a tablespoon; "t" is refused.
fn spoon(before: &str, word: &str) -> Result<String, MeasureError> {
    let figure = |c: char| c.is_ascii_digit() || "./,½⅓¼".contains(c);
    let letters = word.trim_start_matches(figure);
    let counts = letters.len() < word.len() || before.ends_with(figure) || number::is_number(before);
    match letters {
        "T" | "T." if counts || before.is_empty() => Ok(word.replace('T', " tbsp")),
        "t" | "t." if counts || before.is_empty() => Err(MeasureError::TwoReadings("t".to_owned())),
        _ => Ok(word.to_owned()),
    }
}

/// Refuses words behind the number that say no amount, or two: "1 000 g" may be one gram or a kilogram.
fn check_words(words: &[String]) -> Result<(), MeasureError> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    if word(0).len() == 3 && word(0).bytes().all(|c| c.is_ascii_digit()) {
        return Err(MeasureError::Number(words.join(" ")));
    }
    if VAGUE.contains(&word(0)) {
        return Err(MeasureError::Vague(word(0).to_owned()));
    }
    if word(0) == "x" && (word(1) == "large" || word(1) == "small") {
        return Err(MeasureError::TwoReadings(format!("x {}", word(1))));
    }
    Ok(())
}

/// The unit and the words beside it.
fn measure(count: Option<f64>, rest: &[&str]) -> Measure {
    let at = rest.iter().take_while(|word| **word == "rounded").count();
    let unit = rest.get(at).map_or(Unit::Household, |word| unit_of(word));
    let unit = if rest.iter().any(|word| WEIGHT_WORDS.contains(word)) {
        weighed(unit)
    } else {
        unit
    };
    let words = rest
        .iter()
        .enumerate()
        .filter(|(i, word)| unit == Unit::Household || (*i != at && !WEIGHT_WORDS.contains(word)));
    Measure {
        count,
        unit,
        words: words.map(|(_, word)| (*word).to_owned()).collect(),
    }
}

/// "1 lb 4 oz", "1 cup plus 2 tbsp": two measures of one kind, the smaller behind, are one. A size in brackets is not
/// added, nor one that is no part of the first ("1 cup 8 fl oz").
fn compound(measure: Measure) -> Measure {
    let words = match measure.words.split_first() {
        Some((sign, words)) if sign == "+" || sign == "plus" => words,
        _ => &measure.words,
    };
    let Ok((Some(more), rest)) = number::leading(words) else {
        return measure;
    };
    let Some((unit, rest)) = rest.split_first() else {
        return measure;
    };
    let count = measure.count.unwrap_or(1.0);
    let both = match (measure.unit, unit_of(unit)) {
        (Unit::Mass(one), Unit::Mass(other)) if more * other < one => Unit::Mass(count * one + more * other),
        (Unit::Mass(one), Unit::Ounce) if more * OUNCE_GRAMS < one => Unit::Mass(count * one + more * OUNCE_GRAMS),
        (Unit::Volume(one), Unit::Volume(other)) if more * other < one => Unit::Volume(count * one + more * other),
        _ => return measure,
    };
    Measure {
        count: Some(1.0),
        unit: both,
        words: rest.to_vec(),
    }
}

/// The unit that one canonical word names.
pub fn unit_of(word: &str) -> Unit {
    match word {
        "g" => Unit::Mass(1.0),
        "kg" => Unit::Mass(1000.0),
        "mg" => Unit::Mass(0.001),
        "mcg" => Unit::Mass(0.000_001),
        "lb" => Unit::Mass(16.0 * OUNCE_GRAMS),
        "oz" => Unit::Ounce,
        "ml" => Unit::Volume(1.0),
        "cl" => Unit::Volume(10.0),
        "dl" => Unit::Volume(100.0),
        "l" => Unit::Volume(1000.0),
        "tsp" => Unit::Volume(CUP_MILLILITERS / 48.0),
        "tbsp" => Unit::Volume(CUP_MILLILITERS / 16.0),
        "floz" => Unit::Volume(FLUID_OUNCE_MILLILITERS),
        "c" | "cup" => Unit::Volume(CUP_MILLILITERS),
        "pint" => Unit::Volume(CUP_MILLILITERS * 2.0),
        "quart" => Unit::Volume(CUP_MILLILITERS * 4.0),
        "gallon" => Unit::Volume(CUP_MILLILITERS * 16.0),
        "metric-cup" => Unit::Volume(250.0),
        "metric-tbsp" => Unit::Volume(15.0),
        "metric-tsp" => Unit::Volume(5.0),
        "australian-tbsp" => Unit::Volume(20.0),
        "imperial-floz" => Unit::Volume(IMPERIAL_PINT_MILLILITERS / 20.0),
        "imperial-pint" => Unit::Volume(IMPERIAL_PINT_MILLILITERS),
        "imperial-quart" => Unit::Volume(IMPERIAL_PINT_MILLILITERS * 2.0),
        "imperial-gallon" => Unit::Volume(IMPERIAL_PINT_MILLILITERS * 8.0),
        _ => Unit::Household,
    }
}

/// The kilocalories of one of a unit of energy; `None` for other words. On a label a calorie is a kilocalorie.
pub fn kilocalories(word: &str) -> Option<f64> {
    match canonical(&word.to_lowercase()).as_str() {
        "calorie" | "kilocalorie" | "cal" | "kcal" => Some(1.0),
        "kilojoule" | "kj" => Some(1.0 / KILOJOULES),
        "joule" => Some(0.001 / KILOJOULES),
        _ => None,
    }
}

/// "oz by weight" is never fluid.
fn weighed(unit: Unit) -> Unit {
    if unit == Unit::Ounce {
        Unit::Mass(OUNCE_GRAMS)
    } else {
        unit
    }
}

/// A number written alone: "2", "1.5", "1/2", "1 1/2", "two", "half a dozen".
pub fn parse_number(text: &str) -> Result<f64, MeasureError> {
    let words = tokens(&plain_text(text)?);
    match number::leading(&words)? {
        (Some(number), []) => Ok(number),
        (Some(_), rest) => Err(MeasureError::NotOnlyNumber(rest.join(" "))),
        (None, _) => Err(MeasureError::Number(text.trim().to_owned())),
    }
}

/// Words that do not change a measure.
const PLAIN_WORDS: &[&str] = &["level", "flat", "full", "standard", "us", "a", "an", "x", "time"];

/// Words that make an ounce a weight.
const WEIGHT_WORDS: &[&str] = &["weight", "wt", "weighed", "avoirdupois"];

/// Words in place of a number that say none.
const VAGUE: &[&str] = &[
    "some", "few", "several", "many", "much", "little", "bit", "lot", "plenty", "any",
];

/// Spoken numbers, in the spelling of written ones.
const SPOKEN: &[(&str, &str)] = &[
    (" and a half", " 1/2"),
    (" and one half", " 1/2"),
    (" and a quarter", " 1/4"),
    (" and a third", " 1/3"),
    (" and three quarters", " 3/4"),
    (" and two thirds", " 2/3"),
];
