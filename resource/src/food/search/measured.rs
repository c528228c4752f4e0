//! What can be measured as asked comes first: of "a cup of coffee" a coffee whose source weighs a cup, of "a glass of
//! wine", of which none tells a glass, one that tells any measure.
//!
//! Easy to get wrong: it must be nearly the same food. So it fits nearly as well, is no raw form of a cooked food, of
//! the same brand, and has nearly the same energy.

use super::{Found, Interpreted};
use crate::food::model::Food;
use crate::food::nutrients::{CALORIES, per_100_g};
use crate::food::portions::{self, WeightBasis};
use crate::food::state::{self, State};

/// How near its score must come to the first one's.
const NEAR_SCORE: f32 = 0.7;
/// How far its energy may be from the first one's.
const NEAR_ENERGY: f64 = 0.15;
/// Kilocalories in 100 g that make no difference.
const NOTHING: f64 = 2.0;

/// Puts the first food that can be measured before those that cannot and are nearly the same.
pub(super) fn first(found: &mut [Found], read: &Interpreted) {
    let Some(best) = found.first() else { return };
    let stands_in = |other: &Found| std::ptr::eq(best, other) || is_near(best, other);
    let first = |fits: &dyn Fn(&Food) -> bool| found.iter().position(|one| stands_in(one) && fits(&one.food));
    let as_asked = first(&|food| can_be_measured(food, read));
    let at = as_asked.or_else(|| first(&|food| !food.portions.is_empty()));
    if let Some(through) = at.and_then(|at| found.get_mut(..=at)) {
        through.rotate_right(1);
    }
}

fn can_be_measured(food: &Food, read: &Interpreted) -> bool {
    let counted = read.unit.is_empty();
    let weighed = || portions::resolve(food, read.amount, &read.unit, WeightBasis::Edible).is_ok();
    if counted { !food.portions.is_empty() } else { weighed() }
}

fn is_near(best: &Found, other: &Found) -> bool {
    let (one, two) = (&best.food, &other.food);
    let energies = per_100_g(one, CALORIES).zip(per_100_g(two, CALORIES));
    let same_energy = energies.is_some_and(|(a, b)| (a - b).abs() <= (a * NEAR_ENERGY).max(NOTHING));
    let is_raw = |food: &Food| state::of(food) == Some(State::Raw);
    let same_form = one.brand == two.brand && is_raw(one) == is_raw(two);
    same_form && same_energy && other.fit.score >= best.fit.score * NEAR_SCORE
}
