//! The MCP endpoint as HTTP: where it is, to whom it answers, and what it does with requests that are not MCP.

use reqwest::Method;
use serde_json::json;

use super::{legacy, tools_list};
use crate::support::{Reply, TestResource};

async fn list_at(resource: &TestResource, url: &str, headers: &[(&str, &str)]) -> Reply {
    let authorization = format!("Bearer {}", resource.signed());
    let usual = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    let usual = usual
        .into_iter()
        .filter(|(name, _)| !headers.iter().any(|(other, _)| other == name));
    let all: Vec<_> = usual.chain(headers.iter().copied()).collect();
    let body = tools_list().to_string().into_bytes();
    resource.send(Method::POST, url, &all, body).await
}

#[actix_web::test]
async fn the_endpoint_answers_with_and_without_a_slash_and_without_a_redirect() {
    let resource = TestResource::start().await;
    for url in [
        resource.url.clone(),
        format!("{}/", resource.url),
        format!("{}?x=1", resource.url),
    ] {
        assert_eq!(list_at(&resource, &url, &[]).await.status, 200, "{url}");
    }
}

#[actix_web::test]
async fn a_resource_at_the_root_of_its_origin_works_too() {
    let resource = TestResource::start_with(&[("RESOURCE_PUBLIC_URL", "https://food.example.com")]).await;
    let token = resource.signed();
    let authorization = format!("Bearer {token}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("host", "food.example.com"),
    ];
    let url = format!("{}/", resource.origin());
    let reply = resource
        .send(Method::POST, &url, &headers, tools_list().to_string().into())
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let bare = resource
        .send(Method::POST, &url, &[("host", "food.example.com")], Vec::new())
        .await;
    assert_eq!(
        bare.header("www-authenticate").unwrap(),
        "Bearer resource_metadata=\"https://food.example.com/.well-known/oauth-protected-resource\", \
         scope=\"food:read food:write\""
    );
}

#[actix_web::test]
async fn streams_and_sessions_are_not_offered() {
    let resource = TestResource::start().await;
    let authorization = format!("Bearer {}", resource.signed());
    let headers = [
        ("authorization", authorization.as_str()),
        ("accept", "text/event-stream"),
        ("mcp-session-id", "abc"),
    ];
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::OPTIONS] {
        let reply = resource.send(method.clone(), &resource.url, &headers, Vec::new()).await;
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("POST"));
        assert_eq!(reply.json()["error"]["code"], -32600);
    }
}

#[actix_web::test]
async fn requests_to_another_host_or_from_another_page_are_refused_with_the_setting_to_change() {
    let resource = TestResource::start().await;
    let cases = [
        ("host", "evil.example", "RESOURCE_ALLOWED_HOSTS"),
        ("host", "localhost.evil.example", "RESOURCE_ALLOWED_HOSTS"),
        ("host", "user@localhost", "RESOURCE_ALLOWED_HOSTS"),
        ("origin", "http://evil.example", "RESOURCE_ALLOWED_ORIGINS"),
        ("origin", "null", "RESOURCE_ALLOWED_ORIGINS"),
    ];
    for (name, value, setting) in cases {
        let reply = list_at(&resource, &resource.url, &[(name, value)]).await;
        assert_eq!(
            (reply.status, &reply.json()["error"]),
            (403, &json!("forbidden")),
            "{value}"
        );
        let why = reply.json()["error_description"].as_str().unwrap().to_owned();
        assert!(why.contains(setting), "{why}");
        assert!(reply.header("www-authenticate").is_none(), "a token would not help");
    }
    let settings = [
        ("RESOURCE_ALLOWED_HOSTS", "food.lan"),
        ("RESOURCE_ALLOWED_ORIGINS", "https://app.example.com"),
    ];
    let resource = TestResource::start_with(&settings).await;
    for header in [
        ("host", "food.lan:8081"),
        ("origin", "https://app.example.com"),
        ("origin", "http://localhost:6274"),
    ] {
        assert_eq!(
            list_at(&resource, &resource.url, &[header]).await.status,
            200,
            "{header:?}"
        );
    }
}

/// What is wrong, the headers, the body, the status, the code.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, i64);

#[actix_web::test]
async fn what_is_not_a_message_gets_an_error_in_json() {
    let resource = TestResource::start().await;
    let authorization = format!("Bearer {}", resource.signed());
    let bearer = ("authorization", authorization.as_str());
    let json_type = ("content-type", "application/json");
    let accept = ("accept", "application/json, text/event-stream");
    let large = vec![b' '; (1 << 20) + 1];
    let deep = "[".repeat(100_000);
    let cases: [Case<'_>; 11] = [
        ("not JSON", &[bearer, json_type, accept], b"{", 400, -32700),
        ("empty", &[bearer, json_type, accept], b"", 400, -32700),
        ("not UTF-8", &[bearer, json_type, accept], b"\"\xff\"", 400, -32700),
        ("deep", &[bearer, json_type, accept], deep.as_bytes(), 400, -32700),
        ("a batch", &[bearer, json_type, accept], b"[]", 400, -32600),
        ("a number", &[bearer, json_type, accept], b"1", 400, -32600),
        ("no JSON-RPC", &[bearer, json_type, accept], b"{\"foo\":1}", 400, -32600),
        ("too large", &[bearer, json_type, accept], &large, 413, -32600),
        ("no media type", &[bearer, accept], b"{}", 415, -32600),
        (
            "another media type",
            &[bearer, ("content-type", "text/plain"), accept],
            b"{}",
            415,
            -32600,
        ),
        (
            "JSON alone is accepted",
            &[bearer, json_type, ("accept", "application/json")],
            b"{}",
            406,
            -32600,
        ),
    ];
    for (what, headers, body, status, code) in cases {
        let reply = resource.send(Method::POST, &resource.url, headers, body.to_vec()).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.text());
        assert_eq!(reply.json()["error"]["code"], code, "{what}: {}", reply.text());
        assert_eq!(reply.header("content-type"), Some("application/json"), "{what}");
    }
}

#[actix_web::test]
async fn a_body_as_large_as_allowed_is_read() {
    let resource = TestResource::start_with(&[("RESOURCE_BODY_BYTES", "2048")]).await;
    let mut message = legacy("tools/list", json!({"x": ""}));
    let bare = message.to_string().len();
    message["params"]["x"] = json!("y".repeat(2048 - bare));
    assert_eq!(resource.post(&resource.signed(), &message, &[]).await.status, 200);
    message["params"]["x"] = json!("y".repeat(2049 - bare));
    assert_eq!(resource.post(&resource.signed(), &message, &[]).await.status, 413);
}

#[actix_web::test]
async fn the_tool_learns_who_calls_and_never_the_token() {
    let resource = TestResource::start().await;
    for sub in ["user-1", "user-2"] {
        let token = resource.token().claim("sub", json!(sub)).sign(resource.key());
        let reply = resource.post(&token, &super::search(), &[("cookie", "a=b")]).await;
        assert_eq!(reply.status, 200);
        assert!(!reply.text().contains(&token));
    }
}

#[actix_web::test]
async fn a_server_that_is_asked_to_end_ends_at_once() {
    let resource = TestResource::start().await;
    assert_eq!(resource.post(&resource.signed(), &tools_list(), &[]).await.status, 200);
    let begun = std::time::Instant::now();
    resource.stop().await;
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
}
