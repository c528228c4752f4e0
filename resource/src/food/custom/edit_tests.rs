//! What stays and what is replaced.

use super::*;
use crate::food::nutrients::{CALORIES, FAT};

fn measure(amount: f64, unit: &str, grams: f64) -> Measure {
    Measure {
        amount,
        unit: unit.to_owned(),
        grams,
    }
}

fn bar() -> Content {
    let edit = Edit {
        name: Some("Quark bar".to_owned()),
        brand: Some("Acme".to_owned()),
        barcode: Some("4006381333931".to_owned()),
        aliases: Some(vec!["quarkriegel".to_owned()]),
        portions: Some(vec![measure(1.0, "box", 240.0)]),
        amounts: Some(Amounts {
            serving: measure(1.0, "bar", 40.0),
            nutrients: [(CALORIES, 160.0), (FAT, 7.7)].into(),
            recipe: None,
        }),
        ..Edit::default()
    };
    edit.into_new().unwrap().content
}

fn units(food: &Content) -> Vec<&str> {
    food.portions.iter().map(|measure| measure.unit.as_str()).collect()
}

#[test]
fn what_is_left_out_stays_to_the_last_bit() {
    let kept = bar();
    assert_eq!(units(&kept), ["bar", "serving", "box"]);
    assert_eq!(Edit::default().apply(&kept).unwrap().content, kept);
    let named = Edit {
        aliases: Some(vec!["topfenriegel".to_owned()]),
        ..Edit::default()
    };
    let after = named.apply(&kept).unwrap().content;
    assert_eq!(after.aliases, ["topfenriegel"]);
    let back = Content {
        aliases: kept.aliases.clone(),
        ..after
    };
    assert_eq!(back, kept);
}

#[test]
fn nothing_given_as_empty_is_removed() {
    let empty = || Some(String::new());
    let edit = Edit {
        brand: empty(),
        category: empty(),
        barcode: empty(),
        aliases: Some(Vec::new()),
        portions: Some(Vec::new()),
        ..Edit::default()
    };
    let after = edit.apply(&bar()).unwrap().content;
    assert_eq!(
        (after.brand.as_ref(), after.barcode.as_ref(), after.aliases.len()),
        (None, None, 0)
    );
    assert_eq!(
        (after.category.as_str(), units(&after)),
        ("Saved foods", vec!["bar", "serving"])
    );
    let nameless = Edit {
        name: empty(),
        ..Edit::default()
    };
    assert!(nameless.apply(&bar()).is_err());
}

#[test]
fn new_amounts_keep_the_name_and_the_other_measures() {
    let edit = Edit {
        amounts: Some(Amounts {
            serving: measure(1.0, "serving", 50.0),
            nutrients: [(CALORIES, 200.0)].into(),
            recipe: None,
        }),
        ..Edit::default()
    };
    let after = edit.apply(&bar()).unwrap().content;
    assert_eq!(units(&after), ["serving", "box"]);
    assert_eq!(
        (after.nutrients.as_slice(), after.name.as_str()),
        (&[(208, 400.0)][..], "Quark bar")
    );
    assert_eq!(after.brand.as_deref(), Some("Acme"));
}
