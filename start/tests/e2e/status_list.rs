//! A revoked token and the list that tells of it, between the two programs:
//! draft-ietf-oauth-status-list-18 sections 8.1 and 8.3, RFC 7009.

use std::time::Duration;

use super::pair::{self, Pair};
use super::{authorized, tokens};

/// The list is at most ten seconds old; the rest is for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const CALLS: usize = 100;

/// How many requests the issuer answered on such routes, by the lines of its log.
fn answered(pair: &Pair, route: &str) -> usize {
    let logs = pair.log_of("issuer");
    let lines = logs
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    lines
        .filter(|line| line["route"].as_str().is_some_and(|of| of.contains(route)))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_revoked_at_the_issuer_is_refused_within_seconds_and_the_issuer_is_asked_for_no_request() {
    let mut pair = Pair::start().await;
    pair.add_user("alice");
    let (revoked, other) = (authorized(&pair).await, authorized(&pair).await);
    let (client_id, revoked) = tokens(&revoked).await;
    let (_, other) = tokens(&other).await;
    let access_token = |tokens: &serde_json::Value| tokens["access_token"].as_str().unwrap().to_owned();
    let (revoked, other) = (access_token(&revoked), access_token(&other));
    assert_eq!((pair.discover(&revoked).await, pair.discover(&other).await), (200, 200));

    let before = (answered(&pair, ""), answered(&pair, "/oauth/status-lists/"));
    for _ in 0..CALLS {
        assert_eq!(pair.discover(&revoked).await, 200);
    }
    let after = (answered(&pair, ""), answered(&pair, "/oauth/status-lists/"));
    assert_eq!(
        after.0 - before.0,
        after.1 - before.1,
        "the issuer was asked for more than the list"
    );
    assert!(after.1 > 0 && after.1 - before.1 < CALLS / 2, "{before:?} {after:?}");

    let form = [("token", revoked.as_str()), ("client_id", &client_id)];
    let answer = pair::http().post(pair.issuer("/oauth/revoke")).form(&form).send();
    assert_eq!(answer.await.unwrap().status(), 200);
    assert_eq!(pair.wait_for_status(&revoked, 401, PATIENCE).await, 401);
    assert_eq!(pair.discover(&other).await, 200);

    // What the list said before still counts while the issuer is away.
    pair.stop_issuer();
    assert_eq!((pair.discover(&revoked).await, pair.discover(&other).await), (401, 200));
}
