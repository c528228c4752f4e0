//! A weight or volume that the caller states in brackets: "1 slice (30 g)", "glass (250 ml)". It is used where the
//! food has no such portion. Easy to get wrong: "2 slices (60 g)" may be 60 g each or together.

use super::asked::Asked;
use super::{PortionError, Resolved, row};
use crate::food::units::{self, Measure, Unit};

/// The weight of the stated size; `None` where no size is stated.
pub(super) fn resolve(asked: &Asked<'_>) -> Option<Result<Resolved, PortionError>> {
    let (_, brackets) = row::split_brackets(asked.text);
    let (text, size) = brackets.iter().find_map(|text| Some((text, size(text)?)))?;
    let each = asked.measure.count.is_none_or(|count| (count - 1.0).abs() < 1e-9);
    if !each {
        let why = format!("\"{}\": \"{text}\" may be the size of each or of all", asked.text);
        return Some(Err(PortionError::amount(
            why,
            format!("Give the size of all together, as \"{text}\"."),
        )));
    }
    let stated = Asked {
        count: asked.count * size.count.unwrap_or(1.0),
        measure: &size,
        text,
        ..*asked
    };
    let note = |mut found: Resolved| {
        found.warnings.push(format!("the size in brackets, {text}, was used"));
        found
    };
    Some(stated.resolve().map(note))
}

/// "244 g" or "about 250 ml", and nothing else.
fn size(text: &str) -> Option<Measure> {
    let measure = units::parse(text).ok()?;
    let is_size = measure.count.is_some() && measure.words.is_empty() && measure.unit != Unit::Household;
    is_size.then_some(measure)
}
