//! save_food: own foods and recipes, seen by nobody else.

use serde_json::{Value, json};

use super::support::{Tools, assert_near, tools};

fn bar() -> Value {
    json!({
        "name": "Quark bar",
        "brand": "Acme",
        "barcode": "4006381333931",
        "aliases": ["quarkriegel"],
        "servingSize": { "amount": 1, "unit": "bar", "grams": 40 },
        "portions": [{ "amount": 1, "unit": "box", "grams": 240 }],
        "nutrients": { "calories": 160, "protein_g": 4, "total_carbs_g": 18, "total_fat_g": 8, "sugar_g": 15, "added_sugar_g": 14, "saturated_fat_g": null },
    })
}

async fn save(tools: &Tools, food: Value) -> Value {
    tools.ok("save_food", food).await
}

#[tokio::test]
async fn a_saved_food_is_found_and_used_like_any_other() {
    let tools = tools().await;
    let saved = save(&tools, bar()).await;
    assert_eq!(
        (
            &saved["source"],
            &saved["created"],
            &saved["version"],
            &saved["warnings"]
        ),
        (&json!("custom"), &json!(true), &json!(1), &json!([]))
    );
    for query in [
        json!({ "query": "quark bar" }),
        json!({ "query": "quarkriegel" }),
        json!({ "barcode": "04006381333931" }),
        json!({ "source": "custom", "query": "*" }),
    ] {
        let found = tools.ok("search_food", query.clone()).await;
        assert_eq!(found["results"][0]["id"], saved["id"], "{query}");
    }
    for (amount, unit, calories) in [
        (1, "bar", 160.0),
        (2, "serving", 320.0),
        (1, "box", 960.0),
        (100, "g", 400.0),
    ] {
        let found = tools
            .ok(
                "get_nutrition",
                json!({ "foodId": saved["id"], "amount": amount, "unit": unit }),
            )
            .await;
        assert_near(&found["nutrients"]["calories"]["value"], calories);
        assert_eq!(found["nutrients"]["saturated_fat_g"]["available"], false);
        assert_near(&found["nutrients"]["added_sugar_g"]["value"], 14.0 * calories / 160.0);
        assert_eq!(found["nutrients"]["calories"]["sourceKind"], "user");
    }
}

#[tokio::test]
async fn nobody_else_sees_it() {
    let tools = tools().await;
    let saved = save(&tools, bar()).await;
    let by_id = json!({ "foodId": saved["id"], "source": "custom" });
    assert_eq!(
        tools.error_as("bob", "get_nutrition", by_id).await["code"],
        "FOOD_NOT_FOUND"
    );
    let found = tools
        .call_as(
            "bob",
            "search_food",
            json!({ "query": "quark bar", "source": "custom" }),
        )
        .await;
    assert_eq!(found["structuredContent"]["results"], json!([]));
    for change in [
        json!({ "id": saved["id"], "delete": true }),
        json!({ "name": "Quark bar", "brand": "Acme", "delete": true }),
    ] {
        assert_eq!(
            tools.error_as("bob", "save_food", change).await["code"],
            "FOOD_NOT_FOUND"
        );
    }
    let mut theirs = bar();
    theirs["id"] = saved["id"].clone();
    assert_eq!(
        tools.error_as("bob", "save_food", theirs).await["code"],
        "FOOD_NOT_FOUND"
    );
    assert_eq!(
        tools.ok("search_food", json!({ "source": "custom" })).await["results"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn the_same_name_is_an_update_and_an_id_can_be_renamed() {
    let tools = tools().await;
    let first = save(&tools, bar()).await;
    let again = save(&tools, bar()).await;
    assert_eq!(
        (&again["id"], &again["updated"], &again["version"]),
        (&first["id"], &json!(true), &json!(2))
    );
    let mut renamed = bar();
    renamed["name"] = json!("Cheese bar");
    renamed["id"] = first["id"].clone();
    renamed["ifMatch"] = json!(1);
    let error = tools.error("save_food", renamed.clone()).await;
    assert_eq!(
        (&error["code"], &error["details"]["version"]),
        (&json!("CONFLICT"), &json!(2))
    );
    renamed["ifMatch"] = json!("2");
    assert_eq!(save(&tools, renamed).await["version"], 3);
    let mut other = bar();
    other["barcode"] = json!("036000291452");
    let other = save(&tools, other).await;
    assert_eq!(other["created"], true);
    let deleted = tools
        .ok(
            "save_food",
            json!({ "name": "quark BAR", "brand": "acme", "delete": true }),
        )
        .await;
    assert_eq!((&deleted["id"], &deleted["deleted"]), (&other["id"], &json!(true)));
    let gone = tools
        .error("save_food", json!({ "id": other["id"], "delete": true }))
        .await;
    assert_eq!(gone["code"], "FOOD_NOT_FOUND");
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_the_unlikely_is_told() {
    let tools = tools().await;
    for (key, amount) in [
        ("calories", json!(-1)),
        ("sugar_g", json!(19)),
        ("protein_g", json!(30)),
        ("fibre", json!(1)),
        ("calories", json!(null)),
        ("saturated_fat_g", json!("8.5")),
    ] {
        let mut bad = bar();
        bad["nutrients"][key] = amount;
        assert_eq!(
            tools.error("save_food", bad).await["code"],
            "INVALID_NUTRIENTS",
            "{key}"
        );
    }
    let mut odd = bar();
    odd["nutrients"]["calories"] = json!(300);
    assert_eq!(save(&tools, odd).await["warnings"].as_array().unwrap().len(), 1);
    let mut weightless = bar();
    weightless["servingSize"] = json!({ "amount": 1, "unit": "bar" });
    assert_eq!(
        tools.error("save_food", weightless).await["code"],
        "UNIT_NOT_CONVERTIBLE"
    );
    let mut nothing = bar();
    nothing["nutrients"] = json!(null);
    assert_eq!(tools.error("save_food", nothing).await["code"], "INVALID_INPUT");
}

#[tokio::test]
async fn a_recipe_is_the_sum_of_its_ingredients() {
    let tools = tools().await;
    let saved = save(
        &tools,
        json!({
            "name": "Pancakes",
            "ingredients": [
                { "foodId": "01123", "amount": 2, "unit": "large" },
                { "foodId": "01077", "amount": 1, "unit": "cup" },
                { "foodId": "20081", "amount": 125, "unit": "g" },
            ],
            "servings": 4,
        }),
    )
    .await;
    let found = tools
        .ok("get_nutrition", json!({ "foodId": saved["id"], "unit": "serving" }))
        .await;
    let meal = tools
        .ok(
            "calculate_meal",
            json!({ "items": [
        { "foodId": "01123", "amount": 2, "unit": "large" },
        { "foodId": "01077", "amount": 1, "unit": "cup" },
        { "foodId": "20081", "amount": 125, "unit": "g" },
    ], "servings": 4 }),
        )
        .await;
    for key in ["calories", "protein_g", "sodium_mg"] {
        assert_near(
            &found["nutrients"][key]["value"],
            meal["perServing"][key]["value"].as_f64().unwrap(),
        );
    }
    assert_near(&found["grams"], (100.0 + 244.0 + 125.0) / 4.0);
    assert_eq!(found["nutrients"]["added_sugar_g"]["available"], false);
    let bad = json!({ "name": "Stew", "ingredients": [{ "foodId": "01123", "amount": 1, "unit": "slice" }] });
    let error = tools.error("save_food", bad).await;
    assert_eq!(
        (&error["code"], &error["details"]["items"][0]["index"]),
        (&json!("UNIT_NOT_CONVERTIBLE"), &json!(0))
    );
}

#[tokio::test]
async fn no_number_however_small_makes_a_food_that_cannot_be_read_again() {
    let tools = tools().await;
    let ingredients = json!([{ "foodId": "09040", "amount": 100, "unit": "g" }]);
    for tiny in [5e-324, 1e-300] {
        let of_a_label = json!({ "name": "x", "servingSize": { "amount": 1, "unit": "cup", "grams": tiny }, "nutrients": { "calories": 1 } });
        let of_a_weight =
            json!({ "name": "x", "servingSize": { "amount": tiny, "unit": "g" }, "nutrients": { "calories": 1 } });
        let recipe = json!({ "name": "x", "ingredients": ingredients, "servings": tiny });
        for food in [of_a_label, of_a_weight, recipe] {
            tools.error("save_food", food).await;
        }
    }
    let found = tools
        .ok("search_food", json!({ "source": "custom", "query": "*" }))
        .await;
    assert_eq!(found["results"], json!([]));
}
