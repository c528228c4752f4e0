//! Who hangs up does not stop what has begun on SQLite: nobody looks at the answer, and the handler is dropped.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use issuer::hash::SecretHash;
use issuer::pkce::CodeChallenge;
use issuer::store::authorization_codes::{GrantSpans, Redemption};
use issuer::store::wanted::Wanted;
use shared::audience::Audience;

use crate::support::{RESOURCE, TestCode, TestIssuer, text};

/// Brings this code, and never looks for the answer: like a handler that waits while its client is gone already. Until
/// the database is done with it, or is not for long.
async fn bring_and_hang_up(issuer: &TestIssuer, code: &TestCode) {
    let redemption = Redemption {
        code_hash: &SecretHash::of(&code.code),
        client_id: &code.client_id,
        code_challenge: &CodeChallenge::of(&code.verifier).unwrap(),
        redirect_uri: None,
        resource: Wanted::Own(&Audience::one(RESOURCE)),
        client_name: None,
        dpop_jkt: None,
        binds_refresh_tokens: true,
    };
    let (idle, absolute) = (1000, 1000);
    let spans = GrantSpans { idle, absolute };
    let mut answer = Box::pin(issuer.app.store.redeem_code(&redemption, spans, issuer.clock.now()));
    assert!((&mut answer).now_or_never().is_none());
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) && issuer.audit(code.grant_id).await.is_empty() {
        actix_web::rt::time::sleep(Duration::from_millis(1)).await;
    }
    drop(answer);
}

#[actix_web::test]
async fn a_code_that_comes_again_revokes_its_grant_also_when_who_brings_it_hangs_up_once_that_has_begun() {
    // On SQLite. On PostgreSQL, finding the replay and revoking are one transaction, which who hangs up undoes as a whole.
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    let code = issuer.code(&client_id).await;
    let (status, tokens) = issuer.exchange(&code).await;
    assert_eq!(status, 200, "{tokens}");
    bring_and_hang_up(&issuer, &code).await;
    assert_eq!(issuer.audit(code.grant_id).await, ["code_replay"]);
    let (status, refused) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
    assert_eq!((status, text(&refused, "error")), (400, "invalid_grant"));
}
