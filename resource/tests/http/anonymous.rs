//! What is open without a token, when the settings open it; and that the list of tools says what each needs.

use reqwest::Method;
use serde_json::{Value, json};

use super::{legacy, search, tools_list};
use crate::support::{Reply, TestResource};

async fn post(resource: &TestResource, message: &Value) -> Reply {
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    let body = message.to_string().into_bytes();
    resource.send(Method::POST, &resource.url, &headers, body).await
}

fn message(method: &str) -> Value {
    let client = json!({"name": "t", "version": "1"});
    let params = match method {
        "initialize" => json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}),
        _ => json!({}),
    };
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

fn save() -> Value {
    legacy(
        "tools/call",
        json!({"name": "save_food", "arguments": {"action": "delete", "food_id": "x"}}),
    )
}

fn forbidden(reply: &Reply) -> bool {
    let challenge = reply.header("www-authenticate").unwrap_or_default();
    reply.status == 401 && challenge.starts_with("Bearer resource_metadata=")
}

#[actix_web::test]
async fn nothing_is_open_unless_the_settings_say_so() {
    let resource = TestResource::start().await;
    for message in [
        message("initialize"),
        tools_list(),
        search(),
        message("server/discover"),
    ] {
        assert!(forbidden(&post(&resource, &message).await), "{message}");
    }
}

#[actix_web::test]
async fn discovery_shows_the_tools_and_calls_none() {
    let resource = TestResource::start_with(&[("RESOURCE_ANONYMOUS", "discovery")]).await;
    for method in ["initialize", "ping", "tools/list", "prompts/list", "resources/list"] {
        let reply = post(&resource, &message(method)).await;
        assert_eq!(reply.status, 200, "{method}: {}", reply.text());
        assert!(reply.json()["result"].is_object(), "{method}");
    }
    let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {}});
    let discover = legacy("server/discover", json!({"_meta": meta}));
    let current = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "server/discover"),
    ];
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    let (headers, body) = ([&headers[..], &current].concat(), discover.to_string().into_bytes());
    let reply = resource.send(Method::POST, &resource.url, &headers, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    for message in [
        search(),
        save(),
        message("resources/read"),
        message("made/up"),
        json!({}),
    ] {
        assert!(forbidden(&post(&resource, &message).await), "{message}");
    }
    for method in [Method::GET, Method::DELETE] {
        assert!(forbidden(&resource.send(method, &resource.url, &[], Vec::new()).await));
    }
}

#[actix_web::test]
async fn tools_calls_what_only_looks_up_and_saves_nothing() {
    let resource = TestResource::start_with(&[("RESOURCE_ANONYMOUS", "tools")]).await;
    let found = post(&resource, &search()).await;
    assert_eq!(found.status, 200, "{}", found.text());
    assert!(
        found.json()["result"]["structuredContent"].is_object(),
        "{}",
        found.text()
    );
    assert!(forbidden(&post(&resource, &save()).await));
    // Whoever has signed in is known, and may save.
    let saved = resource.post(&resource.signed(), &save(), &[]).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
}

#[actix_web::test]
async fn a_bad_token_is_refused_where_none_is_needed() {
    let resource = TestResource::start_with(&[("RESOURCE_ANONYMOUS", "tools")]).await;
    let expired = resource.token().claim("exp", json!(0)).sign(resource.key());
    for bad in [expired.as_str(), "x", "a.b.c"] {
        let reply = resource.post(bad, &tools_list(), &[]).await;
        assert_eq!(reply.status, 401, "{bad}");
        assert!(reply.header("www-authenticate").unwrap().contains("invalid_token"));
    }
}

#[actix_web::test]
async fn scopes_that_every_call_needs_close_the_tools_again() {
    let settings = [("RESOURCE_ANONYMOUS", "tools"), ("OAUTH_REQUIRED_SCOPES", "mcp")];
    let resource = TestResource::start_with(&settings).await;
    assert_eq!(post(&resource, &tools_list()).await.status, 200);
    assert!(forbidden(&post(&resource, &search()).await));
}

/// What `tools/list` says that a tool needs is what the transport asks for, and stands in the metadata.
#[actix_web::test]
async fn the_list_of_tools_says_what_each_needs() {
    for (anonymous, open) in [("none", false), ("tools", true)] {
        let settings = [("RESOURCE_ANONYMOUS", anonymous), ("OAUTH_REQUIRED_SCOPES", "openid")];
        let settings = if open { &settings[..1] } else { &settings[..] };
        let resource = TestResource::start_with(settings).await;
        let token = resource.signed_for("food:read food:write openid");
        let listed = resource.post(&token, &tools_list(), &[]).await.json();
        let published = resource.get("/.well-known/oauth-protected-resource/mcp").await.json();
        let published = published["scopes_supported"].as_array().unwrap().clone();
        for tool in listed["result"]["tools"].as_array().unwrap() {
            let name = tool["name"].as_str().unwrap();
            let schemes = tool["_meta"]["securitySchemes"].as_array().unwrap();
            let scopes = schemes.last().unwrap()["scopes"].as_array().unwrap();
            assert!(scopes.iter().all(|scope| published.contains(scope)), "{name}");
            let own = if name == "save_food" { "food:write" } else { "food:read" };
            assert!(
                scopes.contains(&json!(own)) && scopes.contains(&json!("openid")) != open,
                "{name}: {scopes:?}"
            );
            let without_token = schemes.contains(&json!({"type": "noauth"}));
            assert_eq!(without_token, open && name != "save_food", "{name}");
        }
    }
}
