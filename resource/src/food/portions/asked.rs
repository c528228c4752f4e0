//! One question about one food: how much `count` of a measure weighs.

use super::refusal::{instead, shown};
use super::row::{self, Row};
use super::{How, NOTABLE, PortionError, Refusal, Resolved, SPREAD, household, volume};
use crate::food::model::Food;
use crate::food::round;
use crate::food::state;
use crate::food::units::{self, FLUID_OUNCE_MILLILITERS, Measure, OUNCE_GRAMS, Unit};
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
            Unit::Mass(grams) => self.mass(grams),
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
            return self.own_ounce().map_or_else(|| self.mass(OUNCE_GRAMS), Ok);
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

    fn mass(&self, grams: f64) -> Result<Resolved, PortionError> {
        let (outside, _) = row::split_brackets(self.text);
        let outside = units::parse(&outside).map_or_else(|_| Vec::new(), |measure| measure.words);
        let strange: Vec<&str> = self
            .strange_words()
            .filter(|word| outside.iter().any(|other| other == word))
            .collect();
        self.check_beside_weight(&strange)?;
        let note = |words: String| format!("the weight is of the food as it is named; \"{words}\" was not used");
        let label = if (grams - 1.0).abs() < f64::EPSILON {
            "g".to_owned()
        } else {
            self.text.to_owned()
        };
        Ok(Resolved {
            grams: self.count * grams,
            label,
            how: How::Mass,
            warnings: if strange.is_empty() {
                Vec::new()
            } else {
                vec![note(strange.join(" "))]
            },
        })
    }

    /// Words beside a weight that make it the weight of something else: a second number, "cooked" of a raw food.
    fn check_beside_weight(&self, strange: &[&str]) -> Result<(), PortionError> {
        if let Some(number) = strange
            .iter()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        {
            let why = format!("\"{}\" has a second number, \"{number}\"", self.text);
            return Err(PortionError::amount(
                why,
                "Give one number with one unit, for example 1500 and \"g\".",
            ));
        }
        match self.other_state(strange) {
            Some(refusal) => Err(PortionError::NotConvertible(refusal)),
            None => Ok(()),
        }
    }

    /// The refusal of a cooked amount of a raw food, or of a raw one of a cooked food.
    fn other_state(&self, words: &[&str]) -> Option<Refusal> {
        let asked = state::of_words(words)?;
        let own = state::of(self.food).filter(|own| *own != asked)?;
        let (asked, own) = (asked.as_str(), own.as_str());
        let why = format!(
            "\"{}\" is of the {asked} food, but {} is {own}",
            shown(self.text),
            self.food.name
        );
        let instead = format!(
            "Search for the {asked} food and use its id; or, if the amount is of the {own} food, leave out the word."
        );
        Some(Refusal { why, instead })
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
        let words: Vec<&str> = self.strange_words().collect();
        PortionError::NotConvertible(self.other_state(&words).unwrap_or_else(|| self.refusal(why)))
    }

    /// A refusal that names the portions to use instead.
    pub(super) fn refusal(&self, why: &str) -> Refusal {
        Refusal {
            why: format!(
                "\"{}\" of {} cannot be weighed: {why}",
                shown(self.text),
                self.food.name
            ),
            instead: instead(self.food, self.measure),
        }
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
