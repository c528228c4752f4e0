//! Arguments as models send them.

use serde_json::json;

use super::*;

#[test]
fn numbers_as_models_send_them() {
    for (value, number) in [
        (json!(2), 2.0),
        (json!("2"), 2.0),
        (json!("1/2"), 0.5),
        (json!("1.5"), 1.5),
        (json!("-1"), -1.0),
    ] {
        assert_eq!(
            serde_json::from_value::<Number>(value.clone()).unwrap(),
            Number(number),
            "{value}"
        );
    }
    for value in [json!("many"), json!(true), json!([1]), json!("1,500")] {
        assert!(serde_json::from_value::<Number>(value.clone()).is_err(), "{value}");
    }
    assert_eq!(serde_json::from_value::<Whole>(json!("10")).unwrap(), Whole(10));
    assert_eq!(serde_json::from_value::<Whole>(json!(10.0)).unwrap(), Whole(10));
    assert!(serde_json::from_value::<Whole>(json!(1.5)).is_err());
}

#[test]
fn ids_as_models_send_them() {
    let id = |id: &str, source: Option<&str>| Id {
        id: id.to_owned(),
        source: source.map(str::to_owned),
    };
    for (value, expected) in [
        (json!("09040"), id("09040", None)),
        (json!(9040), id("9040", None)),
        (json!("usda:09040"), id("09040", Some("usda"))),
        (json!({ "id": "09040", "source": "usda" }), id("09040", Some("usda"))),
        (
            json!("{\"id\":\"09040\",\"source\":\"usda\"}"),
            id("09040", Some("usda")),
        ),
    ] {
        assert_eq!(
            serde_json::from_value::<Id>(value.clone()).unwrap(),
            expected,
            "{value}"
        );
    }
    assert!(serde_json::from_value::<Id>(json!("")).is_err());
}

#[test]
fn nutrient_keys_as_models_send_them() {
    let keys = |value: Value| serde_json::from_value::<Keys>(value).unwrap().0;
    let two = Selection::Keys(vec!["iron_mg".to_owned(), "protein_g".to_owned()]);
    assert_eq!(keys(json!("all")), Selection::All);
    assert_eq!(keys(json!(["all"])), Selection::All);
    assert_eq!(keys(json!("")), Selection::Core);
    assert_eq!(keys(json!(["iron_mg", "protein_g"])), two);
    assert_eq!(keys(json!("iron_mg, protein_g")), two);
    assert_eq!(keys(json!("[\"iron_mg\",\"protein_g\"]")), two);
}

#[test]
fn a_text_without_measure_is_refused_and_not_sent_back() {
    let long = "a".repeat(MOST_TEXT + 1);
    let as_text = json!([long]).to_string();
    for arguments in [
        json!({ "query": long }),
        json!({ "items": [{ "query": long }] }),
        json!({ "items": as_text }),
        json!({ long.clone(): 1 }),
    ] {
        let error = read::<Value>(arguments).unwrap_err();
        assert!(error.message.contains("longer than 4096 bytes"), "{}", error.message);
    }
    let many = json!(vec!["item"; 5000]);
    assert_eq!(read::<Value>(many.clone()), Ok(many.clone()));
    let text = json!(many.to_string());
    assert_eq!(
        read::<Value>(text.clone()),
        Ok(text),
        "a list as text is as long as it is"
    );
    let error = read::<Number>(many).unwrap_err();
    assert_eq!(error.message.chars().count(), 401, "{}", error.message);
}
