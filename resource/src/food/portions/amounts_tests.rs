//! A table of amounts as people write them, with what they weigh: made by hand from USDA's own portion rows, before
//! looking at what the program says. A line is a food's id, an amount, and its grams as a product of the row's weight
//! and how many of it that is (`1.5*244`, `2*244/3`), or why it is refused (`!amount`, `!unit`, `!portion`).

use super::*;
use crate::food::catalogue::tests::CATALOGUE;
use crate::food::model::{FoodId, Source};

const TABLE: &str = include_str!("amounts.tsv");

/// A product: `2*244/3`.
fn product(text: &str) -> f64 {
    text.split('*')
        .map(|factor| match factor.split_once('/') {
            Some((over, under)) => over.parse::<f64>().unwrap() / under.parse::<f64>().unwrap(),
            None => factor.parse::<f64>().unwrap(),
        })
        .product()
}

fn food(id: &str) -> &'static Food {
    let id = FoodId {
        source: Source::Usda,
        id: id.to_owned(),
    };
    CATALOGUE.food(&id).unwrap()
}

fn found(id: &str, unit: &str) -> Result<Resolved, PortionError> {
    resolve(food(id), 1.0, unit, WeightBasis::Edible)
}

fn fits(found: &Result<Resolved, PortionError>, expected: &str) -> bool {
    match found {
        Ok(found) => !expected.starts_with('!') && (found.grams / product(expected) - 1.0).abs() < 1e-6,
        Err(PortionError::InvalidAmount(_)) => expected == "!amount",
        Err(PortionError::UnknownUnit(_)) => expected == "!unit",
        Err(PortionError::NotConvertible(_)) => expected == "!portion",
    }
}

#[test]
fn amounts_as_people_write_them_weigh_what_usda_says() {
    let mut lines = 0;
    let mut wrong = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let [id, unit, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let found = found(id, unit);
        lines += 1;
        if !fits(&found, expected) {
            wrong.push(format!("{id} {unit} is {expected}, not {found:?}"));
        }
    }
    assert!(lines >= 150, "{lines}");
    assert!(wrong.is_empty(), "{} of {lines}: {wrong:#?}", wrong.len());
}

/// Every refusal says what to do instead, and a portion that it names is understood.
#[test]
fn a_refusal_can_be_corrected_in_one_step() {
    for line in TABLE.lines().filter(|line| line.contains("\t!")) {
        let [id, unit, _] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let error = found(id, unit).unwrap_err();
        assert!(error.hint().len() > 10, "{line}: {}", error.hint());
        assert!(!error.to_string().is_empty(), "{line}");
        let labels = food(id).portions.iter().map(label);
        for label in labels.filter(|label| error.hint().contains(label.as_str())) {
            assert!(found(id, &label).is_ok(), "{line}: {}", error.hint());
        }
    }
}
