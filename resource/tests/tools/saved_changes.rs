//! save_food on foods that are there: what a model sees and does when it changes, shares or cannot change one.

use serde_json::{Value, json};

use super::support::{Tools, assert_near, tools};

/// A bar of 40 g and 160 kcal; its id.
async fn bar(tools: &Tools) -> Value {
    let food = json!({
        "name": "Quark bar",
        "brand": "Acme",
        "barcode": "4006381333931",
        "aliases": ["quarkriegel"],
        "servingSize": { "amount": 1, "unit": "bar", "grams": 40 },
        "portions": [{ "amount": 1, "unit": "box", "grams": 240 }],
        "nutrients": { "calories": 160, "protein_g": 4, "total_carbs_g": 18, "total_fat_g": 8 },
    });
    tools.ok("save_food", food).await["id"].clone()
}

/// The food as a call with its id alone shows it.
async fn shown(tools: &Tools, id: &Value) -> Value {
    let error = tools.error("save_food", json!({ "id": id })).await;
    assert_eq!(error["code"], "INVALID_INPUT");
    error["details"]["current"].clone()
}

async fn calories(tools: &Tools, id: &Value, unit: &str) -> Value {
    let found = tools
        .ok("get_nutrition", json!({ "foodId": id, "amount": 1, "unit": unit }))
        .await;
    found["nutrients"]["calories"]["value"].clone()
}

#[tokio::test]
async fn a_change_keeps_what_is_left_out() {
    let tools = tools().await;
    let id = bar(&tools).await;
    let changed = tools
        .ok("save_food", json!({ "id": id, "aliases": ["topfenriegel"] }))
        .await;
    assert_eq!((&changed["updated"], &changed["version"]), (&json!(true), &json!(2)));
    tools
        .ok("save_food", json!({ "id": id, "brand": "", "category": "Snacks" }))
        .await;
    let now = shown(&tools, &id).await;
    assert_eq!(
        now,
        json!({
            "id": id, "version": 3, "name": "Quark bar", "category": "Snacks",
            "barcode": "4006381333931", "aliases": ["topfenriegel"],
            "servingSize": { "amount": 1.0, "unit": "bar", "grams": 40.0 },
            "portions": [{ "amount": 1.0, "unit": "box", "grams": 240.0 }],
            "nutrients": { "calories": 160.0, "protein_g": 4.0, "total_carbs_g": 18.0, "total_fat_g": 8.0 },
        })
    );
    let of_box = json!({ "id": id, "servingSize": { "unit": "box", "grams": 200 }, "nutrients": { "calories": 900 } });
    tools.ok("save_food", of_box).await;
    assert_near(&calories(&tools, &id, "box").await, 900.0);
    assert_eq!(shown(&tools, &id).await["aliases"], json!(["topfenriegel"]));
}

#[tokio::test]
async fn what_an_error_shows_can_be_sent_back() {
    let tools = tools().await;
    let id = bar(&tools).await;
    tools.ok("save_food", json!({ "id": id, "aliases": ["mine"] })).await;
    let stale = tools
        .error("save_food", json!({ "id": id, "ifMatch": 1, "aliases": ["yours"] }))
        .await;
    assert_eq!(
        (&stale["code"], &stale["details"]["version"]),
        (&json!("CONFLICT"), &json!(2))
    );
    let mut again = stale["details"]["current"].clone();
    assert_eq!(again["aliases"], json!(["mine"]));
    again["ifMatch"] = again["version"].take();
    again.as_object_mut().unwrap().remove("version");
    again["aliases"] = json!(["mine", "yours"]);
    assert_eq!(tools.ok("save_food", again.clone()).await["version"], 3);
    let mut after = shown(&tools, &id).await;
    after["version"] = json!(2);
    again["version"] = again["ifMatch"].take();
    again.as_object_mut().unwrap().remove("ifMatch");
    assert_eq!(after, again);
}

#[tokio::test]
async fn a_barcode_that_was_misread_or_is_taken_is_told() {
    let tools = tools().await;
    let id = bar(&tools).await;
    let other = |barcode: &str| {
        json!({
            "name": "Other bar", "barcode": barcode,
            "servingSize": { "amount": 40, "unit": "g" }, "nutrients": { "calories": 160 },
        })
    };
    let misread = tools.error("save_food", other("4006381333932")).await;
    assert!(
        misread["message"].as_str().unwrap().contains("last digit must be 1"),
        "{misread}"
    );
    let taken = tools.error("save_food", other("04006381333931")).await;
    assert_eq!(
        (&taken["code"], &taken["details"]["current"]["id"]),
        (&json!("CONFLICT"), &id)
    );
    let found = tools.error("search_food", json!({ "barcode": "4006381333932" })).await;
    assert_eq!(found["code"], "INVALID_INPUT");
    let found = tools.ok("search_food", json!({ "barcode": "400638-1333931" })).await;
    assert_eq!((&found["results"][0]["id"], &found["confident"]), (&id, &json!(true)));
    tools.ok("save_food", json!({ "id": id, "barcode": "" })).await;
    tools.ok("save_food", other("4006381333931")).await;
}

#[tokio::test]
async fn a_recipe_of_own_foods_follows_them_and_holds_on_to_them() {
    let tools = tools().await;
    let id = bar(&tools).await;
    let recipe = json!({
        "name": "Bar with milk", "servings": 2,
        "ingredients": [{ "foodId": id, "amount": 2, "unit": "bar" }, { "foodId": "01077", "amount": 1, "unit": "cup" }],
    });
    let recipe = tools.ok("save_food", recipe).await["id"].clone();
    let before = calories(&tools, &recipe, "serving").await.as_f64().unwrap();
    let richer = json!({ "id": id, "servingSize": { "unit": "bar", "grams": 50 }, "nutrients": { "calories": 200 } });
    let told = tools.ok("save_food", richer).await;
    assert!(
        told["warnings"][0].as_str().unwrap().contains("\"Bar with milk\""),
        "{told}"
    );
    assert_near(&calories(&tools, &recipe, "serving").await, before + 40.0);
    let nutrition = tools
        .ok(
            "get_nutrition",
            json!({ "foodId": recipe, "amount": 1, "unit": "serving" }),
        )
        .await;
    assert_near(&nutrition["grams"], f64::midpoint(100.0, 244.0));
    assert_eq!(nutrition["nutrients"]["protein_g"]["available"], false);
    let now = shown(&tools, &recipe).await;
    assert_eq!((&now["version"], &now["servings"]), (&json!(2), &json!(2.0)));
    assert_eq!(now["ingredients"][0]["amount"], 2.0);

    let in_use = tools.error("save_food", json!({ "id": id, "delete": true })).await;
    assert_eq!(
        (&in_use["code"], &in_use["details"]["recipes"]),
        (&json!("CONFLICT"), &json!(["Bar with milk"]))
    );
    let circle = json!({ "id": id, "ingredients": [{ "foodId": recipe, "amount": 1, "unit": "serving" }] });
    let circle = tools.error("save_food", circle).await;
    assert!(
        circle["message"].as_str().unwrap().contains("would go into itself"),
        "{circle}"
    );

    let mut again = now.clone();
    again.as_object_mut().unwrap().remove("version");
    tools.ok("save_food", again).await;
    let mut after = shown(&tools, &recipe).await;
    after["version"] = json!(2);
    assert_eq!(after, now);
}

#[tokio::test]
async fn nothing_of_this_works_on_anothers_food() {
    let tools = tools().await;
    let id = bar(&tools).await;
    for call in [
        json!({ "id": id }),
        json!({ "id": id, "aliases": ["theirs"] }),
        json!({ "id": id, "ifMatch": 7, "aliases": ["theirs"] }),
        json!({ "name": "x", "ingredients": [{ "foodId": id, "source": "custom", "amount": 1, "unit": "bar" }] }),
    ] {
        assert_eq!(
            tools.error_as("bob", "save_food", call.clone()).await["code"],
            "FOOD_NOT_FOUND",
            "{call}"
        );
    }
    let theirs = tools
        .call_as("bob", "search_food", json!({ "barcode": "4006381333931" }))
        .await;
    assert_eq!(theirs["structuredContent"]["results"], json!([]));
}

#[tokio::test]
async fn what_another_server_changes_is_found_by_the_next_search() {
    let here = tools().await;
    let there = here.beside().await;
    let first = |found: Value| found["results"][0].clone();
    let id = bar(&here).await;
    let query = json!({ "query": "quark bar", "source": "custom" });
    assert_eq!(first(here.ok("search_food", query.clone()).await)["id"], id);
    there
        .ok("save_food", json!({ "id": id, "name": "Quark bar with nuts" }))
        .await;
    let renamed = first(here.ok("search_food", query.clone()).await);
    assert_eq!(renamed["name"], "Quark bar with nuts");
    there.ok("save_food", json!({ "id": id, "delete": true })).await;
    assert_eq!(first(here.ok("search_food", query).await), Value::Null);
}
