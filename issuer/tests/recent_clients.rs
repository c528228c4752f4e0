//! Clients from memory: docs/decisions/0018-clients-in-memory.md. Whatever another process does to a client counts at once.

use issuer::store::audit::Actor;
use serde_json::Value;

use crate::confidential::command_line::client;
use crate::confidential::{Confidential, confidential};
use crate::support::database::TestDatabase;
use crate::support::{RESOURCE, TestIssuer, error, text};

const TOKEN: &str = "/oauth/token";
const INTROSPECT: &str = "/oauth/introspect";
const GRANT: (&str, &str) = ("grant_type", "client_credentials");

const INVALID: (u16, &str) = (401, "invalid_client");

/// What another process may do to a client, and what it is told then.
const CHANGES: [(&str, (u16, &str)); 6] = [
    ("UPDATE clients SET blocked_at = 1 WHERE client_id = $1", INVALID),
    ("DELETE FROM clients WHERE client_id = $1", INVALID),
    ("UPDATE client_secrets SET expires_at = 1 WHERE client_id = $1", INVALID),
    ("DELETE FROM client_secrets WHERE client_id = $1", INVALID),
    (
        "UPDATE clients SET metadata = REPLACE(metadata, 'client_secret_basic', 'none') WHERE client_id = $1",
        INVALID,
    ),
    (
        "DELETE FROM service_clients WHERE client_id = $1",
        (400, "unauthorized_client"),
    ),
];

fn added(issuer: &TestIssuer, arguments: &[&str]) -> Confidential {
    Confidential::of(&client(issuer, arguments))
}

fn service(issuer: &TestIssuer) -> Confidential {
    added(issuer, &["add", "Nightly", "--scope", "food:read"])
}

async fn token(issuer: &TestIssuer, service: &Confidential) -> Value {
    let (status, body) = service.basic(issuer, TOKEN, &[GRANT]).await;
    assert_eq!(status, 200, "{body}");
    body
}

fn is_remembered(issuer: &TestIssuer, client_id: &str) -> bool {
    issuer.app.recent_clients.get(client_id).is_some()
}

#[actix_web::test]
async fn a_service_that_changed_gets_no_token_by_what_it_was() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        for (change, told) in CHANGES {
            let service = service(&issuer);
            token(&issuer, &service).await;
            assert!(is_remembered(&issuer, &service.client_id));
            issuer.database.execute(change, &[&service.client_id]).await;
            let answer = service.basic(&issuer, TOKEN, &[GRANT]).await;
            assert_eq!(error(&answer), told, "{change}");
        }
    }
}

#[actix_web::test]
async fn a_resource_server_that_changed_is_told_of_no_token_not_even_of_one_that_is_none() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (_, tokens) = issuer.signed_in().await;
        let of_service = token(&issuer, &service(&issuer)).await;
        let access = [&tokens, &of_service].map(|answer| text(answer, "access_token"));
        for (change, told) in CHANGES {
            for asked in [access[0], access[1], "junk"] {
                let server = added(&issuer, &["add", "Server", "--resource", RESOURCE]);
                assert_eq!(server.introspect(&issuer, access[0]).await["active"], true);
                assert!(is_remembered(&issuer, &server.client_id));
                issuer.database.execute(change, &[&server.client_id]).await;
                let answer = server.basic(&issuer, INTROSPECT, &[("token", asked)]).await;
                assert_eq!(error(&answer), told, "{change}");
            }
        }
    }
}

#[actix_web::test]
async fn what_a_client_may_do_since_a_moment_ago_it_may_do() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let mut service = service(&issuer);
        assert_eq!(token(&issuer, &service).await["scope"], "food:read");
        let wider = "UPDATE service_clients SET scope = 'food:read food:write' WHERE client_id = $1";
        issuer.database.execute(wider, &[&service.client_id]).await;
        assert_eq!(token(&issuer, &service).await["scope"], "food:read food:write");
        let fresh = client(&issuer, &["secret", "new", &service.client_id]);
        service = Confidential::of(&fresh);
        token(&issuer, &service).await;
        let server = "UPDATE service_clients SET resource = $2 WHERE client_id = $1";
        issuer.database.execute(server, &[&service.client_id, RESOURCE]).await;
        let (_, tokens) = issuer.signed_in().await;
        let told = service.introspect(&issuer, text(&tokens, "access_token")).await;
        assert_eq!(told["active"], true);
    }
}

/// A refusal by what the client was must not end its grant: it would lose its refresh token for nothing.
#[actix_web::test]
async fn a_change_of_a_client_costs_it_no_token() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let client_id = issuer.client().await;
        let code = issuer.code(&client_id).await;
        let second = issuer.code(&client_id).await;
        let (_, mut tokens) = issuer.exchange(&code).await;
        let renamed =
            "UPDATE clients SET metadata = REPLACE(metadata, 'client_name', 'client_uri') WHERE client_id = $1";
        let changed = "UPDATE clients SET metadata_at = metadata_at + 1 WHERE client_id = $1";
        for change in [renamed, changed] {
            let (status, answer) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
            assert_eq!((status, is_remembered(&issuer, &client_id)), (200, true), "{answer}");
            issuer.database.execute(change, &[&client_id]).await;
            let (status, answer) = issuer.refresh(&client_id, text(&answer, "refresh_token")).await;
            assert_eq!(status, 200, "{answer}");
            tokens = answer;
        }
        assert!(is_remembered(&issuer, &client_id));
        issuer.database.execute(changed, &[&client_id]).await;
        assert_eq!(issuer.exchange(&second).await.0, 200);
        assert!(issuer.audit(code.grant_id).await.is_empty());
    }
}

#[actix_web::test]
async fn a_public_client_that_was_blocked_or_deleted_refreshes_no_more_and_exchanges_no_code() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let other = issuer.database.open().await;
        // One that was deleted is known by its identifier still, and holds nothing any more.
        for (is_deleted, told) in [(false, INVALID), (true, (400, "invalid_grant"))] {
            for is_code in [true, false] {
                let (client_id, tokens) = issuer.signed_in().await;
                let code = issuer.code(&client_id).await;
                let (_, tokens) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
                assert!(is_remembered(&issuer, &client_id));
                if is_deleted {
                    let deleted = other.delete_client(&client_id, Actor::CommandLine, issuer.clock.now());
                    assert!(deleted.await.unwrap());
                } else {
                    issuer.database.execute(CHANGES[0].0, &[&client_id]).await;
                }
                let answer = if is_code {
                    issuer.exchange(&code).await
                } else {
                    issuer.refresh(&client_id, text(&tokens, "refresh_token")).await
                };
                assert_eq!(error(&answer), told);
            }
        }
        other.close().await;
    }
}

#[actix_web::test]
async fn a_secret_ends_at_its_time_in_memory_too() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let service = service(&issuer);
        let ends = (issuer.clock.now() + 60).to_string();
        let limited = "UPDATE client_secrets SET expires_at = CAST($2 AS BIGINT) WHERE client_id = $1";
        issuer.database.execute(limited, &[&service.client_id, &ends]).await;
        token(&issuer, &service).await;
        assert!(is_remembered(&issuer, &service.client_id));
        issuer.advance(59);
        token(&issuer, &service).await;
        issuer.advance(1);
        assert_eq!(error(&service.basic(&issuer, TOKEN, &[GRANT]).await), INVALID);
    }
}

/// Who was a client a moment ago changes nothing any more, also where it has a code that was used.
#[actix_web::test]
async fn who_has_a_secret_that_ended_ends_no_grant() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let app = confidential(&issuer, "client_secret_basic").await;
        let code = issuer.code(&app.client_id).await;
        let (status, tokens) = app.basic(&issuer, TOKEN, &code.form()).await;
        assert_eq!(
            (status, is_remembered(&issuer, &app.client_id)),
            (200, true),
            "{tokens}"
        );
        issuer.database.execute(CHANGES[2].0, &[&app.client_id]).await;
        assert_eq!(error(&app.basic(&issuer, TOKEN, &code.form()).await), INVALID);
        assert!(issuer.audit(code.grant_id).await.is_empty());
    }
}
