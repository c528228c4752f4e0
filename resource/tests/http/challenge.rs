//! What a client learns when its token is missing or refused: RFC 6750 section 3, RFC 9728 section 5.1.

use reqwest::Method;
use serde_json::json;

use super::{legacy, search, tools_list};
use crate::support::{Reply, TestResource};

const METHODS: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::DELETE,
    Method::PUT,
    Method::PATCH,
    Method::HEAD,
    Method::OPTIONS,
];

fn rest(resource: &TestResource) -> String {
    let origin = resource.origin();
    format!("resource_metadata=\"{origin}/.well-known/oauth-protected-resource/mcp\", scope=\"food:read food:write\"")
}

async fn with(resource: &TestResource, method: Method, authorization: &[&str]) -> Reply {
    let headers: Vec<_> = authorization.iter().map(|value| ("authorization", *value)).collect();
    resource.send(method, &resource.url, &headers, Vec::new()).await
}

#[actix_web::test]
async fn without_a_token_every_method_gets_the_bare_challenge() {
    let resource = TestResource::start().await;
    let expected = format!("Bearer {}", rest(&resource));
    for method in METHODS {
        for authorization in [&[][..], &["Basic YTpi"], &["Bearer"], &["Bearer "], &["DPoP"]] {
            let reply = with(&resource, method.clone(), authorization).await;
            assert_eq!(reply.status, 401, "{method} {authorization:?}");
            assert_eq!(reply.header("www-authenticate"), Some(expected.as_str()), "{method}");
            assert_eq!(reply.header("cache-control"), Some("no-store"));
        }
    }
}

#[actix_web::test]
async fn a_bad_token_on_every_method_is_named_invalid_with_a_reason_and_the_requests_id() {
    let resource = TestResource::start().await;
    let expired = resource.token().claim("exp", json!(1)).sign(resource.key());
    let cases = [
        ("abc", "the access token is not valid"),
        (expired.as_str(), "the access token has expired"),
    ];
    for method in METHODS {
        for (token, why) in cases {
            let reply = with(&resource, method.clone(), &[&format!("Bearer {token}")]).await;
            let expected = format!(
                "Bearer error=\"invalid_token\", error_description=\"{why}\", {}",
                rest(&resource)
            );
            assert_eq!(
                (reply.status, reply.header("www-authenticate")),
                (401, Some(expected.as_str()))
            );
            if method != Method::HEAD {
                let body = reply.json();
                assert_eq!(
                    (&body["error"], &body["error_description"]),
                    (&json!("invalid_token"), &json!(why))
                );
                assert_eq!(body["request_id"], reply.header("x-request-id").unwrap());
            }
        }
    }
}

#[actix_web::test]
async fn a_malformed_authorization_is_an_invalid_request() {
    let resource = TestResource::start().await;
    let good = format!("Bearer {}", resource.signed());
    for authorization in [
        &[good.as_str(), good.as_str()][..],
        &["Basic YTpi", &good],
        &["Bearer a b"],
        &["Bearer a,b"],
        &["Bearer a\"b"],
    ] {
        let reply = with(&resource, Method::POST, authorization).await;
        assert_eq!((reply.status, &reply.json()["error"]), (400, &json!("invalid_request")));
        let header = reply.header("www-authenticate").unwrap();
        assert!(header.starts_with("Bearer error=\"invalid_request\""), "{header}");
    }
}

#[actix_web::test]
async fn nothing_of_the_body_is_read_before_the_token() {
    let resource = TestResource::start().await;
    for body in ["{", "", "not json"] {
        let headers = [("content-type", "text/plain")];
        let reply = resource.send(Method::POST, &resource.url, &headers, body.into()).await;
        assert_eq!(reply.status, 401, "{body}");
    }
    let large = resource
        .send(Method::POST, &resource.url, &[], vec![b'x'; 3 << 20])
        .await;
    assert_eq!(large.status, 401);
}

#[actix_web::test]
async fn a_token_in_the_query_is_no_token() {
    let resource = TestResource::start().await;
    let url = format!("{}?access_token={}", resource.url, resource.signed());
    let reply = resource
        .send(Method::POST, &url, &[], tools_list().to_string().into())
        .await;
    assert_eq!(reply.status, 401);
}

#[actix_web::test]
async fn a_missing_scope_is_named_with_what_was_granted_and_only_for_the_tools_that_need_it() {
    let resource = TestResource::start().await;
    let reader = resource.signed_for("food:read openid");
    let save = legacy("tools/call", json!({"name": "save_food", "arguments": {}}));
    let refused = resource.post(&reader, &save, &[]).await;
    assert_eq!(
        (refused.status, &refused.json()["error"]),
        (403, &json!("insufficient_scope"))
    );
    let header = refused.header("www-authenticate").unwrap();
    assert!(
        header.starts_with("Bearer error=\"insufficient_scope\", error_description="),
        "{header}"
    );
    assert!(header.ends_with(&rest(&resource)), "{header}");
    assert_eq!(resource.post(&reader, &search(), &[]).await.status, 200);

    let nobody = resource.signed_for("openid");
    let refused = resource.post(&nobody, &search(), &[]).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .ends_with("scope=\"food:read\"")
    );
    assert_eq!(resource.post(&nobody, &tools_list(), &[]).await.status, 200);
    let unknown = legacy("tools/call", json!({"name": "nonexistent", "arguments": {}}));
    assert_ne!(resource.post(&nobody, &unknown, &[]).await.status, 403);
}

#[actix_web::test]
async fn a_scope_that_every_call_needs_is_asked_on_every_method_and_published() {
    let resource = TestResource::start_with(&[("OAUTH_REQUIRED_SCOPES", "mcp:access")]).await;
    let without = format!("Bearer {}", resource.signed());
    for method in [Method::GET, Method::POST, Method::DELETE] {
        let reply = with(&resource, method, &[&without]).await;
        assert_eq!(reply.status, 403);
        let header = reply.header("www-authenticate").unwrap();
        assert!(
            header.ends_with("scope=\"food:read food:write mcp:access\""),
            "{header}"
        );
    }
    let with_it = resource.signed_for("mcp:access food:read");
    assert_eq!(resource.post(&with_it, &search(), &[]).await.status, 200);
    let metadata = resource.get("/.well-known/oauth-protected-resource").await.json();
    assert_eq!(
        metadata["scopes_supported"],
        json!(["food:read", "food:write", "mcp:access"])
    );
}

/// Which tool is called is decided once: a second member of the same name changes nothing in between.
#[actix_web::test]
async fn the_scope_is_that_of_the_tool_that_runs_however_the_message_is_written() {
    let resource = TestResource::start().await;
    let reader = resource.signed_for("food:read");
    let authorization = format!("Bearer {reader}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    for body in [
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"save_food"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_food"},"params":{"name":"save_food"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_food","name":"save_food"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"m\u0065thod":"tools/call","params":{"n\u0061me":"save_f\u006fod"}}"#,
    ] {
        let reply = resource.send(Method::POST, &resource.url, &headers, body.into()).await;
        assert_eq!(reply.status, 403, "{body}: {}", reply.text());
    }
}

#[actix_web::test]
async fn a_token_is_refused_from_its_end_on() {
    let resource = TestResource::start().await;
    let token = resource.signed();
    assert_eq!(resource.post(&token, &tools_list(), &[]).await.status, 200);
    resource.clock.advance(3600 + 60);
    assert_eq!(resource.post(&token, &tools_list(), &[]).await.status, 401);
}
