//! threats.md B35: odd requests to the endpoints that anybody may call. Whatever comes, nothing of ours fails.

use std::collections::BTreeMap;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::requests::{Odd, odd};
use crate::support::TestIssuer;

/// The endpoints, and whether programs call them: programs get JSON, people a page or a redirect.
const ENDPOINTS: [(&str, &str, bool); 5] = [
    ("GET", "/oauth/authorize", false),
    ("POST", "/oauth/authorize", false),
    ("POST", "/oauth/token", true),
    ("POST", "/oauth/register", true),
    ("POST", "/oauth/revoke", true),
];

/// A request of this shape; where no body is read, its pairs are the query.
fn request(odd: &Odd, method: &str, path: &str, client_id: &str) -> TestRequest {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &odd.pairs {
        form.append_pair(name, if value == "CLIENT" { client_id } else { value });
    }
    let form = form.finish();
    if method == "GET" {
        return TestRequest::get().uri(&format!("{path}?{form}"));
    }
    let json: serde_json::Map<_, _> = odd.pairs.iter().cloned().map(|(k, v)| (k, Value::from(v))).collect();
    // Every other registration is JSON at least.
    let (media_type, body) = match path {
        "/oauth/register" if odd.tail.is_empty() => ("application/json", Value::Object(json).to_string().into_bytes()),
        _ => (odd.media_type.as_str(), [form.as_bytes(), &odd.tail].concat()),
    };
    TestRequest::post()
        .uri(path)
        .insert_header((CONTENT_TYPE, media_type))
        .set_payload(body)
}

/// Sends so many odd requests, past the sockets, to the routes of an issuer.
async fn fuzz(requests: usize) {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    let app = issuer.app.clone();
    let routes = actix_web::App::new()
        .app_data(app.clone())
        .app_data(app.config.protection.trusted_proxies.clone())
        .configure(|services| issuer::routes::configure(services, ""));
    let service = init_service(routes).await;
    let (mut runner, odd) = (TestRunner::default(), odd());
    let mut answers = BTreeMap::new();
    for at in 0..requests {
        if at % 100_000 == 0 {
            println!("{at} requests");
        }
        let odd = odd.new_tree(&mut runner).unwrap().current();
        let (method, path, json) = ENDPOINTS[at % ENDPOINTS.len()];
        let answer = call_service(&service, request(&odd, method, path, &client_id).to_request()).await;
        let status = answer.status();
        *answers.entry(status.as_u16()).or_insert(0) += 1;
        assert!(!status.is_server_error(), "{status}: {path} {odd:?}");
        let header = |name| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        assert!(
            header(CACHE_CONTROL).contains("no-store"),
            "{status}: {method} {path} {odd:?}"
        );
        if json && !status.is_success() {
            assert!(
                header(CONTENT_TYPE).starts_with("application/json"),
                "{status}: {path} {odd:?}"
            );
            let told: Value = serde_json::from_slice(&read_body(answer).await).unwrap();
            assert!(told["error"].is_string(), "{told}: {path} {odd:?}");
        }
    }
    println!("{requests} odd requests; answers by status: {answers:?}");
}

#[actix_web::test]
async fn two_thousand_odd_requests_are_answered_and_no_fault_of_ours() {
    fuzz(2_000).await;
}

#[actix_web::test]
#[ignore = "takes the better part of an hour; two_thousand_odd_requests_are_answered_and_no_fault_of_ours is the short form"]
async fn two_million_odd_requests_are_answered_and_no_fault_of_ours() {
    fuzz(2_000_000).await;
}
