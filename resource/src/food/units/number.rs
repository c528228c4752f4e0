//! The number in front of a measure: "2", "1.5", "1 1/2", "1-1/2", "½", "two", "twenty-five", "a hundred and fifty",
//! "half a dozen", "one and a half", "2 x 30".
//!
//! Easy to get wrong:
//! - "1-1/2" is one and a half, "1-2" is a range, and a range is no amount;
//! - "1,5" is one and a half, but "1,500" is 1.5 in one country and 1500 in another, so it is refused; "0,125" can
//!   only be a decimal;
//! - "twenty five" is one number, "five twenty" is not;
//! - "2 halves" are two things, "two half cups" is one cup;
//! - a fraction adds to a whole number and to nothing else: "1/2 1/2 cup" and "2 x 1 1/2 cups" are refused, but
//!   "2 80/20 patties" are two.

mod spelled;

use spelled::{spelled, whole};

use super::{MeasureError, Unit, unit_of};
use crate::food::words::canonical;

/// The number in front of the words and what follows it.
pub(in crate::food) fn leading<W: AsRef<str>>(words: &[W]) -> Result<(Option<f64>, &[W]), MeasureError> {
    let spelled = spelled(words);
    let mut rest = spelled.map_or(words, |(_, rest)| rest);
    let mut number = spelled.map(|(number, _)| number);
    let mut is_whole = number.is_some();
    while let Some((word, after)) = rest.split_first() {
        if let (Some(so_far), Some((factor, after))) = (number, times(rest)?) {
            (number, is_whole) = (Some(so_far * factor), false);
            rest = after;
            continue;
        }
        let word = word.as_ref();
        let Some(part) = part(word)? else { break };
        if number.is_some() && part.is_stray(is_whole, word) {
            let read = words.len() - after.len();
            let read = words.iter().take(read).map(AsRef::as_ref);
            return Err(MeasureError::Number(read.collect::<Vec<&str>>().join(" ")));
        }
        let of_it = matches!(part, Part::Share(_)) && after.first().is_some_and(|next| next.as_ref() == "of");
        let article = words.len() - rest.len() == 1 && number == Some(1.0);
        let value = if article && of_it {
            Some(part.value())
        } else {
            joined(number, &part, after)
        };
        let Some(value) = value else { break };
        is_whole = number.is_none() && matches!(part, Part::Plain(value) if value.fract().abs() < f64::EPSILON);
        number = Some(value);
        rest = after;
    }
    Ok((number, rest))
}

/// The number with one more word, or `None` where the word counts nothing here.
fn joined<W: AsRef<str>>(number: Option<f64>, part: &Part, after: &[W]) -> Option<f64> {
    let Some(so_far) = number else {
        return Some(part.value());
    };
    match part {
        Part::Fraction(value) if *value < 1.0 => Some(so_far + value),
        Part::Share(value) if measures(after) => Some(so_far * value),
        Part::Multiplier(value) => Some(so_far * value),
        Part::Plain(_) | Part::Fraction(_) | Part::Share(_) => None,
    }
}

/// "half" and what follows it is a number and its unit: "two half cups"; not "2 halves".
fn measures<W: AsRef<str>>(after: &[W]) -> bool {
    let mut words = after
        .iter()
        .map(AsRef::as_ref)
        .skip_while(|word| ["a", "an", "of"].contains(word));
    words
        .next()
        .is_some_and(|word| unit_of(&canonical(word)) != Unit::Household || word == "dozen")
}

/// "x 30" and "times 30".
fn times<W: AsRef<str>>(words: &[W]) -> Result<Option<(f64, &[W])>, MeasureError> {
    let Some((sign, after)) = words.split_first() else {
        return Ok(None);
    };
    let Some((word, after)) = after
        .split_first()
        .filter(|_| matches!(sign.as_ref(), "x" | "time" | "times"))
    else {
        return Ok(None);
    };
    Ok(part(word.as_ref())?.map(|part| (part.value(), after)))
}

fn named(list: &[(&str, f64)], word: &str) -> Option<f64> {
    list.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

/// A word that counts.
enum Part {
    /// "2", "two".
    Plain(f64),
    /// "1/2": adds to a whole number before it.
    Fraction(f64),
    /// "half": a share of the unit behind it.
    Share(f64),
    /// "dozen", "a" after "half": multiplies what is before it.
    Multiplier(f64),
}

impl Part {
    fn value(&self) -> f64 {
        match self {
            Self::Plain(value) | Self::Fraction(value) | Self::Share(value) | Self::Multiplier(value) => *value,
        }
    }

    /// Whether it is a fraction that adds to nothing and begins no name as "80/20" does.
    fn is_stray(&self, behind_whole: bool, word: &str) -> bool {
        match self {
            Self::Fraction(value) if *value < 1.0 => !behind_whole,
            Self::Fraction(_) => !is_ratio(word),
            _ => false,
        }
    }
}

/// Whether the word is a unit as much as a number: 2 of the unit "dozen", 3 of "half".
pub(super) fn is_multiplier(word: &str) -> bool {
    let mut named = SHARES.iter().chain(MULTIPLIERS).filter(|(name, _)| *name == word);
    named.any(|_| word != "a" && word != "an")
}

/// "80/20": the parts of a mixture, and no fraction.
pub(super) fn is_ratio(word: &str) -> bool {
    word.split_once('/')
        .is_some_and(|(over, under)| over.len() > 1 && over.len() >= under.len())
}

/// Whether the word alone is a number, be it one that is refused.
pub(super) fn is_number(word: &str) -> bool {
    !matches!(part(word), Ok(None))
}

fn part(word: &str) -> Result<Option<Part>, MeasureError> {
    if let Some(value) = whole(word) {
        return Ok(Some(Part::Plain(value)));
    }
    if let Some(value) = named(SHARES, word) {
        return Ok(Some(Part::Share(value)));
    }
    if let Some(value) = named(MULTIPLIERS, word) {
        return Ok(Some(Part::Multiplier(value)));
    }
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') || word.contains(['"', '\'']) {
        return Ok(None);
    }
    digits(word)
}

/// "2", "2.5", "2,5", "1/2" or "1-1/2"; `None` for what begins with digits but is a word ("7-up").
fn digits(word: &str) -> Result<Option<Part>, MeasureError> {
    let unreadable = || MeasureError::Number(word.to_owned());
    if word.starts_with('-') {
        return Err(MeasureError::NotPositive(word.to_owned()));
    }
    let Some((low, high)) = word.split_once('-') else {
        return plain(word).map(Some).ok_or_else(unreadable);
    };
    match (plain(low), plain(high)) {
        (Some(Part::Plain(whole)), Some(Part::Fraction(part))) if part < 1.0 && whole.fract().abs() < f64::EPSILON => {
            Ok(Some(Part::Plain(whole + part)))
        }
        (Some(low), Some(high)) => Err(MeasureError::range(low.value(), high.value())),
        (Some(_), None) if high.starts_with(|c: char| c.is_alphabetic()) => Ok(None),
        _ => Err(unreadable()),
    }
}

/// "2", "2.5", "2,5" or "1/2"; `None` for what is no number or could be two.
fn plain(word: &str) -> Option<Part> {
    let finite = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    if let Some((over, under)) = word.split_once('/') {
        let under = finite(under).filter(|under| *under > 0.0)?;
        return Some(Part::Fraction(finite(over)? / under));
    }
    let Some((whole, decimals)) = word.split_once(',') else {
        return finite(word).map(Part::Plain);
    };
    let one_reading = whole == "0" || matches!(decimals.len(), 1 | 2);
    let digits = decimals.bytes().chain(whole.bytes()).all(|c| c.is_ascii_digit());
    let number = finite(&format!("{whole}.{decimals}")).map(Part::Plain);
    number.filter(|_| one_reading && digits)
}

/// The ends of "1 to 2", "2 or 3", "1 - 2" and "between 1 and 2" in front of a text, which is in lower case.
pub(super) fn range(text: &str) -> Option<(f64, f64)> {
    let words = text.split_whitespace();
    let words: Vec<&str> = words
        .skip_while(|word| ["about", "from", "around"].contains(word))
        .collect();
    let (between, rest) = match words.split_first()? {
        (&"between", rest) => (true, rest),
        _ => (false, words.as_slice()),
    };
    let (low, rest) = end(rest)?;
    let (joint, rest) = rest.split_first()?;
    let is_range = matches!(*joint, "to" | "or" | "-") || (between && *joint == "and");
    let (high, _) = end(rest)?;
    is_range.then_some((low, high))
}

/// A number that one end of a range is.
fn end<'a, 'b>(words: &'a [&'b str]) -> Option<(f64, &'a [&'b str])> {
    let (first, rest) = words.split_first()?;
    let one = || Some((part(first).ok().flatten()?.value(), rest));
    spelled(words).or_else(one)
}

const SHARES: &[(&str, f64)] = &[
    ("half", 0.5),
    ("third", 1.0 / 3.0),
    ("quarter", 0.25),
    ("eighth", 0.125),
];

const MULTIPLIERS: &[(&str, f64)] = &[
    ("a", 1.0),
    ("an", 1.0),
    ("dozen", 12.0),
    ("couple", 2.0),
    ("pair", 2.0),
    ("hundred", 100.0),
];
