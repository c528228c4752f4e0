//! What a client sees of a tool that panics, through rmcp as it is.

use std::convert::Infallible;

use actix_web::web::Bytes;
use futures_util::FutureExt;
use http_body_util::{BodyExt, Full};
use rmcp::handler::server::router::tool::ToolRoute;
use rmcp::model::Tool;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use tokio::time::{Duration, timeout};

use super::*;
use crate::food::catalogue::Catalogue;

/// The real server with one more tool, which panics.
async fn server(folder: &std::path::Path) -> FoodServer {
    let url = format!("sqlite:{}", folder.join("resource.db").display());
    let saved = SavedFoods::open(&url.parse().unwrap()).await.unwrap();
    let catalogue = Arc::new(Catalogue::load().unwrap());
    let mut server = FoodServer::new(catalogue.into(), saved, Clock::fixed(0));
    let broken = ToolRoute::new_dyn(Tool::new("broken", "", Arc::default()), |_| {
        async { panic!("planted") }.boxed()
    });
    Arc::make_mut(&mut server.tools).add_route(broken);
    server
}

async fn call(server: &FoodServer, tool: &str) -> Value {
    let server = server.clone();
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true);
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(server.clone()), sessions, config);
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": tool}});
    let request = http::Request::post("/")
        .header("host", "localhost")
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(message.to_string())))
        .unwrap();
    let answer = timeout(Duration::from_secs(20), service.handle(request)).await;
    let body: Result<_, Infallible> = answer.expect("an answer").into_body().collect().await;
    serde_json::from_slice(&body.unwrap().to_bytes()).unwrap()
}

#[tokio::test]
async fn a_tool_that_panics_gives_an_error_and_the_next_call_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path()).await;
    let error = json!({"code": -32603, "message": FAILED});
    let expected = json!({"jsonrpc": "2.0", "id": 7, "error": error});
    assert_eq!(call(&server, "broken").await, expected);
    assert_eq!(call(&server, "broken").await, expected);
    assert_eq!(call(&server, "search_food").await["id"], 7);
}
