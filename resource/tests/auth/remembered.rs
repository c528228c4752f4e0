//! What is remembered of tokens that passed, and when it is forgotten.

use std::sync::Arc;

use resource::auth::refusal::Refusal;
use serde_json::json;

use super::Bench;
use crate::support::{NOW, SigningKey};

#[actix_web::test]
async fn a_token_is_checked_once_and_then_remembered() {
    let bench = Bench::start().await;
    let token = bench.good().sign(&bench.issuer.key);
    let first = bench.verify(&token).await.unwrap();
    let second = bench.verify(&token).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second));
}

#[actix_web::test]
async fn a_remembered_token_ends_when_it_ends() {
    let bench = Bench::start().await;
    let token = bench.good().sign(&bench.issuer.key);
    assert!(bench.verify(&token).await.is_ok());
    bench.clock.advance(3600 + 59);
    assert!(bench.verify(&token).await.is_ok(), "within the leeway");
    bench.clock.advance(1);
    let expected = Refusal::Expired {
        exp: NOW + 3600,
        now: NOW + 3660,
    };
    assert_eq!(bench.verify(&token).await, Err(expected));
}

#[actix_web::test]
async fn a_clock_that_jumps_makes_no_token_eternal_and_locks_nobody_out_for_good() {
    let bench = Bench::start().await;
    let token = bench.good().sign(&bench.issuer.key);
    for (jump, passes) in [(0, true), (86_400, false), (-86_400, true), (-299, true), (299, true)] {
        bench.clock.advance(jump);
        assert_eq!(bench.verify(&token).await.is_ok(), passes, "{jump}");
    }
    let later = bench.good().claim("jti", json!("token-2")).sign(&bench.issuer.key);
    bench.clock.advance(-301);
    let refused = bench.verify(&later).await.unwrap_err();
    assert!(matches!(refused, Refusal::IssuedInFuture { .. }), "{refused}");
    bench.clock.advance(1);
    assert!(bench.verify(&later).await.is_ok());
}

#[actix_web::test]
async fn a_token_of_a_withdrawn_key_is_forgotten_with_the_key() {
    let bench = Bench::start().await;
    let token = bench.good().sign(&bench.issuer.key);
    assert!(bench.verify(&token).await.is_ok());
    let next = SigningKey::es256("key-2");
    bench.issuer.publish(&[&next]);
    assert!(bench.verify(&bench.good_by(&next).sign(&next)).await.is_ok());
    let refused = bench.verify(&token).await.unwrap_err();
    assert!(matches!(refused, Refusal::UnknownKey(_)), "{refused}");
}

#[actix_web::test]
async fn a_token_that_was_refused_is_not_remembered() {
    let bench = Bench::start().await;
    let token = bench.good().claim("nbf", json!(NOW + 100)).sign(&bench.issuer.key);
    assert!(bench.verify(&token).await.is_err());
    bench.clock.advance(100);
    assert!(bench.verify(&token).await.is_ok());
}

#[actix_web::test]
async fn ten_thousand_tokens_are_remembered_and_no_more() {
    const LIMIT: usize = 10_000;
    let bench = Bench::start().await;
    let mut verified = Vec::new();
    for number in 0..LIMIT + 500 {
        let token = bench.good().claim("jti", json!(number.to_string()));
        verified.push(bench.verify(&token.sign(&bench.issuer.key)).await.unwrap());
    }
    // Whoever is remembered is held by the memory, too.
    let remembered = verified.iter().filter(|verified| Arc::strong_count(verified) > 1);
    let remembered = remembered.count();
    assert!((LIMIT * 9 / 10..=LIMIT).contains(&remembered), "{remembered}");
}
