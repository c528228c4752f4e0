//! An MCP server with one tool that does nothing: what rmcp costs by itself, and what the way into it adds.
//!
//! `bare` is rmcp with the least that joins it to actix-web: no token, no host, no origin, no scope is looked at, no
//! log is written. `guarded` is the same tool behind all that the resource server has in front of its tools, and `open`
//! is that server with authentication switched off: nothing looks at host, origin or token, and whoever calls is nobody.

use std::sync::Arc;

use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, HttpServer, middleware, test};
use http_body_util::{BodyExt, Full};
use resource::auth::anonymous::Anonymous;
use resource::auth::trust::Issuer;
use resource::mcp::transport::{ToolScopes, Transport};
use resource::protect::{Admission, Protection};
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::model::{CallToolResult, ContentBlock, ServerCapabilities, ServerConfig};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use shared::http::access_log::access_log;
use shared::http::client_address::TrustedProxies;
use shared::http::cors::any_origin;
use shared::http::health::readiness;
use shared::http::metrics::HttpMetrics;
use shared::scope::Scope;
use tokio_util::sync::CancellationToken;

/// The resource identifier of the guarded one.
pub const RESOURCE: &str = "http://localhost:8081/mcp";
/// What a call of its tool needs.
const SCOPE: &str = "food:read";
const SCOPES: ToolScopes = &[("noop", &[SCOPE])];

#[derive(Clone, Debug)]
struct Noop {
    tools: Arc<ToolRouter<Self>>,
}

#[tool_router]
impl Noop {
    fn new() -> Self {
        let tools = Arc::new(Self::tool_router());
        Self { tools }
    }

    /// Does nothing.
    #[tool]
    async fn noop(&self) -> CallToolResult {
        CallToolResult::success(vec![ContentBlock::text("ok")])
    }
}

#[tool_handler(router = (*self.tools))]
impl ServerHandler for Noop {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

type Service = StreamableHttpService<Noop, NeverSessionManager>;

/// rmcp and nothing else.
pub async fn bare(address: &str) -> Result<(), String> {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts()
        .disable_allowed_origins();
    let server = Noop::new();
    let sessions = Arc::new(NeverSessionManager::default());
    let service = Data::new(StreamableHttpService::new(move || Ok(server.clone()), sessions, config));
    let server = HttpServer::new(move || App::new().app_data(service.clone()).default_service(web::to(bridged)));
    let server = server
        .tcp_nodelay(true)
        .bind(address)
        .map_err(|error| error.to_string())?;
    server.run().await.map_err(|error| error.to_string())
}

async fn bridged(service: Data<Service>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let mut bridged = http::Request::builder().method(request.method().as_str()).uri("/");
    for (name, value) in request.headers() {
        bridged = bridged.header(name.as_str(), value.as_bytes());
    }
    let Ok(bridged) = bridged.body(Full::new(body)) else {
        return HttpResponse::BadRequest().finish();
    };
    let (head, body) = service.handle(bridged).await.into_parts();
    let mut answer = HttpResponse::Ok();
    for (name, value) in &head.headers {
        if name != http::header::CONTENT_LENGTH {
            answer.append_header((name.as_str(), value.as_bytes()));
        }
    }
    let Ok(body) = body.collect().await;
    answer.body(body.to_bytes())
}

/// The same tool behind the resource server's door, for tokens of this issuer.
pub async fn guarded(address: &str, issuer: &str) -> Result<(), String> {
    shared::logging::start();
    let protection = Protection::builder(RESOURCE).issuer(Issuer::new(issuer, RESOURCE));
    let protection = protection.build().map_err(|error| error.to_string())?;
    let transport = transport();
    let metrics = HttpMetrics::default();
    let server = HttpServer::new(move || {
        let mcp = web::resource("/mcp").wrap(protection.clone());
        let ready = protection.clone();
        let readyz = move || std::future::ready(readiness(&[("keys", ready.is_ready())]));
        App::new()
            .app_data(transport.clone())
            .app_data(metrics.clone())
            .app_data(TrustedProxies::default())
            .wrap(middleware::from_fn(any_origin))
            .wrap(middleware::from_fn(access_log))
            .route("/readyz", web::get().to(readyz))
            .service(mcp.default_service(web::to(called)))
    });
    let server = server
        .tcp_nodelay(true)
        .bind(address)
        .map_err(|error| error.to_string())?;
    server.run().await.map_err(|error| error.to_string())
}

/// The same server without the door.
pub async fn open(address: &str, issuer: &str) -> Result<(), String> {
    shared::logging::start();
    let (transport, nobody) = (transport(), Data::new(nobody(issuer).await?));
    let metrics = HttpMetrics::default();
    let server = HttpServer::new(move || {
        let mcp = web::resource("/mcp");
        let readyz = || std::future::ready(readiness(&[]));
        App::new()
            .app_data(transport.clone())
            .app_data(nobody.clone())
            .app_data(metrics.clone())
            .app_data(TrustedProxies::default())
            .wrap(middleware::from_fn(any_origin))
            .wrap(middleware::from_fn(access_log))
            .route("/readyz", web::get().to(readyz))
            .service(mcp.default_service(web::to(called_by_anybody)))
    });
    let server = server
        .tcp_nodelay(true)
        .bind(address)
        .map_err(|error| error.to_string())?;
    server.run().await.map_err(|error| error.to_string())
}

fn transport() -> Data<Transport<Noop>> {
    Data::new(Transport::new(Noop::new(), SCOPES, 1 << 20, CancellationToken::new()))
}

/// What a door says of somebody without a token where that is nobody's concern; asked once, and not for each request.
async fn nobody(issuer: &str) -> Result<Admission, String> {
    let scope = Scope::parse(SCOPE).map_err(|error| error.to_string())?;
    let protection = Protection::builder(RESOURCE)
        .issuer(Issuer::new(issuer, RESOURCE))
        .anonymous(Anonymous::Tools, scope);
    let protection = protection.build().map_err(|error| error.to_string())?;
    let behind = web::resource("/mcp").wrap(protection).to(HttpResponse::Ok);
    let app = test::init_service(App::new().service(behind)).await;
    let request = test::TestRequest::with_uri("/mcp").insert_header(("host", "localhost"));
    let answer = test::call_service(&app, request.to_request()).await;
    let admission = answer.request().extensions().get().cloned();
    admission.ok_or_else(|| "nobody is not let in".to_owned())
}

async fn called(
    transport: Data<Transport<Noop>>,
    admission: Admission,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    transport.endpoint(&admission, &request, payload).await
}

async fn called_by_anybody(
    transport: Data<Transport<Noop>>,
    nobody: Data<Admission>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    transport.endpoint(&nobody, &request, payload).await
}
