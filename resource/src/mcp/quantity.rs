//! How much of an item: its own amount and unit, or those in its name.

use serde_json::json;

use super::error::{Code, ToolError};
use super::foods::portions_json;
use super::view::FoodView;
use crate::food::model::Food;
use crate::food::portions;
use crate::food::units::item::Spoken;

/// How much, in the item's own fields or in its name.
pub(super) struct Quantity {
    /// How many of the unit.
    pub(super) amount: f64,
    /// The unit in plain words.
    pub(super) unit: String,
    /// Whether a number was written, and not only an article or a size.
    pub(super) counted: bool,
}

impl Quantity {
    /// As read from a name: "2 eggs" has no unit and counts whole ones. `behind` are words that belong to the unit.
    pub(super) fn read(spoken: &Spoken, amount: f64, unit: &str, behind: &str) -> Self {
        let unit = if unit.is_empty() { "whole" } else { unit };
        let unit = format!("{unit} {behind}").trim_end().to_owned();
        let counted = spoken.counted;
        match &spoken.size {
            // With its number, so that "2 slices (60 g)" is not taken for 60 g each.
            Some(size) => Self {
                amount: 1.0,
                unit: format!("{amount} {unit} ({size})"),
                counted,
            },
            None => Self { amount, unit, counted },
        }
    }
}

/// Neither the item nor its name says of what unit it is.
pub(super) fn no_unit(amount: Option<f64>, food: &Food) -> ToolError {
    let text = match amount {
        Some(amount) => format!("{amount} of what? No unit is given for {}", food.name),
        None => format!(
            "it is not said how much of {}: no amount and no unit is given",
            food.name
        ),
    };
    let error = ToolError::new(Code::UnknownUnit, text, portions::units_to_use(food));
    let error = error.with("food", json!(FoodView::from(food)));
    let error = error
        .with("portions", portions_json(food))
        .with("unmeasured", json!(true));
    // What is shown in grams is milliliters, and a weight would be refused.
    if food.is_by_volume() {
        error.with("per", json!("100 ml"))
    } else {
        error
    }
}

/// The amount once in its field and once in the name must be the same.
pub(super) fn same_amount(amount: f64, quantity: Quantity) -> Result<Quantity, ToolError> {
    if (amount - quantity.amount).abs() < 1e-9 {
        return Ok(quantity);
    }
    let text = format!("the amount is {amount}, but the query says {}", quantity.amount);
    Err(ToolError::new(
        Code::InvalidAmount,
        text,
        "Say the number once, with its unit.",
    ))
}
