//! A tool, called with the token: MCP 2025-11-25, basic/transports, "Streamable HTTP".

use http::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Method;
use serde_json::{Value, json};
use shared::fetch::{Fetch, Fetched};

use super::token::{MOST, object};

const VERSION: &str = "2025-11-25";

/// What to call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The tool.
    pub tool: String,
    /// Its arguments, an object.
    pub arguments: Value,
}

/// A conversation with one server.
struct Conversation<'a> {
    fetch: &'a Fetch,
    url: &'a str,
    headers: HeaderMap,
}

/// What a tool is asked for that was not named by a person.
const WORD: &str = "water";

/// Calls this tool, or one that changes nothing and takes any words. Gives what happened.
pub(super) async fn call(fetch: &Fetch, url: &str, token: &str, wanted: Option<&Call>) -> Result<String, String> {
    let mut conversation = Conversation::new(fetch, url, token)?;
    conversation.begin().await?;
    let listed = conversation.ask("tools/list", json!({})).await?;
    let tools = listed
        .get("tools")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let named = |name: &str| tools.iter().any(|tool| name_of(tool) == name);
    let calls = match wanted {
        Some(call) if named(&call.tool) => vec![call.clone()],
        Some(call) => return Err(format!("there is no tool {}", call.tool)),
        None => tools.iter().filter_map(harmless).collect(),
    };
    // A word may be none that a tool understands; then another is tried.
    let mut outcome = Ok("none is called unless --call names one".to_owned());
    for call in &calls {
        outcome = conversation.call(call).await;
        if outcome.is_ok() {
            break;
        }
    }
    outcome.map(|called| format!("{} tools listed, {called}", tools.len()))
}

fn name_of(tool: &Value) -> &str {
    tool.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// A call of a tool that says that it only reads, where it needs nothing but words.
fn harmless(tool: &Value) -> Option<Call> {
    if tool.pointer("/annotations/readOnlyHint") != Some(&Value::Bool(true)) {
        return None;
    }
    let schema = tool.get("inputSchema")?;
    let required = schema.get("required").and_then(Value::as_array);
    let mut arguments = serde_json::Map::new();
    for name in required.into_iter().flatten() {
        let name = name.as_str()?;
        let property = schema.get("properties")?.get(name)?;
        if property.get("type")? != "string" || property.get("enum").is_some() {
            return None;
        }
        arguments.insert(name.to_owned(), WORD.into());
    }
    // Tools that search have one, also where they could be asked otherwise.
    if schema.pointer("/properties/query").is_some() {
        arguments.insert("query".to_owned(), WORD.into());
    }
    Some(Call {
        tool: name_of(tool).to_owned(),
        arguments: arguments.into(),
    })
}

impl<'a> Conversation<'a> {
    fn new(fetch: &'a Fetch, url: &'a str, token: &str) -> Result<Self, String> {
        let mut headers = HeaderMap::new();
        let fixed = [
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
        ];
        for (name, value) in fixed {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let authorization = HeaderValue::from_str(&format!("Bearer {token}"));
        let mut authorization = authorization.map_err(|_| "the access token does not fit into a header")?;
        authorization.set_sensitive(true);
        headers.insert(http::header::AUTHORIZATION, authorization);
        Ok(Self { fetch, url, headers })
    }

    async fn begin(&mut self) -> Result<(), String> {
        let params = json!({"protocolVersion": VERSION, "capabilities": {},
            "clientInfo": {"name": "resource doctor", "version": env!("CARGO_PKG_VERSION")}});
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params});
        let answer = self.post(&message).await?;
        let result = result_of(&answer, "initialize")?;
        let version = result.get("protocolVersion").and_then(Value::as_str).unwrap_or(VERSION);
        if let Ok(version) = HeaderValue::from_str(version) {
            self.headers.insert("mcp-protocol-version", version);
        }
        if let Some(session) = answer.headers.get("mcp-session-id") {
            self.headers.insert("mcp-session-id", session.clone());
        }
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        self.post(&initialized).await.map(|_| ())
    }

    async fn ask(&self, method: &str, params: Value) -> Result<Value, String> {
        let message = json!({"jsonrpc": "2.0", "id": 2, "method": method, "params": params});
        result_of(&self.post(&message).await?, method)
    }

    async fn call(&self, call: &Call) -> Result<String, String> {
        let params = json!({"name": call.tool, "arguments": call.arguments});
        let result = self.ask("tools/call", params).await?;
        if result.get("isError") == Some(&Value::Bool(true)) {
            let content = result.get("content").unwrap_or(&Value::Null);
            return Err(format!("{} was reached and failed: {content}", call.tool));
        }
        Ok(format!("{} called", call.tool))
    }

    async fn post(&self, message: &Value) -> Result<Fetched, String> {
        let (headers, body) = (self.headers.clone(), message.to_string().into_bytes());
        let answer = self.fetch.request(Method::POST, self.url, headers, body, MOST).await;
        answer.map_err(|error| format!("{}: {error}", self.url))
    }
}

/// The result in a JSON answer, or in the last event of a stream.
fn result_of(answer: &Fetched, method: &str) -> Result<Value, String> {
    let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    let message = if kind.is_some_and(|kind| kind.starts_with("text/event-stream")) && answer.status == 200 {
        last_event(&String::from_utf8_lossy(&answer.body))
    } else {
        object(answer).map_err(|why| format!("{method}: {why}"))?
    };
    match (message.get("result"), message.get("error")) {
        (Some(result), _) => Ok(result.clone()),
        (None, Some(error)) => Err(format!("{method}: {error}")),
        (None, None) => Err(format!("{method}: the answer has neither result nor error")),
    }
}

/// The last message of a stream of events (HTML standard, "Server-sent events").
fn last_event(text: &str) -> Value {
    let events = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let mut messages = events.filter_map(|data| serde_json::from_str::<Value>(data.trim_start()).ok());
    messages
        .rfind(|message| message.get("id").is_some())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_last_event_with_an_id() {
        let text = "event: message\r\ndata: {\"method\":\"x\"}\r\n\r\ndata: {\"id\":2,\"result\":{\"a\":1}}\n\n: end\n";
        assert_eq!(last_event(text)["result"]["a"], 1);
        assert_eq!(last_event(""), Value::Null);
    }

    #[test]
    fn only_what_reads_and_needs_words_is_called_unasked() {
        let tool = |reads: bool, required: Value| {
            let properties = json!({"a": {"type": "string"}, "b": {"type": "number"}});
            let schema = json!({"properties": properties, "required": required});
            json!({"name": "t", "annotations": {"readOnlyHint": reads}, "inputSchema": schema})
        };
        let arguments = |tool: &Value| harmless(tool).map(|call| call.arguments);
        assert_eq!(arguments(&tool(true, json!([]))), Some(json!({})));
        assert_eq!(arguments(&tool(true, json!(["a"]))), Some(json!({"a": WORD})));
        assert_eq!(arguments(&tool(true, json!(["a", "b"]))), None);
        assert_eq!(arguments(&tool(false, json!([]))), None);
        assert_eq!(arguments(&json!({})), None);
    }
}
