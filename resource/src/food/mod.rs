//! Foods: the catalogue, the search and the arithmetic. Knows no MCP and no tokens, and of HTTP only that
//! `providers` ask through [`shared::fetch`].

pub mod catalogue;
pub mod custom;
pub mod daily_values;
pub mod model;
pub mod nutrients;
pub mod nutrition;
pub mod pack;
pub mod portions;
pub mod providers;
pub mod search;
pub mod shipped;
pub mod state;
pub mod units;
pub mod words;

/// Rounds half away from zero to so many decimal places; the one rounding of a value, done last.
///
/// Values are decimals, which binary numbers miss by a hair: 1.005 is stored as 1.00499.... What is so near to a half
/// is a half, so that sums round as they would on paper.
pub fn round(value: f64, decimals: u8) -> f64 {
    let factor = 10_f64.powi(i32::from(decimals));
    let scaled = value * factor;
    let rounded = (scaled + scaled * HAIR).round() / factor;
    if rounded.is_finite() { rounded } else { value }
}

/// More than the error of a sum of a hundred products, as a share of the sum; less than any decimal that is told.
const HAIR: f64 = 1e-13;
