//! What worked with a static token works unchanged, with it and with a key, in both modes that take them; and nothing
//! of OAuth is in its way.

use reqwest::Method;
use serde_json::{Value, json};

use super::{LEGACY, call, key, server, status};
use crate::http::{legacy, search, tools_list};
use crate::support::TestResource;

const TOKEN: &str = "the.old_static~token+of/ours==";

/// A server with the static token, and the folder of its file.
async fn with_static_token(mode: &str) -> (TestResource, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let settings = [
        ("AUTH_MODE", mode),
        ("RESOURCE_STATIC_TOKEN_FILE", file.to_str().unwrap()),
    ];
    (TestResource::start_with(&settings).await, folder)
}

/// A session of a client that was configured with a token by hand, from the first request on.
async fn whole_session(server: &TestResource, token: &str) {
    let client = json!({"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "old", "version": "1"}});
    let version = [("mcp-protocol-version", LEGACY)];
    let answer = server.post(token, &legacy("initialize", client), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["result"]["serverInfo"]["name"], "food");
    assert_eq!((answer.header("deprecation"), answer.header("sunset")), (None, None));
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    assert_eq!(server.post(token, &initialized, &version).await.status, 202);
    let tools = server.post(token, &tools_list(), &version).await.json();
    assert_eq!(tools["result"]["tools"].as_array().unwrap().len(), 4);

    let found = call(server, token, "search_food", json!({"query": "egg"})).await;
    let egg = json!({"foodId": found["results"][0]["id"], "amount": 100, "unit": "g"});
    let one = call(server, token, "get_nutrition", egg.clone()).await;
    let meal = call(server, token, "calculate_meal", json!({"items": [egg]})).await;
    assert_eq!(
        one["nutrients"]["calories"]["value"],
        meal["totals"]["calories"]["value"]
    );
    let food = json!({"name": "Quark bar", "servingSize": {"amount": 1, "unit": "bar", "grams": 40},
        "nutrients": {"calories": 160}});
    let saved = call(server, token, "save_food", food).await;
    assert_eq!(foods(server, token).await, [saved["id"].clone()]);
    let revised = server
        .post(token, &search(), &[("mcp-protocol-version", "2025-03-26")])
        .await;
    assert_eq!(revised.status, 200);
}

/// The ids of the own foods.
async fn foods(server: &TestResource, token: &str) -> Vec<Value> {
    let found = call(server, token, "search_food", json!({"source": "custom", "query": "*"})).await;
    let found = found["results"].as_array().unwrap().iter();
    found.map(|food| food["id"].clone()).collect()
}

#[actix_web::test]
async fn what_worked_with_a_static_token_works_unchanged_and_with_a_key() {
    for mode in ["api_key", "both"] {
        let (server, _folder) = with_static_token(mode).await;
        whole_session(&server, TOKEN).await;
        let own = key(&server, "laptop", "food:read food:write").await;
        assert!(foods(&server, &own).await.is_empty(), "each key has its own foods");
        whole_session(&server, &own).await;
        let expected = if mode == "both" { 200 } else { 401 };
        assert_eq!(status(&server, &server.signed()).await, expected);
        if mode == "both" {
            assert!(foods(&server, &server.signed()).await.is_empty());
        }
    }
}

#[actix_web::test]
async fn without_the_mode_neither_is_taken() {
    let server = TestResource::start().await;
    assert_eq!(status(&server, TOKEN).await, 401);
    assert_eq!(status(&server, &server.signed()).await, 200);
}

#[actix_web::test]
async fn where_keys_alone_are_taken_nothing_names_oauth() {
    let server = server("api_key").await;
    for path in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
    ] {
        assert_eq!(server.get(path).await.status, 404);
    }
    let page = server.get("/documentation").await.text();
    assert!(
        page.contains("Authorization: Bearer KEY") && !page.contains("sign in"),
        "{page}"
    );
    let key = key(&server, "reader", "food:read").await;
    let tools = server
        .post(&key, &tools_list(), &[("mcp-protocol-version", LEGACY)])
        .await;
    assert!(!tools.text().contains("oauth"), "{}", tools.text());
    let write = legacy("tools/call", json!({"name": "save_food", "arguments": {}}));
    let none = server.send(Method::POST, &server.url, &[], Vec::new()).await;
    let bad = server.post("x", &tools_list(), &[]).await;
    let scope = server.post(&key, &write, &[("mcp-protocol-version", LEGACY)]).await;
    let expected = [
        (none, 401, "Bearer realm=\"API key\", scope="),
        (bad, 401, "Bearer realm=\"API key\", error=\"invalid_token\""),
        (scope, 403, "Bearer realm=\"API key\", error=\"insufficient_scope\""),
    ];
    for (answer, status, begin) in expected {
        let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
        assert_eq!((answer.status, challenges.len()), (status, 1), "{}", answer.text());
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(
            challenge.starts_with(begin) && !challenge.contains("resource_metadata"),
            "{challenge}"
        );
    }
}

#[actix_web::test]
async fn where_both_are_taken_the_oauth_challenge_goes_first() {
    let server = server("both").await;
    assert_eq!(
        server.get("/.well-known/oauth-protected-resource/mcp").await.status,
        200
    );
    for token in ["x", "mcpkey_x"] {
        let answer = server.post(token, &tools_list(), &[]).await;
        let challenge = answer.header("www-authenticate").unwrap();
        assert_eq!(answer.status, 401);
        assert!(challenge.starts_with("Bearer error=\"invalid_token\"") && challenge.contains("resource_metadata"));
    }
}
