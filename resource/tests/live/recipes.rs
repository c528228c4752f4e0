//! Recipes with foods of live providers.

use serde_json::{Value, json};

use super::stand_in::{Says, StandIn};
use super::{JAR, PRODUCT, json, off_at};
use crate::tools::support::{Tools, tools_with};

/// The jar, as a drink of 539 kcal in 100 ml.
async fn with_drink() -> (StandIn, Tools) {
    let mut drink = json(PRODUCT);
    drink["product"]["product_quantity_unit"] = "ml".into();
    let stand_in = StandIn::start(Says::Json(drink));
    let tools = tools_with(&off_at(&stand_in)).await;
    (stand_in, tools)
}

fn shake(serving: &Value) -> Value {
    let id = format!("openfoodfacts:{JAR}");
    json!({
        "name": "Shake", "servings": 1, "servingSize": serving,
        "ingredients": [{"foodId": id, "amount": 200, "unit": "ml"}],
    })
}

#[actix_web::test]
async fn milliliters_become_no_weight_of_a_recipe_unless_somebody_weighed_it() {
    let (_stand_in, tools) = with_drink().await;
    for unweighed in [Value::Null, json!({"amount": 1, "unit": "glass"})] {
        let error = tools.error("save_food", shake(&unweighed)).await;
        assert_eq!(error["code"], "UNIT_NOT_CONVERTIBLE", "{error}");
        assert!(error["hint"].as_str().unwrap().contains("servingSize.grams"));
    }
    let weighed = shake(&json!({"amount": 1, "unit": "glass", "grams": 220}));
    let saved = tools.ok("save_food", weighed).await;
    let id = format!("custom:{}", saved["id"].as_str().unwrap());
    let eaten = json!({"foodId": id, "amount": 110, "unit": "g"});
    let eaten = tools.ok("get_nutrition", eaten).await;
    assert_eq!(eaten["nutrients"]["calories"]["value"], 539.0);
}

/// The license wants it wherever figures of the provider are shown, however many recipes lie between.
#[actix_web::test]
async fn a_recipe_cites_the_providers_of_what_it_is_made_of() {
    let stand_in = StandIn::start(Says::Json(json(PRODUCT)));
    let tools = tools_with(&off_at(&stand_in)).await;
    let of = |name: &str, food: &str| {
        let parts =
            json!([{"foodId": food, "amount": 30, "unit": "g"}, {"foodId": "09040", "amount": 50, "unit": "g"}]);
        json!({"name": name, "servings": 1, "ingredients": parts})
    };
    let id = |saved: &Value| format!("custom:{}", saved["id"].as_str().unwrap());
    let toast = id(&tools
        .ok("save_food", of("Toast", &format!("openfoodfacts:{JAR}")))
        .await);
    let tray = id(&tools.ok("save_food", of("Tray", &toast)).await);
    let plain = id(&tools.ok("save_food", of("Plain", "01123")).await);
    for (food, cites) in [(&toast, true), (&tray, true), (&plain, false)] {
        let facts = json!({"foodId": food, "amount": 10, "unit": "g"});
        let told = tools.ok("get_nutrition", facts.clone()).await["attribution"].to_string();
        let meal = tools.ok("calculate_meal", json!({"items": [facts]})).await;
        let of_item = meal["items"][0]["attribution"].to_string();
        let text = super::tools::text(&tools, "calculate_meal", json!({"items": [facts]})).await;
        let facts = super::tools::text(&tools, "get_nutrition", facts).await;
        for shown in [told, of_item, text, facts] {
            assert_eq!(
                shown.contains("© Open Food Facts contributors"),
                cites,
                "{food}: {shown}"
            );
        }
    }
    let without = json!({"id": toast.trim_start_matches("custom:"), "servings": 1,
        "ingredients": [{"foodId": "09040", "amount": 50, "unit": "g"}]});
    tools.ok("save_food", without).await;
    let told = tools.ok("get_nutrition", json!({"foodId": tray})).await;
    assert_eq!(
        told["attribution"], "saved by the user",
        "nothing of it is in there any more"
    );
}
