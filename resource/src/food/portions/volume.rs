//! Volumes: a portion in the unit asked for, else the weight of another volume of the same food.
//!
//! Easy to get wrong: "cup, dry, yields" says what a cup of the dry food becomes and must not set the density,
//! nor a fast-food cup that is half ice. A small rounded portion (`1 tbsp = 15 g`) is a bad measure of a large
//! volume, so that a density comes from the largest one, except that spoons are measured by spoons.

use super::asked::{Asked, spread};
use super::row::Row;
use super::{How, PortionError, Resolved};
use crate::food::model::Food;
use crate::food::units::{FLUID_OUNCE_MILLILITERS, Unit};
use crate::food::words::tokens;

/// Grams per milliliter that food can have; a portion outside is something else.
const DENSITIES: std::ops::RangeInclusive<f64> = 0.01..=1.9;
/// Plain volumes of one food whose densities differ by more than this cannot both be right.
const DISAGREE: f64 = 1.3;

pub(super) fn resolve(asked: &Asked<'_>, milliliters: f64) -> Result<Resolved, PortionError> {
    let beside_name = asked.words_beside_name();
    for words in [&asked.measure.words, &beside_name] {
        let volumes = volumes(asked.rows, words);
        let exact: Vec<&Row> = volumes
            .iter()
            .copied()
            .filter(|row| is_volume(row, milliliters))
            .collect();
        if !exact.is_empty() {
            return asked.pick(&closest(exact, words));
        }
        if !volumes.is_empty() {
            return by_density(asked, &volumes, words, milliliters);
        }
    }
    let any = asked.rows.iter().any(|row| matches!(row.unit, Unit::Volume(_)));
    Err(asked.not_convertible(if any {
        "the source weighs no such volume of it"
    } else {
        "the source weighs no volume of it"
    }))
}

/// The portions that measure a volume of the food itself, in the state the words ask for.
fn volumes<'a>(rows: &'a [Row], words: &[String]) -> Vec<&'a Row> {
    let fits = |row: &&Row| row.has(words) && !row.is_trap_for(words);
    let plausible = |row: &&Row| DENSITIES.contains(&density(row)) || !words.is_empty();
    rows.iter()
        .filter(|row| matches!(row.unit, Unit::Volume(_)))
        .filter(fits)
        .filter(plausible)
        .collect()
}

fn is_volume(row: &Row, milliliters: f64) -> bool {
    matches!(row.unit, Unit::Volume(ml) if (ml / milliliters - 1.0).abs() < 0.001) && !row.in_brackets
}

/// The rows that say nothing beside the words; where all say more, all of them, since they are different things.
fn closest<'a>(rows: Vec<&'a Row>, words: &[String]) -> Vec<&'a Row> {
    let fewest = rows.iter().map(|row| row.extras(words)).min().unwrap_or(0);
    if fewest > 0 && words.is_empty() {
        return rows;
    }
    rows.into_iter().filter(|row| row.extras(words) == fewest).collect()
}

fn by_density(
    asked: &Asked<'_>,
    volumes: &[&Row],
    words: &[String],
    milliliters: f64,
) -> Result<Resolved, PortionError> {
    let own = volumes
        .iter()
        .copied()
        .filter(|row| !row.in_brackets)
        .collect::<Vec<_>>();
    let rows = if own.is_empty() { volumes.to_vec() } else { own };
    let mut rows = closest(rows, words);
    rows.sort_by(|a, b| preference(b, milliliters).total_cmp(&preference(a, milliliters)));
    let per_milliliter: Vec<Row> = rows
        .iter()
        .map(|row| Row {
            grams: density(row),
            ..(*row).clone()
        })
        .collect();
    let plain: Vec<&Row> = per_milliliter.iter().filter(|row| row.extras(words) == 0).collect();
    let spoon_by_spoon = rows
        .first()
        .is_some_and(|row| preference(row, milliliters) > SPOON_FIRST);
    if !spoon_by_spoon && !plain.is_empty() && spread(&plain) > DISAGREE {
        return Err(asked.not_convertible("the weights that the source gives for volumes of it contradict each other"));
    }
    let fitting: Vec<&Row> = if plain.is_empty() {
        per_milliliter.iter().collect()
    } else {
        plain.into_iter().take(1).collect()
    };
    let mut found = asked.pick(&fitting)?;
    found.grams *= milliliters;
    if found.how == How::Portion {
        found.how = How::Density;
    }
    Ok(found)
}

/// More than any volume of a portion.
const SPOON_FIRST: f64 = 1_000_000.0;

/// The larger the better, but spoons by spoons.
fn preference(row: &Row, milliliters: f64) -> f64 {
    let Unit::Volume(ml) = row.unit else { return 0.0 };
    let same_kind = is_spoon(ml) && is_spoon(milliliters);
    if same_kind { ml + SPOON_FIRST } else { ml }
}

/// Teaspoons and tablespoons of any country, by their milliliters; a centiliter is none.
fn is_spoon(milliliters: f64) -> bool {
    (4.5..=6.0).contains(&milliliters) || (14.0..=20.5).contains(&milliliters)
}

fn density(row: &Row) -> f64 {
    match row.unit {
        Unit::Volume(ml) => row.grams / ml,
        _ => row.grams,
    }
}

/// Whether people measure it in fluid ounces: it has a fluid ounce, or is a beverage that is not a powder.
pub(super) fn is_drink(food: &Food, rows: &[Row]) -> bool {
    let name = tokens(&food.name);
    let prepared = name.iter().any(|word| word == "prepared" || word == "reconstituted");
    let thick = |word: &String| NOT_DRUNK.contains(&word.as_str());
    let beverage = food.category.to_lowercase().contains("beverage");
    if name.iter().any(thick) && !prepared {
        return false;
    }
    let fluid_ounce =
        |row: &Row| matches!(row.unit, Unit::Volume(ml) if (ml / FLUID_OUNCE_MILLILITERS - 1.0).abs() < 0.001);
    let in_fluid_ounces = |row: &Row| row.has(&["floz".to_owned()]);
    let any_volume = |row: &Row| matches!(row.unit, Unit::Volume(_)) || in_fluid_ounces(row);
    rows.iter().any(fluid_ounce) || (beverage && rows.iter().any(any_volume))
}

/// Poured or stirred in, but weighed by the ounce.
const NOT_DRUNK: &[&str] = &[
    "powder",
    "dry",
    "sauce",
    "dressing",
    "syrup",
    "concentrate",
    "condensed",
    "ground",
    "cream",
];
