//! What is plain, and that anything else is not.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::*;

/// A call of the current revision.
fn current() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "search_food",
        "arguments": {"query": "egg"},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": CURRENT,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
        },
    }})
}

/// The same of a revision before.
fn legacy() -> Value {
    let mut call = current();
    call["params"].as_object_mut().unwrap().remove("_meta");
    call
}

/// The headers of either.
fn headers(version: &'static str) -> Vec<(&'static str, &'static str)> {
    let of_all = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", version),
    ];
    let of_current = [("mcp-method", "tools/call"), ("mcp-name", "search_food")];
    let is_current = version == CURRENT;
    of_all
        .into_iter()
        .chain(of_current.into_iter().filter(|_| is_current))
        .collect()
}

/// What it is read as: the tool, its arguments, and the answer.
fn read(headers: &[(&str, &str)], body: &str) -> Option<(String, String, Value)> {
    let request = headers
        .iter()
        .fold(TestRequest::post(), |request, header| request.append_header(*header));
    let request = request.to_http_request();
    let call = PlainCall::read(&request, body.as_bytes())?;
    let done = Done::new("an \"egg\"", &json!({"confident": true})).unwrap();
    let answer = serde_json::from_slice(&call.answer(&done).unwrap()).unwrap();
    Some((call.tool.to_owned(), call.arguments.get().to_owned(), answer))
}

/// Whether it is plain with this value at this place; "gone" takes the member away.
fn with(version: &'static str, place: &str, value: Value) -> bool {
    let mut call = if version == CURRENT { current() } else { legacy() };
    let (parent, name) = place.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    let parent = call.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value == json!("gone") {
        parent.remove(&name).unwrap();
    } else {
        parent.insert(name, value);
    }
    read(&headers(version), &call.to_string()).is_some()
}

#[test]
fn a_call_of_each_revision_is_plain() {
    let result = json!({
        "content": [{"type": "text", "text": "an \"egg\""}],
        "structuredContent": {"confident": true},
        "isError": false,
    });
    for version in ["2025-06-18", "2025-11-25"] {
        let (tool, arguments, answer) = read(&headers(version), &legacy().to_string()).unwrap();
        assert_eq!(
            (tool.as_str(), arguments.as_str()),
            ("search_food", r#"{"query":"egg"}"#)
        );
        assert_eq!(answer, json!({"jsonrpc": "2.0", "id": 1, "result": result}));
        assert!(with(version, "/params/_meta", json!({"progressToken": "p"})));
    }
    let (.., answer) = read(&headers(CURRENT), &current().to_string()).unwrap();
    let mut result = result;
    result["resultType"] = json!("complete");
    assert_eq!(answer, json!({"jsonrpc": "2.0", "id": 1, "result": result}));
    assert!(with(CURRENT, "/id", json!("a text")));
    assert!(with(
        CURRENT,
        "/params/_meta/io.modelcontextprotocol~1clientInfo",
        json!("gone")
    ));
}

#[test]
fn a_message_that_is_anything_else_is_not() {
    for (place, value) in [
        ("/jsonrpc", json!("1.0")),
        ("/jsonrpc", json!("gone")),
        ("/id", json!(null)),
        ("/id", json!(1.5)),
        ("/id", json!("gone")),
        ("/more", json!(1)),
        ("/method", json!("tools/list")),
        ("/params", json!([])),
        ("/params/name", json!("get_nutrition")),
        ("/params/arguments", json!("gone")),
        (
            "/params/arguments",
            json!({"$serde_json::private::RawValue": r#"{"query": "egg"}"#}),
        ),
        ("/params/more", json!(1)),
        ("/params/_meta", json!("gone")),
        ("/params", json!(["search_food", {}, null])),
        ("/params/_meta", json!([null, CURRENT, null, {}])),
        ("/params/_meta/more", json!(1)),
        ("/params/_meta/progressToken", json!([])),
        (
            "/params/_meta/io.modelcontextprotocol~1protocolVersion",
            json!("2025-11-25"),
        ),
        ("/params/_meta/io.modelcontextprotocol~1protocolVersion", json!(1)),
        ("/params/_meta/io.modelcontextprotocol~1clientInfo", json!({"name": 1})),
        (
            "/params/_meta/io.modelcontextprotocol~1clientCapabilities",
            json!("none"),
        ),
        ("/params/_meta/io.modelcontextprotocol~1clientCapabilities", json!(null)),
    ] {
        assert!(!with(CURRENT, place, value.clone()), "{place} {value}");
    }
    for (name, value) in [
        ("io.modelcontextprotocol/protocolVersion", json!("2025-11-25")),
        ("io.modelcontextprotocol/clientCapabilities", json!({})),
        ("more", json!(1)),
    ] {
        assert!(!with("2025-11-25", "/params/_meta", json!({name: value})), "{name}");
    }
}

#[test]
fn with_any_other_header_it_is_not() {
    let call = current().to_string();
    for (name, value) in [
        ("accept", ""),
        ("accept", "*/*"),
        ("accept", "application/json"),
        ("accept", "application/json;q=0, text/event-stream"),
        ("accept", r#"application/json, text/plain;a=", text/event-stream, ""#),
        ("accept", r"application/json, text/event-stream, \"),
        ("content-type", "application/json; charset=utf-8"),
        ("mcp-protocol-version", ""),
        ("mcp-protocol-version", "2025-11-25"),
        ("mcp-protocol-version", "2027-01-01"),
        ("mcp-method", ""),
        ("mcp-method", "tools/list"),
        ("mcp-name", ""),
        ("mcp-name", "save_food"),
    ] {
        let mut changed = headers(CURRENT);
        changed.retain(|(known, _)| *known != name);
        changed.extend((!value.is_empty()).then_some((name, value)));
        assert_eq!(read(&changed, &call), None, "{name}: {value}");
    }
    for second in headers(CURRENT).into_iter().chain([("mcp-param-query", "egg")]) {
        let mut changed = headers(CURRENT);
        changed.push(second);
        assert_eq!(read(&changed, &call), None, "a second {second:?}");
    }
}
