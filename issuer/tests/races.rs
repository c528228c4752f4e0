//! Many requests at once against a database *file* with several connections, and against PostgreSQL.

use std::cell::Cell;
use std::collections::HashSet;
use std::time::Duration;

use actix_web::rt::time::timeout;
use futures_util::future::{join, join_all};

use crate::support::database::TestDatabase;
use crate::support::person::PASSWORD;
use crate::support::{TestIssuer, text};

const AT_ONCE: usize = 20;
const ROUNDS: usize = 10;

#[actix_web::test]
async fn of_20_redemptions_at_once_exactly_one_succeeds() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let client_id = issuer.client().await;
        for _ in 0..ROUNDS {
            let code = issuer.code(&client_id).await;
            let answers = join_all((0..AT_ONCE).map(|_| issuer.exchange(&code))).await;
            let won: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
            assert_eq!(won.len(), 1, "{answers:?}");
            let refused = answers.iter().filter(|(_, body)| body["error"] == "invalid_grant");
            assert_eq!(refused.count(), AT_ONCE - 1, "{answers:?}");
            let (_, refreshed) = issuer.refresh(&client_id, text(&won[0].1, "refresh_token")).await;
            assert_eq!(text(&refreshed, "error"), "invalid_grant", "the others revoked it");
            assert_eq!(issuer.audit(code.grant_id).await, ["code_replay"]);
        }
    }
}

#[actix_web::test]
async fn of_20_refreshes_at_once_all_get_the_same_successor() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, mut tokens) = issuer.signed_in().await;
        for _ in 0..ROUNDS {
            let token = text(&tokens, "refresh_token").to_owned();
            let answers = join_all((0..AT_ONCE).map(|_| issuer.refresh(&client_id, &token))).await;
            assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
            let successors: HashSet<_> = answers.iter().map(|(_, body)| text(body, "refresh_token")).collect();
            assert_eq!(successors.len(), 1);
            issuer.advance(3600);
            tokens = answers[0].1.clone();
        }
        let audited = issuer
            .database
            .count("SELECT COUNT(*) FROM audit_events WHERE grant_id IS NOT NULL AND kind <> 'grant_begun'")
            .await;
        assert_eq!(audited, 0);
    }
}

#[actix_web::test]
async fn of_20_late_comers_at_once_one_recovers_and_the_others_get_the_same() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, tokens) = issuer.signed_in().await;
        let token = text(&tokens, "refresh_token");
        assert_eq!(issuer.refresh(&client_id, token).await.0, 200);
        issuer.advance(3600);
        let answers = join_all((0..AT_ONCE).map(|_| issuer.refresh(&client_id, token))).await;
        let successors: HashSet<_> = answers.iter().map(|(_, body)| text(body, "refresh_token")).collect();
        assert_eq!(successors.len(), 1);
        assert_eq!(
            issuer
                .database
                .count("SELECT COUNT(*) FROM audit_events WHERE grant_id IS NOT NULL AND kind <> 'grant_begun'")
                .await,
            1
        );
    }
}

/// A password takes a while to look at. Who changes it to shut somebody out must not miss a session that begins a
/// moment later with the old one.
#[actix_web::test]
async fn who_signs_in_while_the_password_is_changed_does_not_stay() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        for round in 0..2 {
            let name = format!("alex{round}");
            issuer.account(&name).await;
            let mut owner = issuer.signed_in_person(&name).await;
            let csrf = owner.visit("/account").await.field("csrf");
            let sign_in = async || {
                let mut stranger = issuer.person();
                let page = stranger.visit("/sign-in").await;
                stranger.sign_in(&page, &name, PASSWORD).await.status
            };
            let change = async {
                let new = "another good one";
                let form = [
                    ("csrf", csrf.as_str()),
                    ("password", PASSWORD),
                    ("new", new),
                    ("repeat", new),
                ];
                owner.post("/account/password", &form).await.status
            };
            let (changed, signed_in) = join(change, join_all((0..4).map(|_| sign_in()))).await;
            assert_eq!(changed, 303, "{signed_in:?}");
            let page = owner.visit("/account").await;
            let others = page.text.matches("name=\"session\"").count();
            assert_eq!(others, 0, "round {round}: {}", page.text);
        }
    }
}

#[actix_web::test]
async fn two_issuers_on_one_postgresql_agree() {
    let Some(database) = TestDatabase::each().into_iter().find(TestDatabase::is_postgres) else {
        return;
    };
    let one = TestIssuer::with(database, &[]).await;
    let two = one.twin().await;
    let (client_id, tokens) = one.signed_in().await;
    let token = text(&tokens, "refresh_token");
    let both = (0..AT_ONCE).map(|n| if n % 2 == 0 { &one } else { &two });
    let answers = join_all(both.map(|issuer| issuer.refresh(&client_id, token))).await;
    let successors: HashSet<_> = answers.iter().map(|(_, body)| text(body, "refresh_token")).collect();
    assert_eq!(successors.len(), 1);
}

/// A client that hangs up drops the handler wherever it waits: between two statements, or in a commit. Each time another
/// grant: a request may be looked at long after its client has gone, and its token would be dead by then.
#[actix_web::test]
async fn requests_that_are_given_up_leave_no_lock_and_cost_no_token() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let given_up = Cell::new(0);
        for first in (0..200).step_by(10) {
            let (client_id, tokens) = issuer.signed_in().await;
            let token = text(&tokens, "refresh_token");
            for micros in first..first + 10 {
                let patience = Duration::from_micros(micros * 20);
                let one = async || {
                    let answer = timeout(patience, issuer.refresh(&client_id, token)).await;
                    given_up.set(given_up.get() + usize::from(answer.is_err()));
                };
                join_all((0..3).map(|_| one())).await;
            }
            let (status, next) = issuer.refresh(&client_id, token).await;
            assert_eq!(status, 200, "{next}");
        }
        assert!(given_up.get() > 100, "{given_up:?}");
    }
}
