//! Units as people write them: "2 medium", "1 cup chopped", "12 fl oz", "tbsp", "½ lb".
//!
//! 1. Read the number in front, if there is one.
//! 2. Find the unit.
//! 3. Keep the other words: they choose among a food's portions ("cup, chopped" is not "cup, mashed").
//!
//! Volumes are US customary: 1 cup is 236.588 mL.
//! Easy to get wrong: a bare "oz" is a weight of cheese but a volume of cola, which only the food can decide;
//! "1,500" is 1.5 in one country and 1500 in another, so it is refused.

use super::words::tokens;

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

/// Why a text is not a measure.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MeasureError {
    /// Nothing is written.
    #[error("no unit is given")]
    Empty,
    /// The number cannot be read, or can be read in two ways.
    #[error("\"{0}\" is not a number that can be read in one way only")]
    Number(String),
}

/// Grams of one avoirdupois ounce.
pub const OUNCE_GRAMS: f64 = 28.349_523_125;
/// Milliliters of one US fluid ounce.
pub const FLUID_OUNCE_MILLILITERS: f64 = 29.573_529_562_5;
/// Milliliters of one US cup.
pub const CUP_MILLILITERS: f64 = 236.588_236_5;

/// Reads a measure.
pub fn parse(text: &str) -> Result<Measure, MeasureError> {
    let words = tokens(text);
    let (count, rest) = leading_number(&words)?;
    let rest: Vec<&str> = rest
        .iter()
        .map(String::as_str)
        .filter(|word| !PLAIN_WORDS.contains(word))
        .collect();
    if rest.is_empty() && count.is_none() {
        return Err(MeasureError::Empty);
    }
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
    Ok(Measure {
        count,
        unit,
        words: words.map(|(_, word)| (*word).to_owned()).collect(),
    })
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
        "cup" => Unit::Volume(CUP_MILLILITERS),
        "pint" => Unit::Volume(CUP_MILLILITERS * 2.0),
        "quart" => Unit::Volume(CUP_MILLILITERS * 4.0),
        "gallon" => Unit::Volume(CUP_MILLILITERS * 16.0),
        _ => Unit::Household,
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
    let words = tokens(text);
    match leading_number(&words)? {
        (Some(number), []) => Ok(number),
        _ => Err(MeasureError::Number(text.to_owned())),
    }
}

/// The number in front of the words and what follows it. "1 1/2" adds up; "half a dozen" multiplies.
fn leading_number(words: &[String]) -> Result<(Option<f64>, &[String]), MeasureError> {
    let mut rest = words;
    let mut number: Option<f64> = None;
    while let Some((word, after)) = rest.split_first() {
        let Some(part) = number_word(word)? else { break };
        number = Some(match (number, part) {
            (None, Part::Plain(value) | Part::Fraction(value) | Part::Multiplier(value)) => value,
            (Some(so_far), Part::Fraction(value)) if so_far.fract().abs() < f64::EPSILON => so_far + value,
            (Some(so_far), Part::Multiplier(value)) => so_far * value,
            (Some(_), _) => break,
        });
        rest = after;
    }
    Ok((number, rest))
}

/// A word that counts.
enum Part {
    /// "2", "two", "a".
    Plain(f64),
    /// "1/2": adds to a whole number before it.
    Fraction(f64),
    /// "dozen", "half", "a" after "half": multiplies what is before it.
    Multiplier(f64),
}

fn number_word(word: &str) -> Result<Option<Part>, MeasureError> {
    if let Some((_, value)) = NUMBER_WORDS.iter().find(|(name, _)| *name == word) {
        return Ok(Some(Part::Plain(*value)));
    }
    match word {
        "a" | "an" => return Ok(Some(Part::Multiplier(1.0))),
        "dozen" => return Ok(Some(Part::Multiplier(12.0))),
        "half" => return Ok(Some(Part::Multiplier(0.5))),
        "quarter" => return Ok(Some(Part::Multiplier(0.25))),
        _ => {}
    }
    if !word.starts_with(|c: char| c.is_ascii_digit() || c == '.') || word.contains(['"', '-', '\'']) {
        return Ok(None);
    }
    digits(word)
        .map(Some)
        .ok_or_else(|| MeasureError::Number(word.to_owned()))
}

/// "2", "2.5", "2,5" or "1/2"; `None` for what is no number or could be two.
fn digits(word: &str) -> Option<Part> {
    let finite = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    if let Some((over, under)) = word.split_once('/') {
        let under = finite(under).filter(|under| *under > 0.0)?;
        return Some(Part::Fraction(finite(over)? / under));
    }
    if let Some((whole, decimals)) = word.split_once(',') {
        let one_reading = matches!(decimals.len(), 1 | 2) && !whole.contains('.');
        return one_reading
            .then(|| finite(&format!("{whole}.{decimals}")).map(Part::Plain))
            .flatten();
    }
    finite(word).map(Part::Plain)
}

const NUMBER_WORDS: &[(&str, f64)] = &[
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
];

/// Words that do not change a measure.
const PLAIN_WORDS: &[&str] = &["level", "flat", "full", "standard", "us", "a", "an", "x"];

/// Words that make an ounce a weight.
const WEIGHT_WORDS: &[&str] = &["weight", "wt", "weighed", "avoirdupois"];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn measure(text: &str) -> (Option<f64>, Unit, String) {
        let measure = parse(text).unwrap();
        (measure.count, measure.unit, measure.words.join(" "))
    }

    #[test]
    fn measures_as_people_write_them() {
        for (text, count, unit, words) in [
            ("g", None, Unit::Mass(1.0), ""),
            ("2 medium", Some(2.0), Unit::Household, "medium"),
            ("1 cup chopped", Some(1.0), Unit::Volume(CUP_MILLILITERS), "chopped"),
            ("12 fl oz", Some(12.0), Unit::Volume(FLUID_OUNCE_MILLILITERS), ""),
            ("tbsp", None, Unit::Volume(CUP_MILLILITERS / 16.0), ""),
            ("oz", None, Unit::Ounce, ""),
            ("oz by weight", None, Unit::Mass(OUNCE_GRAMS), "by"),
            ("1 1/2 cups", Some(1.5), Unit::Volume(CUP_MILLILITERS), ""),
            ("1½ cups", Some(1.5), Unit::Volume(CUP_MILLILITERS), ""),
            ("half a cup", Some(0.5), Unit::Volume(CUP_MILLILITERS), ""),
            ("a dozen large", Some(12.0), Unit::Household, "large"),
            ("half a dozen", Some(6.0), Unit::Household, ""),
            ("two slices", Some(2.0), Unit::Household, "slice"),
            ("extra large", None, Unit::Household, "extra-large"),
            ("500g", Some(500.0), Unit::Mass(1.0), ""),
            ("1,5 dl", Some(1.5), Unit::Volume(100.0), ""),
            ("level tablespoon", None, Unit::Volume(CUP_MILLILITERS / 16.0), ""),
            (
                "medium (7\" to 7-7/8\" long)",
                None,
                Unit::Household,
                "medium 7\" to 7-7/8\" long",
            ),
        ] {
            assert_eq!(measure(text), (count, unit, words.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        assert!(matches!(parse("1,500 g"), Err(MeasureError::Number(_))));
        assert!(matches!(parse("1/0 cup"), Err(MeasureError::Number(_))));
        assert_eq!(parse("  "), Err(MeasureError::Empty));
    }

    #[test]
    fn a_us_cup_is_236_588_milliliters() {
        assert!((CUP_MILLILITERS - 236.588).abs() < 0.001);
        assert!((CUP_MILLILITERS - 8.0 * FLUID_OUNCE_MILLILITERS).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            if let Ok(measure) = parse(&text) {
                prop_assert!(measure.count.is_none_or(f64::is_finite));
            }
            let _ = parse_number(&text);
        }

        #[test]
        fn a_number_written_out_is_read_back(number in 0.01f64..100_000.0) {
            prop_assert_eq!(parse_number(&number.to_string()), Ok(number));
        }
    }
}
