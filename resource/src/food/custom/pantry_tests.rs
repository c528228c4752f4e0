//! What the database is told to write.

use super::*;
use crate::food::custom::{Content, Measure, significant};

fn food(id: &str, name: &str, version: i64) -> SavedFood {
    let serving = Measure {
        amount: 1.0,
        unit: "serving".to_owned(),
        grams: 100.0,
    };
    SavedFood {
        id: id.to_owned(),
        version,
        content: Content {
            name: name.to_owned(),
            brand: None,
            category: "Saved foods".to_owned(),
            barcode: None,
            aliases: Vec::new(),
            portions: vec![serving],
            nutrients: vec![(208, 100.0)],
            recipe: None,
        },
    }
}

#[test]
fn only_what_differs_is_written_and_under_the_version_it_had() {
    let mut pantry = Pantry::new(vec![food("a", "A", 1), food("b", "B", 7), food("c", "C", 3)]);
    pantry.put(food("b", "B2", 8)).unwrap();
    pantry.put(food("d", "D", 1)).unwrap();
    pantry.remove("c").unwrap();
    pantry.settle().unwrap();
    let (b, d) = (food("b", "B2", 8), food("d", "D", 1));
    let expected = [
        Write::Delete { id: "c", from: 3 },
        Write::Update { food: &b, from: 7 },
        Write::Insert(&d),
    ];
    assert_eq!(pantry.writes(), expected);
}

#[test]
fn two_foods_may_change_names_with_each_other_but_not_share_one() {
    let foods = vec![food("a", "A", 1), food("b", "B", 1)];
    let mut pantry = Pantry::new(foods.clone());
    pantry.put(food("a", "b", 2)).unwrap();
    assert_eq!(pantry.settle(), Err(Refused::NameTaken(Box::new(foods[1].clone()))));
    pantry.put(food("b", "A", 2)).unwrap();
    assert_eq!(pantry.settle(), Ok(()));
}

#[test]
fn amounts_come_through_json_to_the_last_bit() {
    let mut value = 1.0_f64 / 3.0;
    for _ in 0..2000 {
        let kept = significant(value);
        let text = serde_json::to_string(&kept).unwrap();
        assert_eq!(
            serde_json::from_str::<f64>(&text).unwrap().to_bits(),
            kept.to_bits(),
            "{text}"
        );
        assert_eq!(significant(kept).to_bits(), kept.to_bits());
        value *= 1.013_579;
    }
}
