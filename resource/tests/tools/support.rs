//! The food server behind rmcp's own HTTP service, called in-process, with its own database file.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use resource::food::custom::store::SavedFoods;
use resource::food::providers::ProviderSettings;
use resource::mcp::FoodServer;
use resource::principal::Principal;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::scope::Scope;
use tempfile::TempDir;

use super::schema;
use crate::support::catalogue;

/// 2025-01-01.
const NOW: i64 = 1_735_689_600;
/// The revision most clients speak.
pub(super) const LEGACY: &str = "2025-11-25";
/// The revision without sessions.
pub(super) const CURRENT: &str = "2026-07-28";

pub(crate) struct Tools {
    service: StreamableHttpService<FoodServer, NeverSessionManager>,
    schemas: Vec<Value>,
    folder: Arc<TempDir>,
}

pub(super) async fn tools() -> Tools {
    tools_with(&ProviderSettings::default()).await
}

/// The same with live providers.
pub(crate) async fn tools_with(providers: &ProviderSettings) -> Tools {
    tools_at(Clock::fixed(NOW), providers).await
}

/// The same at the time of a clock.
pub(crate) async fn tools_at(clock: Clock, providers: &ProviderSettings) -> Tools {
    tools_on(Arc::new(tempfile::tempdir().unwrap()), clock, providers).await
}

async fn tools_on(folder: Arc<TempDir>, clock: Clock, providers: &ProviderSettings) -> Tools {
    let url = format!("sqlite:{}", folder.path().join("resource.db").display());
    let saved = SavedFoods::open(&url.parse().unwrap()).await.unwrap();
    let server = FoodServer::new(catalogue().into(), saved, clock);
    let server = server.with_providers(providers).unwrap();
    let mut config = StreamableHttpServerConfig::default();
    config.legacy_session_mode = false;
    config.json_response = true;
    let service = StreamableHttpService::new(move || Ok(server.clone()), Arc::default(), config);
    let mut tools = Tools {
        service,
        schemas: Vec::new(),
        folder,
    };
    let listed = tools.request(LEGACY, "tools/list", json!({})).await;
    tools
        .schemas
        .extend_from_slice(listed["result"]["tools"].as_array().unwrap());
    tools
}

impl Tools {
    /// Another server on the same database.
    pub(super) async fn beside(&self) -> Self {
        let folder = Arc::clone(&self.folder);
        tools_on(folder, Clock::fixed(NOW), &ProviderSettings::default()).await
    }

    /// Any request, as `sub`.
    pub(super) async fn request_as(&self, sub: &str, revision: &str, method: &str, params: Value) -> Value {
        let mut params = params;
        if revision == CURRENT {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": CURRENT,
                "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let request = http::Request::post("http://localhost/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", revision)
            .header("mcp-method", method)
            .header("mcp-name", name)
            .extension(Arc::new(principal(sub)))
            .body(Full::new(bytes(body)))
            .unwrap();
        let response = self.service.handle(request).await;
        let body = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&body)))
    }

    pub(super) async fn request(&self, revision: &str, method: &str, params: Value) -> Value {
        self.request_as("ann", revision, method, params).await
    }

    /// A call of a tool; its structured content must fit the tool's output schema, whatever it is.
    pub(crate) async fn call_as(&self, sub: &str, tool: &str, arguments: Value) -> Value {
        let answer = self
            .request_as(
                sub,
                LEGACY,
                "tools/call",
                json!({ "name": tool, "arguments": arguments }),
            )
            .await;
        let result = answer["result"].clone();
        assert!(result.is_object(), "{tool} {arguments}: {answer}");
        let listed = self.schemas.iter().find(|listed| listed["name"] == tool).unwrap();
        schema::check(&listed["outputSchema"], &result["structuredContent"]);
        assert!(!result["content"][0]["text"].as_str().unwrap().is_empty());
        result
    }

    /// The structured content of a call that must succeed.
    pub(crate) async fn ok(&self, tool: &str, arguments: Value) -> Value {
        let result = self.call_as("ann", tool, arguments.clone()).await;
        assert_eq!(
            result["isError"], false,
            "{tool} {arguments}: {}",
            result["structuredContent"]
        );
        result["structuredContent"].clone()
    }

    /// The error of a call that must fail, after a look at its form.
    pub(crate) async fn error(&self, tool: &str, arguments: Value) -> Value {
        self.error_as("ann", tool, arguments).await
    }

    pub(super) async fn error_as(&self, sub: &str, tool: &str, arguments: Value) -> Value {
        let result = self.call_as(sub, tool, arguments.clone()).await;
        assert_eq!(
            result["isError"], true,
            "{tool} {arguments}: {}",
            result["structuredContent"]
        );
        let error = result["structuredContent"].clone();
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, error);
        let mut members: Vec<&String> = error.as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(members, ["code", "details", "hint", "message"]);
        error
    }

    pub(crate) fn schemas(&self) -> &[Value] {
        &self.schemas
    }
}

fn bytes(text: String) -> actix_web::web::Bytes {
    text.into()
}

fn principal(sub: &str) -> Principal {
    Principal {
        iss: "https://issuer.example".to_owned(),
        sub: sub.to_owned(),
        client_id: Some("client".to_owned()),
        scope: Scope::parse("food:read food:write").unwrap(),
    }
}

/// A number of a result, compared to one decimal place or better.
#[track_caller]
pub(super) fn assert_near(value: &Value, expected: f64) {
    let number = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((number - expected).abs() < 0.06, "{number}, not {expected}");
}
