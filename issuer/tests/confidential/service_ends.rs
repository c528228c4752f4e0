//! What a service got for itself ends with the service: docs/decisions/0007-status-list.md, RFC 7592 section 2.3.

use futures_util::future::{join, join_all};
use issuer::client::block;
use issuer::store::audit::Actor;
use issuer::store::revocations::Selection;
use serde_json::Value;

use super::Confidential;
use super::command_line::{client, complains};
use crate::status_list::{reference, status};
use crate::support::database::TestDatabase;
use crate::support::{RESOURCE, TestIssuer, text};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn service(issuer: &TestIssuer) -> Confidential {
    Confidential::of(&client(issuer, &["add", "Nightly", "--scope", "food:read"]))
}

async fn token(issuer: &TestIssuer, service: &Confidential) -> Value {
    let (status, body) = service.basic(issuer, "/oauth/token", &[GRANT]).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[actix_web::test]
async fn the_tokens_of_a_service_end_with_it_and_no_others() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let store = &issuer.app.store;
        let [deleted, blocked, revoked, other] = [(); 4].map(|()| service(&issuer));
        let server = Confidential::of(&client(&issuer, &["add", "Server", "--resource", RESOURCE]));
        let (mut entries, mut tokens) = (Vec::new(), Vec::new());
        for (service, active) in [(&deleted, false), (&blocked, false), (&revoked, false), (&other, true)] {
            let answer = token(&issuer, service).await;
            entries.push(reference(&answer));
            tokens.push((text(&answer, "access_token").to_owned(), active));
        }
        let now = issuer.clock.now();
        assert!(
            store
                .delete_client(&deleted.client_id, Actor::CommandLine, now)
                .await
                .unwrap()
        );
        assert!(block(&issuer.app, &blocked.client_id).await.unwrap());
        store.revoke(Selection::Client(&revoked.client_id), now).await.unwrap();
        for (service, active) in tokens {
            assert_eq!(server.introspect(&issuer, &service).await["active"], active);
        }
        let mut seen = Vec::new();
        for entry in &entries {
            seen.push(status(&issuer, entry).await);
        }
        assert_eq!(seen, [1, 1, 1, 0]);
        store.revoke(Selection::All, now).await.unwrap();
        assert_eq!(status(&issuer, &entries[3]).await, 1);
        let sessions = "SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL";
        assert_eq!(issuer.database.count(sessions).await, 0, "nobody stays signed in");
    }
}

#[actix_web::test]
async fn a_blocked_client_is_not_let_in_by_deleting_its_row() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let service = service(&issuer);
        assert!(block(&issuer.app, &service.client_id).await.unwrap());
        let deleted = issuer
            .app
            .store
            .delete_client(&service.client_id, Actor::CommandLine, issuer.clock.now());
        assert!(!deleted.await.unwrap());
        assert!(complains(&issuer, &["delete", &service.client_id]).contains("is blocked"));
    }
}

#[actix_web::test]
async fn no_token_that_a_service_gets_while_it_is_deleted_outlives_it() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        for _ in 0..5 {
            let service = service(&issuer);
            let asked = join_all((0..20).map(|_| service.basic(&issuer, "/oauth/token", &[GRANT])));
            let deleted = issuer
                .app
                .store
                .delete_client(&service.client_id, Actor::CommandLine, issuer.clock.now());
            let (answers, deleted) = join(asked, deleted).await;
            assert!(deleted.unwrap());
            for (_, body) in answers.iter().filter(|(status, _)| *status == 200) {
                assert_eq!(status(&issuer, &reference(body)).await, 1);
            }
            assert_eq!(
                issuer
                    .database
                    .count("SELECT COUNT(*) FROM status_entries WHERE revoked = 0")
                    .await,
                0
            );
        }
    }
}
