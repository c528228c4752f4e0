//! One of three is killed beside refreshes and in the middle of a sign-in.

use std::cell::{Cell, RefCell};

use futures_util::future::join_all;

use super::{Replicas, postgres};
use crate::support::person::Person;
use crate::support::{TestIssuer, refresh_form, text};

const CLIENTS: usize = 8;
/// Answers until the kill, and the same again after it.
const ANSWERS: usize = 120;

/// A client that keeps what it is given, as far as an answer arrives.
struct Kept {
    client_id: String,
    token: RefCell<String>,
}

#[actix_web::test]
async fn a_replica_that_is_killed_takes_nothing_with_it() {
    let Some(database) = postgres() else { return };
    let issuer = TestIssuer::now(database).await;
    issuer.account("alex").await;
    let app = issuer.client().await;
    let kept = join_all((0..CLIENTS).map(|_| sign_in(&issuer))).await;
    let issuer = issuer.stop().await;
    let mut replicas = Replicas::start(&issuer).await;
    replicas.proxy.turn_to(0);
    let mut person = Person::of(&replicas.proxy.url);
    let page = replicas.until_consent(&mut person, &app).await;

    let mut victim = replicas.issuers.remove(1);
    let (answers, lost) = (Cell::new(0), Cell::new(0));
    let victim = RefCell::new(&mut victim);
    let refreshing = kept.iter().map(async |kept| {
        while answers.get() < 2 * ANSWERS {
            if refresh(&replicas, kept).await {
                answers.set(answers.get() + 1);
            } else {
                lost.set(lost.get() + 1);
            }
            if answers.get() == ANSWERS {
                victim.borrow_mut().kill();
            }
        }
    });
    join_all(refreshing).await;

    let served = replicas.proxy.served();
    for issuer in 0..3 {
        assert!(served.contains(&issuer), "{issuer} had no turn");
    }
    assert!(served[served.len() - ANSWERS / 2..].iter().all(|issuer| *issuer != 1));
    assert!(
        lost.get() <= CLIENTS,
        "one each at most, those that it was answering: {lost:?}"
    );
    let allowed = person.decide(&page, "allow").await;
    replicas.exchange(&app, &allowed).await;
    for kept in &kept {
        assert!(refresh(&replicas, kept).await);
    }
    let count = async |statement| issuer.database.count(statement).await;
    let live = i64::try_from(CLIENTS).unwrap() + 1;
    assert_eq!(
        count("SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL").await,
        live
    );
    assert_eq!(
        count("SELECT COUNT(*) FROM audit_events WHERE kind = 'refresh_reuse'").await,
        0
    );
}

async fn sign_in(issuer: &TestIssuer) -> Kept {
    let (client_id, tokens) = issuer.signed_in().await;
    let token = RefCell::new(text(&tokens, "refresh_token").to_owned());
    Kept { client_id, token }
}

/// Refreshes and keeps the new token; `false` when no answer came.
async fn refresh(replicas: &Replicas, kept: &Kept) -> bool {
    let token = kept.token.borrow().clone();
    let form = refresh_form(&kept.client_id, &token);
    let Some((status, tokens)) = replicas.post_token(&form, &[]).await else {
        return false;
    };
    assert_eq!(status, 200, "{tokens}");
    kept.token.replace(text(&tokens, "refresh_token").to_owned());
    true
}
