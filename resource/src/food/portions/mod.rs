//! An amount of a unit of a food, in grams.
//!
//! 1. The food's own words for a portion, as shown to the caller, always mean that portion, behind a plain
//!    number too.
//! 2. Read the unit's text and fold a number in it into the amount.
//! 3. A weight is a weight.
//! 4. A volume is looked up among the portions in that unit, then worked out from another volume of the same
//!    food; water's density is never assumed.
//! 5. Any other word must be a portion of the food.
//! 6. Where that finds nothing: without what the words say of peel and bones, then by a size in brackets.
//!
//! What could mean two clearly different weights is refused with the choices, never guessed.

#[cfg(test)]
mod amounts_tests;
mod asked;
mod household;
#[cfg(test)]
mod properties_tests;
mod refusal;
mod refuse;
mod row;
#[cfg(test)]
mod sr28_tests;
mod stated;
#[cfg(test)]
mod tests;
mod volume;

use super::model::Food;
use super::units::{self, Measure, Unit};
use super::words::tokens;

use asked::{Asked, spread};
pub use refusal::{PortionError, Refusal, units_to_use};
use row::Row;
pub use row::label;

/// The most that is weighed: a thousand kilograms. It keeps every sum far from overflow.
pub const MAX_GRAMS: f64 = 1_000_000.0;

/// The least that is weighed: a microgram. Less would be shown as nothing.
const LEAST_GRAMS: f64 = 0.000_001;

/// Weights of the same words that differ by more than this are different things.
const SPREAD: f64 = 1.25;
/// Above this the caller is told that the source gives two weights.
const NOTABLE: f64 = 1.03;

/// How a weight was found; `how` in the tools' contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A weight was asked for.
    Mass,
    /// A portion of the food, as its source weighs it.
    Portion,
    /// A volume, from the weight of another volume of the food.
    Density,
    /// Worked out in another way, which the warnings tell.
    Derived,
}

/// Whether a weight includes what is thrown away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WeightBasis {
    /// Only what is eaten.
    #[default]
    Edible,
    /// With peel, bones and shells.
    AsPurchased,
}

/// A weight and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The edible weight in grams; positive, at most [`MAX_GRAMS`].
    pub grams: f64,
    /// The portion used, in the source's words; "g" for a weight.
    pub label: String,
    /// How the weight was found.
    pub how: How,
    /// What the caller should know.
    pub warnings: Vec<String>,
}

/// The weight of `amount` `unit` of a food.
pub fn resolve(food: &Food, amount: f64, unit: &str, basis: WeightBasis) -> Result<Resolved, PortionError> {
    check_amount(amount)?;
    let rows = row::rows(&food.portions);
    if let Some(found) = verbatim(&rows, amount, unit) {
        return finish(food, found, basis);
    }
    let mut measure = units::parse(unit)?;
    let count = fold(amount, &measure, unit)?;
    if let Some(found) = behind_number(unit, &measure).and_then(|unit| verbatim(&rows, count, unit)) {
        return finish(food, found, basis);
    }
    if measure.count.is_some() && measure.unit != Unit::Household {
        // "8 oz glass" without a glass among the portions is 8 oz.
        measure.words.retain(|word| !row::ITEMS.contains(&word.as_str()));
    }
    let asked = Asked {
        food,
        rows: &rows,
        count,
        measure: &measure,
        text: unit.trim(),
    };
    let (found, basis) = with_refuse(&asked, basis)?;
    finish(food, found, basis)
}

/// Resolves, minding what the words say of the refuse: of a weight first, since a weight fits any words; of a
/// portion only where its own words do not say the same ("cup, with pits, yields").
fn with_refuse(asked: &Asked<'_>, basis: WeightBasis) -> Result<(Resolved, WeightBasis), PortionError> {
    let said = refuse::read(asked.food, &asked.measure.words);
    let is_weight = matches!(asked.measure.unit, Unit::Mass(_) | Unit::Ounce);
    let error = match asked.resolve() {
        Ok(found) if said.is_none() || !is_weight => return Ok((found, basis)),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    if let Some(said) = said {
        let measure = Measure {
            words: said.words,
            ..asked.measure.clone()
        };
        let without = Asked {
            measure: &measure,
            ..*asked
        };
        if let Ok(found) = without.resolve() {
            return Ok((found, said.basis));
        }
    }
    let error = error.unwrap_or_else(|| asked.not_convertible("the words were not understood"));
    stated::resolve(asked).unwrap_or(Err(error)).map(|found| (found, basis))
}

fn check_amount(amount: f64) -> Result<(), PortionError> {
    if amount.is_finite() && amount > 0.0 {
        return Ok(());
    }
    let why = "the amount must be a number greater than 0";
    Err(PortionError::amount(
        why,
        "Give a positive number, for example 1.5 or 1/2.",
    ))
}

/// The words behind a plain number that is all the unit's text counts: the "tbsp" of "2.5 tbsp"; nothing of "2 dozen".
fn behind_number<'a>(unit: &'a str, measure: &Measure) -> Option<&'a str> {
    let (number, words) = unit.trim().split_once(' ')?;
    let count = measure.count?;
    (number.parse() == Ok(count)).then_some(words)
}

/// A portion asked for in exactly the words that were shown.
fn verbatim(rows: &[Row], amount: f64, unit: &str) -> Option<Resolved> {
    let same = |row: &&Row| !row.in_brackets && row.label.eq_ignore_ascii_case(unit.trim());
    let fitting: Vec<&Row> = rows.iter().filter(same).collect();
    let row = fitting.iter().find(|row| row.amount_is_one).or(fitting.first())?;
    if !matches!(row.unit, Unit::Household | Unit::Volume(_)) && row.head.is_empty() {
        return None;
    }
    let stated = tokens(unit).first().and_then(|word| word.parse::<f64>().ok());
    let in_label = stated.filter(|_| !row.amount_is_one).unwrap_or(1.0);
    let mut found = Resolved {
        grams: row.grams * amount * in_label,
        label: row.label.clone(),
        how: How::Portion,
        warnings: Vec::new(),
    };
    if spread(&fitting) > NOTABLE {
        found.warnings.push(format!(
            "the source gives {} weights for \"{}\"; the first for amount 1 was used",
            fitting.len(),
            row.label
        ));
    }
    Some(found)
}

/// Brings the amount and a number in the unit's text together.
fn fold(amount: f64, measure: &Measure, unit: &str) -> Result<f64, PortionError> {
    let Some(number) = measure.count else { return Ok(amount) };
    let one = |value: f64| (value - 1.0).abs() < 1e-9;
    let item = measure.words.iter().any(|word| row::ITEMS.contains(&word.as_str()));
    let twice = (number - amount).abs() < 1e-9 || measure.unit == Unit::Household;
    if twice && !one(amount) && !one(number) && !item && !units::counts_itself(unit) {
        let why = format!("the amount is {amount} and the unit says {number} as well (\"{unit}\")");
        return Err(PortionError::amount(
            why,
            "Say the number once, in amount, and only the unit in unit.",
        ));
    }
    if number <= 0.0 {
        let why = "the amount must be greater than 0";
        return Err(PortionError::amount(
            why,
            "Give a positive number, for example 1.5 or 1/2.",
        ));
    }
    Ok(amount * number)
}

/// The last steps for every weight: what is thrown away, and the bounds.
fn finish(food: &Food, mut found: Resolved, basis: WeightBasis) -> Result<Resolved, PortionError> {
    if food.is_by_volume() {
        by_volume(&mut found)?;
    } else if basis == WeightBasis::AsPurchased {
        take_off_refuse(food, &mut found);
    }
    if (LEAST_GRAMS..=MAX_GRAMS).contains(&found.grams) {
        return Ok(found);
    }
    let why = if found.grams > MAX_GRAMS {
        format!("that is more than {} kg, the most that is counted", MAX_GRAMS / 1000.0)
    } else {
        "that weighs less than a microgram".to_owned()
    };
    Err(PortionError::amount(
        why,
        "Check the number and the unit with the user.",
    ))
}

/// Of a food whose label tells no weight only volumes are counted.
fn by_volume(found: &mut Resolved) -> Result<(), PortionError> {
    if found.how == How::Mass {
        return Err(PortionError::NotConvertible(Refusal {
            why: "the label tells amounts per 100 ml, and what that weighs is not known".to_owned(),
            instead: "Say how much in ml, fl oz, cups or servings.".to_owned(),
        }));
    }
    let told = "the label tells amounts per 100 ml and no weight: what is shown in grams here is milliliters";
    found.warnings.push(told.to_owned());
    Ok(())
}

/// A weight as purchased loses the refuse; a portion's weight in the source is already what is eaten.
fn take_off_refuse(food: &Food, found: &mut Resolved) {
    match (&food.refuse, found.how) {
        (_, How::Portion | How::Density | How::Derived) => {
            found.warnings.push(
                "weights of portions are of the edible part already: nothing was taken off for refuse".to_owned(),
            );
        }
        (Some(refuse), How::Mass) if refuse.percent > 0 => {
            let kept = 1.0 - f64::from(refuse.percent.min(100)) / 100.0;
            found.warnings.push(format!(
                "{} % of the weight as purchased is refuse ({}); {} g are eaten",
                refuse.percent,
                refuse.description,
                super::round(found.grams * kept, 1)
            ));
            found.grams *= kept;
            found.how = How::Derived;
        }
        (_, How::Mass) => {
            found
                .warnings
                .push("the source tells of no refuse; the whole weight was counted".to_owned());
        }
    }
}
