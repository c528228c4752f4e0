//! calculate_meal: sums of several foods.

use serde_json::json;

use super::support::{assert_near, tools};

#[tokio::test]
async fn sums_are_exact_and_divided_among_servings() {
    let tools = tools().await;
    let meal = tools
        .ok(
            "calculate_meal",
            json!({
                "items": [
                    { "foodId": "01123", "amount": 2, "unit": "large" },
                    { "foodId": "01001", "amount": 1, "unit": "tbsp" },
                    { "foodId": "04053", "amount": 1, "unit": "tbsp" },
                ],
                "servings": 2,
                "dailyValues": true,
            }),
        )
        .await;
    assert_near(&meal["totals"]["calories"]["value"], 364.2);
    assert_near(&meal["perServing"]["calories"]["value"], 182.1);
    assert_eq!(meal["totals"]["cholesterol_mg"]["percentDV"], 134.0);
    assert_eq!(meal["nutrientCoverage"]["added_sugar_g"], "none");
    assert_eq!(meal["missing"]["added_sugar_g"], json!([0, 1, 2]));
    assert_eq!(meal["totals"]["added_sugar_g"]["value"], json!(null));
    assert_eq!(meal["missing"]["trans_fat_g"], json!([2]));
    assert_eq!(meal["nutrientCoverage"]["trans_fat_g"], "partial");
    assert!(meal["warnings"].to_string().contains("trans_fat_g"));
}

#[tokio::test]
async fn the_order_of_items_does_not_matter() {
    let tools = tools().await;
    let mut items = vec![
        json!({ "foodId": "01123", "amount": 3, "unit": "large" }),
        json!({ "foodId": "12061", "amount": 1.1, "unit": "oz" }),
        json!({ "foodId": "04053", "amount": 0.7, "unit": "tbsp" }),
        json!({ "foodId": "11090", "amount": 91, "unit": "g" }),
    ];
    let one = tools
        .ok("calculate_meal", json!({ "items": items, "nutrients": "all" }))
        .await;
    items.reverse();
    let other = tools
        .ok("calculate_meal", json!({ "items": items, "nutrients": "all" }))
        .await;
    assert_eq!(one["totals"], other["totals"]);
    assert_eq!(one["macroRatio"], other["macroRatio"]);
}

#[tokio::test]
async fn strict_names_every_bad_item_and_not_strict_sums_the_rest() {
    let tools = tools().await;
    let items = json!([
        { "foodId": "09040", "amount": 1, "unit": "medium" },
        { "foodId": "09040", "amount": 1, "unit": "slice" },
        { "query": "xyzzy plugh frobnitz", "amount": 1, "unit": "g" },
        { "foodId": "01123", "amount": 2 },
    ]);
    let error = tools.error("calculate_meal", json!({ "items": items })).await;
    assert_eq!(error["code"], "UNIT_NOT_CONVERTIBLE");
    let bad: Vec<_> = error["details"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["index"].clone(), item["code"].clone()))
        .collect();
    assert_eq!(
        bad,
        [
            (json!(1), json!("UNIT_NOT_CONVERTIBLE")),
            (json!(2), json!("NO_CONFIDENT_MATCH")),
            (json!(3), json!("UNKNOWN_UNIT")),
        ]
    );
    assert!(error["message"].as_str().unwrap().contains("item 1"));
    let meal = tools
        .ok("calculate_meal", json!({ "items": items, "strict": false }))
        .await;
    assert_eq!(meal["complete"], false);
    assert_near(&meal["totals"]["calories"]["value"], 105.0);
    assert_eq!(meal["items"][2]["error"]["code"], "NO_CONFIDENT_MATCH");
    assert_eq!(meal["missing"]["added_sugar_g"], json!([0]));
}

#[tokio::test]
async fn a_meal_has_1_to_100_items() {
    let tools = tools().await;
    let item = json!({ "foodId": "09040", "amount": 1, "unit": "g" });
    assert_eq!(
        tools.error("calculate_meal", json!({ "items": [] })).await["code"],
        "INVALID_INPUT"
    );
    assert_eq!(
        tools
            .error("calculate_meal", json!({ "items": vec![item.clone(); 101] }))
            .await["code"],
        "INVALID_INPUT"
    );
    let meal = tools.ok("calculate_meal", json!({ "items": vec![item; 100] })).await;
    assert_near(&meal["totals"]["calories"]["value"], 89.0);
    let bad = json!({ "items": [{ "foodId": "09040", "amount": 1, "unitt": "g" }] });
    let error = tools.error("calculate_meal", bad).await;
    assert!(error["message"].as_str().unwrap().contains("items[0]"), "{error}");
}

#[tokio::test]
async fn servings_that_no_number_can_hold_are_refused() {
    let tools = tools().await;
    for servings in [0.0, -1.0, 5e-324, 1e-300, 1e300] {
        let items = json!([{ "foodId": "09040", "amount": 1, "unit": "kg" }]);
        let error = tools
            .error("calculate_meal", json!({ "items": items, "servings": servings }))
            .await;
        assert_eq!(error["code"], "INVALID_AMOUNT", "{servings}");
    }
}

#[tokio::test]
async fn items_may_be_plain_text() {
    let tools = tools().await;
    let meal = tools
        .ok(
            "calculate_meal",
            json!({ "items": [
                "2 medium eggs",
                { "query": "a banana" },
                { "query": "200 g banana with skin" },
                { "query": "one and a half cups of milk" },
                { "query": "chicken breast, 200g" },
                { "query": "1 slice (35 g) white bread" },
                { "query": "large egg", "amount": 2 },
            ] }),
        )
        .await;
    for (index, grams) in [
        (0, 88.0),
        (1, 118.0),
        (2, 128.0),
        (3, 366.0),
        (4, 200.0),
        (5, 35.0),
        (6, 100.0),
    ] {
        assert_near(&meal["items"][index]["grams"], grams);
    }
    let doubt = meal["items"][4]["warnings"].to_string();
    assert!(doubt.contains("raw or cooked"), "{doubt}");
}

/// What is counted may be called after what is in it.
#[tokio::test]
async fn a_number_in_front_of_a_filled_food_counts_it() {
    let tools = tools().await;
    for (item, name, counted) in [
        ("2 bean burritos", "Burrito", "2 whole"),
        ("2 cheese enchiladas", "cheese enchilada", "2 whole"),
        ("1 pepper", "Peppers", "1 whole"),
        ("half a pepper", "Peppers", "0.5 whole"),
        ("a pepper", "Peppers", "1 whole"),
    ] {
        let meal = tools.ok("calculate_meal", json!({ "items": [item] })).await;
        let told = &meal["items"][0];
        let is = |member: &serde_json::Value, part: &str| member.as_str().unwrap().contains(part);
        assert!(
            is(&told["food"]["name"], name) && is(&told["servingDescription"], counted),
            "{told}"
        );
    }
}

/// Whichever of two foods is counted in place of the one that is meant, it is told.
#[tokio::test]
async fn what_stands_in_for_a_food_without_such_a_measure_is_told() {
    let tools = tools().await;
    let counted = async |item: &str| tools.ok("calculate_meal", json!({ "items": [item] })).await["items"][0].clone();
    let coffee = counted("a cup of black coffee").await;
    assert_eq!(coffee["food"]["id"], "14209", "{coffee}");
    let told = coffee["warnings"].to_string();
    assert!(
        told.contains("has no such portion; this nearly equal food was counted"),
        "{told}"
    );
    let own = json!({
        "name": "Whole milk",
        "servingSize": { "amount": 100, "unit": "g" },
        "nutrients": { "calories": 61, "protein_g": 3, "total_carbs_g": 5, "total_fat_g": 3 },
    });
    tools.ok("save_food", own).await;
    let milk = counted("1 cup whole milk").await;
    let told = milk["warnings"].to_string();
    assert!(
        told.contains("Whole milk") && told.contains("has no such portion"),
        "{milk}"
    );
    let found = tools.ok("search_food", json!({ "query": "1 cup whole milk" })).await;
    assert_eq!(found["results"][0]["source"], "custom", "{found}");
}

/// Nothing is lost: what cannot be counted is told with what to send instead, the others are summed.
#[tokio::test]
async fn what_is_no_single_amount_says_what_is_needed() {
    let tools = tools().await;
    let meal = tools
        .ok(
            "calculate_meal",
            json!({ "strict": false, "items": [
                "2 medium eggs", "a handful of almonds", "1-2 bananas", "some rice", "-2 eggs", "0 eggs", "1/0 cup milk", "banana",
            ] }),
        )
        .await;
    assert_near(&meal["totals"]["calories"]["value"], 125.8);
    for (index, code, hint) in [
        (1, "UNIT_NOT_CONVERTIBLE", "\"almond\" (1.2 g)"),
        (2, "INVALID_AMOUNT", "1, 2 or 1.5"),
        (3, "INVALID_AMOUNT", "Ask the user"),
        (4, "INVALID_AMOUNT", "greater than 0"),
        (5, "INVALID_AMOUNT", "greater than 0"),
        (6, "INVALID_AMOUNT", "divided by 0"),
        (7, "UNKNOWN_UNIT", "(118 g)"),
    ] {
        let error = &meal["items"][index]["error"];
        assert_eq!(error["code"], code, "{error}");
        assert!(error["hint"].as_str().unwrap().contains(hint), "{error}");
    }
    let error = tools
        .error("calculate_meal", json!({ "items": ["2 eggs", "some rice"] }))
        .await;
    assert!(error["hint"].as_str().unwrap().contains("strict=false"), "{error}");
    assert_eq!(error["details"]["goodItems"], 1);
}

#[tokio::test]
async fn hostile_amounts_are_refused_or_counted_as_they_are() {
    let tools = tools().await;
    for (amount, unit) in [
        (json!(1e308), "kg"),
        (json!("NaN"), "g"),
        (json!("inf"), "g"),
        (json!(-1), "cup"),
        (json!(0), "cup"),
        (json!(1), "1e9 kg"),
        (json!(1), "1/0 cup"),
        (json!(1e-320), "mg"),
        (json!("1-2"), "cup"),
        (json!("2 cups"), "cup"),
    ] {
        let item = json!({ "foodId": "01077", "amount": amount, "unit": unit });
        let error = tools.error("calculate_meal", json!({ "items": [item] })).await;
        assert!(
            matches!(error["code"].as_str(), Some("INVALID_AMOUNT" | "INVALID_INPUT")),
            "{amount} {unit}: {error}"
        );
    }
    for unit in ["9".repeat(4000), "1 ".repeat(2000), "(".repeat(4000), "½".repeat(2000)] {
        let item = json!({ "foodId": "01077", "amount": 1, "unit": unit });
        tools.error("calculate_meal", json!({ "items": [item] })).await;
    }
}
