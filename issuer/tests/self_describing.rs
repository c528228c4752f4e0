//! Client identifiers that say what they are: RFC 7591 appendix A.5.2.

use issuer::client::{Source, block, find, unblock};
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::person::authorize;
use crate::support::{TestIssuer, text};

const REDIRECT_URI: &str = "http://localhost:51234/callback";
const CLIENTS: &str = "SELECT COUNT(*) FROM clients";

async fn register(issuer: &TestIssuer, body: &Value) -> Value {
    let answer = issuer
        .request("POST", "/oauth/register")
        .json(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

#[actix_web::test]
async fn registrations_store_nothing_and_the_same_one_is_the_same_client() {
    let issuer = TestIssuer::start().await;
    let body = |n: usize| json!({"client_name": format!("Client {n}"), "redirect_uris": [REDIRECT_URI]});
    let mut ids = std::collections::HashSet::new();
    for n in 0..200 {
        let answer = register(&issuer, &body(n % 100)).await;
        ids.insert(text(&answer, "client_id").to_owned());
    }
    assert_eq!((ids.len(), issuer.database.count(CLIENTS).await), (100, 0));
}

#[actix_web::test]
async fn a_registration_too_large_for_an_identifier_has_one_row_however_often_it_comes() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let uris: Vec<_> = (0..20)
            .map(|n| format!("https://client.example/a/long/callback/{n}"))
            .collect();
        let body = json!({"client_name": "Large", "redirect_uris": uris, "contacts": ["a@client.example"]});
        let first = register(&issuer, &body).await;
        let client_id = text(&first, "client_id");
        assert!(client_id.len() < 64, "{client_id}");
        assert_eq!(first["contacts"], body["contacts"], "nothing had to go");
        assert_eq!(text(&register(&issuer, &body).await, "client_id"), client_id);
        assert_eq!(issuer.database.count(CLIENTS).await, 1);
        let mut person = issuer.signed_in_person("alex").await;
        let page = person.visit(&authorize(client_id, &uris[7], "")).await;
        assert!(page.text.contains("“Large”"), "{}", page.text);
    }
}

#[actix_web::test]
async fn a_new_database_still_knows_the_clients_of_the_old_one() {
    let before = TestIssuer::start().await;
    let client_id = before.client_named("A client", &[REDIRECT_URI]).await;
    let after = before.on_another_database().await;
    after.account("alex").await;
    let mut person = after.signed_in_person("alex").await;
    let page = person.visit(&authorize(&client_id, REDIRECT_URI, "")).await;
    assert!(page.text.contains("“A client”"), "{}", page.text);
    let answer = person.decide(&page, "allow").await;
    assert!(answer.answer("code").is_some());
    let (status, body) = after.refresh(&client_id, "lost-with-the-database").await;
    assert_eq!(
        (status, text(&body, "error")),
        (400, "invalid_grant"),
        "and not invalid_client"
    );
}

#[actix_web::test]
async fn the_row_comes_with_the_first_consent_and_once() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let client_id = issuer.client_named("A client", &[REDIRECT_URI]).await;
        let mut person = issuer.signed_in_person("alex").await;
        let page = person.visit(&authorize(&client_id, REDIRECT_URI, "")).await;
        assert_eq!(person.decide(&page, "deny").await.status, 303);
        assert_eq!(issuer.database.count(CLIENTS).await, 0);
        for _ in 0..2 {
            let page = person.visit(&authorize(&client_id, REDIRECT_URI, "")).await;
            assert_eq!(person.decide(&page, "allow").await.status, 303);
            assert_eq!(issuer.database.count(CLIENTS).await, 1);
        }
        let client = find(&issuer.app, &client_id).await.unwrap().unwrap();
        assert_eq!(
            (client.source, client.metadata.name()),
            (Source::SelfDescribing, "A client")
        );
    }
}

#[actix_web::test]
async fn a_client_that_was_stored_before_goes_on_working() {
    let issuer = TestIssuer::start().await;
    let client_id = "7d8f2a1e-0000-4000-8000-000000000000";
    let metadata = json!({"redirect_uris": ["http://localhost:49152/callback"], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "application_type": "native"});
    let insert = "INSERT INTO clients (client_id, metadata, created_at, last_used_at) VALUES ($1, $2, 1, 1)";
    issuer
        .database
        .execute(insert, &[client_id, &metadata.to_string()])
        .await;
    let code = issuer.code(client_id).await;
    let (status, tokens) = issuer.exchange(&code).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(issuer.refresh(client_id, text(&tokens, "refresh_token")).await.0, 200);
}

#[actix_web::test]
async fn a_client_is_blocked_before_and_after_anybody_allowed_it() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        for allowed_before in [false, true] {
            let name = format!("Client {allowed_before}");
            let client_id = issuer.client_named(&name, &["http://localhost:49152/callback"]).await;
            let (status, tokens) = issuer.exchange(&issuer.code(&client_id).await).await;
            assert_eq!(status, 200);
            if !allowed_before {
                issuer
                    .database
                    .execute("DELETE FROM clients WHERE client_id = $1", &[&client_id])
                    .await;
            }
            for _ in 0..2 {
                assert!(block(&issuer.app, &client_id).await.unwrap());
            }
            let (status, body) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
            assert_eq!((status, text(&body, "error")), (401, "invalid_client"));
            let page = issuer.person().get(&authorize(&client_id, REDIRECT_URI, "")).await;
            assert_eq!((page.status, page.title().contains("may not be used")), (403, true));
            assert!(unblock(&issuer.app, &client_id).await.unwrap());
            assert!(!unblock(&issuer.app, &client_id).await.unwrap());
            assert_eq!(issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.0, 200);
        }
        assert!(block(&issuer.app, "https://client.example/document").await.unwrap());
        assert!(!block(&issuer.app, "c1.made-up").await.unwrap());
        assert_eq!(issuer::client::list(&issuer.app.store).await.unwrap().len(), 3);
    }
}

#[actix_web::test]
async fn an_access_token_stays_below_one_and_a_half_kilobytes_with_the_longest_identifier() {
    let issuer = TestIssuer::start().await;
    let longest = (0..60).map(|n| format!("http://localhost:49152/callback?{}", "a".repeat(n * 8)));
    let mut most = 0;
    for long in longest {
        let client_id = issuer
            .client_named("A client", &[&long, "http://localhost:49152/callback"])
            .await;
        let (status, tokens) = issuer.exchange(&issuer.code(&client_id).await).await;
        assert_eq!(status, 200);
        most = most.max(client_id.len());
        let token = text(&tokens, "access_token");
        assert!(
            client_id.len() <= 512 && token.len() < 1_500,
            "{} {}",
            client_id.len(),
            token.len()
        );
    }
    assert!(most > 500, "{most}");
}
