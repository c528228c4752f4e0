//! The bridge between actix-web and rmcp: MCP 2026-07-28, basic/transports/streamable-http, and the revisions before.
//!
//! 1. Is the request addressed to us, and sent by a page that may call?
//! 2. Who sends it: a challenge where no token passes, on every method and before a byte of the body is read. Where the
//!    settings open something to everybody, the message decides instead, if there is no token at all.
//! 3. The scope that every call needs.
//! 4. The body, bounded in size and time.
//! 5. The scope of the tool that is called.
//! 6. rmcp.
//! 7. Its answer, in bounded time: errors in JSON, and a stream cut when the token ends.
//!
//! Sessions are off: each request of each revision stands alone, so GET and DELETE are 405. Easy to get wrong: rmcp
//! must see the very method and tool whose scope was checked, so it gets the message as it was *read*, without
//! members that stand there twice; and it must not see the token.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HOST, ORIGIN};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::Value;
use shared::clock::{Clock, NumericDate};
use shared::http::access_log::{note_client, note_subject, request_id};
use shared::scope::Scope;
use tokio::time::{Duration, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::FAILED;
use super::message::{BadMessage, INTERNAL_ERROR, INVALID_REQUEST, Message, RpcError};
use crate::answer;
use crate::auth::anonymous::{Anonymous, nobody};
use crate::auth::bearer::BadAuthorization;
use crate::auth::proofs::Proofs;
use crate::auth::verified::Verified;
use crate::auth::verifier::Verifier;
use crate::auth::{self, Unauthenticated};
use crate::challenge::Challenge;
use crate::principal::Principal;
use crate::rebinding::{Allowed, Misaddressed};

/// Each tool and the scopes it needs.
pub type ToolScopes = &'static [(&'static str, &'static [&'static str])];

type RmcpResponse = http::Response<BoxBody<Bytes, std::convert::Infallible>>;

/// From the end of the body to the answer, or to the first event of a stream. Longer than a database is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);

/// When the stream of somebody without a token ends, in seconds.
const ANONYMOUS_SECONDS: NumericDate = 3600;

/// Headers that are for us alone: what proves the caller must not reach a tool.
const KEPT: [&str; 4] = ["authorization", "cookie", "dpop", "proxy-authorization"];

/// What stands between the network and the MCP server.
#[derive(Debug)]
pub struct Guard {
    /// Who may be addressed, and by which pages.
    pub allowed: Allowed,
    /// Checks tokens.
    pub verifier: Verifier,
    /// Checks the proofs that come with bound tokens.
    pub proofs: Proofs,
    /// How requests are refused for their token.
    pub challenge: Challenge,
    /// What every call needs.
    pub required_scopes: Scope,
    /// What each tool needs beside that.
    pub tool_scopes: ToolScopes,
    /// What is open without a token.
    pub anonymous: Anonymous,
    /// The scope of tools that need no user.
    pub open_scope: Scope,
    /// Largest body, in bytes.
    pub body_bytes: usize,
    /// When streams are cut.
    pub clock: Clock,
}

/// An MCP server behind a [`Guard`].
pub struct Transport<S> {
    guard: Guard,
    service: StreamableHttpService<S, NeverSessionManager>,
}

impl<S> std::fmt::Debug for Transport<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport")
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}

impl<S: ServerHandler + Clone + Sync> Transport<S> {
    /// Serves `server` until `shutdown` is cancelled, which also ends open streams.
    pub fn new(guard: Guard, server: S, shutdown: CancellationToken) -> Self {
        // Host and Origin are checked by the guard, more strictly and with a text that names the setting.
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(guard.body_bytes.saturating_mul(2))
            .with_cancellation_token(shutdown)
            .disable_allowed_hosts()
            .disable_allowed_origins();
        let sessions = Arc::new(NeverSessionManager::default());
        Self {
            guard,
            service: StreamableHttpService::new(move || Ok(server.clone()), sessions, config),
        }
    }

    /// Whether tokens can be checked.
    pub fn is_ready(&self) -> bool {
        self.guard.verifier.is_ready()
    }

    /// Answers any method on the MCP endpoint.
    pub async fn endpoint(&self, request: HttpRequest, payload: Payload) -> HttpResponse {
        match self.serve(&request, payload).await {
            Ok(answer) => answer,
            Err(refused) => self.guard.refuse(&request, &refused),
        }
    }

    async fn serve(&self, request: &HttpRequest, payload: Payload) -> Result<HttpResponse, Refused> {
        let sender = self.guard.admit(request).await?;
        let (id, body) = if request.method() == actix_web::http::Method::POST {
            let message = Message::read(request, payload, self.guard.body_bytes).await?;
            self.guard.permit(&sender, &message)?;
            (message.id(), message.into_bytes())
        } else {
            sender.known()?;
            (Value::Null, Bytes::new())
        };
        let bridged = bridge(request, body, sender.principal()).ok_or(BadMessage::NotAMessage)?;
        let left = sender.exp().saturating_sub(self.guard.clock.now());
        Ok(in_time(self.service.handle(bridged), id, left).await)
    }
}

/// Why a request does not reach rmcp.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Misaddressed(#[from] Misaddressed),
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    #[error("scope: expected {needed}, got {granted}")]
    InsufficientScope { needed: Scope, granted: Scope },
    #[error(transparent)]
    Message(#[from] BadMessage),
}

/// Who sends a request.
enum Sender {
    Known(Arc<Verified>),
    /// Somebody without a token, where that may be; what they are called, and when their streams end.
    Nobody(Principal, NumericDate),
}

impl Sender {
    fn known(&self) -> Result<&Verified, Refused> {
        match self {
            Self::Known(verified) => Ok(verified),
            Self::Nobody(..) => Err(Unauthenticated::from(BadAuthorization::Absent).into()),
        }
    }

    fn principal(&self) -> &Principal {
        match self {
            Self::Known(verified) => &verified.principal,
            Self::Nobody(principal, _) => principal,
        }
    }

    fn exp(&self) -> NumericDate {
        match self {
            Self::Known(verified) => verified.exp,
            Self::Nobody(_, exp) => *exp,
        }
    }
}

fn require(needed: Scope, verified: &Verified) -> Result<(), Refused> {
    let granted = &verified.principal.scope;
    if granted.covers(&needed) {
        return Ok(());
    }
    Err(Refused::InsufficientScope {
        needed,
        granted: granted.clone(),
    })
}

impl Guard {
    /// Steps 1 to 3: everything that is decided without the body.
    async fn admit(&self, request: &HttpRequest) -> Result<Sender, Refused> {
        self.allowed.check(request.uri(), request.headers())?;
        if self.anonymous != Anonymous::None && !request.headers().contains_key(AUTHORIZATION) {
            let exp = self.clock.now().saturating_add(ANONYMOUS_SECONDS);
            return Ok(Sender::Nobody(nobody(self.open_scope.clone()), exp));
        }
        let verified = auth::authenticate(&self.verifier, &self.proofs, request).await?;
        if let Some(client_id) = &verified.principal.client_id {
            note_client(request, client_id);
        }
        note_subject(request, &verified.principal.sub);
        require(self.required_scopes.clone(), &verified)?;
        Ok(Sender::Known(verified))
    }

    /// Step 5: whether this message may be passed on.
    fn permit(&self, sender: &Sender, message: &Message) -> Result<(), Refused> {
        let needed = self.needed(message);
        let is_nobody = matches!(sender, Sender::Nobody(..));
        if is_nobody && self.anonymous.opens(message.method(), &needed, &self.open_scope) {
            return Ok(());
        }
        require(needed, sender.known()?)
    }

    fn refuse(&self, request: &HttpRequest, refused: &Refused) -> HttpResponse {
        match refused {
            Refused::Misaddressed(why) => {
                log::warn!(target: "security", request_id = request_id(request), reason = "misaddressed",
                    host:debug = request.headers().get(HOST), origin:debug = request.headers().get(ORIGIN);
                    "refused: {why}");
                answer::error(request, StatusCode::FORBIDDEN, "forbidden", &why.to_string())
            }
            Refused::Unauthenticated(why) => self.challenge.unauthenticated(request, why),
            Refused::InsufficientScope { needed, granted } => {
                self.challenge.insufficient_scope(request, needed, granted)
            }
            Refused::Message(why) => why.answer(),
        }
    }

    /// All scopes that this message needs. A tool that does not exist needs none: rmcp says that there is none.
    fn needed(&self, message: &Message) -> Scope {
        let called = message.called_tool();
        let of_tool = self.tool_scopes.iter().find(|(name, _)| Some(*name) == called);
        let of_tool = of_tool.map_or(&[][..], |(_, scopes)| scopes);
        let of_tool: Scope = of_tool.iter().map(|scope| (*scope).to_owned()).collect();
        of_tool.union(&self.required_scopes)
    }
}

/// The request as rmcp reads it: actix-web has another version of the `http` crate.
fn bridge(request: &HttpRequest, body: Bytes, principal: &Principal) -> Option<http::Request<Full<Bytes>>> {
    let mut bridged = http::Request::builder()
        .method(request.method().as_str())
        .uri(request.uri().path())
        .extension(principal.clone());
    for (name, value) in request.headers() {
        if !KEPT.contains(&name.as_str()) {
            bridged = bridged.header(name.as_str(), value.as_bytes());
        }
    }
    bridged.body(Full::new(body)).ok()
}

/// rmcp's answer, or that there is none: a method that panicked never answers.
async fn in_time(handled: impl Future<Output = RmcpResponse>, id: Value, left: i64) -> HttpResponse {
    match timeout(ANSWER_TIMEOUT, handled).await {
        Ok(response) => answer(response, left).await,
        Err(_) => unanswered(id),
    }
}

/// rmcp's answer as actix-web sends it. `left` is how many seconds the token has.
async fn answer(response: RmcpResponse, left: i64) -> HttpResponse {
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
        let ends = sleep(Duration::from_secs(u64::try_from(left).unwrap_or(0)));
        return answer.streaming(body.into_data_stream().take_until(Box::pin(ends)));
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
        let answer = in_time(service.handle(request), json!(7), 3600).await;
        assert_eq!(answer.status(), 500);
        let body = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
        let error = json!({"code": INTERNAL_ERROR, "message": FAILED});
        let expected = json!({"jsonrpc": "2.0", "id": 7, "error": error});
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
    }
}
