//! Amounts as providers write them: numbers, numbers as text, and text with a unit behind the number.
//!
//! Easy to get wrong: what is no amount must not become one. "< 0.5", "traces", "-" and an empty text are *not known*,
//! and so is what cannot be in 100 g: a negative amount, more than 100 g of anything, more energy than pure fat has.

use serde_json::Value;

/// Kilojoules in a kilocalorie (ISO 80000-5: the thermochemical one, as labels use).
pub(super) const KJ_OF_KCAL: f64 = 4.184;

/// What an amount is counted in, on its way to USDA's units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Kilocalories.
    Kcal,
    /// Kilojoules.
    Kj,
    /// Grams.
    Gram,
    /// Milligrams.
    Milligram,
    /// Micrograms.
    Microgram,
    /// International units, which are no weight.
    Iu,
}

impl Unit {
    /// Reads a unit in any of the spellings of the providers and of USDA.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.trim().to_lowercase().as_str() {
            "kcal" => Some(Self::Kcal),
            "kj" => Some(Self::Kj),
            "g" | "grm" => Some(Self::Gram),
            "mg" => Some(Self::Milligram),
            "ug" | "µg" | "μg" | "mcg" => Some(Self::Microgram),
            "iu" => Some(Self::Iu),
            _ => None,
        }
    }

    /// How many of the smallest unit of its kind it is; kinds are told apart by the first.
    fn size(self) -> (u8, f64) {
        match self {
            Self::Kcal => (0, KJ_OF_KCAL),
            Self::Kj => (0, 1.0),
            Self::Gram => (1, 1_000_000.0),
            Self::Milligram => (1, 1_000.0),
            Self::Microgram => (1, 1.0),
            Self::Iu => (2, 1.0),
        }
    }

    /// The most that 100 g can hold: of energy a little more than fat has, of anything else itself.
    fn most(self) -> f64 {
        match self {
            Self::Kcal => 910.0,
            Self::Kj => 910.0 * KJ_OF_KCAL,
            Self::Gram => 100.0,
            Self::Milligram => 100_000.0,
            Self::Microgram | Self::Iu => 100_000_000.0,
        }
    }
}

/// An amount in `from` as one in `to`; `None` where one is a weight and the other is not.
pub(super) fn convert(amount: f64, from: Unit, to: Unit) -> Option<f64> {
    let ((kind, from), (wanted, to)) = (from.size(), to.size());
    if kind != wanted {
        return None;
    }
    let factor = if from >= to { from / to } else { 1.0 / (to / from) };
    Some(significant(amount * factor))
}

/// Products like 0.107 * 1000 without the dust of binary numbers.
fn significant(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// An amount in 100 g that can be, or `None`.
pub(super) fn possible(amount: f64, unit: Unit) -> Option<f64> {
    (amount.is_finite() && amount >= 0.0 && amount <= unit.most()).then_some(amount)
}

/// A number and the unit that is written behind it, if any.
pub(super) fn read(value: &Value) -> Option<(f64, Option<Unit>)> {
    match value {
        Value::Number(number) => Some((number.as_f64()?, None)),
        Value::String(text) => of_text(text),
        _ => None,
    }
}

/// A number without a unit, or with exactly this one.
pub(super) fn number(value: &Value) -> Option<f64> {
    read(value).filter(|(_, unit)| unit.is_none()).map(|(number, _)| number)
}

fn of_text(text: &str) -> Option<(f64, Option<Unit>)> {
    let text = text.trim();
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | ',' | '-' | '+' | 'e' | 'E'));
    let (digits, unit) = text.split_at_checked(end.unwrap_or(text.len()))?;
    let number = decimal(digits)?;
    match unit.trim() {
        "" => Some((number, None)),
        unit => Some((number, Some(Unit::parse(unit)?))),
    }
}

/// "1.5", and "1,5" where the comma can only be a decimal one: "1,500" could be either.
fn decimal(digits: &str) -> Option<f64> {
    let digits = digits.trim();
    let number: f64 = match digits.split_once(',') {
        None => digits.parse().ok()?,
        Some((whole, fraction)) if matches!(fraction.len(), 1 | 2) => format!("{whole}.{fraction}").parse().ok()?,
        Some(_) => return None,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_as_numbers_as_text_and_with_a_unit() {
        for (value, expected) in [
            (json!(0.41), Some((0.41, None))),
            (json!(0), Some((0.0, None))),
            (json!("6.7"), Some((6.7, None))),
            (json!(" 12.5 g "), Some((12.5, Some(Unit::Gram)))),
            (json!("107mg"), Some((107.0, Some(Unit::Milligram)))),
            (json!("1569 kJ"), Some((1569.0, Some(Unit::Kj)))),
            (json!("3,5"), Some((3.5, None))),
            (json!("2 µg"), Some((2.0, Some(Unit::Microgram)))),
        ] {
            assert_eq!(read(&value), expected, "{value}");
        }
    }

    #[test]
    fn what_is_no_amount_is_not_known() {
        for value in [
            json!(""),
            json!(" "),
            json!("-"),
            json!("< 0.5"),
            json!("<0.5 g"),
            json!("~3"),
            json!("traces"),
            json!("1,500"),
            json!("1.2.3"),
            json!("5 % vol"),
            json!("12 bananas"),
            json!("NaN"),
            json!("inf"),
            json!("1e999"),
            json!(null),
            json!(true),
            json!([1]),
            json!({"value": 1}),
        ] {
            assert_eq!(read(&value), None, "{value}");
        }
        assert_eq!(number(&json!("12 g")), None);
    }

    #[test]
    fn amounts_that_cannot_be_in_100_g_are_not_known() {
        assert_eq!(possible(-0.1, Unit::Gram), None);
        assert_eq!(possible(100.1, Unit::Gram), None);
        assert_eq!(possible(1569.0, Unit::Kcal), None);
        assert_eq!(possible(902.0, Unit::Kcal), Some(902.0));
        assert_eq!(possible(f64::NAN, Unit::Gram), None);
        assert_eq!(possible(0.0, Unit::Gram), Some(0.0));
    }

    #[test]
    fn units_of_one_kind_become_each_other_and_no_others() {
        assert_eq!(convert(0.107, Unit::Gram, Unit::Milligram), Some(107.0));
        assert_eq!(convert(0.000_04, Unit::Gram, Unit::Microgram), Some(40.0));
        assert_eq!(convert(2255.0, Unit::Kj, Unit::Kcal).map(f64::round), Some(539.0));
        assert_eq!(convert(41.0, Unit::Iu, Unit::Microgram), None);
        assert_eq!(convert(41.0, Unit::Gram, Unit::Kcal), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd_and_none_is_infinite(text in "\\PC{0,24}") {
            if let Some((number, _)) = read(&json!(text)) {
                prop_assert!(number.is_finite());
                prop_assert!(text.contains(|c: char| c.is_ascii_digit()));
            }
        }
    }
}
