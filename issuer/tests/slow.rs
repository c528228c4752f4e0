//! Slow, silent and oversized requests over real sockets: what is cut off, when, and that others are served.

use std::time::Instant;

use actix_web::rt::time::timeout;
use futures_util::future::join_all;

use crate::support::TestIssuer;
use crate::support::database::TestDatabase;
use crate::support::slow::{self, PATIENCE, answer_to};

const SHORT: &[(&str, &str)] = &[("ISSUER_HEAD_SECONDS", "1"), ("ISSUER_KEEP_ALIVE_SECONDS", "1")];

async fn started(settings: &[(&str, &str)]) -> TestIssuer {
    TestIssuer::with(TestDatabase::of_this_run(), settings).await
}

fn address(issuer: &TestIssuer) -> &str {
    issuer.url.strip_prefix("http://").unwrap()
}

#[actix_web::test]
async fn a_head_that_does_not_end_is_cut_off() {
    slow::a_head_that_does_not_end_is_cut_off(address(&started(SHORT).await)).await;
}

#[actix_web::test]
async fn a_head_that_drips_is_cut_off_as_well() {
    slow::a_head_that_drips_is_cut_off_as_well(address(&started(SHORT).await)).await;
}

#[actix_web::test]
async fn a_connection_without_requests_is_closed() {
    slow::nothing_more_is_served(address(&started(SHORT).await), "").await;
}

#[actix_web::test]
async fn without_keep_alive_there_is_no_second_head_to_wait_for() {
    let issuer = started(&[("ISSUER_KEEP_ALIVE_SECONDS", "0")]).await;
    slow::without_keep_alive_there_is_no_second_head_to_wait_for(address(&issuer)).await;
}

/// threats.md B25. Three times what may be connected at once, and nobody of them sends a whole request.
#[actix_web::test]
async fn slow_connections_do_not_keep_others_out() {
    let issuer = started(&[SHORT, &[("ISSUER_MAX_CONNECTIONS", "20")]].concat()).await;
    let _slow = slow::begin(address(&issuer), 60).await;
    let begun = Instant::now();
    let answer = timeout(PATIENCE, issuer.request("GET", "/healthz").send()).await;
    assert_eq!(answer.unwrap().unwrap().status(), 200, "after {:?}", begun.elapsed());
}

#[actix_web::test]
async fn heads_have_a_size_and_a_number_of_headers() {
    slow::heads_have_a_size_and_a_number_of_headers(address(&started(SHORT).await)).await;
}

/// Where a hundred doubtful requests go, and more.
const TARGETS: [&str; 8] = [
    "POST /oauth/token",
    "POST /oauth/register",
    "POST /oauth/revoke",
    "POST /oauth/introspect",
    "POST /sign-in",
    "GET /oauth/authorize",
    "GET /healthz",
    "DELETE /nowhere",
];

/// threats.md B25. Requests that two servers in a row could cut in two different places: RFC 9112 sections 6.1 and 6.3.
#[actix_web::test]
async fn requests_of_doubtful_length_are_refused() {
    let issuer = started(SHORT).await;
    let smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    for headers in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: -5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding : chunked",
        "Content-Length : 5",
        " Content-Length: 5",
    ] {
        let requests = TARGETS.map(|target| format!("{target} HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n{smuggled}"));
        for answer in join_all(requests.iter().map(|request| answer_to(address(&issuer), request))).await {
            assert!(
                answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
                "{headers}: {answer}"
            );
            assert!(!answer.contains("alive"), "{headers}: {answer}");
        }
    }
}
