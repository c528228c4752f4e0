//! The portion traps, with the portions of SR28 as they stand.

mod numbers;

use proptest::prelude::*;

use super::*;
use crate::food::model::{FoodId, Portion, Refuse, Source};

fn food(name: &str, category: &str, portions: &[(f64, &str, f64)]) -> Food {
    let portion = |(amount, description, grams): &(f64, &str, f64)| Portion {
        amount: *amount,
        description: (*description).to_owned(),
        grams: *grams,
    };
    Food {
        id: FoodId {
            source: Source::Usda,
            id: "00000".to_owned(),
        },
        name: name.to_owned(),
        brand: None,
        category: category.to_owned(),
        common_names: Vec::new(),
        scientific_name: None,
        refuse: None,
        nutrients: Vec::new(),
        portions: portions.iter().map(portion).collect(),
        fetched: None,
        contains: Vec::new(),
    }
}

fn banana() -> Food {
    let mut banana = food(
        "Bananas, raw",
        "Fruits and Fruit Juices",
        &[
            (1.0, "cup, mashed", 225.0),
            (1.0, "cup, sliced", 150.0),
            (1.0, "extra small (less than 6\" long)", 81.0),
            (1.0, "small (6\" to 6-7/8\" long)", 101.0),
            (1.0, "medium (7\" to 7-7/8\" long)", 118.0),
            (1.0, "large (8\" to 8-7/8\" long)", 136.0),
            (1.0, "extra large (9\" or longer)", 152.0),
            (1.0, "NLEA serving", 126.0),
        ],
    );
    banana.refuse = Some(Refuse {
        percent: 36,
        description: "Skin".to_owned(),
    });
    banana
}

fn egg() -> Food {
    food(
        "Egg, whole, raw, fresh",
        "Dairy and Egg Products",
        &[
            (1.0, "large", 50.0),
            (1.0, "extra large", 56.0),
            (1.0, "jumbo", 63.0),
            (1.0, "cup (4.86 large eggs)", 243.0),
            (1.0, "medium", 44.0),
            (1.0, "small", 38.0),
        ],
    )
}

fn milk() -> Food {
    food(
        "Milk, whole, 3.25% milkfat, with added vitamin D",
        "Dairy and Egg Products",
        &[
            (1.0, "cup", 244.0),
            (1.0, "fl oz", 30.5),
            (1.0, "tbsp", 15.0),
            (1.0, "quart", 976.0),
        ],
    )
}

fn cola() -> Food {
    food(
        "Beverages, carbonated, cola, regular",
        "Beverages",
        &[
            (1.0, "fl oz", 30.7),
            (1.0, "can 12 fl oz", 368.0),
            (1.0, "bottle 16 fl oz", 491.0),
        ],
    )
}

fn broccoli() -> Food {
    food(
        "Broccoli, raw",
        "Vegetables and Vegetable Products",
        &[
            (1.0, "cup chopped", 91.0),
            (1.0, "bunch", 608.0),
            (1.0, "spear (about 5\" long)", 31.0),
            (1.0, "stalk", 151.0),
            (0.5, "cup, chopped or diced", 44.0),
            (1.0, "NLEA serving", 148.0),
        ],
    )
}

fn couscous() -> Food {
    food(
        "Couscous, cooked",
        "Cereal Grains and Pasta",
        &[
            (1.0, "cup, cooked", 157.0),
            (1.0, "cup, dry, yields", 528.0),
            (1.0, "oz, dry, yields", 86.0),
        ],
    )
}

fn almonds() -> Food {
    food(
        "Nuts, almonds",
        "Nut and Seed Products",
        &[
            (1.0, "cup, whole", 143.0),
            (1.0, "cup, sliced", 92.0),
            (1.0, "cup, slivered", 108.0),
            (1.0, "cup, ground", 95.0),
            (1.0, "oz (23 whole kernels)", 28.35),
            (1.0, "almond", 1.2),
        ],
    )
}

fn olive_oil() -> Food {
    food(
        "Oil, olive, salad or cooking",
        "Fats and Oils",
        &[(1.0, "tablespoon", 13.5), (1.0, "cup", 216.0), (1.0, "tsp", 4.5)],
    )
}

fn grams(food: &Food, amount: f64, unit: &str) -> f64 {
    let found = resolve(food, amount, unit, WeightBasis::Edible);
    found
        .unwrap_or_else(|error| panic!("{amount} {unit} of {}: {error}", food.name))
        .grams
}

#[track_caller]
fn assert_grams(food: &Food, amount: f64, unit: &str, expected: f64, how: How) {
    let found = resolve(food, amount, unit, WeightBasis::Edible);
    let found = found.unwrap_or_else(|error| panic!("{amount} {unit} of {}: {error}", food.name));
    assert!(
        (found.grams - expected).abs() < 0.05,
        "{amount} {unit} of {}: {} g, not {expected}",
        food.name,
        found.grams
    );
    assert_eq!(found.how, how, "{amount} {unit} of {}", food.name);
}

#[test]
fn portions_weigh_what_the_source_says() {
    assert_grams(&banana(), 1.0, "medium", 118.0, How::Portion);
    assert_grams(&banana(), 1.0, "2 medium", 236.0, How::Portion);
    assert_grams(&banana(), 2.0, "medium banana", 236.0, How::Portion);
    assert_grams(&banana(), 1.0, "medium (7\" to 7-7/8\" long)", 118.0, How::Portion);
    assert_grams(&banana(), 1.0, "NLEA serving", 126.0, How::Portion);
    assert_grams(&banana(), 1.0, "serving", 126.0, How::Portion);
    assert_grams(&egg(), 2.0, "large", 100.0, How::Portion);
    assert_grams(&egg(), 2.0, "large eggs", 100.0, How::Portion);
    assert_grams(&egg(), 2.0, "dozen large", 1200.0, How::Portion);
    assert_grams(&olive_oil(), 1.0, "tbsp", 13.5, How::Portion);
    assert_grams(&olive_oil(), 1.0, "Tablespoon", 13.5, How::Portion);
    assert_grams(&milk(), 1.0, "cup", 244.0, How::Portion);
    assert_grams(&broccoli(), 1.0, "cup chopped", 91.0, How::Portion);
    assert_grams(&broccoli(), 1.0, "1 cup, chopped", 91.0, How::Portion);
    assert_grams(&almonds(), 10.0, "almonds", 12.0, How::Portion);
}

#[test]
fn weights_are_weights() {
    assert_grams(&banana(), 100.0, "g", 100.0, How::Mass);
    assert_grams(&banana(), 0.5, "kg", 500.0, How::Mass);
    assert_grams(&banana(), 1.0, "lb", 453.592, How::Mass);
    assert_grams(&almonds(), 1.0, "oz", 28.3495, How::Mass);
    assert_grams(&almonds(), 1.0, "oz (23 whole kernels)", 28.3495, How::Mass);
    assert_grams(&banana(), 2.0, "100 g", 200.0, How::Mass);
}

#[test]
fn extra_large_is_not_large() {
    assert_grams(&egg(), 1.0, "extra large", 56.0, How::Portion);
    assert_grams(&egg(), 1.0, "XL", 56.0, How::Portion);
    assert_grams(&banana(), 1.0, "large", 136.0, How::Portion);
    let only_extra = food(
        "Egg",
        "Dairy and Egg Products",
        &[(1.0, "extra large", 56.0), (1.0, "small", 38.0)],
    );
    assert!(matches!(
        resolve(&only_extra, 1.0, "large", WeightBasis::Edible),
        Err(PortionError::NotConvertible(_))
    ));
}

#[test]
fn an_amount_of_a_portion_may_not_be_one() {
    let half = food("Broccoli, cooked", "Vegetables", &[(0.5, "cup, chopped", 78.0)]);
    assert_grams(&half, 1.0, "cup chopped", 156.0, How::Portion);
    assert_grams(&half, 0.5, "cup", 78.0, How::Portion);
    assert_grams(&half, 1.0, "0.5 cup, chopped", 78.0, How::Portion);
    assert_grams(&half, 2.0, "0.5 cup, chopped", 156.0, How::Portion);
    let crackers = food("Crackers, multigrain", "Baked Products", &[(3.0, "crackers", 10.5)]);
    assert_grams(&crackers, 1.0, "cracker", 3.5, How::Portion);
    assert_grams(&crackers, 6.0, "crackers", 21.0, How::Portion);
}

#[test]
fn a_bracket_counts_for_the_whole_row() {
    let cereal = food(
        "Cereals, honey nut",
        "Breakfast Cereals",
        &[(0.75, "cup (1 NLEA serving)", 31.0)],
    );
    assert_grams(&cereal, 1.0, "serving", 31.0, How::Derived);
    assert_grams(&cereal, 0.75, "cup", 31.0, How::Portion);
    assert_grams(&almonds(), 23.0, "kernels", 28.35, How::Derived);
    assert_grams(&egg(), 1.0, "cup", 243.0, How::Portion);
}

#[test]
fn the_number_before_a_size_is_not_a_count() {
    let bar = food("Candies, chocolate", "Sweets", &[(2.0, "oz bar", 56.0)]);
    assert_grams(&bar, 1.0, "bar", 56.0, How::Portion);
    assert_grams(&bar, 1.0, "2 oz bar", 56.0, How::Portion);
    let sub = food(
        "Fast foods, club",
        "Fast Foods",
        &[(6.0, "inch sub", 207.0), (12.0, "inch sub", 413.0)],
    );
    assert_grams(&sub, 1.0, "6 inch sub", 207.0, How::Portion);
    assert_grams(&sub, 2.0, "6-inch sub", 414.0, How::Portion);
    assert_grams(&sub, 1.0, "12 inch sub", 413.0, How::Portion);
}

#[test]
fn what_a_dry_cup_yields_does_not_set_the_density() {
    assert_grams(&couscous(), 1.0, "cup", 157.0, How::Portion);
    assert_grams(&couscous(), 100.0, "ml", 157.0 / 2.365_88, How::Density);
    assert_grams(&couscous(), 1.0, "cup dry", 528.0, How::Portion);
    assert_grams(&couscous(), 1.0, "cup, dry, yields", 528.0, How::Portion);
    let only = food(
        "Couscous, cooked",
        "Cereal Grains and Pasta",
        &[(1.0, "cup, dry, yields", 528.0)],
    );
    for unit in ["cup", "ml", "tbsp"] {
        assert!(
            matches!(
                resolve(&only, 1.0, unit, WeightBasis::Edible),
                Err(PortionError::NotConvertible(_))
            ),
            "{unit}"
        );
    }
}

#[test]
fn identical_descriptions_prefer_the_row_for_one() {
    let rows = food("Fruit syrup", "Sweets", &[(0.25, "cup", 84.0), (1.0, "cup", 334.0)]);
    assert_grams(&rows, 1.0, "cup", 334.0, How::Portion);
    let bread = food(
        "Bread, white",
        "Baked Products",
        &[
            (1.0, "slice", 29.0),
            (1.0, "slice, large", 30.0),
            (1.0, "slice", 25.0),
            (1.0, "slice, thin", 20.0),
        ],
    );
    let found = resolve(&bread, 1.0, "slice", WeightBasis::Edible).unwrap();
    assert_eq!((found.grams, found.warnings.len()), (29.0, 1));
}

#[test]
fn an_ounce_of_a_drink_is_fluid() {
    let found = resolve(&cola(), 12.0, "oz", WeightBasis::Edible).unwrap();
    assert!((found.grams - 368.4).abs() < 0.1, "{}", found.grams);
    assert_eq!(found.warnings.len(), 1);
    assert_grams(&cola(), 12.0, "fl oz", 368.4, How::Portion);
    assert_grams(&cola(), 1.0, "12 fl oz can", 368.0, How::Portion);
    assert_grams(&cola(), 2.0, "12 oz can", 2.0 * 12.0 * 30.7, How::Portion);
    assert_grams(&cola(), 12.0, "oz by weight", 340.19, How::Mass);
    assert_grams(&milk(), 8.0, "oz", 244.0, How::Portion);
    let powder = food("Beverages, coffee, instant, powder", "Beverages", &[(1.0, "tsp", 1.0)]);
    assert_grams(&powder, 1.0, "oz", 28.3495, How::Mass);
    let can_only = food("Beverages, ZEVIA, cola", "Beverages", &[(1.0, "can (12 fl oz)", 355.0)]);
    assert_grams(&can_only, 12.0, "oz", 355.0, How::Derived);
}

#[test]
fn a_sources_own_ounce_is_followed_when_it_may_be_fluid() {
    let juice = food("Vegetable juice", "Vegetables", &[(8.0, "oz", 243.0)]);
    assert_grams(&juice, 8.0, "oz", 243.0, How::Portion);
    assert_grams(&juice, 8.0, "oz by weight", 226.796, How::Mass);
    let mistaken = food("Turkey, roasted", "Poultry", &[(3.0, "oz", 28.0)]);
    assert_grams(&mistaken, 3.0, "oz", 85.049, How::Mass);
    let rounded = food("Ham", "Pork", &[(1.0, "oz", 28.0)]);
    assert_grams(&rounded, 1.0, "oz", 28.3495, How::Mass);
}

#[test]
fn a_volume_comes_from_another_volume_of_the_same_food() {
    assert_grams(&milk(), 236.588, "ml", 244.0, How::Density);
    assert_grams(&milk(), 1.0, "tsp", 5.0, How::Density);
    assert_grams(&milk(), 1.0, "l", 1031.3, How::Density);
    assert_grams(&olive_oil(), 2.0, "fl oz", 54.0, How::Density);
    let bread = food("Bread, rye", "Baked Products", &[(1.0, "slice", 32.0)]);
    for unit in ["cup", "ml", "fl oz"] {
        assert!(
            matches!(
                resolve(&bread, 1.0, unit, WeightBasis::Edible),
                Err(PortionError::NotConvertible(_))
            ),
            "{unit}"
        );
    }
}

#[test]
fn different_things_of_the_same_name_are_not_guessed_at() {
    let Err(PortionError::NotConvertible(refusal)) = resolve(&banana(), 1.0, "cup", WeightBasis::Edible) else {
        panic!()
    };
    let text = refusal.to_string();
    assert!(text.contains("cup, mashed") && text.contains("cup, sliced"), "{text}");
    assert_grams(&banana(), 1.0, "cup sliced", 150.0, How::Portion);
    let cream = food(
        "Cream, fluid, heavy whipping",
        "Dairy",
        &[
            (1.0, "cup, fluid (yields 2 cups whipped)", 238.0),
            (1.0, "cup, whipped", 120.0),
        ],
    );
    assert!(resolve(&cream, 1.0, "cup", WeightBasis::Edible).is_err());
    assert_grams(&cream, 1.0, "cup whipped", 120.0, How::Portion);
}

#[test]
fn whole_pieces_take_the_usual_size_and_say_so() {
    for (food, unit, expected) in [
        (banana(), "banana", 118.0),
        (banana(), "piece", 118.0),
        (egg(), "eggs", 50.0),
        (egg(), "whole", 50.0),
    ] {
        let found = resolve(&food, 1.0, unit, WeightBasis::Edible).unwrap();
        assert_eq!(
            (found.grams, found.how, found.warnings.len()),
            (expected, How::Derived, 1),
            "{unit}"
        );
    }
}

#[test]
fn a_portion_named_after_the_food_is_a_whole_one() {
    let avocado = food(
        "Avocados, raw, all commercial varieties",
        "Fruits",
        &[
            (1.0, "cup, cubes", 150.0),
            (1.0, "avocado, NS as to Florida or California", 201.0),
        ],
    );
    let bagels = food(
        "Bagels, plain",
        "Baked Products",
        &[
            (1.0, "oz", 28.35),
            (1.0, "mini bagel", 26.0),
            (1.0, "medium bagel (3-1/2\" dia)", 105.0),
            (1.0, "large bagel", 131.0),
        ],
    );
    let cookies = food(
        "Cookies, oatmeal",
        "Baked Products",
        &[(1.0, "cookie, big (3\" dia)", 18.0), (1.0, "cookie, medium", 13.0)],
    );
    let grapes = food(
        "Grapes, red or green, raw",
        "Fruits",
        &[(1.0, "cup", 151.0), (10.0, "grapes", 49.0)],
    );
    for (food, count, expected) in [
        (avocado, 0.5, 100.5),
        (bagels, 1.0, 105.0),
        (cookies, 2.0, 26.0),
        (grapes, 10.0, 49.0),
    ] {
        assert_grams(&food, count, "piece", expected, How::Derived);
    }
    let beef = food("Beef, ground", "Beef Products", &[(1.0, "serving", 85.0)]);
    assert!(resolve(&beef, 1.0, "piece", WeightBasis::Edible).is_err());
    let bar = food("Candies, chocolate", "Sweets", &[(1.0, "bar (1.5 oz)", 43.0)]);
    assert_grams(&bar, 1.0, "piece", 43.0, How::Derived);
}

#[test]
fn weight_as_purchased_loses_the_refuse() {
    let found = resolve(&banana(), 200.0, "g", WeightBasis::AsPurchased).unwrap();
    assert!((found.grams - 128.0).abs() < 1e-9);
    assert_eq!(found.how, How::Derived);
    let found = resolve(&banana(), 1.0, "medium", WeightBasis::AsPurchased).unwrap();
    assert_eq!((found.grams, found.warnings.len()), (118.0, 1));
}

#[test]
fn what_cannot_be_weighed_is_refused() {
    let bare = food("Game meat, raw", "Game", &[]);
    assert_grams(&bare, 100.0, "g", 100.0, How::Mass);
    assert!(matches!(
        resolve(&bare, 1.0, "cup", WeightBasis::Edible),
        Err(PortionError::NotConvertible(_))
    ));
    assert!(matches!(
        resolve(&bare, 1.0, "slice", WeightBasis::Edible),
        Err(PortionError::NotConvertible(_))
    ));
    assert!(matches!(
        resolve(&banana(), 1.0, "flurb", WeightBasis::Edible),
        Err(PortionError::UnknownUnit(_))
    ));
    assert!(matches!(
        resolve(&banana(), 1.0, "", WeightBasis::Edible),
        Err(PortionError::UnknownUnit(_))
    ));
    for amount in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert!(
            matches!(
                resolve(&banana(), amount, "g", WeightBasis::Edible),
                Err(PortionError::InvalidAmount(_))
            ),
            "{amount}"
        );
    }
    assert!(resolve(&banana(), 1.0, "-2 g", WeightBasis::Edible).is_err());
    for (amount, unit) in [
        (2.0, "2 medium"),
        (3.0, "2 medium"),
        (12.0, "12 fl oz"),
        (1.0, "0 g"),
        (1.0, "1/0 cup"),
        (1.0, "1,500 g"),
    ] {
        assert!(
            matches!(
                resolve(&banana(), amount, unit, WeightBasis::Edible),
                Err(PortionError::InvalidAmount(_))
            ),
            "{amount} {unit}"
        );
    }
}

proptest! {
    #[test]
    fn a_weight_is_always_positive_and_finite(amount in proptest::num::f64::ANY, unit in "\\PC{0,30}") {
        for food in [banana(), egg(), cola(), couscous()] {
            if let Ok(found) = resolve(&food, amount, &unit, WeightBasis::Edible) {
                prop_assert!(found.grams.is_finite() && found.grams > 0.0 && found.grams <= MAX_GRAMS);
            }
        }
    }

    #[test]
    fn twice_the_amount_is_twice_the_weight(amount in 0.01f64..1000.0, unit in proptest::sample::select(vec!["g", "medium", "cup mashed", "tbsp mashed", "serving", "oz"])) {
        let once = grams(&banana(), amount, unit);
        let twice = grams(&banana(), amount * 2.0, unit);
        prop_assert!((twice / once - 2.0).abs() < 1e-9);
    }

    #[test]
    fn every_portion_shown_is_understood_again(index in 0usize..8, amount in 0.1f64..100.0) {
        for food in [banana(), egg(), milk(), cola(), broccoli(), couscous(), almonds()] {
            if let Some(portion) = food.portions.get(index) {
                prop_assert!((grams(&food, amount, &label(portion)) - portion.grams * amount).abs() < 0.01 * amount, "{}", label(portion));
            }
        }
    }
}
