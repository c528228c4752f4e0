//! MCP revisions 2024-11-05 to 2026-07-28 on one endpoint; the facts that the official conformance suite asks for.

use serde_json::{Value, json};

use super::{legacy, search, tools_list};
use crate::support::{Reply, TestResource};

const CURRENT: &str = "2026-07-28";

/// A request of 2026-07-28, whose `_meta` says what headers and a handshake said before.
fn current(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": CURRENT,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    legacy(method, params)
}

/// Sends it with the headers that its revision wants, but for those that `headers` has otherwise.
async fn send(resource: &TestResource, message: &Value, headers: &[(&str, &str)]) -> Reply {
    let method = message["method"].as_str().unwrap();
    let name = message["params"]["name"].as_str();
    let usual = [
        ("mcp-protocol-version", Some(CURRENT)),
        ("mcp-method", Some(method)),
        ("mcp-name", name),
    ];
    let usual = usual
        .into_iter()
        .filter(|(header, _)| !headers.iter().any(|(other, _)| other == header))
        .filter_map(|(header, value)| Some((header, value?)));
    let all: Vec<_> = usual
        .chain(headers.iter().copied().filter(|(_, value)| !value.is_empty()))
        .collect();
    resource.post(&resource.signed(), message, &all).await
}

#[actix_web::test]
async fn every_older_revision_initializes_lists_and_calls_without_a_session() {
    let resource = TestResource::start().await;
    let token = resource.signed();
    for revision in ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] {
        let hello =
            json!({"protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let welcome = resource.post(&token, &legacy("initialize", hello), &[]).await;
        assert_eq!(welcome.status, 200, "{}", welcome.text());
        assert_eq!(welcome.json()["result"]["protocolVersion"], revision);
        assert_eq!(welcome.header("content-type"), Some("application/json"));
        assert!(welcome.header("mcp-session-id").is_none());
        let version = [("mcp-protocol-version", revision)];
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(resource.post(&token, &initialized, &version).await.status, 202);
        let listed = resource.post(&token, &tools_list(), &version).await;
        assert!(
            listed.json()["result"]["tools"].as_array().unwrap().len() >= 2,
            "{revision}"
        );
        let called = resource.post(&token, &search(), &version).await;
        assert_eq!(called.status, 200, "{}", called.text());
        assert!(called.json()["result"]["content"].is_array(), "{revision}");
        assert_eq!(
            resource.post(&token, &legacy("ping", json!({})), &version).await.status,
            200
        );
    }
}

#[actix_web::test]
async fn an_initialize_of_an_unknown_revision_is_answered_with_one_that_is_known() {
    let resource = TestResource::start().await;
    let hello =
        json!({"protocolVersion": "1999-01-01", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let welcome = resource
        .post(&resource.signed(), &legacy("initialize", hello), &[])
        .await;
    assert_eq!(welcome.json()["result"]["protocolVersion"], "2025-11-25");
}

#[actix_web::test]
async fn the_current_revision_discovers_lists_and_calls() {
    let resource = TestResource::start().await;
    let discovered = send(&resource, &current("server/discover", json!({})), &[]).await;
    assert_eq!(discovered.status, 200, "{}", discovered.text());
    let versions = &discovered.json()["result"]["supportedVersions"];
    assert!(versions.as_array().unwrap().contains(&json!(CURRENT)), "{versions}");
    let listed = send(&resource, &current("tools/list", json!({})), &[]).await;
    assert!(listed.json()["result"]["tools"].as_array().unwrap().len() >= 2);
    let call = current(
        "tools/call",
        json!({"name": "search_food", "arguments": {"query": "egg"}}),
    );
    let called = send(&resource, &call, &[]).await;
    assert_eq!(called.status, 200, "{}", called.text());
    assert!(called.json()["result"]["content"].is_array());
}

/// What is wrong, the message, headers that differ (an empty one is left out), the status, the code.
type Case<'a> = (&'a str, Value, &'a [(&'a str, &'a str)], u16, i64);

async fn refused(cases: Vec<Case<'_>>) {
    let resource = TestResource::start().await;
    for (what, message, headers, status, code) in cases {
        let reply = send(&resource, &message, headers).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.text());
        assert_eq!(reply.json()["error"]["code"], code, "{what}: {}", reply.text());
    }
}

fn list() -> Value {
    current("tools/list", json!({}))
}

fn call() -> Value {
    current(
        "tools/call",
        json!({"name": "search_food", "arguments": {"query": "egg"}}),
    )
}

#[actix_web::test]
async fn a_request_without_what_every_request_must_say_is_400() {
    let without = |name: &str| {
        let mut message = list();
        let meta = message["params"]["_meta"].as_object_mut().unwrap();
        meta.remove(&format!("io.modelcontextprotocol/{name}"));
        message
    };
    let mut no_meta = list();
    no_meta["params"].as_object_mut().unwrap().remove("_meta");
    refused(vec![
        ("no _meta", no_meta, &[], 400, -32602),
        ("no version", without("protocolVersion"), &[], 400, -32602),
        ("no capabilities", without("clientCapabilities"), &[], 400, -32602),
    ])
    .await;
}

#[actix_web::test]
async fn headers_unlike_the_body_are_400() {
    let mut other_version = list();
    other_version["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    refused(vec![
        ("version", other_version, &[], 400, -32020),
        ("no version", list(), &[("mcp-protocol-version", "")], 400, -32020),
        ("method", list(), &[("mcp-method", "tools/call")], 400, -32020),
        (
            "method in another case",
            list(),
            &[("mcp-method", "Tools/List")],
            400,
            -32020,
        ),
        ("no method", list(), &[("mcp-method", "")], 400, -32020),
        ("name", call(), &[("mcp-name", "save_food")], 400, -32020),
        (
            "name in another case",
            call(),
            &[("mcp-name", "Search_Food")],
            400,
            -32020,
        ),
        ("no name", call(), &[("mcp-name", "")], 400, -32020),
    ])
    .await;
}

#[actix_web::test]
async fn unknown_and_removed_methods_are_404() {
    refused(vec![
        ("unknown", current("foods/list", json!({})), &[], 404, -32601),
        ("removed", current("ping", json!({})), &[], 404, -32601),
        (
            "removed",
            current("logging/setLevel", json!({"level": "info"})),
            &[],
            404,
            -32601,
        ),
    ])
    .await;
}

#[actix_web::test]
async fn an_unknown_version_is_told_which_are_known() {
    let resource = TestResource::start().await;
    let mut message = current("tools/list", json!({}));
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    let reply = send(&resource, &message, &[("mcp-protocol-version", "2099-01-01")]).await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (400, &json!(-32022)));
    let data = &reply.json()["error"]["data"];
    assert_eq!(data["requested"], "2099-01-01", "{}", reply.text());
    assert!(data["supported"].as_array().unwrap().contains(&json!(CURRENT)));
}

#[actix_web::test]
async fn an_unknown_method_of_an_older_revision_is_an_error_in_a_200() {
    let resource = TestResource::start().await;
    let version = [("mcp-protocol-version", "2025-11-25")];
    let reply = resource
        .post(&resource.signed(), &legacy("foods/list", json!({})), &version)
        .await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (200, &json!(-32601)));
}

#[actix_web::test]
async fn an_unknown_version_header_of_an_older_client_is_400() {
    let resource = TestResource::start().await;
    let version = [("mcp-protocol-version", "2023-01-01")];
    let reply = resource.post(&resource.signed(), &tools_list(), &version).await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (400, &json!(-32600)));
}
