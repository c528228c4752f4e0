//! threats.md B3, B16 and B17: what may happen once, in the numbers of the table.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};

use crate::kill_9::killed;
use crate::support::database::TestDatabase;
use crate::support::{TestIssuer, error, text};

/// Longest that the slowest percent of refreshes may take; the program of a release is meant, on a machine of its own.
const MOST: Duration = Duration::from_millis(50);

#[actix_web::test]
#[ignore = "takes minutes; of_20_redemptions_at_once_exactly_one_succeeds is the short form"]
async fn of_a_thousand_codes_that_are_redeemed_twice_at_once_each_counts_once() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let client_id = issuer.client().await;
        for _ in 0..1000 {
            let code = issuer.code(&client_id).await;
            let (one, other) = join(issuer.exchange(&code), issuer.exchange(&code)).await;
            let (won, lost) = if one.0 == 200 { (one, other) } else { (other, one) };
            assert_eq!((won.0, error(&lost)), (200, (400, "invalid_grant")));
            let again = issuer.exchange(&code).await;
            assert_eq!(error(&again), (400, "invalid_grant"));
            let refreshed = issuer.refresh(&client_id, text(&won.1, "refresh_token")).await;
            assert_eq!(error(&refreshed), (400, "invalid_grant"), "what came of it is revoked");
        }
    }
}

#[actix_web::test]
#[ignore = "takes minutes; of_20_refreshes_at_once_all_get_the_same_successor is the short form"]
async fn of_a_hundred_refreshes_at_once_all_get_the_same_successor_a_thousand_times() {
    for database in TestDatabase::each() {
        refreshed_at_once(database).await;
    }
}

/// A hundred refreshes of one token at once, a thousand times.
async fn refreshed_at_once(database: TestDatabase) {
    let kind = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let issuer = TestIssuer::with(database, &[]).await;
    let (client_id, mut tokens) = issuer.signed_in().await;
    let step = "SELECT current_counter FROM grants";
    let (mut times, before) = (Vec::new(), issuer.database.count(step).await);
    for _ in 0..1000 {
        let token = text(&tokens, "refresh_token").to_owned();
        let one = async || {
            let begun = Instant::now();
            let answer = issuer.refresh(&client_id, &token).await;
            (answer, begun.elapsed())
        };
        let answers = join_all((0..100).map(|_| one())).await;
        // Where a hundred commits take five seconds, the last are told to come again: 503.
        let others: Vec<_> = answers
            .iter()
            .map(|((status, _), _)| *status)
            .filter(|status| *status != 200)
            .collect();
        assert!(others.is_empty(), "{others:?}");
        let successors: HashSet<_> = answers
            .iter()
            .map(|((_, body), _)| text(body, "refresh_token"))
            .collect();
        assert_eq!(successors.len(), 1);
        times.extend(answers.iter().map(|(_, time)| *time));
        issuer.advance(3600);
        tokens = answers[0].0.1.clone();
    }
    assert_eq!(issuer.database.count(step).await, before + 1000, "one step each");
    times.sort();
    let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("100 refreshes at once on {kind}: median {median:?}, 99 % {p99:?}");
    assert!(cfg!(debug_assertions) || p99 < MOST, "{kind}: {p99:?}");
}

#[actix_web::test]
#[ignore = "takes minutes; every_client_can_go_on_after_kill_9 is the short form"]
async fn every_client_can_go_on_after_a_thousand_interrupted_rotations() {
    for database in TestDatabase::each() {
        assert!(killed(database, 170).await >= 1000);
    }
}
