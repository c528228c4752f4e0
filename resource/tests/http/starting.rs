//! The first moments: the server answers while the foods are still unpacked, and what needs them waits.

use std::sync::mpsc;
use std::time::Duration;

use futures_util::FutureExt;
use resource::food::catalogue::{Catalogue, nutrient_definitions};
use resource::food::shipped::Shipped;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{legacy, search, tools_list};
use crate::support::{Reply, TestIssuer, TestResource, eventually};

/// What nobody needs foods for.
async fn answers_without_foods(resource: &TestResource, token: &str) {
    assert_eq!(resource.get("/healthz").await.status, 200);
    let metadata = resource.get("/.well-known/oauth-protected-resource/mcp").await;
    assert_eq!(metadata.status, 200);
    assert_eq!(resource.post("x", &tools_list(), &[]).await.status, 401);
    let info = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info});
    let initialized = resource.post(token, &legacy("initialize", params), &[]).await.json();
    assert_eq!(initialized["result"]["serverInfo"]["name"], "food", "{initialized}");
    let listed = resource.post(token, &tools_list(), &[]).await.json();
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 4);
    // The foods of one's own.
    let saved = resource
        .post(token, &legacy("resources/list", json!({})), &[])
        .await
        .json();
    assert_eq!(saved["result"]["resources"], json!([]), "{saved}");
}

/// Whether each part can serve.
async fn parts(resource: &TestResource) -> (u16, Value) {
    let ready = resource.get("/readyz").await;
    (ready.status, ready.json()["parts"].clone())
}

fn is_egg(answer: &Reply) {
    assert_eq!(answer.status, 200);
    let found = &answer.json()["result"]["structuredContent"]["results"][0];
    assert!(found["name"].as_str().unwrap().starts_with("Egg"), "{found}");
}

#[actix_web::test]
async fn calls_sent_before_the_foods_are_there_wait_for_them_and_all_else_is_answered() {
    let (unpack, asked) = mpsc::channel();
    let load = move || {
        asked.recv().unwrap();
        Catalogue::load()
    };
    let (shipped, unpacked) = Shipped::unpack(nutrient_definitions().unwrap(), load).unwrap();
    let resource = TestResource::launch_with(TestIssuer::start(), &[], shipped).await;
    let token = resource.signed();
    eventually("keys", async || parts(&resource).await.1["keys"] == true).await;
    answers_without_foods(&resource, &token).await;
    let all_but_foods = json!({"database": true, "foods": false, "keys": true});
    assert_eq!(parts(&resource).await, (503, all_but_foods));

    let arguments = json!({"foodId": "09040", "amount": 100, "unit": "g"});
    let nutrition = legacy("tools/call", json!({"name": "get_nutrition", "arguments": arguments}));
    let (message, of_food) = (search(), legacy("resources/read", json!({"uri": "food://usda/09040"})));
    let calls =
        [&message, &message, &nutrition, &of_food].map(|message| resource.post(&token, message, &[]).boxed_local());
    let mut calls = futures_util::future::join_all(calls);
    let early = timeout(Duration::from_millis(300), &mut calls).await;
    assert!(early.is_err(), "answered without foods");

    unpack.send(()).unwrap();
    let answers = calls.await;
    answers.iter().take(2).for_each(is_egg);
    let kilocalories = &answers[2].json()["result"]["structuredContent"]["nutrients"]["calories"]["value"];
    assert_eq!(*kilocalories, json!(89.0), "{}", answers[2].text());
    assert!(answers[3].text().contains("Bananas, raw"), "{}", answers[3].text());
    assert_eq!(unpacked.await, Ok(()));
    assert_eq!(parts(&resource).await.0, 200);
}
