//! threats.md B21: a clock that is set forwards and back by an hour or a day, while the issuer runs. Nobody is signed out,
//! nobody waits for a time that will not come for a day, and what was made in the wrong time ends with it.

use issuer::key_rotation::Watch;
use shared::dpop::REMEMBER;

use crate::cimd::{REDIRECT_URI, WITH_PORT};
use crate::dpop::ProofKey;
use crate::status_list::{reference, status};
use crate::support::database::TestDatabase;
use crate::support::documents::{DocumentServer, LOOPBACK, Served};
use crate::support::person::{PASSWORD, Person, authorize};
use crate::support::{TestCode, TestIssuer, error, read, text};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Forwards and back again, and back and forwards again: the sum is 0 after every second one.
const JUMPS: [i64; 8] = [HOUR, -HOUR, DAY, -DAY, -HOUR, HOUR, -DAY, DAY];

/// What runs in the background of every issuer.
async fn look(issuer: &TestIssuer, watch: &mut Watch) {
    issuer.app.store.purge(issuer.clock.now(), 400 * DAY).await.unwrap();
    issuer.app.store.free_status_entries(issuer.clock.now()).await.unwrap();
    watch.look(&issuer.app).await;
}

async fn is_signed_in(person: &mut Person) -> bool {
    person.get("/account").await.status == 200
}

async fn userinfo(issuer: &TestIssuer, access_token: &str) -> u16 {
    let request = issuer.request("GET", "/oauth/userinfo").bearer_auth(access_token);
    request.send().await.unwrap().status().as_u16()
}

#[actix_web::test]
async fn nobody_is_signed_out_and_who_comes_new_is_served() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let mut watch = Watch::default();
        let mut alex = issuer.signed_in_person("alex").await;
        let (client_id, mut tokens) = issuer.signed_in().await;
        for jump in JUMPS {
            issuer.advance(jump);
            look(&issuer, &mut watch).await;
            let (status, next) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
            assert_eq!(status, 200, "{jump}: {next}");
            tokens = next;
            issuer.signed_in().await;
            assert!(is_signed_in(&mut issuer.signed_in_person("alex").await).await, "{jump}");
            // A session that nobody uses for a day ends, and this clock says that a day is over.
            assert!(is_signed_in(&mut alex).await || jump == DAY, "{jump}");
        }
        assert!(is_signed_in(&mut alex).await, "the clock is right again");
        let reuse = "SELECT COUNT(*) FROM audit_events WHERE kind IN ('refresh_reuse', 'code_replay', 'key_retired')";
        assert_eq!(issuer.database.count(reuse).await, 0);
    }
}

#[actix_web::test]
async fn what_was_made_ahead_of_time_ends_with_it_and_can_be_revoked() {
    for jump in [HOUR, DAY] {
        let issuer = TestIssuer::start().await;
        let (client_id, user_id) = (issuer.client().await, issuer.user().await);
        issuer.advance(jump);
        let code = issuer.code_for(&client_id, &user_id, "openid").await;
        let (_, tokens) = issuer.exchange(&code).await;
        issuer.advance(-jump);
        let (access, entry) = (text(&tokens, "access_token"), reference(&tokens));
        assert_eq!(userinfo(&issuer, access).await, 200, "its time comes");
        issuer.advance(jump + HOUR);
        assert_eq!(userinfo(&issuer, access).await, 401, "and ends");
        issuer.advance(-jump - HOUR);
        assert_eq!(status(&issuer, &entry).await, 0);
        let form = [("token", text(&tokens, "refresh_token")), ("client_id", &client_id)];
        let revoked = issuer.request("POST", "/oauth/revoke").form(&form).send().await;
        assert_eq!(revoked.unwrap().status(), 200);
        for later in [0, jump, -jump] {
            issuer.advance(later);
            assert_eq!(userinfo(&issuer, access).await, 401);
            assert_eq!(status(&issuer, &entry).await, 1, "{later}");
            let refused = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
            assert_eq!(error(&refused), (400, "invalid_grant"));
        }
    }
}

#[actix_web::test]
async fn a_dpop_proof_is_used_once_also_when_the_purge_looked_at_the_wrong_time() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        for jump in [HOUR / 2, HOUR] {
            let (key, client_id) = (ProofKey::new(), issuer.client().await);
            let proof = key.for_token(&issuer, &jump.to_string());
            let codes = [issuer.code(&client_id).await, issuer.code(&client_id).await];
            let send = async |code: &TestCode| {
                let request = issuer.request("POST", "/oauth/token").header("dpop", &proof);
                read(request.form(&code.form()).send().await.unwrap()).await
            };
            assert_eq!(send(&codes[0]).await.0, 200);
            issuer.advance(jump);
            look(&issuer, &mut Watch::default()).await;
            issuer.advance(-jump);
            assert_eq!(error(&send(&codes[1]).await), (400, "invalid_dpop_proof"), "{jump}");
        }
        // And no longer, for strangers can fill the table.
        issuer.advance(HOUR + REMEMBER + 1);
        look(&issuer, &mut Watch::default()).await;
        assert_eq!(issuer.database.count("SELECT COUNT(*) FROM dpop_proofs").await, 0);
    }
}

#[actix_web::test]
async fn who_mistyped_before_the_clock_was_set_back_waits_no_longer_for_it() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut person = issuer.person();
    for _ in 0..10 {
        let page = person.get("/sign-in").await;
        assert_eq!(person.sign_in(&page, "alex", "wrong password").await.status, 422);
    }
    issuer.advance(-DAY);
    let page = person.get("/sign-in").await;
    let slowed = person.sign_in(&page, "alex", PASSWORD).await;
    assert_eq!((slowed.status, slowed.header("retry-after").as_str()), (429, "1"));
    issuer.advance(1);
    assert_eq!(person.sign_in(&page, "alex", PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn a_client_document_that_was_away_before_the_clock_was_set_back_is_asked_for_again() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[LOOPBACK]).await;
    let server = DocumentServer::start();
    let url = authorize(&server.client_id("/client"), WITH_PORT, "");
    for jump in [-HOUR, -DAY] {
        server.serve("/client", Served::status(500));
        for _ in 0..6 {
            assert_eq!(issuer.person().get(&url).await.status, 503);
            issuer.advance(15);
        }
        issuer.advance(jump);
        server.publish("/client", "A client", &[REDIRECT_URI], &[("cache-control", "no-store")]);
        // Nobody may hammer that host because the clock is another; its time is counted from now on.
        issuer.person().get(&url).await;
        issuer.advance(20);
        assert_eq!(issuer.person().get(&url).await.status, 303, "{jump}");
        issuer.advance(2 * DAY);
    }
}

#[actix_web::test]
async fn a_dead_refresh_token_is_not_within_its_window_because_the_clock_was_set_back() {
    for (grace, jump) in [("30", -DAY), ("0", -1)] {
        for database in TestDatabase::each() {
            let issuer = TestIssuer::with(database, &[("ISSUER_REFRESH_GRACE_SECONDS", grace)]).await;
            let (client_id, first) = issuer.signed_in().await;
            let (_, second) = issuer.refresh(&client_id, text(&first, "refresh_token")).await;
            issuer.advance(jump);
            let (status, third) = issuer.refresh(&client_id, text(&first, "refresh_token")).await;
            assert_eq!(status, 200, "an answer may have been lost");
            assert_ne!(
                text(&second, "refresh_token"),
                text(&third, "refresh_token"),
                "{grace} {jump}"
            );
            let recovered = "SELECT COUNT(*) FROM grants WHERE last_step = 'recovered'";
            assert_eq!(issuer.database.count(recovered).await, 1, "{grace} {jump}");
        }
    }
}

#[actix_web::test]
async fn a_client_document_from_before_the_clock_was_set_back_is_fetched_again() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[LOOPBACK]).await;
    let server = DocumentServer::start();
    let url = authorize(&server.client_id("/client"), WITH_PORT, "");
    let hour = [("cache-control", "max-age=3600")];
    server.publish("/client", "A client", &[REDIRECT_URI], &hour);
    assert_eq!(issuer.person().get(&url).await.status, 303);
    issuer.advance(-DAY);
    server.publish("/client", "A client", &["https://elsewhere.example/callback"], &hour);
    // The budget of that host is counted anew, too.
    issuer.person().get(&url).await;
    issuer.advance(20);
    assert_eq!(
        issuer.person().get(&url).await.status,
        400,
        "that address was withdrawn"
    );
}
