//! Answers that are streams: they begin at once, and end with the token, the server or the client.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use resource::mcp::transport::Transport;
use resource::protect::{Admission, Protection};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, NumberOrString, ProgressNotificationParam, ProgressToken,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;
use shared::clock::Clock;
use tokio_util::sync::CancellationToken;

use super::legacy;
use crate::support::{NOW, TestIssuer, Token, eventually};

/// A tool that says that it has begun, and then never ends by itself.
#[derive(Clone, Default)]
struct Endless {
    running: Arc<AtomicUsize>,
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl ServerHandler for Endless {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.running.fetch_add(1, Ordering::SeqCst);
        let _running = Running(Arc::clone(&self.running));
        let token = ProgressToken(NumberOrString::Number(1));
        let begun = ProgressNotificationParam::new(token, 0.0).with_message("begun");
        context.peer.notify_progress(begun).await.unwrap();
        context.ct.cancelled().await;
        Err(ErrorData::internal_error("ended", None))
    }
}

async fn mcp(
    transport: web::Data<Transport<Endless>>,
    admission: Admission,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    transport.endpoint(&admission, &request, payload).await
}

/// The transport in front of such a tool.
struct Server {
    issuer: TestIssuer,
    url: String,
    running: Arc<AtomicUsize>,
    shutdown: CancellationToken,
}

impl Server {
    async fn start() -> Self {
        let issuer = TestIssuer::start();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://localhost:{}/mcp", listener.local_addr().unwrap().port());
        let (tool, shutdown) = (Endless::default(), CancellationToken::new());
        let running = Arc::clone(&tool.running);
        let transport = web::Data::new(Transport::new(tool, &[], 1 << 20, shutdown.clone()));
        let protection = Protection::builder(&url).issuer(issuer.trusted_for(&url));
        let protection = protection.clock(Clock::fixed(NOW)).build().unwrap();
        let ready = protection.clone();
        let server = HttpServer::new(move || {
            let endpoint = web::resource("/mcp").wrap(protection.clone()).to(mcp);
            App::new().app_data(transport.clone()).service(endpoint)
        });
        let server = server.workers(1).h1_allow_half_closed(false).disable_signals();
        let server = server.listen(listener).unwrap().run();
        actix_web::rt::spawn(server);
        eventually("the keys are known", async || ready.is_ready()).await;
        Self {
            issuer,
            url,
            running,
            shutdown,
        }
    }

    /// Calls the tool with a token that lasts so long. Gives the answer after its first event.
    async fn call(&self, seconds: i64) -> reqwest::Response {
        let token = Token::good(&self.issuer.key, &self.issuer.url, &self.url);
        let token = token.claim("exp", json!(NOW + seconds)).sign(&self.issuer.key);
        let request = crate::support::client()
            .post(&self.url)
            .bearer_auth(token)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(legacy("tools/call", json!({"name": "endless", "arguments": {}})).to_string());
        let mut answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let first = answer.chunk().await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(&first).contains("begun"), "{first:?}");
        answer
    }

    async fn no_tool_runs(&self) {
        eventually("the tool is cancelled", async || {
            self.running.load(Ordering::SeqCst) == 0
        })
        .await;
    }
}

/// Reads to the end, which must come by itself.
async fn ends(mut answer: reqwest::Response) {
    let end = async { while let Ok(Some(_)) = answer.chunk().await {} };
    tokio::time::timeout(Duration::from_mins(1), end).await.unwrap();
}

#[actix_web::test]
async fn a_stream_ends_with_its_token_and_the_tool_with_it() {
    let server = Server::start().await;
    let begun = Instant::now();
    ends(server.call(1).await).await;
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    server.no_tool_runs().await;
}

#[actix_web::test]
async fn a_stream_ends_with_the_server() {
    let server = Server::start().await;
    let answer = server.call(3600).await;
    assert_eq!(server.running.load(Ordering::SeqCst), 1);
    let begun = Instant::now();
    server.shutdown.cancel();
    ends(answer).await;
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    server.no_tool_runs().await;
}

#[actix_web::test]
async fn a_tool_ends_with_the_client_that_called_it() {
    let server = Server::start().await;
    let answer = server.call(3600).await;
    assert_eq!(server.running.load(Ordering::SeqCst), 1);
    drop(answer);
    server.no_tool_runs().await;
}
