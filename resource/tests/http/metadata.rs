//! Protected resource metadata: RFC 9728 sections 2 and 3; B41 of the list of attacks.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use crate::support::TestResource;

const ROOT: &str = "/.well-known/oauth-protected-resource";

#[actix_web::test]
async fn the_document_is_the_same_at_the_path_form_and_at_the_root() {
    let resource = TestResource::start().await;
    let expected = json!({
        "resource": resource.url,
        "authorization_servers": [resource.issuer.url],
        "scopes_supported": ["food:read", "food:write"],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": [
            "ES256", "ES384", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"
        ],
        "resource_name": "Food",
        "resource_documentation": format!("{}/documentation", resource.origin()),
    });
    for path in [ROOT.to_owned(), format!("{ROOT}/mcp"), format!("{ROOT}/mcp/")] {
        let reply = resource.get(&path).await;
        assert_eq!((reply.status, reply.json()), (200, expected.clone()), "{path}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    let documentation = resource.get("/documentation").await;
    assert_eq!(documentation.status, 200);
    assert!(documentation.text().contains(&resource.url));
}

#[actix_web::test]
async fn every_other_path_is_a_json_404() {
    let resource = TestResource::start().await;
    for path in [
        "/",
        "/mcp2",
        "/mcp/x",
        "/MCP",
        "/.well-known/oauth-protected-resource/other",
        "/.well-known/oauth-protected-resource/mcp/x",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/mcp",
        "/register",
        "/authorize",
        "/favicon.ico",
        "/metrics",
    ] {
        let reply = resource.get(path).await;
        assert_eq!(
            (reply.status, &reply.json()["error"]),
            (404, &json!("not_found")),
            "{path}"
        );
        assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
    }
    let reply = resource
        .send(Method::POST, &format!("{}{ROOT}", resource.origin()), &[], Vec::new())
        .await;
    assert_eq!(
        (reply.status, &reply.json()["error"]),
        (405, &json!("method_not_allowed"))
    );
    assert_eq!(reply.header("allow"), Some("GET, HEAD"));
}

#[actix_web::test]
async fn no_header_of_the_request_changes_a_byte_of_it() {
    let resource = TestResource::start().await;
    let url = format!("{}{ROOT}/mcp", resource.origin());
    let plain = resource.get(&format!("{ROOT}/mcp")).await.body;
    let forged = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-path", "/evil"),
        ("x-forwarded-server", "evil.example"),
        ("x-forwarded-ssl", "on"),
        ("forwarded", "for=203.0.113.9;host=evil.example;proto=https"),
        ("x-original-host", "evil.example"),
        ("x-original-url", "/evil"),
        ("x-rewrite-url", "/evil"),
        ("x-host", "evil.example"),
        ("x-real-ip", "203.0.113.9"),
        ("x-forwarded", "host=evil.example"),
        ("front-end-https", "on"),
        ("x-http-host-override", "evil.example"),
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
        ("referer", "https://evil.example/"),
        ("accept", "text/html"),
    ];
    for header in forged {
        let reply = resource.send(Method::GET, &url, &[header], Vec::new()).await;
        assert_eq!((reply.status, reply.body), (200, plain.clone()), "{header:?}");
    }
    let all = resource.send(Method::GET, &url, &forged, Vec::new()).await;
    assert_eq!(all.body, plain);
    let challenge = resource
        .send(Method::GET, &resource.url, &forged[..17], Vec::new())
        .await;
    assert!(!challenge.header("www-authenticate").unwrap().contains("evil"));
}

#[test]
fn the_scopes_that_are_published_are_those_that_the_tools_need() {
    let needed: BTreeSet<&str> = resource::mcp::SCOPES
        .iter()
        .flat_map(|(_, scopes)| *scopes)
        .copied()
        .collect();
    let published: BTreeSet<&str> = resource::scopes::SCOPES_SUPPORTED.iter().copied().collect();
    assert_eq!(needed, published);
}
