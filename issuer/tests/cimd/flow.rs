//! From a document to tokens, and what the person sees.

use issuer::store::clients::RememberedClient;

use super::{REDIRECT_URI, WITH_PORT, begin, exchange};
use crate::support::TestIssuer;
use crate::support::database::TestDatabase;
use crate::support::documents::{DocumentServer, LOOPBACK, Served};
use crate::support::person::{authorize, code_form};
use crate::support::{read, text};

#[actix_web::test]
async fn a_client_with_a_document_signs_in_and_needs_it_no_more() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[LOOPBACK]).await;
        issuer.account("alex").await;
        let mut person = issuer.signed_in_person("alex").await;
        let server = DocumentServer::start();
        let client_id = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
        let page = person.visit(&authorize(&client_id, WITH_PORT, "")).await;
        let answer = person.decide(&page, "allow").await;
        assert!(
            answer.location().starts_with(&format!("{WITH_PORT}?code=")),
            "{}",
            answer.location()
        );
        server.serve("/client", Served::status(404));
        let (status, tokens) = exchange(&issuer, &client_id, &answer).await;
        assert_eq!(status, 200, "{tokens}");
        let mut refresh_token = text(&tokens, "refresh_token").to_owned();
        for _ in 0..3 {
            issuer.advance(7 * 86_400);
            let (status, tokens) = issuer.refresh(&client_id, &refresh_token).await;
            assert_eq!(status, 200, "{tokens}");
            text(&tokens, "refresh_token").clone_into(&mut refresh_token);
        }
        assert_eq!(server.asked("/client"), 1);
    }
}

#[actix_web::test]
async fn the_document_that_the_person_saw_holds_until_the_code_is_used() {
    let (issuer, server, mut person) = begin().await;
    let client_id = server.publish("/client", "Before", &[REDIRECT_URI], &[("cache-control", "max-age=0")]);
    let page = person.visit(&authorize(&client_id, WITH_PORT, "")).await;
    server.publish(
        "/client",
        "After",
        &["http://localhost/elsewhere"],
        &[("cache-control", "max-age=0")],
    );
    issuer.advance(60);
    let other = person
        .visit(&authorize(&client_id, "http://localhost:1/elsewhere", ""))
        .await;
    assert!(other.text.contains("“After”"), "{}", other.text);
    let again = person.get(&format!("/consent?request={}", page.field("request"))).await;
    assert!(
        again.text.contains("“Before”") && !again.text.contains("After"),
        "{}",
        again.text
    );
    let answer = person.decide(&again, "allow").await;
    assert!(answer.location().starts_with(WITH_PORT), "{}", answer.location());
    assert_eq!(exchange(&issuer, &client_id, &answer).await.0, 200);
    let withdrawn = person.visit(&authorize(&client_id, WITH_PORT, "")).await;
    assert_eq!(withdrawn.status, 400, "the next request gets the new document");
}

#[actix_web::test]
async fn what_was_fetched_first_does_not_replace_what_was_fetched_last() {
    let (issuer, server, mut person) = begin().await;
    let publish = |name: &str| server.publish("/client", name, &[REDIRECT_URI], &[("cache-control", "max-age=0")]);
    let client_id = publish("Before");
    let first = person.visit(&authorize(&client_id, WITH_PORT, "")).await;
    issuer.advance(60);
    publish("After");
    let second = person.visit(&authorize(&client_id, WITH_PORT, "")).await;
    person.decide(&second, "allow").await;
    person.decide(&first, "allow").await;
    let metadata = issuer
        .database
        .text("SELECT metadata FROM clients WHERE client_id = $1", &[&client_id])
        .await;
    assert!(metadata.contains("After"), "{metadata}");
}

#[actix_web::test]
async fn the_page_says_whose_document_it_is_and_that_anybody_may_use_it() {
    let (_issuer, server, mut person) = begin().await;
    let client_id = server.publish("/client", "A client", &[REDIRECT_URI, "https://client.example/cb"], &[]);
    let host = server.url.strip_prefix("http://").unwrap();
    let page = person.visit(&authorize(&client_id, WITH_PORT, "")).await;
    for words in [
        "Did you just start this yourself?",
        "<code>localhost:49152</code>",
        "can use that name and that document",
        host,
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let page = person
        .visit(&authorize(&client_id, "https://client.example/cb", ""))
        .await;
    assert!(
        page.text.contains(host) && !page.text.contains("that document"),
        "{}",
        page.text
    );
}

#[actix_web::test]
async fn a_program_on_this_computer_is_asked_about_each_time_also_with_a_document() {
    let (_issuer, server, mut person) = begin().await;
    let client_id = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    for _ in 0..2 {
        let page = person.visit(&authorize(&client_id, WITH_PORT, "")).await;
        assert_eq!(page.status, 200);
        assert_eq!(person.decide(&page, "allow").await.status, 303);
    }
    let silent = person.visit(&authorize(&client_id, WITH_PORT, "&prompt=none")).await;
    assert_eq!(silent.answer("error").as_deref(), Some("consent_required"));
}

#[actix_web::test]
async fn at_the_token_endpoint_a_url_that_nobody_allowed_is_unknown_and_nothing_is_fetched() {
    let (issuer, server, _person) = begin().await;
    let client_id = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    let form = code_form(&client_id, "x");
    let (status, answer) = issuer.post_token(&form).await;
    assert_eq!((status, text(&answer, "error")), (401, "invalid_client"));
    assert_eq!(server.asked_in_all(), 0);
}

#[actix_web::test]
async fn of_many_that_remember_at_once_the_last_document_stays_and_there_is_one_row() {
    for database in TestDatabase::each() {
        let store = database.open().await;
        let newest = 40;
        let remember = |at: i64| {
            let store = store.clone();
            async move {
                let metadata = format!("{{\"at\": {at}}}");
                let client = RememberedClient {
                    client_id: "https://client.example/a",
                    metadata: &metadata,
                    source: "metadata_document",
                    metadata_at: at,
                };
                store.remember_client(client, at).await.unwrap();
            }
        };
        futures_util::future::join_all((1..=newest).rev().map(remember)).await;
        let row = store.find_client("https://client.example/a").await.unwrap().unwrap();
        assert_eq!((row.metadata.as_str(), row.metadata_at), ("{\"at\": 40}", newest));
        assert_eq!(store.list_clients().await.unwrap().len(), 1);
    }
}

#[actix_web::test]
async fn an_identifier_with_a_nul_is_an_unknown_client_and_no_fault_of_the_database() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let request = issuer
            .request("POST", "/oauth/token")
            .basic_auth("a%00b", Some(""))
            .form(&[("grant_type", "refresh_token"), ("refresh_token", "x")]);
        let (status, body) = read(request.send().await.unwrap()).await;
        assert_eq!((status, text(&body, "error")), (401, "invalid_client"));
    }
}

#[actix_web::test]
async fn a_client_whose_document_says_something_else_is_asked_about_again() {
    let web = "https://client.example/cb";
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[LOOPBACK]).await;
        issuer.account("alex").await;
        let mut person = issuer.signed_in_person("alex").await;
        let server = DocumentServer::start();
        let client_id = server.client_id("/client");
        let silent = authorize(&client_id, web, "&prompt=none");
        for (name, is_new) in [
            ("A client", true),
            ("A client", false),
            ("Your Bank", true),
            ("Your Bank", false),
        ] {
            server.publish("/client", name, &[web], &[("cache-control", "max-age=0")]);
            issuer.advance(60);
            let answer = person.get(&silent).await;
            let error = is_new.then_some("consent_required");
            assert_eq!(answer.answer("error").as_deref(), error, "{name}");
            if is_new {
                let page = person.visit(&authorize(&client_id, web, "")).await;
                assert!(page.text.contains(name), "{}", page.text);
                assert_eq!(person.decide(&page, "allow").await.status, 303);
            }
        }
    }
}
