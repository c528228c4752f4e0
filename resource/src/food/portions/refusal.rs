//! Why an amount has no weight, and which of the food's portions would do: a caller must be able to correct the
//! question from the answer alone.

use crate::food::model::{Food, Portion};
use crate::food::round;
use crate::food::units::{Measure, MeasureError, Unit};
use crate::food::words::tokens;

use super::row::{Row, label};

/// Characters of a text that a message quotes.
const MOST_SHOWN: usize = 200;
/// How many portions a hint names.
const NAMED: usize = 4;

/// Why, and what to do instead.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{why}")]
pub struct Refusal {
    /// What is wrong, in a sentence.
    pub why: String,
    /// What to do instead, in a sentence.
    pub instead: String,
}

/// Why an amount has no weight.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PortionError {
    /// The amount is not one positive number, or is beyond reason.
    #[error("{0}")]
    InvalidAmount(Refusal),
    /// The unit is not known, for any food.
    #[error("{0}")]
    UnknownUnit(Refusal),
    /// The food has no such portion, or several that differ.
    #[error("{0}")]
    NotConvertible(Refusal),
}

impl PortionError {
    /// An amount that cannot be.
    pub(super) fn amount(why: impl Into<String>, instead: impl Into<String>) -> Self {
        Self::InvalidAmount(Refusal {
            why: shown(&why.into()),
            instead: instead.into(),
        })
    }

    /// What to do instead.
    pub fn hint(&self) -> &str {
        match self {
            Self::InvalidAmount(refusal) | Self::UnknownUnit(refusal) | Self::NotConvertible(refusal) => {
                &refusal.instead
            }
        }
    }
}

impl From<MeasureError> for PortionError {
    fn from(error: MeasureError) -> Self {
        let refusal = Refusal {
            why: shown(&error.to_string()),
            instead: shown(&error.hint()),
        };
        match error {
            MeasureError::Empty | MeasureError::TwoReadings(_) => Self::UnknownUnit(refusal),
            _ => Self::InvalidAmount(refusal),
        }
    }
}

/// What was asked for, cut where it is long: a message is to be read.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The units that a food can be measured in, for somebody who named none.
pub fn units_to_use(food: &Food) -> String {
    let nothing = Measure {
        count: None,
        unit: Unit::Household,
        words: Vec::new(),
    };
    format!("{} Whole ones have the unit \"whole\".", instead(food, &nothing))
}

/// The portions that come nearest to what was asked for, as units to use.
pub(super) fn instead(food: &Food, measure: &Measure) -> String {
    let mut portions: Vec<(usize, &Portion)> = food
        .portions
        .iter()
        .map(|portion| (likeness(portion, measure), portion))
        .collect();
    portions.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
    let shown =
        |(_, portion): &(usize, &Portion)| format!("{} ({} g)", quoted(&label(portion)), round(portion.grams, 1));
    let named: Vec<String> = portions.iter().take(NAMED).map(shown).collect();
    if named.is_empty() {
        return "The source tells no portion of it: give the weight in g, or ask the user for it.".to_owned();
    }
    format!("Use {} as the unit, or give the weight in g.", named.join(" or "))
}

/// In quotation marks that the text itself does not have: sizes have inches.
fn quoted(text: &str) -> String {
    if text.contains('"') {
        format!("'{text}'")
    } else {
        format!("\"{text}\"")
    }
}

/// How many words they share; a volume for a volume, and what people mean most: one piece of middle size.
fn likeness(portion: &Portion, measure: &Measure) -> usize {
    let words = tokens(&portion.description);
    let shared = measure.words.iter().filter(|word| words.contains(word)).count();
    let row = Row::of(portion);
    let same_kind = matches!(
        (row.unit, measure.unit),
        (Unit::Volume(_), Unit::Volume(_)) | (Unit::Household, Unit::Household)
    );
    let medium = words.iter().any(|word| word == "medium");
    shared * 8 + usize::from(same_kind) * 4 + usize::from(medium) * 2
}
