//! What may stand in for the best match.

use super::*;
use crate::food::model::NutrientValue;
use crate::food::nutrients::CALORIES;
use crate::food::search::MatchedBy;

fn hit(name: &str, calories: f64, score: f64) -> Hit {
    let energy = NutrientValue {
        number: CALORIES,
        amount: calories,
        source_code: None,
        derivation: None,
    };
    let food = Food {
        id: FoodId {
            source: Source::Usda,
            id: name.to_owned(),
        },
        name: name.to_owned(),
        brand: None,
        category: String::new(),
        common_names: Vec::new(),
        scientific_name: None,
        refuse: None,
        nutrients: vec![energy],
        portions: Vec::new(),
        fetched: None,
        contains: Vec::new(),
    };
    Hit {
        food: Arc::new(food),
        score,
        matched_by: MatchedBy::Exact,
    }
}

#[test]
fn only_nearly_the_same_food_may_stand_in() {
    let best = hit("Potatoes, fried", 300.0, 0.9);
    let rest = [
        hit("Potatoes, fried, salted", 310.0, 0.85),
        hit("Potatoes, raw", 300.0, 0.88),
        hit("Potatoes, fried in butter", 400.0, 0.87),
        hit("Potatoes, fried, with onions", 300.0, 0.5),
    ];
    let names: Vec<String> = near_equals(&best, &rest)
        .iter()
        .map(|near| near.food.name.clone())
        .collect();
    assert_eq!(names, ["Potatoes, fried, salted"]);
    let water = hit("Coffee, brewed", 1.0, 1.0);
    assert_eq!(
        near_equals(&water, &[hit("Coffee", 2.0, 0.9), hit("Coffee, sweet", 40.0, 0.9)]).len(),
        1
    );
}

#[test]
fn sources_as_models_write_them() {
    assert_eq!(parse_source(" USDA ").unwrap(), Source::Usda);
    assert_eq!(parse_source("fdc").unwrap(), Source::Fdc);
    assert_eq!(parse_source("OpenFoodFacts").unwrap(), Source::OpenFoodFacts);
    assert_eq!(parse_source("nowhere"), None);
}

#[actix_web::test]
async fn many_own_foods_are_indexed_where_nobody_waits() {
    let catalogue = Arc::new(Catalogue::load().unwrap());
    let here = std::thread::current().id();
    let food = |number: usize| Food::clone(&hit(&format!("{number} {}", "muesli ".repeat(30)), 300.0, 1.0).food);
    let shipped = Shipped::from(Arc::clone(&catalogue));
    let many = prepared(&shipped, (0..500).map(food).collect()).await;
    assert!(many.indexed_by().is_some_and(|thread| thread != here));
    let few = prepared(&shipped, (0..5).map(food).collect()).await;
    assert_eq!(few.indexed_by(), None, "it is done at the first search");
}
