//! What the server shows beside tools: resources, prompts, completion, pictures, questions.

mod documentation;
mod host;
mod picture;
mod progress;
mod prompts;
mod questions;
mod resources;
mod subscriptions;

use serde_json::{Value, json};

use crate::support::{Reply, TestResource};

/// The revision that most clients speak.
pub(crate) const LEGACY: &str = "2025-11-25";
/// The revision whose requests stand alone.
pub(crate) const CURRENT: &str = "2026-07-28";

/// A client over real HTTP.
pub(crate) struct Client {
    pub(crate) resource: TestResource,
    /// What it says of itself, on 2026-07-28.
    pub(crate) capabilities: Value,
}

impl Client {
    pub(crate) async fn start() -> Self {
        Self {
            resource: TestResource::start().await,
            capabilities: json!({}),
        }
    }

    /// A token of another user of the same issuer.
    pub(crate) fn token_of(&self, sub: &str) -> String {
        let token = self.resource.token().claim("sub", sub.into());
        token.sign(self.resource.key())
    }

    /// Any request with any token.
    pub(crate) async fn send(&self, token: &str, revision: &str, method: &str, mut params: Value) -> Reply {
        let mut headers = vec![("mcp-protocol-version", revision)];
        let name = params["name"].as_str().or(params["uri"].as_str());
        let name = name.unwrap_or_default().to_owned();
        if revision == CURRENT {
            params["_meta"]["io.modelcontextprotocol/protocolVersion"] = CURRENT.into();
            params["_meta"]["io.modelcontextprotocol/clientInfo"] = json!({"name": "test", "version": "1"});
            params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
            headers.push(("mcp-method", method));
            if !name.is_empty() {
                headers.push(("mcp-name", &name));
            }
        }
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.resource.post(token, &message, &headers).await
    }

    /// The result of a request that must succeed.
    pub(crate) async fn result(&self, revision: &str, method: &str, params: Value) -> Value {
        self.result_of(&self.resource.signed(), revision, method, params).await
    }

    pub(crate) async fn result_of(&self, token: &str, revision: &str, method: &str, params: Value) -> Value {
        let reply = self.send(token, revision, method, params).await;
        let answer = reply.json();
        assert!(answer["result"].is_object(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The code of the error of a request that must fail.
    pub(crate) async fn error(&self, revision: &str, method: &str, params: Value) -> Value {
        let reply = self.send(&self.resource.signed(), revision, method, params).await;
        let answer = reply.json();
        assert!(answer["error"].is_object(), "{method}: {answer}");
        answer["error"].clone()
    }

    /// The structured content of a call, or of its error.
    pub(crate) async fn call(&self, token: &str, tool: &str, arguments: Value) -> Value {
        let call = json!({"name": tool, "arguments": arguments});
        let result = self.result_of(token, LEGACY, "tools/call", call).await;
        result["structuredContent"].clone()
    }

    /// Saves a food and gives its id.
    pub(crate) async fn save(&self, token: &str, name: &str) -> String {
        let food = json!({
            "name": name,
            "servingSize": {"amount": 1, "unit": "bar", "grams": 40},
            "nutrients": {"calories": 160, "protein_g": 4, "total_carbs_g": 18, "total_fat_g": 8},
        });
        let call = json!({"name": "save_food", "arguments": food});
        let saved = self.result_of(token, LEGACY, "tools/call", call).await;
        saved["structuredContent"]["id"].as_str().unwrap().to_owned()
    }
}
