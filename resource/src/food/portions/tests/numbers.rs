//! Numbers in front of a portion's own words.

use super::*;

#[test]
fn words_are_a_portion_only_behind_the_whole_number() {
    let pack = food(
        "Rolls",
        "Baked Products",
        &[(1.0, "dozen", 600.0), (1.0, "slice", 20.0)],
    );
    assert_grams(&pack, 2.0, "dozen", 1200.0, How::Portion);
    assert_grams(&pack, 1.0, "2 slice", 40.0, How::Portion);
    let soup = food("Soup", "Soups", &[(1.0, "1/2 cup", 120.0), (1.0, "tbsp", 15.0)]);
    assert_grams(&soup, 3.0, "1/2 cup", 360.0, How::Portion);
    assert_grams(&soup, 1.0, "2 1/2 cup", 600.0, How::Density);
    assert_grams(&soup, 1.0, "half cup", 120.0, How::Density);
    for (food, unit) in [
        (&pack, "2 dozen"),
        (&pack, "inf slice"),
        (&soup, "nan tbsp"),
        (&milk(), "+2 cup"),
    ] {
        let found = resolve(food, 1.0, unit, WeightBasis::Edible);
        assert!(found.is_err(), "{unit}: {found:?}");
    }
}
