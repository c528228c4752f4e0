//! get_nutrition: USDA's figures for amounts in any unit.

use serde_json::{Value, json};

use super::support::{assert_near, tools};

/// id, amount, unit, grams, calories: the checks of USDA's own tables.
const CHECKS: &[(&str, f64, &str, f64, f64)] = &[
    ("09040", 1.0, "medium", 118.0, 105.0),
    ("01123", 1.0, "large", 50.0, 71.5),
    ("01001", 1.0, "tbsp", 14.2, 101.8),
    ("11090", 1.0, "cup chopped", 91.0, 30.9),
    ("01077", 1.0, "cup", 244.0, 148.8),
    ("12061", 1.0, "oz", 28.35, 164.1),
    ("04053", 1.0, "tablespoon", 13.5, 119.3),
];

#[tokio::test]
async fn portions_give_usda_figures() {
    let tools = tools().await;
    for (id, amount, unit, grams, calories) in CHECKS {
        let found = tools
            .ok("get_nutrition", json!({ "foodId": id, "amount": amount, "unit": unit }))
            .await;
        assert_near(&found["grams"], *grams);
        assert_near(&found["nutrients"]["calories"]["value"], *calories);
        assert_eq!(found["food"]["id"], *id);
        assert!(found["attribution"].as_str().unwrap().contains("Agriculture"));
    }
}

#[tokio::test]
async fn without_amount_and_unit_it_is_100_g() {
    let tools = tools().await;
    let found = tools.ok("get_nutrition", json!({ "foodId": "09040" })).await;
    assert_eq!(
        (&found["grams"], &found["resolvedPortion"]),
        (&json!(100.0), &json!({ "label": "g", "how": "mass" }))
    );
    assert_near(&found["nutrients"]["calories"]["value"], 89.0);
    let found = tools
        .ok("get_nutrition", json!({ "foodId": "09040", "unit": "medium" }))
        .await;
    assert_near(&found["grams"], 118.0);
}

#[tokio::test]
async fn a_missing_value_is_null_and_not_available() {
    let tools = tools().await;
    let found = tools
        .ok("get_nutrition", json!({ "foodId": "09040", "dailyValues": true }))
        .await;
    let nutrients = &found["nutrients"];
    assert_eq!(
        nutrients["added_sugar_g"],
        json!({ "value": null, "unit": "g", "available": false })
    );
    assert_eq!(nutrients["cholesterol_mg"]["value"], 0.0);
    assert_eq!(nutrients["cholesterol_mg"]["available"], true);
    assert_eq!(nutrients["potassium_mg"]["percentDV"], 8.0);
    assert_eq!(nutrients.as_object().unwrap().len(), 18);
    assert_near(&found["macroRatio"]["carbsPercent"], 92.6);
}

#[tokio::test]
async fn nutrients_can_be_chosen() {
    let tools = tools().await;
    let all = tools
        .ok("get_nutrition", json!({ "foodId": "09040", "nutrients": "all" }))
        .await;
    assert_near(&all["nutrients"]["vitamin_k_mcg"]["value"], 0.5);
    assert_near(&all["nutrients"]["energy_kj"]["value"], 371.0);
    assert!(all["nutrients"]["folate_dfe_mcg"]["available"] == true && all["nutrients"]["caffeine_mg"]["value"] == 0.0);
    assert!(all["nutrients"].as_object().unwrap().len() > 80);
    let two = tools
        .ok(
            "get_nutrition",
            json!({ "foodId": "09040", "nutrients": ["iron_mg", "vitamin_b6_mg"] }),
        )
        .await;
    assert_eq!(two["nutrients"].as_object().unwrap().len(), 2);
    let error = tools
        .error(
            "get_nutrition",
            json!({ "foodId": "09040", "nutrients": ["vitamin_b_6"] }),
        )
        .await;
    assert_eq!(error["code"], "INVALID_NUTRIENTS");
    assert!(
        error["details"]["nearest"]
            .as_array()
            .unwrap()
            .contains(&json!("vitamin_b6_mg"))
    );
}

#[tokio::test]
async fn arguments_may_be_written_as_models_write_them() {
    let tools = tools().await;
    for id in [
        json!("09040"),
        json!("9040"),
        json!(9040),
        json!("usda:09040"),
        json!({ "id": "09040", "source": "usda" }),
    ] {
        let found = tools
            .ok(
                "get_nutrition",
                json!({ "foodId": id, "amount": "2", "unit": "medium", "source": null }),
            )
            .await;
        assert_near(&found["grams"], 236.0);
    }
    let found = tools
        .ok(
            "get_nutrition",
            json!({ "food_id": "09040", "unit": "2 medium", "daily_values": "true" }),
        )
        .await;
    assert_near(&found["nutrients"]["calories"]["value"], 210.0);
}

#[tokio::test]
async fn weight_as_purchased_loses_the_peel() {
    let tools = tools().await;
    let found = tools
        .ok(
            "get_nutrition",
            json!({ "foodId": "09040", "amount": 200, "unit": "g", "weightBasis": "as_purchased" }),
        )
        .await;
    assert_near(&found["grams"], 128.0);
    assert_eq!(found["resolvedPortion"]["how"], "derived");
}

#[tokio::test]
async fn raw_rice_comes_with_a_warning() {
    let tools = tools().await;
    let found = tools.ok("get_nutrition", json!({ "foodId": "20044" })).await;
    assert_near(&found["nutrients"]["calories"]["value"], 365.0);
    assert!(found["warnings"][0].as_str().unwrap().contains("raw"));
    let cooked = tools.ok("get_nutrition", json!({ "foodId": "20045" })).await;
    assert_near(&cooked["nutrients"]["calories"]["value"], 130.0);
    assert_eq!(cooked["warnings"], json!([]));
}

#[tokio::test]
async fn errors_help() {
    let tools = tools().await;
    let code = |error: &Value| error["code"].as_str().unwrap().to_owned();
    let error = tools
        .error(
            "get_nutrition",
            json!({ "foodId": "09040", "amount": 1, "unit": "slice" }),
        )
        .await;
    assert_eq!(code(&error), "UNIT_NOT_CONVERTIBLE");
    assert!(
        error["details"]["portions"].as_array().unwrap().len() == 8 && error["hint"].as_str().unwrap().contains(" g")
    );
    let error = tools
        .error("get_nutrition", json!({ "foodId": "09040", "unit": "flurb" }))
        .await;
    assert_eq!(code(&error), "UNKNOWN_UNIT");
    for amount in [json!(0), json!(-1), json!("0"), json!(1e300)] {
        let error = tools
            .error("get_nutrition", json!({ "foodId": "09040", "amount": amount }))
            .await;
        assert_eq!(code(&error), "INVALID_AMOUNT");
    }
    let error = tools.error("get_nutrition", json!({ "foodId": "banana" })).await;
    assert_eq!(code(&error), "FOOD_NOT_FOUND");
    assert!(error["details"]["nearest"].to_string().contains("09040"));
    let error = tools.error("get_nutrition", json!({ "foodId": "99999" })).await;
    assert_eq!(code(&error), "FOOD_NOT_FOUND");
    let error = tools
        .error("get_nutrition", json!({ "foodId": "1", "source": "fdc" }))
        .await;
    assert_eq!(code(&error), "PROVIDER_UNAVAILABLE");
    for arguments in [
        json!({}),
        json!({ "foodId": "09040", "units": "cup" }),
        json!({ "foodId": "09040", "amount": "many" }),
    ] {
        assert_eq!(code(&tools.error("get_nutrition", arguments).await), "INVALID_INPUT");
    }
}
