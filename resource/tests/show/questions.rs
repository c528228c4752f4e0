//! Questions to the person where a food of a meal is not clear: multi round trip of 2026-07-28.

use serde_json::{Value, json};

use super::{CURRENT, Client, LEGACY};

/// Nothing is clearly this, and several foods may be.
const UNCLEAR: &str = "zzqx bread";

fn meal(items: impl Into<Value>) -> Value {
    let items: Value = items.into();
    json!({"name": "calculate_meal", "arguments": {"items": items}})
}

fn unclear() -> Value {
    meal(json!([
        {"foodId": "09040", "amount": 1, "unit": "medium"},
        {"query": UNCLEAR, "amount": 100, "unit": "g"},
    ]))
}

async fn asking() -> Client {
    let mut client = Client::start().await;
    client.capabilities = json!({"elicitation": {}});
    client
}

async fn call(client: &Client, params: Value) -> Value {
    client.result(CURRENT, "tools/call", params).await
}

fn keys(asked: &Value) -> Vec<String> {
    asked["inputRequests"].as_object().unwrap().keys().cloned().collect()
}

/// The call with the same answer to all that was asked.
fn answered(mut call: Value, asked: &Value, answer: &Value) -> Value {
    call["inputResponses"] = keys(asked).into_iter().map(|key| (key, answer.clone())).collect();
    call
}

#[actix_web::test]
async fn a_food_that_is_not_clear_is_asked_for_and_the_choice_is_counted() {
    let client = asking().await;
    let asked = call(&client, unclear()).await;
    assert_eq!(asked["resultType"], "input_required", "{asked}");
    assert!(asked.get("requestState").is_none() && asked.get("content").is_none());
    let questions = asked["inputRequests"].as_object().unwrap();
    assert_eq!(questions.len(), 1);
    let (key, question) = questions.iter().next().unwrap();
    assert!(key.starts_with("item-1-"), "{key}");
    assert_eq!(
        (&question["method"], &question["params"]["mode"]),
        (&json!("elicitation/create"), &json!("form"))
    );
    assert!(question["params"]["message"].as_str().unwrap().contains(UNCLEAR));
    let schema = &question["params"]["requestedSchema"];
    assert_eq!(
        (&schema["type"], &schema["required"]),
        (&json!("object"), &json!(["food"]))
    );
    let choice = schema["properties"]["food"]["oneOf"][0].clone();
    let accepted = json!({"action": "accept", "content": {"food": choice["const"]}});
    let result = call(&client, answered(unclear(), &asked, &accepted)).await;
    assert_eq!(
        (&result["resultType"], &result["isError"]),
        (&json!("complete"), &json!(false)),
        "{result}"
    );
    let food = &result["structuredContent"]["items"][1]["food"];
    assert_eq!(
        (&food["name"], &result["structuredContent"]["complete"]),
        (&choice["title"], &json!(true))
    );
}

#[actix_web::test]
async fn who_declines_is_not_asked_again() {
    let client = asking().await;
    let asked = call(&client, unclear()).await;
    for answer in [
        json!({"action": "decline"}),
        json!({"action": "cancel"}),
        json!({"action": "accept"}),
        json!(7),
    ] {
        let result = call(&client, answered(unclear(), &asked, &answer)).await;
        assert_eq!(
            (&result["isError"], &result["structuredContent"]["code"]),
            (&json!(true), &json!("NO_CONFIDENT_MATCH"))
        );
    }
    let elsewhere = json!({"action": "accept", "content": {"food": "custom:0000"}});
    let result = call(&client, answered(unclear(), &asked, &elsewhere)).await;
    assert_eq!(
        result["structuredContent"]["code"], "FOOD_NOT_FOUND",
        "a choice is looked up like any id"
    );
}

#[actix_web::test]
async fn an_answer_settles_the_item_it_was_asked_for() {
    let client = asking().await;
    let asked = call(&client, unclear()).await;
    let chosen = json!({"action": "accept", "content": {"food": "usda:01123"}});
    let elsewhere = json!([
        {"foodId": "09040", "amount": 1, "unit": "medium"},
        {"query": "banana, raw", "amount": 100, "unit": "g"},
    ]);
    let result = call(&client, answered(meal(elsewhere), &asked, &chosen)).await;
    assert_eq!(
        result["structuredContent"]["items"][1]["food"]["id"], "09040",
        "{result}"
    );
    let mut more = unclear();
    more["arguments"]["items"][1]["amount"] = json!(200);
    let again = call(&client, answered(more, &asked, &chosen)).await;
    assert_eq!(again["resultType"], "input_required", "another amount is another item");
}

#[actix_web::test]
async fn all_that_is_unclear_is_asked_in_one_round() {
    let client = asking().await;
    let items = json!([
        {"query": UNCLEAR, "amount": 100, "unit": "g"},
        {"foodId": "09040", "amount": 1, "unit": "medium"},
        {"query": "zzqx milk", "amount": 50, "unit": "g"},
    ]);
    let asked = call(&client, meal(items.clone())).await;
    let keys = keys(&asked);
    assert_eq!(keys.len(), 2, "{asked}");
    let chosen = json!({"action": "accept", "content": {"food": "usda:01123"}});
    let result = call(&client, answered(meal(items), &asked, &chosen)).await;
    let meal = &result["structuredContent"];
    assert_eq!(meal["complete"], true, "{result}");
    assert_eq!(
        (&meal["items"][0]["food"]["id"], &meal["items"][2]["food"]["id"]),
        (&json!("01123"), &json!("01123"))
    );
}

#[actix_web::test]
async fn only_who_can_be_asked_is_asked() {
    let mut client = Client::start().await;
    for capabilities in [json!({}), json!({"elicitation": {"url": {}}})] {
        client.capabilities = capabilities;
        let result = call(&client, unclear()).await;
        let error = &result["structuredContent"];
        assert_eq!(
            (&result["resultType"], &error["code"]),
            (&json!("complete"), &json!("NO_CONFIDENT_MATCH"))
        );
        assert!(
            !error["details"]["items"][0]["details"]["candidates"]
                .as_array()
                .unwrap()
                .is_empty(),
            "{error}"
        );
    }
    client.capabilities = json!({"elicitation": {"form": {}}});
    assert_eq!(call(&client, unclear()).await["resultType"], "input_required");
    let result = client.result(LEGACY, "tools/call", unclear()).await;
    assert_eq!(result["structuredContent"]["code"], "NO_CONFIDENT_MATCH");
}

#[actix_web::test]
async fn what_no_choice_settles_is_not_asked() {
    let client = asking().await;
    let unclear = json!({"query": UNCLEAR, "amount": 100, "unit": "g"});
    for items in [
        json!([unclear, {"foodId": "09040", "amount": 1, "unit": "furlong"}]),
        json!([{"query": format!("2 slices {UNCLEAR}")}]),
        json!([unclear, unclear, unclear, unclear, unclear, unclear]),
    ] {
        let result = call(&client, meal(items.clone())).await;
        assert_eq!(
            (&result["resultType"], &result["isError"]),
            (&json!("complete"), &json!(true)),
            "{items}"
        );
    }
    let lenient = json!({"name": "calculate_meal", "arguments": {"strict": false, "items": [unclear]}});
    assert_eq!(call(&client, lenient).await["resultType"], "complete");
}

/// The schema of the only question.
fn schema(asked: &Value) -> Value {
    let questions = asked["inputRequests"].as_object().unwrap();
    assert_eq!(questions.len(), 1, "{asked}");
    questions.values().next().unwrap()["params"]["requestedSchema"].clone()
}

#[actix_web::test]
async fn how_much_is_asked_with_the_measures_of_the_food() {
    let client = asking().await;
    let counted = json!({"foodId": "09040", "amount": 1, "unit": "medium"});
    for (item, needed, answer) in [
        (
            json!({"query": "whole milk"}),
            json!(["amount", "unit"]),
            json!({"amount": 2, "unit": "cup"}),
        ),
        (
            json!("whole milk"),
            json!(["amount", "unit"]),
            json!({"amount": 2, "unit": "cup"}),
        ),
        (
            json!({"foodId": "01077"}),
            json!(["amount", "unit"]),
            json!({"amount": 488, "unit": "g"}),
        ),
        (
            json!({"query": "whole milk", "amount": 2}),
            json!(["unit"]),
            json!({"unit": "cup"}),
        ),
    ] {
        let call_of_it = meal(json!([counted, item]));
        let asked = call(&client, call_of_it.clone()).await;
        assert_eq!(asked["resultType"], "input_required", "{item}: {asked}");
        let schema = schema(&asked);
        assert_eq!(schema["required"], needed, "{item}");
        let units = schema["properties"]["unit"]["oneOf"].as_array().unwrap();
        let cup = units.iter().find(|unit| unit["const"] == "cup").unwrap();
        assert_eq!(cup["title"], "cup (244 g)");
        assert_eq!(units.last().unwrap()["const"], "g");
        let accepted = json!({"action": "accept", "content": answer});
        let result = call(&client, answered(call_of_it, &asked, &accepted)).await;
        let grams = &result["structuredContent"]["items"][1]["grams"];
        assert_eq!(grams, 488.0, "{item}: {result}");
    }
}

#[actix_web::test]
async fn a_food_that_is_not_clear_and_not_measured_is_asked_for_at_once_and_only_once() {
    let client = asking().await;
    let unclear = meal(json!([{"query": UNCLEAR}]));
    let asked = call(&client, unclear.clone()).await;
    let schema = schema(&asked);
    assert_eq!(schema["required"], json!(["amount", "food", "unit"]), "{asked}");
    let food = schema["properties"]["food"]["oneOf"][0]["const"].clone();
    let accepted = json!({"action": "accept", "content": {"food": food, "amount": 50, "unit": "g"}});
    let result = call(&client, answered(unclear.clone(), &asked, &accepted)).await;
    assert_eq!(result["structuredContent"]["items"][0]["grams"], 50.0, "{result}");
    let half = json!({"action": "accept", "content": {"food": food}});
    let result = call(&client, answered(unclear, &asked, &half)).await;
    assert_eq!(
        (&result["resultType"], &result["structuredContent"]["code"]),
        (&json!("complete"), &json!("UNKNOWN_UNIT"))
    );
}
