//! The JSON-RPC message in a request's body, read before rmcp reads it: JSON-RPC 2.0 sections 4 and 5.1.
//!
//! Only what decides the scope is looked at: the method, and the name of the tool. What all readers read alike is passed
//! on as it came ([`Outline`]); anything else is written anew, with one member of each name. Easy to get wrong: a body
//! without end, or one that comes a byte at a time, must not hold a worker.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Duration, timeout};

use super::outline::Outline;

/// From the end of the head to the end of the body.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// What a caller learns of a failure that is ours.
pub(super) const FAILED: &str = "the server failed to answer; try again later";

const PARSE_ERROR: i32 = -32700;
pub(super) const INVALID_REQUEST: i32 = -32600;
pub(super) const INTERNAL_ERROR: i32 = -32603;

/// A JSON-RPC message; one member of each name.
#[derive(Clone, Debug)]
pub(super) struct Message {
    body: Bytes,
    method: Option<String>,
    /// The member `name` of `params`.
    name: Option<String>,
}

/// A JSON-RPC error; where the request's id is not known it is `null`.
#[derive(Debug, Serialize)]
pub(super) struct RpcError {
    jsonrpc: &'static str,
    id: Value,
    error: Value,
}

impl RpcError {
    pub(super) fn new(code: i32, message: &str) -> Self {
        Self {
            jsonrpc: "2.0",
            id: Value::Null,
            error: json!({"code": code, "message": message}),
        }
    }

    /// The answer to the request with this id.
    pub(super) fn to(self, id: Value) -> Self {
        Self { id, ..self }
    }
}

/// Why a body is no message that can be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadMessage {
    /// Another media type.
    #[error("the Content-Type must be application/json")]
    MediaType,
    /// Larger than this many bytes.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// It did not come to an end in time.
    #[error("the body took too long")]
    TooSlow,
    /// The connection ended in it.
    #[error("the body broke off")]
    BrokenOff,
    /// Not JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// Several messages, which one revision knew and which no client sends.
    #[error("batches are not supported; send one message a request")]
    Batch,
    /// JSON, but no object, or with headers that cannot be passed on.
    #[error("the body is not a JSON-RPC message")]
    NotAMessage,
}

impl BadMessage {
    /// The answer: the HTTP status, and the same in JSON-RPC.
    pub(super) fn answer(self) -> HttpResponse {
        let status = match self {
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        };
        let code = if self == Self::NotJson {
            PARSE_ERROR
        } else {
            INVALID_REQUEST
        };
        HttpResponse::build(status)
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(RpcError::new(code, &self.to_string()))
    }
}

impl Message {
    /// Reads the body of a request, at most `most` bytes.
    pub(super) async fn read(request: &HttpRequest, payload: Payload, most: usize) -> Result<Self, BadMessage> {
        if !request.content_type().trim().eq_ignore_ascii_case("application/json") {
            return Err(BadMessage::MediaType);
        }
        let body = timeout(BODY_TIMEOUT, collect(request, payload, most)).await;
        Self::parse(body.map_err(|_| BadMessage::TooSlow)??.freeze())
    }

    fn parse(body: Bytes) -> Result<Self, BadMessage> {
        match Outline::read(&body) {
            Ok(Outline::Plain { method, name }) => Ok(Self { body, method, name }),
            Ok(Outline::Ambiguous) => Self::rewritten(&body),
            Ok(Outline::Array) => Err(BadMessage::Batch),
            Ok(Outline::Other) => Err(BadMessage::NotAMessage),
            Err(_) => Err(BadMessage::NotJson),
        }
    }

    /// A message in which some member may stand twice: what was read is what is passed on.
    fn rewritten(body: &[u8]) -> Result<Self, BadMessage> {
        let message: Value = serde_json::from_slice(body).map_err(|_| BadMessage::NotJson)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Self {
            body: Bytes::from(message.to_string()),
            method: message.get("method").and_then(text),
            name: message
                .get("params")
                .and_then(|params| params.get("name"))
                .and_then(text),
        })
    }

    /// What is asked for; empty where the message is an answer.
    pub(super) fn method(&self) -> &str {
        self.method.as_deref().unwrap_or_default()
    }

    /// The tool that the message calls.
    pub(super) fn called_tool(&self) -> Option<&str> {
        self.name.as_deref().filter(|_| self.method() == "tools/call")
    }

    /// The message as it was read.
    pub(super) fn into_bytes(self) -> Bytes {
        self.body
    }
}

/// The id of a request, which its answer repeats: JSON-RPC 2.0 section 5.
pub(super) fn id_of(body: &[u8]) -> Value {
    let message: Value = serde_json::from_slice(body).unwrap_or_default();
    message.get("id").cloned().unwrap_or_default()
}

async fn collect(request: &HttpRequest, mut payload: Payload, most: usize) -> Result<BytesMut, BadMessage> {
    let declared = request.headers().get(CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|declared| declared > most) {
        return Err(BadMessage::TooLarge(most));
    }
    let mut body = BytesMut::with_capacity(declared.unwrap_or_default());
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BadMessage::BrokenOff)?;
        if body.len() + chunk.len() > most {
            return Err(BadMessage::TooLarge(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> Result<Message, BadMessage> {
        Message::parse(Bytes::copy_from_slice(body.as_bytes()))
    }

    fn called(body: &str) -> Option<String> {
        parsed(body).unwrap().called_tool().map(str::to_owned)
    }

    #[test]
    fn the_tool_is_the_one_that_is_called() {
        assert_eq!(
            called(r#"{"method":"tools/call","params":{"name":"a"}}"#).as_deref(),
            Some("a")
        );
        for none in [
            r#"{"method":"tools/list","params":{"name":"a"}}"#,
            r#"{"method":"tools/call","params":{"name":1}}"#,
            r#"{"method":"tools/call"}"#,
            r#"{"method":["tools/call"],"params":{"name":"a"}}"#,
            "{}",
        ] {
            assert_eq!(called(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_passed_on_is_what_was_read_without_second_members() {
        let body =
            r#"{"method":"tools/list","params":{"name":"a"},"method":"tools/call","params":{"name":"x","name":"b"}}"#;
        let message = parsed(body).unwrap();
        assert_eq!(message.called_tool(), Some("b"));
        assert_eq!(message.into_bytes(), r#"{"method":"tools/call","params":{"name":"b"}}"#);
    }

    #[test]
    fn what_all_read_alike_is_passed_on_as_it_came() {
        let body = r#"{ "params":{"name" : "a","arguments":{"x":1.0}}, "id":7, "method":"tools/call" }"#;
        let message = parsed(body).unwrap();
        assert_eq!((message.method(), message.called_tool()), ("tools/call", Some("a")));
        let bytes = message.into_bytes();
        assert_eq!((id_of(&bytes), &bytes[..]), (json!(7), body.as_bytes()));
    }

    #[test]
    fn a_message_of_many_members_is_read_too() {
        let many: Vec<String> = (0..100).map(|n| format!("\"m{n}\":{n},")).collect();
        let many = many.concat();
        let body = format!(r#"{{{many}"method":"tools/call","params":{{"name":"a","arguments":{{{many}"x":1}}}}}}"#);
        assert_eq!(called(&body).as_deref(), Some("a"));
        let passed_on: Value = serde_json::from_slice(&parsed(&body).unwrap().into_bytes()).unwrap();
        assert_eq!(passed_on, serde_json::from_str::<Value>(&body).unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        use actix_web::FromRequest;
        let request = actix_web::test::TestRequest::post()
            .insert_header(("content-type", "application/json"))
            .to_http_request();
        let silent: std::pin::Pin<Box<dyn futures_util::Stream<Item = _>>> = Box::pin(futures_util::stream::pending());
        let payload = Payload::from_request(&request, &mut actix_web::dev::Payload::Stream { payload: silent });
        let begun = tokio::time::Instant::now();
        let refused = Message::read(&request, payload.await.unwrap(), 1024).await.err();
        assert_eq!((refused, begun.elapsed()), (Some(BadMessage::TooSlow), BODY_TIMEOUT));
    }

    #[test]
    fn what_is_no_message_says_so() {
        let deep = "[".repeat(100_000);
        for (body, why) in [
            ("", BadMessage::NotJson),
            ("{", BadMessage::NotJson),
            ("{}{}", BadMessage::NotJson),
            (deep.as_str(), BadMessage::NotJson),
            ("[]", BadMessage::Batch),
            ("[{}]", BadMessage::Batch),
            ("1", BadMessage::NotAMessage),
            ("null", BadMessage::NotAMessage),
        ] {
            assert_eq!(parsed(body).err(), Some(why));
        }
        let bytes = Bytes::from_static(b"\"\xff\"");
        assert_eq!(Message::parse(bytes).err(), Some(BadMessage::NotJson));
    }
}
