//! Calls of tools that are plainly what the specification says, to be answered without rmcp, whose tasks and channels
//! cost as much as a search: MCP 2025-06-18, 2025-11-25 and 2026-07-28, basic/transports (Streamable HTTP) and server/tools.
//!
//! 1. The headers and the body are exactly those of a call that rmcp would let through, each in its usual form.
//! 2. [`Tools`] answer with the result and nothing else: no error, no notification.
//! 3. Anything else is none of this file's: it goes to rmcp, which knows what is wrong with it, or what it means.
//!
//! Easy to get wrong: here is no second reading of the specification that lets through what rmcp would refuse. So a member
//! or header that is not expected, a second header of a name, or an unusual spelling is never passed over: such a call is
//! rmcp's. Host, origin, token, scope, media type and size were looked at before, and no member stands twice in the body.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use actix_web::web::Bytes;
use futures_util::future::BoxFuture;
use rmcp::model::{ClientCapabilities, Implementation, NumberOrString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::principal::Principal;

/// The media types that a client must accept.
const ACCEPTED: [&str; 2] = ["application/json", "text/event-stream"];
/// The revision that has the method, the tool and itself in headers, too.
const CURRENT: &str = "2026-07-28";
/// The revisions before it that clients send most.
const LEGACY: [&str; 2] = ["2025-06-18", "2025-11-25"];
/// What members begin with that serde_json gives a meaning of its own, as far as it is compiled to.
const PRIVATE: &str = "$serde_json";
/// More bytes than an answer has around the result, where its id is no longer than most.
const ENVELOPE: usize = 128;

/// Tools that answer plain calls by themselves.
pub trait Tools: Send + Sync {
    /// Whether this tool is one of them.
    fn answers(&self, tool: &str) -> bool;

    /// The result of a call; `None` where rmcp must answer. Nothing is changed by a call that ends so, as rmcp does it
    /// again.
    fn call<'a>(&'a self, call: &'a PlainCall<'a>, principal: &'a Arc<Principal>) -> BoxFuture<'a, Option<Done>>;
}

/// The result of a tool that came to an end, as JSON, but for what each revision has in front. Clones share it.
#[derive(Clone, Debug)]
pub struct Done(Arc<str>);

/// A call with nothing unusual about it.
#[derive(Debug)]
pub struct PlainCall<'a> {
    /// The tool's name.
    pub tool: &'a str,
    /// The arguments as they came: JSON, which need not be an object.
    pub arguments: &'a RawValue,
    id: NumberOrString,
    revision: Revision,
}

/// What revisions answer with.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Revision {
    /// A result without `resultType`.
    Legacy,
    /// A result with it.
    Current,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request<'a> {
    jsonrpc: &'a str,
    id: NumberOrString,
    method: &'a str,
    #[serde(borrow, deserialize_with = "object")]
    params: Params<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params<'a> {
    name: &'a str,
    #[serde(borrow)]
    arguments: &'a RawValue,
    #[serde(borrow, default, rename = "_meta", deserialize_with = "object")]
    meta: Meta<'a>,
}

/// What clients say with each call. Who is told of no progress need not be asked what for.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is not used must be right all the same")]
struct Meta<'a> {
    #[serde(rename = "progressToken")]
    progress_token: Option<NumberOrString>,
    #[serde(borrow, rename = "io.modelcontextprotocol/protocolVersion")]
    protocol_version: Option<&'a str>,
    #[serde(rename = "io.modelcontextprotocol/clientInfo")]
    client_info: Option<Implementation>,
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    client_capabilities: Option<ClientCapabilities>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallToolResult<'a, T> {
    content: [Text<'a>; 1],
    structured_content: &'a T,
    is_error: bool,
}

#[derive(Serialize)]
struct Text<'a> {
    r#type: &'static str,
    text: &'a str,
}

impl<'a> PlainCall<'a> {
    /// The call that a request with this body is, if it is a plain one.
    pub(super) fn read(request: &HttpRequest, body: &'a [u8]) -> Option<Self> {
        let headers = request.headers();
        // What is quoted may have commas that part nothing.
        let accepted = only(headers, ACCEPT.as_str()).filter(|value| !value.contains(['"', '\\']))?;
        let accepts = |wanted: &&str| accepted.split(',').any(|one| one.trim() == *wanted);
        let is_json = only(headers, CONTENT_TYPE.as_str())? == "application/json";
        let has_parameters = headers.keys().any(|name| name.as_str().starts_with("mcp-param-"));
        if !is_json || has_parameters || !ACCEPTED.iter().all(accepts) {
            return None;
        }
        let body = str::from_utf8(body).ok().filter(|body| !body.contains(PRIVATE))?;
        let read: Request<'a> = serde_json::from_str(body).ok()?;
        let revision = revision(headers, &read)?;
        (read.jsonrpc == "2.0" && read.method == "tools/call").then_some(Self {
            tool: read.params.name,
            arguments: read.params.arguments,
            id: read.id,
            revision,
        })
    }

    /// The answer to it.
    pub(super) fn answer(&self, done: &Done) -> Option<Bytes> {
        let mut answer = Vec::with_capacity(done.0.len() + ENVELOPE);
        answer.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        serde_json::to_writer(&mut answer, &self.id).ok()?;
        answer.extend_from_slice(br#","result":{"#);
        if self.revision == Revision::Current {
            answer.extend_from_slice(br#""resultType":"complete","#);
        }
        answer.extend_from_slice(done.0.strip_prefix('{')?.as_bytes());
        answer.push(b'}');
        Some(answer.into())
    }
}

impl Done {
    /// What people read, and what programs do.
    pub fn new(text: &str, structured: &impl Serialize) -> Option<Self> {
        let result = CallToolResult {
            content: [Text { r#type: "text", text }],
            structured_content: structured,
            is_error: false,
        };
        serde_json::to_string(&result).ok().map(|text| Self(text.into()))
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The revision of a call, if headers and body say the same one, and the same method and tool.
fn revision(headers: &HeaderMap, read: &Request<'_>) -> Option<Revision> {
    let (version, meta) = (only(headers, "mcp-protocol-version")?, &read.params.meta);
    let (of_body, can) = (meta.protocol_version, meta.client_capabilities.is_some());
    if LEGACY.contains(&version) {
        let says_more = of_body.is_some() || can || meta.client_info.is_some();
        return (!says_more).then_some(Revision::Legacy);
    }
    let is_said = only(headers, "mcp-method")? == read.method && only(headers, "mcp-name")? == read.params.name;
    let is_current = version == CURRENT && of_body == Some(CURRENT) && can && is_said;
    is_current.then_some(Revision::Current)
}

/// Reads an object as what it is. By itself an array would be read as one, too, member by member.
fn object<'de: 'a, 'a, T: Deserialize<'a>, D: Deserializer<'de>>(value: D) -> Result<T, D::Error> {
    let text = <&'a RawValue>::deserialize(value)?.get();
    if !text.starts_with('{') {
        return Err(D::Error::custom("no object"));
    }
    serde_json::from_str(text).map_err(D::Error::custom)
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()
}

#[cfg(test)]
#[path = "plain_call_tests.rs"]
mod tests;
