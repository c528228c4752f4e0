//! Tools that answer plain calls by themselves, in front of a server that never answers: who is asked, and for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use resource::auth::anonymous::Anonymous;
use resource::mcp::plain_call::{Done, PlainCall, Tools};
use resource::mcp::transport::Transport;
use resource::principal::Principal;
use resource::protect::{Admission, Protection};
use rmcp::model::{CallToolRequestParams, CallToolResponse};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;
use shared::scope::Scope;
use tokio::time::{Duration, Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::legacy;
use crate::support::TestIssuer;

const URL: &str = "http://localhost/mcp";
const SLOW: &str = "slow";

/// A server whose tool never answers.
#[derive(Clone)]
struct Silent;

impl ServerHandler for Silent {
    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        std::future::pending().await
    }
}

/// One tool that leaves its calls to the server, after most of the time there is; and how often it was asked.
#[derive(Default)]
struct Slow(AtomicUsize);

impl Tools for Slow {
    fn answers(&self, tool: &str) -> bool {
        tool == SLOW
    }

    fn call<'a>(&'a self, _: &'a PlainCall<'a>, _: &'a Arc<Principal>) -> BoxFuture<'a, Option<Done>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_secs(40)).map(|()| None).boxed()
    }
}

async fn mcp(
    transport: web::Data<Transport<Silent>>,
    admission: Admission,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    transport.endpoint(&admission, &request, payload).await
}

/// How long the answer to a call of this tool takes, and how often the tools were asked.
async fn called(tool: &str) -> (Duration, usize) {
    let issuer = TestIssuer::prepare();
    let tools = Arc::new(Slow::default());
    let transport = Transport::new(Silent, &[], 1 << 20, CancellationToken::new());
    let transport = web::Data::new(transport.with_plain_calls(tools.clone()));
    let protection = Protection::builder(URL).issuer(issuer.trusted_for(URL));
    let protection = protection
        .anonymous(Anonymous::Tools, Scope::default())
        .build()
        .unwrap();
    let endpoint = web::resource("/mcp").wrap(protection).to(mcp);
    let app = init_service(App::new().app_data(transport).service(endpoint)).await;
    let request = TestRequest::post()
        .uri("/mcp")
        .insert_header(("host", "localhost"))
        .insert_header(("content-type", "application/json"))
        .insert_header(("accept", "application/json, text/event-stream"))
        .insert_header(("mcp-protocol-version", "2025-11-25"))
        .set_payload(legacy("tools/call", json!({"name": tool, "arguments": {}})).to_string());
    tokio::time::pause();
    let begun = Instant::now();
    let answer = call_service(&app, request.to_request()).await;
    let time = begun.elapsed();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    (time, tools.0.load(Ordering::SeqCst))
}

#[actix_web::test]
async fn the_time_for_an_answer_does_not_begin_again_for_rmcp() {
    let (took, asked) = called(SLOW).await;
    assert_eq!((took.as_secs(), asked), (60, 1));
}

#[actix_web::test]
async fn tools_are_not_asked_for_what_they_do_not_answer() {
    let (took, asked) = called("other").await;
    assert_eq!((took.as_secs(), asked), (60, 0));
}
