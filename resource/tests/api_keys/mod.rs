//! API keys and the static token, over HTTP and in both databases.

mod deprecation;
mod hostile;
mod store;
mod unchanged;

use resource::auth::api_key::key::NewKey;
use resource::auth::api_key::store::{Added, Store};
use resource::food::custom::store::SavedFoods;
use serde_json::{Value, json};

use crate::support::{NOW, TestResource, eventually};

const LEGACY: &str = "2025-11-25";

/// A server that takes keys, beside tokens or alone.
async fn server(mode: &str) -> TestResource {
    TestResource::start_with(&[("AUTH_MODE", mode)]).await
}

/// The table of keys of a running server, as another process sees it.
async fn table(server: &TestResource) -> Store {
    let saved = SavedFoods::open(&server.database_url().parse().unwrap()).await.unwrap();
    Store::new(saved.database())
}

/// A key for an hour that the server knows.
async fn key(server: &TestResource, name: &str, scope: &str) -> String {
    let key = NewKey::draw().unwrap();
    let added = Added {
        name,
        sub: name,
        scope,
        expires_at: NOW + 3600,
    };
    assert!(table(server).await.add(&key, added, NOW).await.unwrap());
    eventually("the key is known", async || status(server, &key.text).await == 200).await;
    key.text
}

async fn status(server: &TestResource, token: &str) -> u16 {
    server.post(token, &crate::http::tools_list(), &[]).await.status
}

/// The result of a call of a tool that must succeed.
async fn call(server: &TestResource, token: &str, tool: &str, arguments: Value) -> Value {
    let params = json!({"name": tool, "arguments": arguments});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let answer = server.post(token, &message, &[("mcp-protocol-version", LEGACY)]).await;
    assert_eq!(answer.status, 200, "{tool}: {}", answer.text());
    let result = answer.json()["result"].clone();
    assert_eq!(result["isError"], false, "{tool}: {result}");
    result["structuredContent"].clone()
}
