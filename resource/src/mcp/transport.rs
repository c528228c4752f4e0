//! The bridge between actix-web and rmcp: MCP 2026-07-28, basic/transports/streamable-http, and the revisions before.
//!
//! 1. The [`Protection`](crate::protect::Protection) let the request in; where something is open to everybody, the
//!    message decides.
//! 2. The body, bounded in size and time.
//! 3. The scope of the tool that is called, or of another method.
//! 4. The tools themselves, where the call is a [plain one](super::plain_call); else rmcp.
//! 5. The answer, in bounded time: errors in JSON, and a stream cut when the token ends, or before.
//!
//! Each request of each revision stands alone, so GET and DELETE are 405, unless the settings allow
//! [sessions](super::sessions). Who asks to listen gets a place before rmcp is asked, or is refused. Easy to get wrong: rmcp
//! must see the very method and tool whose scope was checked, so a message with members that stand there twice is
//! written anew, as it was *read*; and it must not see the token.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use prometheus_client::metrics::gauge::Gauge;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::Value;
use shared::http::metrics::{InFlight, Registry};
use shared::scope::Scope;
use tokio::time::{Duration, Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::listening::{self, Streams};
use super::message::{BadMessage, FAILED, INTERNAL_ERROR, INVALID_REQUEST, Message, RpcError, id_of};
use super::plain_call::{PlainCall, Tools};
use super::sessions::Sessions;
use super::subscriptions::Subscriptions;
use crate::principal::Principal;
use crate::protect::Admission;

/// Each tool and the scopes it needs.
pub type ToolScopes = &'static [(&'static str, &'static [&'static str])];

/// Methods that need a scope beside what every request needs, and which.
pub type MethodScopes = &'static [(&'static str, &'static [&'static str])];

/// What each name of a table needs.
type Scopes = HashMap<&'static str, Scope>;

type RmcpResponse = http::Response<BoxBody<Bytes, std::convert::Infallible>>;

/// From the end of the body to the answer, whoever gives it, or to the first event of a stream. Longer than a database is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// Headers that are for us alone: what proves the caller must not reach a tool.
const KEPT: [&str; 5] = [
    "authorization",
    "cookie",
    "dpop",
    "mcp-session-id",
    "proxy-authorization",
];

/// An MCP server behind a [`Protection`](crate::protect::Protection).
pub struct Transport<S> {
    tool_scopes: Scopes,
    method_scopes: Scopes,
    body_bytes: usize,
    sessions: Option<Sessions>,
    subscriptions: Option<Subscriptions>,
    tools: Option<Arc<dyn Tools>>,
    shutdown: CancellationToken,
    streams: Gauge,
    service: StreamableHttpService<S, NeverSessionManager>,
}

impl<S> std::fmt::Debug for Transport<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport")
            .field("tool_scopes", &self.tool_scopes)
            .field("body_bytes", &self.body_bytes)
            .finish_non_exhaustive()
    }
}

impl<S: ServerHandler + Clone + Sync> Transport<S> {
    /// Serves `server` until `shutdown` is cancelled, which also ends open streams. A body has `body_bytes` at most.
    pub fn new(server: S, tool_scopes: ToolScopes, body_bytes: usize, shutdown: CancellationToken) -> Self {
        // Host and Origin were checked before, more strictly and with a text that names the setting.
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(body_bytes.saturating_mul(2))
            .with_cancellation_token(shutdown.clone())
            .disable_allowed_hosts()
            .disable_allowed_origins();
        let sessions = Arc::new(NeverSessionManager::default());
        Self {
            tool_scopes: read(tool_scopes),
            method_scopes: Scopes::new(),
            body_bytes,
            sessions: None,
            subscriptions: None,
            tools: None,
            shutdown,
            streams: Gauge::default(),
            service: StreamableHttpService::new(move || Ok(server.clone()), sessions, config),
        }
    }

    /// The same, where other methods than calls of tools need a scope.
    #[must_use]
    pub fn with_method_scopes(mut self, method_scopes: MethodScopes) -> Self {
        self.method_scopes = read(method_scopes);
        self
    }

    /// The same, for clients that want sessions, too.
    #[must_use]
    pub fn with_sessions(mut self, sessions: Option<Sessions>) -> Self {
        self.sessions = sessions;
        self
    }

    /// The same, where clients may listen to what becomes of foods; the server finds a
    /// [`Begun`](super::subscriptions::Begun) in the request.
    #[must_use]
    pub fn with_subscriptions(mut self, subscriptions: Subscriptions) -> Self {
        self.subscriptions = Some(subscriptions);
        self
    }

    /// The same, where these tools, which `server` has too, answer plain calls without rmcp.
    #[must_use]
    pub fn with_plain_calls(mut self, tools: Arc<dyn Tools>) -> Self {
        self.tools = Some(tools);
        self
    }

    /// Adds what is counted to a registry.
    pub fn register_metrics(&self, registry: &mut Registry) {
        let help = "Streams that are open";
        registry.register("resource_streams", help, self.streams.clone());
        if let Some(subscriptions) = &self.subscriptions {
            subscriptions.register_metrics(registry);
        }
    }

    /// Answers any method on the MCP endpoint.
    pub async fn endpoint(&self, admission: &Admission, request: &HttpRequest, payload: Payload) -> HttpResponse {
        self.serve(admission, request, payload)
            .await
            .unwrap_or_else(|refused| refused)
    }

    async fn serve(
        &self,
        admission: &Admission,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<HttpResponse, HttpResponse> {
        let streams = Streams {
            shutdown: &self.shutdown,
            open: &self.streams,
            subscriptions: self.subscriptions.as_ref(),
        };
        if let Some(sessions) = &self.sessions
            && let Some(answer) = listening::turn(sessions, admission, request, streams).await?
        {
            return Ok(answer);
        }
        let mut begun = None;
        let mut is_hello = false;
        let mut deadline = Instant::now() + ANSWER_TIMEOUT;
        let body = if request.method() == actix_web::http::Method::POST {
            let message = Message::read(request, payload, self.body_bytes).await;
            let message = message.map_err(BadMessage::answer)?;
            deadline = Instant::now() + ANSWER_TIMEOUT;
            admission.require_for(request, message.method(), self.needed(&message))?;
            is_hello = message.method() == "initialize";
            let listens = message.method() == "subscriptions/listen";
            let tools = self.tools_for(&message);
            let body = message.into_bytes();
            if let Some(tools) = tools
                && let Some(answer) = plainly(tools, admission.principal(), request, &body, deadline).await
            {
                return Ok(answer);
            }
            if listens {
                let place = listening::begin(self.subscriptions.as_ref(), admission).await;
                begun = place.map_err(|none| listening::no_place(&none, id_of(&body)))?;
            }
            body
        } else {
            admission.require(request, &NOTHING)?;
            Bytes::new()
        };
        let bridged = bridge(request, body.clone(), admission.principal());
        let mut bridged = bridged.ok_or_else(|| BadMessage::NotAMessage.answer())?;
        bridged.extensions_mut().extend(listening::extensions(request, begun));
        let stream = Stream {
            seconds: admission.seconds_left(),
            counted: &self.streams,
        };
        let answer = in_time(self.service.handle(bridged), deadline, &body, stream).await;
        match &self.sessions {
            Some(sessions) if is_hello => Ok(listening::welcome(sessions, admission, answer)),
            _ => Ok(answer),
        }
    }

    /// The tools that may answer the message by themselves.
    fn tools_for(&self, message: &Message) -> Option<&dyn Tools> {
        let tool = message.called_tool()?;
        self.tools.as_deref().filter(|tools| tools.answers(tool))
    }

    /// The scopes of the tool that is called, or of the method. One that does not exist needs none: rmcp says that there
    /// is none.
    fn needed(&self, message: &Message) -> &Scope {
        let needed = match message.called_tool() {
            Some(tool) => self.tool_scopes.get(tool),
            None => self.method_scopes.get(message.method()),
        };
        needed.unwrap_or(&NOTHING)
    }
}

/// The scope of what needs none.
static NOTHING: Scope = Scope::none();

fn read(table: &[(&'static str, &[&str])]) -> Scopes {
    let scope = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect();
    table.iter().map(|(name, scopes)| (*name, scope(scopes))).collect()
}

/// The request as rmcp reads it: actix-web has another version of the `http` crate.
fn bridge(request: &HttpRequest, body: Bytes, principal: &Arc<Principal>) -> Option<http::Request<Full<Bytes>>> {
    let mut bridged = http::Request::builder()
        .method(request.method().as_str())
        .uri(request.uri().path())
        .extension(Arc::clone(principal));
    for (name, value) in request.headers() {
        if !KEPT.contains(&name.as_str()) {
            bridged = bridged.header(name.as_str(), value.as_bytes());
        }
    }
    bridged.body(Full::new(body)).ok()
}

/// The tools' own answer, if the call is a plain one.
async fn plainly(
    tools: &dyn Tools,
    principal: &Arc<Principal>,
    request: &HttpRequest,
    body: &[u8],
    deadline: Instant,
) -> Option<HttpResponse> {
    let call = PlainCall::read(request, body)?;
    match timeout_at(deadline, tools.call(&call, principal)).await {
        Ok(done) => {
            let answer = call.answer(&done?)?;
            Some(HttpResponse::Ok().content_type(ContentType::json()).body(answer))
        }
        Err(_) => Some(unanswered(id_of(body))),
    }
}

/// What becomes of an answer that is a stream.
struct Stream<'a> {
    /// After which it is cut at the latest: when the token ends.
    seconds: i64,
    counted: &'a Gauge,
}

/// rmcp's answer, or that there is none: a method that panicked never answers.
async fn in_time(
    handled: impl Future<Output = RmcpResponse>,
    deadline: Instant,
    asked: &[u8],
    stream: Stream<'_>,
) -> HttpResponse {
    match timeout_at(deadline, handled).await {
        Ok(response) => answer(response, stream).await,
        Err(_) => unanswered(id_of(asked)),
    }
}

/// rmcp's answer as actix-web sends it.
async fn answer(response: RmcpResponse, stream: Stream<'_>) -> HttpResponse {
    let (head, body) = response.into_parts();
    let status = StatusCode::from_u16(head.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let failed = status.is_client_error() || status.is_server_error();
    let in_plain_text = failed && !is_json(&head.headers);
    let mut answer = HttpResponse::build(status);
    for (name, value) in &head.headers {
        // The length is counted anew, and a text that is put into JSON has another type.
        if name != http::header::CONTENT_LENGTH && !(in_plain_text && name == http::header::CONTENT_TYPE) {
            answer.append_header((name.as_str(), value.as_bytes()));
        }
    }
    if !has_known_size(&body) {
        let left = Duration::from_secs(u64::try_from(stream.seconds).unwrap_or(0));
        let ends = sleep(left.min(listening::LONGEST_STREAM));
        let open = InFlight::new(stream.counted);
        let events = body.into_data_stream().take_until(Box::pin(ends));
        return answer.streaming(events.inspect(move |_| {
            let _ = &open;
        }));
    }
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes);
    if !in_plain_text {
        return answer.body(body);
    }
    if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        // The media type was looked at before; rmcp means that the message is none of JSON-RPC's.
        answer.status(StatusCode::BAD_REQUEST);
    }
    answer.json(RpcError::new(INVALID_REQUEST, &String::from_utf8_lossy(&body)))
}

/// The server did not come to an answer.
fn unanswered(id: Value) -> HttpResponse {
    log::error!("a request got no answer in {} seconds", ANSWER_TIMEOUT.as_secs());
    HttpResponse::InternalServerError()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(RpcError::new(INTERNAL_ERROR, FAILED).to(id))
}

fn has_known_size(body: &impl BodyExt) -> bool {
    body.size_hint().exact().is_some()
}

fn is_json(headers: &http::HeaderMap) -> bool {
    let value = headers.get(http::header::CONTENT_TYPE);
    value.is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

#[cfg(test)]
mod tests {
    use rmcp::ErrorData;
    use rmcp::model::{ListToolsResult, PaginatedRequestParams};
    use rmcp::service::RequestContext;
    use serde_json::json;

    use super::*;

    #[derive(Clone)]
    struct Broken;

    impl ServerHandler for Broken {
        async fn list_tools(
            &self,
            _: Option<PaginatedRequestParams>,
            _: RequestContext<rmcp::RoleServer>,
        ) -> Result<ListToolsResult, ErrorData> {
            panic!("planted")
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_does_not_last_as_long_as_a_key_that_has_years() {
        let body = http_body_util::StreamBody::new(futures_util::stream::pending());
        let response = RmcpResponse::new(BoxBody::new(body));
        let stream = Stream {
            seconds: i64::MAX,
            counted: &Gauge::default(),
        };
        let begun = Instant::now();
        let answer = answer(response, stream).await;
        assert_eq!(actix_web::body::to_bytes(answer.into_body()).await.unwrap(), "");
        assert_eq!(begun.elapsed().as_secs(), listening::LONGEST_STREAM.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_method_that_panics_is_answered_when_its_time_is_over() {
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true);
        let sessions = Arc::new(NeverSessionManager::default());
        let service = StreamableHttpService::new(|| Ok(Broken), sessions, config);
        let message = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list"});
        let request = http::Request::post("/")
            .header("host", "localhost")
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(message.to_string())))
            .unwrap();
        let stream = Stream {
            seconds: 3600,
            counted: &Gauge::default(),
        };
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        let answer = in_time(
            service.handle(request),
            deadline,
            message.to_string().as_bytes(),
            stream,
        )
        .await;
        assert_eq!(deadline.elapsed(), Duration::ZERO);
        assert_eq!(answer.status(), 500);
        let body = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
        let error = json!({"code": INTERNAL_ERROR, "message": FAILED});
        let expected = json!({"jsonrpc": "2.0", "id": 7, "error": error});
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
    }
}
