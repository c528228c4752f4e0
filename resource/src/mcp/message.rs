//! The JSON-RPC message in a request's body, read before rmcp reads it: JSON-RPC 2.0 sections 4 and 5.1.
//!
//! Only what decides the scope is looked at: the method, and the name of the tool. Easy to get wrong: a body without
//! end, or one that comes a byte at a time, must not hold a worker.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Duration, timeout};

/// From the end of the head to the end of the body.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

const PARSE_ERROR: i32 = -32700;
pub(super) const INVALID_REQUEST: i32 = -32600;

/// A JSON-RPC message; one member of each name.
#[derive(Clone, Debug)]
pub(super) struct Message(Value);

/// A JSON-RPC error without a request's id, which is not known.
#[derive(Debug, Serialize)]
pub(super) struct RpcError {
    jsonrpc: &'static str,
    id: Option<()>,
    error: Value,
}

impl RpcError {
    pub(super) fn new(code: i32, message: &str) -> Self {
        Self {
            jsonrpc: "2.0",
            id: None,
            error: json!({"code": code, "message": message}),
        }
    }
}

/// An answer that is such an error.
pub(super) fn rpc_error(status: StatusCode, code: i32, message: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(RpcError::new(code, message))
}

impl Message {
    /// Reads the body of a request, at most `most` bytes.
    pub(super) async fn read(request: &HttpRequest, payload: Payload, most: usize) -> Result<Self, HttpResponse> {
        if !is_json(request) {
            return Err(rpc_error(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                INVALID_REQUEST,
                "the Content-Type must be application/json",
            ));
        }
        let body = timeout(BODY_TIMEOUT, collect(request, payload, most)).await;
        let body = body.unwrap_or_else(|_| {
            Err(rpc_error(
                StatusCode::REQUEST_TIMEOUT,
                INVALID_REQUEST,
                "the body took too long",
            ))
        })?;
        Self::parse(&body)
    }

    fn parse(body: &[u8]) -> Result<Self, HttpResponse> {
        let bad = |code, text| Err(rpc_error(StatusCode::BAD_REQUEST, code, text));
        match serde_json::from_slice(body) {
            Ok(message @ Value::Object(_)) => Ok(Self(message)),
            Ok(Value::Array(_)) => bad(INVALID_REQUEST, "batches are not supported; send one message a request"),
            Ok(_) => bad(INVALID_REQUEST, "the body is not a JSON-RPC message"),
            Err(_) => bad(PARSE_ERROR, "the body is not JSON"),
        }
    }

    /// The tool that the message calls.
    pub(super) fn called_tool(&self) -> Option<&str> {
        if self.0.get("method")?.as_str()? != "tools/call" {
            return None;
        }
        self.0.get("params")?.get("name")?.as_str()
    }

    /// The message as it was read.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from(self.0.to_string())
    }
}

fn is_json(request: &HttpRequest) -> bool {
    request.content_type().trim().eq_ignore_ascii_case("application/json")
}

async fn collect(request: &HttpRequest, mut payload: Payload, most: usize) -> Result<BytesMut, HttpResponse> {
    let too_large = || {
        let text = format!("the body is larger than {most} bytes");
        rpc_error(StatusCode::PAYLOAD_TOO_LARGE, INVALID_REQUEST, &text)
    };
    let declared = request.headers().get(CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|declared| declared > most) {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(declared.unwrap_or_default());
    while let Some(chunk) = payload.next().await {
        let broken = |_| rpc_error(StatusCode::BAD_REQUEST, INVALID_REQUEST, "the body broke off");
        let chunk = chunk.map_err(broken)?;
        if body.len() + chunk.len() > most {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(body: &str) -> Option<String> {
        Message::parse(body.as_bytes())
            .unwrap()
            .called_tool()
            .map(str::to_owned)
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
        let message = Message::parse(body.as_bytes()).unwrap();
        assert_eq!(message.called_tool(), Some("b"));
        assert_eq!(message.into_bytes(), r#"{"method":"tools/call","params":{"name":"b"}}"#);
    }

    #[test]
    fn what_is_no_message_says_so() {
        let status = |body: &[u8]| Message::parse(body).unwrap_err().status().as_u16();
        for body in [&b""[..], b"{", b"[]", b"[{}]", b"1", b"null", b"\xff"] {
            assert_eq!(status(body), 400);
        }
        let deep = "[".repeat(100_000);
        assert_eq!(status(deep.as_bytes()), 400);
    }
}
