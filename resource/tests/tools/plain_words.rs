//! Plain words from end to end: the sentence of a person, as the model passes it on.

use serde_json::json;

use super::support::{assert_near, tools};

/// Two large eggs and a slice of whole-wheat toast with a tablespoon of butter.
#[tokio::test]
async fn a_breakfast_in_plain_words() {
    let tools = tools().await;
    let meal = tools
        .ok(
            "calculate_meal",
            json!({ "items": [
            { "query": "eggs", "amount": 2, "unit": "large" },
            { "query": "whole-wheat toast", "amount": 1, "unit": "slice" },
            { "query": "butter", "amount": 1, "unit": "tablespoon" },
        ] }),
        )
        .await;
    let items = &meal["items"];
    assert_near(&items[0]["nutrients"]["calories"], 143.0);
    assert_near(&items[2]["nutrients"]["calories"], 101.8);
    for (item, id) in [(0, "01123"), (2, "01001")] {
        assert_eq!(
            (&items[item]["food"]["id"], &items[item]["food"]["source"]),
            (&json!(id), &json!("usda"))
        );
    }
    let toast = items[1]["food"]["name"].as_str().unwrap().to_lowercase();
    assert!(
        toast.contains("whole-wheat") || toast.contains("whole wheat"),
        "{toast}"
    );
    let sum: f64 = (0..3)
        .map(|item| items[item]["nutrients"]["calories"].as_f64().unwrap())
        .sum();
    assert!((meal["totals"]["calories"]["value"].as_f64().unwrap() - sum).abs() < 0.2);
    assert!((280.0..380.0).contains(&sum), "{sum}");
    assert_eq!(
        (&meal["complete"], &meal["nutrientCoverage"]["calories"]),
        (&json!(true), &json!("full"))
    );
}

#[tokio::test]
async fn amounts_may_stand_in_the_query() {
    let tools = tools().await;
    let meal = tools
        .ok(
            "calculate_meal",
            json!({ "items": [
            { "query": "two large eggs" },
            { "query": "1 slice whole-wheat toast" },
            { "query": "1 tablespoon butter" },
        ] }),
        )
        .await;
    assert_near(&meal["items"][0]["grams"], 100.0);
    assert_near(&meal["items"][2]["grams"], 14.2);
    let error = tools
        .error(
            "calculate_meal",
            json!({ "items": [{ "query": "two large eggs", "amount": 3 }] }),
        )
        .await;
    assert_eq!(error["code"], "INVALID_AMOUNT");
}

/// The best match may come from a source without household measures; an equal with one is counted instead.
#[tokio::test]
async fn what_is_asked_for_in_spoons_and_glasses_is_counted() {
    let tools = tools().await;
    for (query, grams) in [
        ("2 tbsp peanut butter", 32.0),
        ("5 fl oz red wine", 147.0),
        ("3 cups popcorn", 24.0),
        ("half an avocado", 100.5),
        ("2 eggs", 100.0),
    ] {
        let meal = tools
            .ok("calculate_meal", json!({ "items": [{ "query": query }] }))
            .await;
        assert_near(&meal["items"][0]["grams"], grams);
    }
}

/// A number of calories is no number of bananas, and what is refused in front of a name is refused behind it.
#[tokio::test]
async fn energy_and_amounts_of_two_readings_are_refused() {
    let tools = tools().await;
    for query in [
        "100 calories of banana",
        "200 kcal of almonds",
        "whole milk, 1,250 ml",
        "butter 1,500 g",
        "butter, -5 g",
        "2 1/2 1/2 cups of milk",
    ] {
        let error = tools
            .error("calculate_meal", json!({ "items": [{ "query": query }] }))
            .await;
        assert_eq!(error["code"], "INVALID_AMOUNT", "{query}: {error}");
    }
    let error = tools
        .error(
            "calculate_meal",
            json!({ "items": [{ "query": "100 calories of banana" }] }),
        )
        .await;
    assert!(error["hint"].as_str().unwrap().contains("weight"), "{error}");
}
