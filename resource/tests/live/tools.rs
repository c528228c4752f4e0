//! Live providers as a model meets them.

use reqwest::Method;
use resource::food::providers::ProviderSettings;
use serde_json::{Value, json};
use shared::clock::Clock;

use super::stand_in::{Says, StandIn};
use super::{FOUND, JAR, NO_PRODUCT, PRODUCT, fdc_at, json, off_at, says};
use crate::support::TestResource;
use crate::tools::support::{Tools, tools_at, tools_with};

async fn with_off(first: Says) -> (StandIn, Tools) {
    let stand_in = StandIn::start(first);
    let tools = tools_with(&off_at(&stand_in)).await;
    (stand_in, tools)
}

/// The text of a call that must succeed.
pub(super) async fn text(tools: &Tools, tool: &str, arguments: Value) -> String {
    let result = tools.call_as("ann", tool, arguments).await;
    assert_eq!(result["isError"], false, "{result}");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_barcode_that_nobody_saved_is_found_counted_and_cited() {
    let (stand_in, tools) = with_off(says(PRODUCT)).await;
    let found = tools.ok("search_food", json!({"barcode": JAR})).await;
    assert_eq!((&found["results"], &found["confident"]), (&json!([]), &json!(false)));
    assert_eq!(found["live"]["confident"], true);
    let food = &found["live"]["results"][0];
    assert_eq!((&food["id"], &food["source"]), (&json!(JAR), &json!("openfoodfacts")));
    assert_eq!(
        (&food["calories"], &food["per"], &food["dataFreshness"]),
        (&json!(539.0), &json!("100 g"), &json!("live"))
    );
    let id = format!("openfoodfacts:{JAR}");
    let serving = tools
        .ok("get_nutrition", json!({"foodId": id, "amount": 2, "unit": "serving"}))
        .await;
    assert_eq!(
        (&serving["grams"], &serving["dataFreshness"]),
        (&json!(30.0), &json!("cache"))
    );
    assert_eq!(serving["nutrients"]["calories"]["value"], 161.7);
    assert_eq!(serving["nutrients"]["calories"]["sourceKind"], "label");
    assert_eq!(serving["nutrients"]["fiber_g"]["value"], Value::Null);
    let items =
        json!([{"foodId": id, "amount": 15, "unit": "g"}, {"query": "bananas raw", "amount": 118, "unit": "g"}]);
    let meal = tools.ok("calculate_meal", json!({"items": items})).await;
    assert_eq!(
        (&meal["missing"]["fiber_g"], &meal["nutrientCoverage"]["fiber_g"]),
        (&json!([0]), &json!("partial"))
    );
    assert_eq!(
        (&meal["items"][0]["dataFreshness"], &meal["items"][1]["attribution"]),
        (&json!("cache"), &Value::Null)
    );
    for (tool, arguments) in [
        ("search_food", json!({"barcode": JAR})),
        ("get_nutrition", json!({"foodId": JAR, "source": "openfoodfacts"})),
        ("calculate_meal", json!({"items": items})),
    ] {
        let text = text(&tools, tool, arguments).await;
        assert!(
            text.contains("© Open Food Facts contributors") && text.contains("(ODbL)"),
            "{text}"
        );
    }
    assert_eq!(stand_in.asked().len(), 1);
}

#[actix_web::test]
async fn only_what_is_not_clearly_at_hand_leaves_this_computer() {
    let nothing = Says::Json(json!({"count": 0, "products": []}));
    let (stand_in, tools) = with_off(nothing).await;
    let clear = tools.ok("search_food", json!({"query": "bananas raw"})).await;
    assert_eq!((&clear["confident"], &clear["live"]), (&json!(true), &Value::Null));
    for narrowed in [
        json!({"query": "zorblax crisps", "source": "usda"}),
        json!({"query": "zorblax crisps", "source": "custom"}),
        json!({"query": "zorblax crisps", "category": "Snacks"}),
        json!({"query": "zorblax crisps", "brand": "Zorblax"}),
    ] {
        tools.ok("search_food", narrowed).await;
    }
    let items = json!([{"query": "zorblax crisps", "amount": 1, "unit": "g"}]);
    tools.error("calculate_meal", json!({"items": items})).await;
    tools.error("get_nutrition", json!({"foodId": "4000000000006"})).await;
    assert_eq!(stand_in.asked().len(), 0);
    let unclear = tools.ok("search_food", json!({"query": "zorblax crisps"})).await;
    assert_eq!((&unclear["live"], stand_in.asked().len()), (&Value::Null, 1));
}

#[actix_web::test]
async fn a_name_that_is_not_at_hand_is_shown_apart_and_by_its_source_alone() {
    let stand_in = StandIn::start(says(FOUND));
    let tools = tools_with(&fdc_at(&stand_in)).await;
    for arguments in [
        json!({"query": "zorblax hazelnut spread"}),
        json!({"query": "hazelnut spread", "source": "fdc"}),
    ] {
        let found = tools.ok("search_food", arguments).await;
        let live = found["live"]["results"].as_array().unwrap();
        assert_eq!((&live[0]["id"], &live[0]["source"]), (&json!("9000001"), &json!("fdc")));
        let at_hand = found["results"].as_array().unwrap();
        assert!(at_hand.iter().all(|hit| hit["source"] != "fdc"));
        assert_eq!(
            (&found["confident"], &found["live"]["confident"]),
            (&json!(false), &json!(false))
        );
    }
    let items = json!([{"query": "hazelnut spread", "source": "fdc", "amount": 1, "unit": "g"}]);
    let error = tools.error("calculate_meal", json!({"items": items})).await;
    assert_eq!(error["code"], "NO_CONFIDENT_MATCH");
}

#[actix_web::test]
async fn a_barcode_with_a_source_is_looked_for_there_alone() {
    let (stand_in, tools) = with_off(says(PRODUCT)).await;
    let own = json!({
        "name": "My spread", "barcode": JAR, "servingSize": {"amount": 15, "unit": "g"}, "nutrients": {"calories": 80},
    });
    tools.ok("save_food", own).await;
    for (barcode, source, told) in [
        ("5000000000005", "custom", "no saved food has this barcode;"),
        (JAR, "usda", "the shipped collections have no barcodes;"),
    ] {
        let arguments = json!({"barcode": barcode, "source": source});
        let found = tools.ok("search_food", arguments).await;
        assert_eq!((&found["results"], &found["live"]), (&json!([]), &Value::Null));
        assert!(found["warnings"][0].as_str().unwrap().starts_with(told), "{found}");
    }
    for (source, code) in [("nonsense", "INVALID_INPUT"), ("fdc", "PROVIDER_UNAVAILABLE")] {
        let error = tools
            .error("search_food", json!({"barcode": JAR, "source": source}))
            .await;
        assert_eq!(error["code"], code);
    }
    assert_eq!(stand_in.asked().len(), 0);
    let own = tools
        .ok("search_food", json!({"barcode": JAR, "source": "custom"}))
        .await;
    assert_eq!((&own["confident"], stand_in.asked().len()), (&json!(true), 0));
    let theirs = json!({"barcode": JAR, "source": "openfoodfacts"});
    let theirs = tools.ok("search_food", theirs).await;
    assert_eq!(
        (&theirs["results"], &theirs["live"]["results"][0]["id"]),
        (&json!([]), &json!(JAR))
    );
}

#[actix_web::test]
async fn nobody_is_sure_of_an_answer_that_is_old() {
    let (stand_in, clock) = (StandIn::start(says(PRODUCT)), Clock::fixed(super::NOW));
    let tools = tools_at(clock.clone(), &off_at(&stand_in)).await;
    let found = async || tools.ok("search_food", json!({"barcode": JAR})).await["live"].clone();
    assert_eq!(found().await["confident"], true);
    clock.advance(8 * 24 * 3600);
    stand_in.says(Says::Status(500, ""));
    let old = found().await;
    assert_eq!(
        (&old["results"][0]["dataFreshness"], &old["confident"]),
        (&json!("stale"), &json!(false))
    );
}

#[actix_web::test]
async fn a_drink_is_counted_by_volume_and_not_by_a_weight_that_nobody_told() {
    let mut drink = json(PRODUCT);
    drink["product"]["product_quantity_unit"] = "ml".into();
    let (_stand_in, tools) = with_off(Says::Json(drink)).await;
    let food = json!({"id": JAR, "source": "openfoodfacts"});
    let glass = tools
        .ok("get_nutrition", json!({"foodId": food, "amount": 200, "unit": "ml"}))
        .await;
    assert_eq!(glass["nutrients"]["calories"]["value"], 1078.0);
    let warnings = glass["warnings"].to_string();
    assert!(
        warnings.contains("100 ml") && warnings.contains("milliliters"),
        "{warnings}"
    );
    let error = tools
        .error("get_nutrition", json!({"foodId": food, "amount": 200, "unit": "g"}))
        .await;
    assert_eq!(error["code"], "UNIT_NOT_CONVERTIBLE");
    assert!(error["hint"].as_str().unwrap().contains("ml"), "{error}");
}

#[actix_web::test]
async fn that_a_provider_is_away_is_told_and_stops_no_search() {
    let (stand_in, tools) = with_off(Says::Status(429, "120")).await;
    let found = tools.ok("search_food", json!({"barcode": JAR})).await;
    let warnings = found["warnings"].to_string();
    assert!(
        warnings.contains("Open Food Facts cannot be asked") && warnings.contains("no provider that answered"),
        "{warnings}"
    );
    assert_eq!((&found["live"], &found["confident"]), (&Value::Null, &json!(false)));
    let error = tools
        .error("get_nutrition", json!({"foodId": JAR, "source": "openfoodfacts"}))
        .await;
    assert_eq!(
        (&error["code"], &error["details"]["retryAfterSeconds"]),
        (&json!("PROVIDER_UNAVAILABLE"), &json!(120))
    );
    assert_eq!(stand_in.asked().len(), 1);
}

#[actix_web::test]
async fn what_is_not_there_or_not_set_up_is_said() {
    let (stand_in, tools) = with_off(says(NO_PRODUCT)).await;
    let error = tools
        .error("get_nutrition", json!({"foodId": JAR, "source": "openfoodfacts"}))
        .await;
    assert_eq!(error["code"], "FOOD_NOT_FOUND");
    let error = tools.error("get_nutrition", json!({"foodId": "fdc:9000001"})).await;
    assert_eq!(error["code"], "PROVIDER_UNAVAILABLE");
    let error = tools.error("search_food", json!({"barcode": "4012345678902"})).await;
    assert_eq!(error["code"], "INVALID_INPUT");
    assert_eq!(stand_in.asked().len(), 1);
    let none = tools_with(&ProviderSettings::default()).await;
    let found = none.ok("search_food", json!({"barcode": JAR})).await;
    assert!(
        found["warnings"]
            .to_string()
            .contains("the shipped collections have no barcodes")
    );
}

#[actix_web::test]
async fn an_own_food_with_the_barcode_goes_first_and_a_recipe_can_hold_a_fetched_one() {
    let (stand_in, tools) = with_off(says(PRODUCT)).await;
    let id = format!("openfoodfacts:{JAR}");
    let toast = json!({
        "name": "Toast with spread", "servings": 1,
        "ingredients": [{"foodId": id, "amount": 15, "unit": "g"}, {"query": "white bread", "amount": 30, "unit": "g"}],
    });
    let saved = tools.ok("save_food", toast).await;
    assert_eq!(saved["created"], true, "{saved}");
    let own = json!({
        "name": "My spread", "barcode": JAR, "servingSize": {"amount": 15, "unit": "g"},
        "nutrients": {"calories": 80, "protein_g": 1, "total_carbs_g": 8.6, "total_fat_g": 4.6},
    });
    tools.ok("save_food", own).await;
    let found = tools.ok("search_food", json!({"barcode": JAR})).await;
    assert_eq!(
        (&found["results"][0]["name"], &found["live"]),
        (&json!("My spread"), &Value::Null)
    );
    assert_eq!(stand_in.asked().len(), 1);
}

#[actix_web::test]
async fn the_tools_say_that_they_reach_further_only_where_they_do() {
    let (_stand_in, tools) = with_off(says(PRODUCT)).await;
    let none = tools_with(&ProviderSettings::default()).await;
    for (tools, expected) in [(tools, true), (none, false)] {
        let further = |tool: &Value| tool["annotations"]["openWorldHint"] == true;
        assert!(tools.schemas().iter().all(|tool| further(tool) == expected));
    }
}

/// With `RESOURCE_ANONYMOUS=tools` strangers look up foods; what a provider allows is not theirs to use up.
#[actix_web::test]
async fn whoever_has_no_token_reaches_no_provider() {
    let stand_in = StandIn::start(says(PRODUCT));
    let resource = TestResource::start_with(&[
        ("RESOURCE_ANONYMOUS", "tools"),
        ("RESOURCE_OPEN_FOOD_FACTS", "on"),
        ("RESOURCE_OPEN_FOOD_FACTS_CONTACT", "ops@food.example"),
        ("RESOURCE_OPEN_FOOD_FACTS_URL", &stand_in.url),
    ])
    .await;
    let call = |tool: &str, arguments: Value| json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}});
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    for (tool, arguments) in [
        ("search_food", json!({"barcode": JAR})),
        ("search_food", json!({"query": "zorblax crisps"})),
        ("search_food", json!({"query": "zorblax", "source": "openfoodfacts"})),
        ("get_nutrition", json!({"foodId": JAR, "source": "openfoodfacts"})),
    ] {
        let body = call(tool, arguments).to_string().into_bytes();
        let reply = resource.send(Method::POST, &resource.url, &headers, body).await;
        assert_eq!((reply.status, stand_in.asked().len()), (200, 0), "{}", reply.text());
    }
    let reply = resource
        .post(&resource.signed(), &call("search_food", json!({"barcode": JAR})), &[])
        .await;
    assert!(reply.text().contains("openfoodfacts"), "{}", reply.text());
    assert_eq!(stand_in.asked().len(), 1);
    resource.stop().await;
}

#[actix_web::test]
async fn a_source_that_is_none_is_refused_with_those_that_are_set_up() {
    let (_stand_in, tools) = with_off(says(PRODUCT)).await;
    let nowhere = json!({"foodId": JAR, "source": "nowhere"});
    let told = |error: &Value, text: &str| assert!(error.to_string().contains(text), "{text}: {error}");
    let error = tools.error("get_nutrition", nowhere.clone()).await;
    told(&error, "there are usda, survey, custom and openfoodfacts");
    let error = tools
        .error("get_nutrition", json!({"foodId": JAR, "source": "fdc"}))
        .await;
    told(&error, "Use the sources usda, survey, custom and openfoodfacts.");
    let without = tools_with(&ProviderSettings::default()).await;
    told(
        &without.error("get_nutrition", nowhere).await,
        "there are usda, survey and custom",
    );
    let meal = tools
        .schemas()
        .iter()
        .find(|tool| tool["name"] == "calculate_meal")
        .unwrap();
    told(&meal["inputSchema"], "fdc or openfoodfacts where set up");
}
