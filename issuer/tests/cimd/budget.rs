//! However many ask for documents, few are fetched.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use issuer::client::{Sought, find_for_authorization};

use serde_json::json;
use shared::random;

use super::{REDIRECT_URI, WITH_PORT, begin};
use crate::support::TestIssuer;
use crate::support::documents::{DocumentServer, Served};
use crate::support::person::{CHALLENGE, authorize};
use crate::support::signer::{Signer, TYPE};

#[actix_web::test]
async fn many_who_ask_for_one_document_share_one_fetch() {
    let (issuer, server, _person) = begin().await;
    let client_id = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    let found = join_all((0..200).map(|_| find_for_authorization(&issuer.app, &client_id))).await;
    assert!(found.iter().all(|sought| matches!(sought, Ok(Sought::Found(_)))));
    assert_eq!(server.asked("/client"), 1);
}

#[actix_web::test]
async fn a_fetch_that_somebody_gave_up_is_finished_by_the_others_and_begun_again_by_the_next() {
    let (issuer, server, _person) = begin().await;
    let client_id = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    let mut first = Box::pin(find_for_authorization(&issuer.app, &client_id));
    let mut second = Box::pin(find_for_authorization(&issuer.app, &client_id));
    server.hold("/client");
    // Both look into the database first, and the second may be later by as long as a connection takes to open.
    let mut since_it_was_asked = 0;
    while since_it_was_asked < 20 {
        assert!((&mut first).now_or_never().is_none());
        assert!((&mut second).now_or_never().is_none());
        actix_web::rt::time::sleep(Duration::from_millis(10)).await;
        since_it_was_asked += server.asked("/client");
    }
    drop(first);
    server.release("/client");
    assert!(matches!(second.await, Ok(Sought::Found(_))));
    assert_eq!(server.asked("/client"), 1);
    let other_id = server.publish("/other", "A client", &[REDIRECT_URI], &[]);
    let mut alone = Box::pin(find_for_authorization(&issuer.app, &other_id));
    while server.asked("/other") == 0 {
        assert!((&mut alone).now_or_never().is_none());
        actix_web::rt::task::yield_now().await;
    }
    drop(alone);
    assert!(matches!(
        find_for_authorization(&issuer.app, &other_id).await,
        Ok(Sought::Found(_))
    ));
    assert_eq!(server.asked("/other"), 2);
}

#[actix_web::test]
async fn ten_thousand_requests_with_a_thousand_urls_stay_within_the_budget() {
    let (issuer, server, mut person) = begin().await;
    let ids: Vec<String> = (0..1_000)
        .map(|n| server.publish(&format!("/client/{n}"), "A client", &[REDIRECT_URI], &[]))
        .collect();
    let mut found = HashSet::new();
    for second in 0..10 {
        issuer.advance(i64::from(second > 0));
        let soughts = join_all(ids.iter().map(|id| find_for_authorization(&issuer.app, id))).await;
        let served = soughts
            .iter()
            .zip(&ids)
            .filter(|(sought, _)| matches!(sought, Ok(Sought::Found(_))));
        found.extend(served.map(|(_, id)| id));
    }
    assert_eq!((server.asked_in_all(), found.len()), (5, 5), "one host, in ten seconds");
    let url = authorize(&ids[999], WITH_PORT, "");
    let page = person.get(&url).await;
    // Not 429: it was others who asked for so many.
    assert_eq!((page.status, page.header("retry-after").as_str()), (503, "60"));
    assert!(page.text.contains("too many documents"), "{}", page.text);
    issuer.advance(1_000);
    assert_eq!(person.get(&url).await.status, 303, "the budget fills again");
}

/// A client that signs with the key at `PATH-keys`; its document is at `path`.
fn publish_signer(server: &DocumentServer, path: &str) -> Signer {
    let (signer, jwk) = Signer::with_key(&server.client_id(path), "k1");
    let keys = format!("{path}-keys");
    server.serve(&keys, Served::json(&json!({"keys": [jwk]}), &[]));
    let document = json!({"client_id": signer.client_id, "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": server.client_id(&keys)});
    server.serve(path, Served::json(&document, &[]));
    signer
}

async fn push(issuer: &TestIssuer, signer: &Signer) -> u16 {
    let assertion = signer.signed_with(issuer, "k1", &random::token().unwrap());
    let form = [
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
        ("response_type", "code"),
        ("redirect_uri", WITH_PORT),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let request = issuer.request("POST", "/oauth/par").form(&form);
    request.send().await.unwrap().status().as_u16()
}

/// Anybody may push for a client with a document, and the keys are at an address that the document names.
#[actix_web::test]
async fn keys_of_clients_that_nobody_allowed_cost_the_others_nothing() {
    let (issuer, server, mut person) = begin().await;
    let allowed = publish_signer(&server, "/allowed");
    let page = person.visit(&authorize(&allowed.client_id, WITH_PORT, "")).await;
    assert_eq!(person.decide(&page, "allow").await.status, 303);
    issuer.advance(100);
    for n in 0..5 {
        let stranger = publish_signer(&server, &format!("/stranger/{n}"));
        assert_eq!(push(&issuer, &stranger).await, 201);
    }
    assert_eq!(push(&issuer, &allowed).await, 201);
    assert_eq!(server.asked("/allowed-keys"), 1);
}
