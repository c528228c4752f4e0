//! What can be measured as asked comes first: of "a cup of coffee" a coffee whose source weighs a cup, of "a glass of
//! wine", of which none tells a glass, one that tells any measure.
//!
//! Easy to get wrong: it must be nearly the same food. So it fits nearly as well, is no raw form of a cooked food, of
//! the same brand, and has nearly the same energy.

use super::{Found, Interpreted};
use crate::food::model::{Food, Source};
use crate::food::nutrients::{CALORIES, per_100_g};
use crate::food::portions::{self, WeightBasis};
use crate::food::state::{self, State};

/// How near its score must come to the first one's.
const NEAR_SCORE: f64 = 0.7;
/// How far its energy may be from the first one's.
const NEAR_ENERGY: f64 = 0.15;
/// Kilocalories in 100 g that make no difference.
const NOTHING: f64 = 2.0;

/// Puts the first food that can be measured before those that cannot and are nearly the same; whether it did. A
/// person's own food, which is meant, stays first.
pub(super) fn first(found: &mut [Found], read: &Interpreted) -> bool {
    let Some(best) = found.first().filter(|best| best.food.id.source != Source::Custom) else {
        return false;
    };
    let closeness = |other: &Found| f64::from(other.fit.score / best.fit.score);
    let stands_in =
        |other: &Found| std::ptr::eq(best, other) || nearly_equal(&best.food, &other.food, closeness(other));
    let first = |fits: &dyn Fn(&Food) -> bool| found.iter().position(|one| stands_in(one) && fits(&one.food));
    let as_asked = first(&|food| can_be_measured(food, read));
    let at = as_asked.or_else(|| first(&|food| !food.portions.is_empty()));
    let Some(through) = at.filter(|at| *at > 0).and_then(|at| found.get_mut(..=at)) else {
        return false;
    };
    through.rotate_right(1);
    true
}

fn can_be_measured(food: &Food, read: &Interpreted) -> bool {
    let counted = read.unit.is_empty();
    let weighed = || portions::resolve(food, read.amount, &read.unit, WeightBasis::Edible).is_ok();
    if counted { !food.portions.is_empty() } else { weighed() }
}

/// Whether a food may stand in for the one that fits best, so that the figures are nearly the same whichever is
/// counted. `closeness` is its score by the best one's.
pub fn nearly_equal(best: &Food, other: &Food, closeness: f64) -> bool {
    let energies = per_100_g(best, CALORIES).zip(per_100_g(other, CALORIES));
    let same_energy = energies.is_some_and(|(a, b)| (a - b).abs() <= (a * NEAR_ENERGY).max(NOTHING));
    let is_raw = |food: &Food| state::of(food) == Some(State::Raw);
    let same_form = best.brand == other.brand && is_raw(best) == is_raw(other);
    closeness >= NEAR_SCORE && same_form && same_energy
}
