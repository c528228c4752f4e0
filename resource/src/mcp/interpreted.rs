//! An amount that stood in a query of search_food.

use schemars::JsonSchema;
use serde::Serialize;

use crate::food::nutrients::{CALORIES, per_100_g};
use crate::food::search::{Interpreted, SearchResults};
use crate::food::{round, units};

/// A quantity read out of the query.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct InterpretedView {
    /// How many.
    amount: f64,
    /// Of what.
    unit: String,
    /// The food without them.
    pub(super) food: String,
}

impl From<Interpreted> for InterpretedView {
    fn from(read: Interpreted) -> Self {
        Self {
            amount: read.amount,
            unit: read.unit,
            food: read.food,
        }
    }
}

/// "100 calories of banana" is a weight of each food, which the other tools do not work out.
pub(super) fn energy(read: &Interpreted, results: &SearchResults) -> Option<String> {
    let wanted = read.amount * units::kilocalories(&read.unit)?;
    let said = format!("{} {} is energy, not an amount of food", read.amount, read.unit);
    let first = results.hits.first().filter(|_| results.confident);
    let weight = first.and_then(|hit| {
        let of_100_g = per_100_g(&hit.food, CALORIES).filter(|calories| *calories > 0.0)?;
        let grams = round(wanted / of_100_g * 100.0, 1);
        Some(format!(
            "; {} kcal are {grams} g of {}",
            round(wanted, 1),
            hit.food.name
        ))
    });
    Some(said + &weight.unwrap_or_default())
}
