//! One question about one food: how much `count` of a measure weighs.

use super::row::{self, Row};
use super::{How, NOTABLE, PortionError, Resolved, SPREAD, household, volume};
use crate::food::model::Food;
use crate::food::round;
use crate::food::units::{FLUID_OUNCE_MILLILITERS, Measure, OUNCE_GRAMS, Unit};
use crate::food::words::tokens;

/// How far a source's ounce may be from the weight and still be meant.
const OUNCE_RATIOS: std::ops::RangeInclusive<f64> = 0.9..=1.17;
/// How sources round an ounce: to 28 g.
const ROUNDING: f64 = 0.02;

/// One question about one food.
pub(super) struct Asked<'a> {
    pub(super) food: &'a Food,
    pub(super) rows: &'a [Row],
    pub(super) count: f64,
    pub(super) measure: &'a Measure,
    pub(super) text: &'a str,
}

impl Asked<'_> {
    pub(super) fn resolve(&self) -> Result<Resolved, PortionError> {
        if let Some(found) = self.sized_item() {
            return Ok(found);
        }
        match self.measure.unit {
            Unit::Household => household::resolve(self),
            Unit::Volume(milliliters) => volume::resolve(self, milliliters),
            Unit::Mass(grams) => Ok(self.mass(grams)),
            Unit::Ounce => self.ounces(),
        }
    }

    /// "12 fl oz can", "6 inch sub": an item of that size, if the food comes in one.
    fn sized_item(&self) -> Option<Resolved> {
        let size = self.measure.count?;
        let words = tokens(self.text);
        let is_item = words.iter().any(|word| row::ITEMS.contains(&word.as_str()));
        if !is_item || !words.iter().any(|word| row::is_size(word)) {
            return None;
        }
        let row = self
            .rows
            .iter()
            .find(|row| row.unit == Unit::Household && row.has(&words))?;
        Some(weigh(row, self.count / size))
    }

    /// "oz": fluid for a drink, else a weight.
    fn ounces(&self) -> Result<Resolved, PortionError> {
        if !volume::is_drink(self.food, self.rows) {
            return Ok(self.own_ounce().unwrap_or_else(|| self.mass(OUNCE_GRAMS)));
        }
        let mut found = volume::resolve(self, FLUID_OUNCE_MILLILITERS)?;
        found
            .warnings
            .push("\"oz\" of a drink was taken as fluid ounces; say \"oz by weight\" or g to weigh it".to_owned());
        Ok(found)
    }

    /// What the food's source weighs "oz" at, where that is clearly no weight but may be a fluid ounce: a juice
    /// whose only portion is `8 oz = 243 g`. Ounces that are further off are mistakes, and not followed.
    fn own_ounce(&self) -> Option<Resolved> {
        let row = self
            .rows
            .iter()
            .find(|row| row.unit == Unit::Ounce && row.head.is_empty() && row.inner.is_empty())?;
        let ratio = row.grams / OUNCE_GRAMS;
        let mut found = weigh(row, self.count);
        found
            .warnings
            .push(format!("the source weighs \"oz\" of this at {} g", round(row.grams, 2)));
        (OUNCE_RATIOS.contains(&ratio) && (ratio - 1.0).abs() > ROUNDING).then_some(found)
    }

    fn mass(&self, grams: f64) -> Resolved {
        let strange: Vec<&str> = self.strange_words().collect();
        let warnings = if strange.is_empty() {
            Vec::new()
        } else {
            vec![format!(
                "the weight is of the food as it is named; \"{}\" was not used",
                strange.join(" ")
            )]
        };
        let label = if (grams - 1.0).abs() < f64::EPSILON {
            "g".to_owned()
        } else {
            self.text.to_owned()
        };
        Resolved {
            grams: self.count * grams,
            label,
            how: How::Mass,
            warnings,
        }
    }

    /// The words that are not in the food's name either.
    fn strange_words(&self) -> impl Iterator<Item = &str> {
        let name = tokens(&self.food.name);
        self.measure
            .words
            .iter()
            .map(String::as_str)
            .filter(move |word| !name.iter().any(|of_name| of_name == word))
    }

    /// The words asked for that the food's own name does not already say.
    pub(super) fn words_beside_name(&self) -> Vec<String> {
        self.strange_words().map(str::to_owned).collect()
    }

    pub(super) fn not_convertible(&self, why: &str) -> PortionError {
        PortionError::NotConvertible(format!(
            "\"{}\" of {} cannot be weighed: {why}",
            self.text, self.food.name
        ))
    }

    /// Picks among rows that fit equally: the one for amount 1 first, then the source's order; refuses when
    /// they weigh clearly different things.
    pub(super) fn pick(&self, fitting: &[&Row]) -> Result<Resolved, PortionError> {
        let first = fitting.iter().find(|row| row.amount_is_one).or(fitting.first());
        let Some(first) = first else {
            return Err(self.not_convertible("the food has no such portion"));
        };
        let spread = spread(fitting);
        let same_words = fitting
            .iter()
            .all(|row| row.head == first.head && row.inner == first.inner);
        if spread > SPREAD && !same_words {
            let choices: Vec<String> = fitting.iter().map(|row| format!("\"{}\"", row.label)).collect();
            return Err(self.not_convertible(&format!("it could be any of {}", choices.join(", "))));
        }
        let mut found = weigh(first, self.count);
        if spread > NOTABLE {
            let others = fitting
                .iter()
                .map(|row| format!("\"{}\" {} g", row.label, round(row.grams, 1)));
            found.warnings.push(format!(
                "the source weighs this in several ways ({}); the one named in resolvedPortion was used",
                others.collect::<Vec<_>>().join(", ")
            ));
        }
        Ok(found)
    }
}

/// How far the weights of the rows lie apart: the heaviest by the lightest.
pub(super) fn spread(rows: &[&Row]) -> f64 {
    let grams = || rows.iter().map(|row| row.grams);
    grams().fold(0.0, f64::max) / grams().fold(f64::INFINITY, f64::min)
}

/// So many of one row.
pub(super) fn weigh(row: &Row, count: f64) -> Resolved {
    let how = if row.in_brackets { How::Derived } else { How::Portion };
    Resolved {
        grams: row.grams * count,
        label: row.label.clone(),
        how,
        warnings: Vec::new(),
    }
}
