//! Foods: the catalogue, the search and the arithmetic. Knows no HTTP, no MCP and no tokens.

pub mod catalogue;
pub mod custom;
pub mod daily_values;
pub mod model;
pub mod nutrients;
pub mod nutrition;
pub mod pack;
pub mod portions;
pub mod search;
pub mod state;
pub mod units;
pub mod words;

/// Rounds half away from zero to so many decimal places; the one rounding of a value, done last.
pub fn round(value: f64, decimals: u8) -> f64 {
    let factor = 10_f64.powi(i32::from(decimals));
    let rounded = (value * factor).round() / factor;
    if rounded.is_finite() { rounded } else { value }
}
