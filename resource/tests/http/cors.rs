//! Pages may read every answer, and send what MCP clients send: Fetch standard, "CORS protocol".

use reqwest::Method;
use serde_json::json;

use super::{legacy, tools_list};
use crate::support::{Reply, TestResource};

const INSPECTOR: (&str, &str) = ("origin", "http://localhost:6274");

fn is_readable(reply: &Reply) -> bool {
    let exposed = reply.header("access-control-expose-headers").unwrap_or_default();
    reply.header("access-control-allow-origin") == Some("*")
        && exposed.contains("WWW-Authenticate")
        && reply.header("access-control-allow-credentials").is_none()
}

#[actix_web::test]
async fn a_preflight_needs_no_token_and_allows_the_headers_of_every_revision() {
    let resource = TestResource::start().await;
    let wanted = "authorization,content-type,mcp-protocol-version,mcp-method,mcp-name,mcp-session-id,last-event-id";
    let headers = [
        INSPECTOR,
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", wanted),
    ];
    for path in ["/mcp", "/mcp/", "/.well-known/oauth-protected-resource/mcp", "/nowhere"] {
        let url = format!("{}{path}", resource.origin());
        let reply = resource.send(Method::OPTIONS, &url, &headers, Vec::new()).await;
        assert_eq!(reply.status, 204, "{path}");
        assert!(is_readable(&reply));
        let allowed = reply.header("access-control-allow-headers").unwrap().to_lowercase();
        for header in wanted.split(',') {
            assert!(allowed.contains(header), "{header}");
        }
    }
}

#[actix_web::test]
async fn every_status_is_readable() {
    let resource = TestResource::start().await;
    let token = resource.signed();
    let nobody = resource.signed_for("");
    let call = legacy(
        "tools/call",
        json!({"name": "search_food", "arguments": {"query": "egg"}}),
    );
    let replies = [
        (200, resource.post(&token, &tools_list(), &[INSPECTOR]).await),
        (
            202,
            resource
                .post(
                    &token,
                    &json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
                    &[],
                )
                .await,
        ),
        (400, resource.post(&token, &json!([]), &[]).await),
        (401, resource.post("bad", &tools_list(), &[INSPECTOR]).await),
        (403, resource.post(&nobody, &call, &[INSPECTOR]).await),
        (
            403,
            resource
                .post(&token, &tools_list(), &[("origin", "http://evil.example")])
                .await,
        ),
        (404, resource.get("/nowhere").await),
        (200, resource.get("/.well-known/oauth-protected-resource/mcp").await),
        (200, resource.get("/healthz").await),
    ];
    for (status, reply) in replies {
        assert_eq!(reply.status, status, "{}", reply.text());
        assert!(is_readable(&reply), "{status}");
    }
    let authorization = format!("Bearer {token}");
    let bearer = [("authorization", authorization.as_str())];
    for method in [Method::GET, Method::DELETE] {
        let reply = resource.send(method, &resource.url, &bearer, Vec::new()).await;
        assert_eq!(reply.status, 405);
        assert!(is_readable(&reply));
    }
}
