//! Providers that throttle, hang, or answer with something else.

use std::time::{Duration, Instant};

use resource::food::model::{Freshness, Source};
use resource::food::providers::Unavailable;
use shared::clock::Clock;

use super::stand_in::{Says, StandIn};
use super::{FOOD, JAR, NOW, PRODUCT, any_gtin, fdc_at, off_at, process, says};
use crate::saved_foods::{Kept, stores};

const DAY: i64 = 24 * 3600;

/// Everything but silence, which takes its time.
fn failures() -> Vec<Says> {
    vec![
        Says::Status(429, "120"),
        Says::Status(503, ""),
        Says::Status(500, ""),
        Says::Status(404, ""),
        Says::Status(301, ""),
        Says::Text("<!DOCTYPE html><title>Oops</title>"),
        Says::Text("{\"status\": 1, \"product\": {\"code\": \"40123"),
        Says::Text(""),
        Says::Text("[]"),
        Says::Text("{\"status\""),
        Says::Flood,
    ]
}

#[actix_web::test]
async fn what_was_told_before_stands_in_and_says_that_it_is_old() {
    let kept = &stores().await[0];
    let clock = Clock::fixed(NOW);
    let stand_in = StandIn::start(says(PRODUCT));
    let first = process(&off_at(&stand_in), &kept.store, &clock);
    assert!(first.food(Source::OpenFoodFacts, JAR).await.unwrap().is_some());
    clock.advance(8 * DAY);
    for failure in failures() {
        stand_in.says(failure);
        let providers = process(&off_at(&stand_in), &kept.store, &clock);
        let food = providers.food(Source::OpenFoodFacts, JAR).await.unwrap().unwrap();
        let fetched = food.fetched.unwrap();
        assert_eq!((fetched.freshness, fetched.at), (Freshness::Stale, NOW));
        assert_eq!(food.name, "Nuss Creme");
    }
    assert_eq!(stand_in.asked().len(), 1 + failures().len());
}

#[actix_web::test]
async fn without_an_older_answer_there_is_none_and_never_an_empty_food() {
    let kept = &stores().await[0];
    let stand_in = StandIn::start(Says::Nothing);
    for failure in failures() {
        stand_in.says(failure);
        let providers = process(&off_at(&stand_in), &kept.store, &Clock::fixed(NOW));
        let refused = providers.food(Source::OpenFoodFacts, JAR).await.unwrap_err();
        assert!(
            refused.to_string().starts_with("Open Food Facts cannot be asked: it"),
            "{refused}"
        );
    }
}

#[actix_web::test]
async fn a_provider_that_says_when_to_come_back_is_left_alone_until_then() {
    for Kept { store, .. } in &stores().await {
        for (failure, pause) in [
            (Says::Status(429, "120"), 120),
            (Says::Status(503, ""), 60),
            (Says::Status(500, ""), 30),
            (Says::Status(429, "Thu, 01 Jan 2026 00:00:00 GMT"), 60),
            (Says::Status(429, "99999999999"), 3600),
            // Three minutes after NOW.
            (Says::Status(503, "Fri, 15 Jan 2027 08:03:00 GMT"), 180),
        ] {
            let (stand_in, clock) = (StandIn::start(failure), Clock::fixed(NOW));
            let providers = process(&off_at(&stand_in), store, &clock);
            let ask = async |number: usize| {
                let told = providers.by_barcode(&any_gtin(number), None).await.unavailable;
                told.into_iter().next().unwrap()
            };
            assert_eq!(ask(1).await.retry_after, None);
            clock.advance(pause - 1);
            let Unavailable { retry_after, .. } = ask(2).await;
            assert_eq!((retry_after, stand_in.asked().len()), (Some(1), 1));
            clock.advance(1);
            assert_eq!((ask(3).await.retry_after, stand_in.asked().len()), (None, 2));
        }
    }
}

/// Takes the five seconds of the limit.
#[actix_web::test]
async fn a_provider_that_says_nothing_is_given_up_in_time() {
    let kept = &stores().await[0];
    let stand_in = StandIn::start(Says::Nothing);
    let providers = process(&off_at(&stand_in), &kept.store, &Clock::fixed(NOW));
    let began = Instant::now();
    let refused = providers.food(Source::OpenFoodFacts, JAR).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(30), "{refused}");
    assert!(refused.why.contains("did not answer"));
    let again = providers.food(Source::OpenFoodFacts, JAR).await.unwrap_err();
    assert_eq!((again.retry_after, stand_in.asked().len()), (Some(30), 1));
}

#[actix_web::test]
async fn a_refused_key_is_not_tried_again_at_once_and_stands_in_no_error() {
    let kept = &stores().await[0];
    let (stand_in, clock) = (StandIn::start(Says::Status(403, "")), Clock::fixed(NOW));
    let providers = process(&fdc_at(&stand_in), &kept.store, &clock);
    let refused = providers.food(Source::Fdc, "9000001").await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "FoodData Central cannot be asked: it does not let this server in"
    );
    stand_in.says(says(FOOD));
    clock.advance(599);
    assert_eq!(
        providers.food(Source::Fdc, "9000001").await.unwrap_err().retry_after,
        Some(1)
    );
    clock.advance(1);
    assert!(providers.food(Source::Fdc, "9000001").await.unwrap().is_some());
}
