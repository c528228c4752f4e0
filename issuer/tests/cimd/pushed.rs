//! Clients with a document that push their requests: RFC 9126 section 2, together with the draft's "Client Information
//! Discovery".

use serde_json::Value;

use super::{REDIRECT_URI, WITH_PORT, begin, exchange};
use crate::support::documents::Served;
use crate::support::person::{CHALLENGE, authorize};
use crate::support::{TestIssuer, error, read, text};

async fn push(issuer: &TestIssuer, client_id: &str, redirect_uri: &str) -> (u16, Value) {
    let form = [
        ("client_id", client_id),
        ("response_type", "code"),
        ("redirect_uri", redirect_uri),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let request = issuer.request("POST", "/oauth/par").form(&form);
    read(request.send().await.unwrap()).await
}

#[actix_web::test]
async fn a_client_that_nobody_allowed_yet_may_push() {
    let (issuer, server, mut person) = begin().await;
    let client_id = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    let (status, pushed) = push(&issuer, &client_id, WITH_PORT).await;
    assert_eq!(status, 201, "{pushed}");
    let link = format!(
        "/oauth/authorize?client_id={client_id}&request_uri={}",
        text(&pushed, "request_uri")
    );
    let page = person.visit(&link).await;
    let answer = person.decide(&page, "allow").await;
    assert_eq!(exchange(&issuer, &client_id, &answer).await.0, 200);
}

/// What its document said when somebody allowed it is not what it says now: whoever has an address that was withdrawn
/// could else have codes sent there, and without a question where the answer was remembered.
#[actix_web::test]
async fn an_address_that_was_withdrawn_cannot_be_pushed() {
    let (issuer, server, mut person) = begin().await;
    let gone = "https://gone.example/cb";
    let client_id = server.publish("/client", "A client", &[REDIRECT_URI, gone], &[]);
    let page = person.visit(&authorize(&client_id, gone, "")).await;
    assert_eq!(person.decide(&page, "allow").await.status, 303);
    assert_eq!(push(&issuer, &client_id, gone).await.0, 201);
    server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    issuer.advance(3600);
    assert_eq!(error(&push(&issuer, &client_id, gone).await), (400, "invalid_request"));
    assert_eq!(push(&issuer, &client_id, WITH_PORT).await.0, 201);
}

#[actix_web::test]
async fn without_a_document_of_use_nothing_is_kept() {
    let (issuer, server, _) = begin().await;
    let client_id = server.client_id("/client");
    for (status, expected) in [(404, (401, "invalid_client")), (502, (503, "temporarily_unavailable"))] {
        server.serve("/client", Served::status(status));
        assert_eq!(error(&push(&issuer, &client_id, WITH_PORT).await), expected);
        issuer.advance(60);
    }
}
