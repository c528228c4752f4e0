//! Daily Values for adults: 21 CFR 101.9(c)(8)(iv) and (c)(9), as on US nutrition labels.
//!
//! Easy to get wrong: niacin has one, but in equivalents that count tryptophan, which the sources' `niacin_mg` does not.

/// The Daily Value of a nutrient key, in the key's unit; `None` where there is none.
pub fn daily_value(key: &str) -> Option<f64> {
    DAILY_VALUES
        .iter()
        .find(|(name, _)| *name == key)
        .map(|(_, value)| *value)
}

/// The share of the Daily Value in percent, to a whole number as on a label.
pub fn percent(key: &str, value: f64) -> Option<f64> {
    daily_value(key).map(|daily| (value / daily * 100.0).round())
}

const DAILY_VALUES: &[(&str, f64)] = &[
    ("total_fat_g", 78.0),
    ("saturated_fat_g", 20.0),
    ("cholesterol_mg", 300.0),
    ("total_carbs_g", 275.0),
    ("fiber_g", 28.0),
    ("added_sugar_g", 50.0),
    ("protein_g", 50.0),
    ("sodium_mg", 2300.0),
    ("potassium_mg", 4700.0),
    ("calcium_mg", 1300.0),
    ("iron_mg", 18.0),
    ("vitamin_d_mcg", 20.0),
    ("vitamin_c_mg", 90.0),
    ("vitamin_a_mcg", 900.0),
    ("vitamin_e_mg", 15.0),
    ("vitamin_k_mcg", 120.0),
    ("thiamin_mg", 1.2),
    ("riboflavin_mg", 1.3),
    ("vitamin_b6_mg", 1.7),
    ("folate_dfe_mcg", 400.0),
    ("vitamin_b12_mcg", 2.4),
    ("pantothenic_acid_mg", 5.0),
    ("phosphorus_mg", 1250.0),
    ("magnesium_mg", 420.0),
    ("zinc_mg", 11.0),
    ("selenium_mcg", 55.0),
    ("copper_mg", 0.9),
    ("manganese_mg", 2.3),
    ("choline_mg", 550.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_the_daily_value() {
        assert_eq!(percent("total_fat_g", 14.0), Some(18.0));
        assert_eq!(percent("sodium_mg", 1150.0), Some(50.0));
        assert_eq!(percent("vitamin_c_mg", 0.0), Some(0.0));
        assert_eq!(percent("calories", 2000.0), None);
        assert_eq!(percent("sugar_g", 10.0), None);
    }
}
