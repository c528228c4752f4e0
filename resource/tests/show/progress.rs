//! Progress of long meals, for who asks.

use serde_json::{Value, json};

use super::{CURRENT, Client, LEGACY};

fn meal(items: usize, meta: impl Into<Value>) -> Value {
    let meta: Value = meta.into();
    let item = json!({"foodId": "09040", "amount": 1, "unit": "medium"});
    json!({"name": "calculate_meal", "arguments": {"items": vec![item; items]}, "_meta": meta})
}

fn events(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    data.filter_map(|data| serde_json::from_str(data.trim()).ok()).collect()
}

#[actix_web::test]
async fn a_long_meal_tells_how_far_it_is_on_the_answers_own_stream() {
    let client = Client::start().await;
    for revision in [LEGACY, CURRENT] {
        let params = meal(45, json!({"progressToken": "p-1"}));
        let reply = client
            .send(&client.resource.signed(), revision, "tools/call", params)
            .await;
        assert_eq!(reply.header("content-type"), Some("text/event-stream"), "{revision}");
        let events = events(&reply.text());
        let told = |event: &Value| event["method"] == "notifications/progress";
        let progress: Vec<&Value> = events.iter().filter(|event| told(event)).collect();
        let done: Vec<f64> = progress
            .iter()
            .map(|event| event["params"]["progress"].as_f64().unwrap())
            .collect();
        assert_eq!(done, [10.0, 20.0, 30.0, 40.0], "{revision}");
        for event in progress {
            assert_eq!(
                (&event["params"]["progressToken"], &event["params"]["total"]),
                (&json!("p-1"), &json!(45.0))
            );
        }
        let last = events.last().unwrap();
        assert_eq!(last["result"]["structuredContent"]["complete"], true, "{last}");
    }
}

#[actix_web::test]
async fn a_short_meal_and_who_did_not_ask_get_plain_json() {
    let client = Client::start().await;
    for params in [meal(19, json!({"progressToken": 7})), meal(45, json!({}))] {
        let reply = client
            .send(&client.resource.signed(), CURRENT, "tools/call", params)
            .await;
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.json()["result"]["structuredContent"]["complete"], true);
    }
}
