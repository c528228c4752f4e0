//! Plain calls, which the tools answer by themselves, and the same calls in a form that rmcp answers: the same JSON, though
//! its members may come in another order.

use reqwest::Method;
use serde_json::{Value, json};

use super::legacy;
use crate::support::{Reply, TestResource};

const ARGUMENTS: [&str; 16] = [
    r#"{"query": "egg"}"#,
    r#"{"query": "2 large eggs", "limit": "3"}"#,
    r#"{"query": "bananna"}"#,
    r#"{"query": "steamed brocoli", "category": "Vegetables"}"#,
    r#"{"query": "cheeseburger", "brand": "McDonald's", "limit": 50}"#,
    r#"{"query": "cr\u00e8me br\u00fbl\u00e9e"}"#,
    r#"{"query": "zorblax"}"#,
    r#"{"query": "*", "source": "custom"}"#,
    r#"{"barcode": "4006381333931"}"#,
    r#"{"query": ""}"#,
    r#"{"query": "egg", "cursor": "none"}"#,
    r#"{"query": "egg", "unknown": 1}"#,
    r#"{"query": "egg", "source": "nowhere"}"#,
    r#"{"\u0024serde_json::private::RawValue": "{\"query\": \"egg\"}"}"#,
    r#"{"query": {"\u0024serde_json::private::RawValue": "\"egg\""}}"#,
    "[]",
];

const PLAIN: &str = "application/json, text/event-stream";

/// Sends a call as its revision says, for somebody who is called so.
async fn send_as(sub: &str, resource: &TestResource, revision: &str, arguments: &str, accept: &str) -> Reply {
    let mut call = legacy("tools/call", json!({"name": "search_food", "arguments": "as they are"}));
    let token = resource.token().claim("sub", sub.into()).sign(resource.key());
    let authorization = format!("Bearer {token}");
    let mut headers = vec![
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("accept", accept),
        ("mcp-protocol-version", revision),
    ];
    if revision == "2026-07-28" {
        headers.extend([("mcp-method", "tools/call"), ("mcp-name", "search_food")]);
        call["params"]["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": revision,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    let body = call.to_string().replace(r#""as they are""#, arguments);
    resource.send(Method::POST, &resource.url, &headers, body.into()).await
}

/// What save_food gives back.
async fn save(sub: &str, resource: &TestResource, arguments: Value) -> Value {
    let call = legacy("tools/call", json!({"name": "save_food", "arguments": arguments}));
    let token = resource.token().claim("sub", sub.into()).sign(resource.key());
    let saved = resource.post(&token, &call, &[]).await.json();
    assert_eq!(saved["result"]["isError"], false, "{saved}");
    saved["result"]["structuredContent"].clone()
}

fn egg() -> Value {
    let serving = json!({"amount": 1, "unit": "piece", "grams": 50});
    json!({"name": "Zelda's egg", "servingSize": serving, "nutrients": {"calories": 70}})
}

#[actix_web::test]
async fn plain_calls_are_answered_as_rmcp_answers_them() {
    let resource = TestResource::start().await;
    save("alice", &resource, egg()).await;
    let revisions = ["2025-06-18", "2025-11-25", "2026-07-28"];
    // The second of those without foods gets what was kept of the first.
    let all = revisions
        .iter()
        .flat_map(|revision| ["alice", "bob", "carol"].map(|sub| (sub, *revision)));
    for (sub, revision) in all {
        for arguments in ARGUMENTS {
            let plain = send_as(sub, &resource, revision, arguments, PLAIN).await;
            let unusual = send_as(
                sub,
                &resource,
                revision,
                arguments,
                "application/json;q=1, text/event-stream",
            )
            .await;
            let both = [&plain, &unusual];
            assert_eq!(plain.json(), unusual.json(), "{revision} {arguments}");
            let [plain, unusual] = both.map(|reply| {
                let mut headers = reply.headers.clone();
                for of_each in ["date", "x-request-id", "content-length"] {
                    headers.remove(of_each);
                }
                (reply.status, headers)
            });
            assert_eq!(plain, unusual, "{revision} {arguments}");
        }
    }
}

/// Answers are kept for those who have no foods of their own, and are nobody else's.
#[actix_web::test]
async fn own_foods_are_found_by_their_owner_at_once_and_by_nobody_else() {
    let resource = TestResource::start().await;
    let first = async |sub: &str| {
        let found = send_as(sub, &resource, "2026-07-28", r#"{"query": "zelda's egg"}"#, PLAIN)
            .await
            .json();
        found["result"]["structuredContent"]["results"][0]["name"].clone()
    };
    let everybodys = first("bob").await;
    assert!(everybodys.is_string() && everybodys != "Zelda's egg");
    for _ in 0..2 {
        assert_eq!(first("alice").await, everybodys);
        let id = save("alice", &resource, egg()).await["id"].clone();
        for _ in 0..2 {
            assert_eq!(first("alice").await, "Zelda's egg");
            assert_eq!(first("bob").await, everybodys);
        }
        save("alice", &resource, json!({"id": id, "delete": true})).await;
    }
    assert_eq!(first("alice").await, everybodys);
}
