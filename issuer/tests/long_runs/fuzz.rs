//! threats.md B35: odd requests to the endpoints that anybody may call. Whatever comes, nothing of ours fails.

use std::collections::BTreeMap;
use std::thread;
use std::time::Instant;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::rt::System;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use issuer::app::App;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::device::ON;
use crate::requests::{Odd, odd};
use crate::support::TestIssuer;
use crate::support::database::TestDatabase;

/// The endpoints, and whether programs call them: programs get JSON, people a page or a redirect.
const ENDPOINTS: [(&str, &str, bool); 6] = [
    ("GET", "/oauth/authorize", false),
    ("POST", "/oauth/authorize", false),
    ("POST", "/oauth/token", true),
    ("POST", "/oauth/register", true),
    ("POST", "/oauth/revoke", true),
    ("POST", "/oauth/device_authorization", true),
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

/// How many answers had each status.
type Answers = BTreeMap<u16, usize>;

/// Sends so many odd requests, past the sockets, to the routes of one issuer, from as many threads as there are processors.
fn fuzz(requests: usize) {
    let begun = Instant::now();
    let system = System::new();
    let issuer = system.block_on(TestIssuer::with(TestDatabase::sqlite(), &ON));
    let client_id = system.block_on(issuer.client());
    let threads = thread::available_parallelism().unwrap().get();
    let part = |at: usize| {
        let (app, client_id) = (issuer.app.clone(), client_id.as_str());
        move || System::new().block_on(send(&app, client_id, (at..requests).step_by(threads)))
    };
    let answers = thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|at| scope.spawn(part(at))).collect();
        let answers = parts.into_iter().flat_map(|part| part.join().unwrap());
        answers.fold(Answers::new(), |mut all, (status, count)| {
            *all.entry(status).or_default() += count;
            all
        })
    });
    assert_eq!(answers.values().sum::<usize>(), requests);
    println!(
        "{requests} odd requests in {:?}; answers by status: {answers:?}",
        begun.elapsed()
    );
}

/// Sends those with these numbers, and looks at each answer.
async fn send(app: &Data<App>, client_id: &str, numbers: impl Iterator<Item = usize>) -> Answers {
    let routes = actix_web::App::new()
        .app_data(app.clone())
        .app_data(app.config.protection.trusted_proxies.clone())
        .configure(|services| issuer::routes::configure(services, ""));
    let service = init_service(routes).await;
    let (mut runner, odd) = (TestRunner::default(), odd());
    let mut answers = Answers::new();
    for at in numbers {
        if at % 100_000 == 0 {
            println!("{at} requests");
        }
        let odd = odd.new_tree(&mut runner).unwrap().current();
        let (method, path, json) = ENDPOINTS[at % ENDPOINTS.len()];
        let answer = call_service(&service, request(&odd, method, path, client_id).to_request()).await;
        let status = answer.status();
        *answers.entry(status.as_u16()).or_default() += 1;
        assert!(!status.is_server_error(), "{status}: {path} {odd:?}");
        let header = |name| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default()
        };
        let uncached = header(CACHE_CONTROL).contains("no-store");
        assert!(uncached, "{status}: {method} {path} {odd:?}");
        if json && !status.is_success() {
            let is_json = header(CONTENT_TYPE).starts_with("application/json");
            assert!(is_json, "{status}: {path} {odd:?}");
            let told: Value = serde_json::from_slice(&read_body(answer).await).unwrap();
            assert!(told["error"].is_string(), "{told}: {path} {odd:?}");
        }
    }
    answers
}

#[test]
fn two_thousand_odd_requests_are_answered_and_no_fault_of_ours() {
    fuzz(2_000);
}

#[test]
#[ignore = "takes a quarter of an hour; two_thousand_odd_requests_are_answered_and_no_fault_of_ours is the short form"]
fn two_million_odd_requests_are_answered_and_no_fault_of_ours() {
    fuzz(2_000_000);
}
