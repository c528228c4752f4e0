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
