//! Slow, silent and oversized requests over real sockets: what is cut off, and that others are served.

use actix_web::rt::time::timeout;

use crate::support::TestResource;

#[expect(unreachable_pub, reason = "the issuer's tests share it")]
#[path = "../../../issuer/tests/support/slow.rs"]
mod shared_with_issuer;

use shared_with_issuer as slow;

const SHORT: &[(&str, &str)] = &[("RESOURCE_HEAD_SECONDS", "1"), ("RESOURCE_KEEP_ALIVE_SECONDS", "1")];

fn address(resource: &TestResource) -> String {
    resource.origin().replace("http://localhost", "127.0.0.1")
}

#[actix_web::test]
async fn a_head_that_does_not_end_is_cut_off() {
    let resource = TestResource::start_with(SHORT).await;
    slow::a_head_that_does_not_end_is_cut_off(&address(&resource)).await;
}

#[actix_web::test]
async fn a_head_that_drips_is_cut_off_as_well() {
    let resource = TestResource::start_with(SHORT).await;
    slow::a_head_that_drips_is_cut_off_as_well(&address(&resource)).await;
}

#[actix_web::test]
async fn a_connection_without_requests_is_closed() {
    let resource = TestResource::start_with(SHORT).await;
    slow::nothing_more_is_served(&address(&resource), "").await;
}

#[actix_web::test]
async fn without_keep_alive_there_is_no_second_head_to_wait_for() {
    let resource = TestResource::start_with(&[("RESOURCE_KEEP_ALIVE_SECONDS", "0")]).await;
    slow::without_keep_alive_there_is_no_second_head_to_wait_for(&address(&resource)).await;
}

/// Three times what may be connected at once, and nobody of them sends a whole request.
#[actix_web::test]
async fn slow_connections_do_not_keep_others_out() {
    let settings = [SHORT, &[("RESOURCE_MAX_CONNECTIONS", "20")]].concat();
    let resource = TestResource::start_with(&settings).await;
    let _slow = slow::begin(&address(&resource), 60).await;
    let answer = timeout(slow::PATIENCE, resource.get("/healthz")).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn heads_have_a_size_and_a_number_of_headers() {
    let resource = TestResource::start_with(SHORT).await;
    slow::heads_have_a_size_and_a_number_of_headers(&address(&resource)).await;
}
