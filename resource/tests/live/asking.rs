//! How providers are asked: together, not too often, and not again while an answer is fresh. On both databases.

use std::sync::Arc;

use futures_util::future::join_all;
use resource::food::model::{Freshness, Source};
use shared::clock::Clock;
use tokio::sync::Semaphore;

use super::stand_in::{Says, StandIn};
use super::{JAR, NO_PRODUCT, NOW, PRODUCT, any_gtin, gtin, json, off_at, process, says};
use crate::saved_foods::{Kept, stores};
use crate::support::eventually;

const DAY: i64 = 24 * 3600;

#[actix_web::test]
async fn fifty_who_ask_the_same_at_once_send_one_request() {
    for Kept { store, .. } in &stores().await {
        let permits = Arc::new(Semaphore::new(0));
        let stand_in = StandIn::start(Says::When(Arc::clone(&permits), json(PRODUCT)));
        let providers = process(&off_at(&stand_in), store, &Clock::fixed(NOW));
        let jar = gtin(JAR);
        let asking = join_all((0..50).map(|_| providers.by_barcode(&jar, None)));
        let released = async {
            eventually("asked", async || !stand_in.asked().is_empty()).await;
            permits.add_permits(50);
        };
        let (told, ()) = futures_util::future::join(asking, released).await;
        assert!(
            told.iter()
                .all(|told| told.foods.len() == 1 && told.unavailable.is_empty())
        );
        assert_eq!(stand_in.asked().len(), 1);
    }
}

#[actix_web::test]
async fn fifty_different_questions_at_once_stay_within_the_limit_of_the_provider() {
    for Kept { store, .. } in &stores().await {
        let stand_in = StandIn::start(says(NO_PRODUCT));
        let clock = Clock::fixed(NOW);
        let providers = process(&off_at(&stand_in), store, &clock);
        let ask = async |from: usize| {
            let codes: Vec<_> = (from..from + 50).map(any_gtin).collect();
            let told = join_all(codes.iter().map(|code| providers.by_barcode(code, None))).await;
            told.into_iter().flat_map(|told| told.unavailable).collect::<Vec<_>>()
        };
        let refused = ask(0).await;
        assert_eq!((stand_in.asked().len(), refused.len()), (15, 35));
        assert!(
            refused.iter().all(|refused| refused.retry_after == Some(61)),
            "{refused:?}"
        );
        clock.advance(60);
        assert_eq!((ask(100).await.len(), stand_in.asked().len()), (50, 15));
        clock.advance(1);
        assert_eq!((ask(200).await.len(), stand_in.asked().len()), (35, 30));
        // Names are counted apart.
        let names: Vec<String> = (0..50).map(|number| format!("zorblax {number}")).collect();
        stand_in.says(Says::Json(serde_json::json!({"count": 0, "products": []})));
        let told = join_all(names.iter().map(|name| providers.by_name(name, None))).await;
        assert_eq!(told.iter().filter(|told| told.unavailable.is_empty()).count(), 10);
        assert_eq!(stand_in.asked().len(), 40);
    }
}

#[actix_web::test]
async fn an_answer_is_kept_over_a_restart_and_asked_for_anew_after_its_time() {
    for Kept { store, .. } in &stores().await {
        let (stand_in, clock) = (StandIn::start(says(PRODUCT)), Clock::fixed(NOW));
        let told = async || {
            let providers = process(&off_at(&stand_in), store, &clock);
            let food = providers.food(Source::OpenFoodFacts, JAR).await.unwrap().unwrap();
            (food.fetched.unwrap(), stand_in.asked().len())
        };
        let (fetched, asked) = told().await;
        assert_eq!((fetched.freshness, fetched.at, asked), (Freshness::Live, NOW, 1));
        clock.advance(7 * DAY - 1);
        let (fetched, asked) = told().await;
        assert_eq!((fetched.freshness, fetched.at, asked), (Freshness::Cache, NOW, 1));
        clock.advance(1);
        let (fetched, asked) = told().await;
        assert_eq!(
            (fetched.freshness, fetched.at, asked),
            (Freshness::Live, NOW + 7 * DAY, 2)
        );
        // A row of the future is not fresh.
        clock.advance(-DAY);
        assert_eq!(told().await.1, 3);
    }
}

#[actix_web::test]
async fn that_there_is_nothing_is_believed_for_an_hour() {
    for Kept { store, .. } in &stores().await {
        let (stand_in, clock) = (StandIn::start(says(NO_PRODUCT)), Clock::fixed(NOW));
        let providers = process(&off_at(&stand_in), store, &clock);
        let found = async || providers.food(Source::OpenFoodFacts, JAR).await.unwrap().is_some();
        assert!(!found().await);
        stand_in.says(says(PRODUCT));
        clock.advance(3599);
        assert!(!found().await);
        assert_eq!(stand_in.asked().len(), 1);
        clock.advance(1);
        assert!(found().await);
        assert_eq!(stand_in.asked().len(), 2);
    }
}

/// What was asked for first comes last.
#[actix_web::test]
async fn an_older_answer_never_takes_the_place_of_a_newer_one() {
    for Kept { store, .. } in &stores().await {
        let permits = Arc::new(Semaphore::new(0));
        let slow = StandIn::start(Says::When(Arc::clone(&permits), json(NO_PRODUCT)));
        let quick = StandIn::start(says(PRODUCT));
        let early = process(&off_at(&slow), store, &Clock::fixed(NOW));
        let late = process(&off_at(&quick), store, &Clock::fixed(NOW + 10));
        let released = async {
            eventually("asked", async || !slow.asked().is_empty()).await;
            assert!(late.food(Source::OpenFoodFacts, JAR).await.unwrap().is_some());
            permits.add_permits(1);
        };
        let (old, ()) = futures_util::future::join(early.food(Source::OpenFoodFacts, JAR), released).await;
        assert!(old.unwrap().is_none());
        let third = process(&off_at(&quick), store, &Clock::fixed(NOW + 20));
        let kept = third.food(Source::OpenFoodFacts, JAR).await.unwrap().unwrap();
        assert_eq!((kept.fetched.unwrap().at, quick.asked().len()), (NOW + 10, 1));
    }
}

/// Each is a process of its own, with a clock of its own.
#[actix_web::test]
async fn of_twenty_that_write_at_once_the_newest_stays() {
    for Kept { store, .. } in &stores().await {
        let permits = Arc::new(Semaphore::new(0));
        let stand_in = StandIn::start(Says::When(Arc::clone(&permits), json(PRODUCT)));
        let processes: Vec<_> = (0..20)
            .map(|number| process(&off_at(&stand_in), store, &Clock::fixed(NOW + number)))
            .collect();
        let asking = join_all(processes.iter().map(|one| one.food(Source::OpenFoodFacts, JAR)));
        let released = async {
            eventually("asked", async || stand_in.asked().len() == 20).await;
            permits.add_permits(20);
        };
        let (told, ()) = futures_util::future::join(asking, released).await;
        assert!(told.into_iter().all(|told| told.unwrap().is_some()));
        let last = process(&off_at(&stand_in), store, &Clock::fixed(NOW + 30));
        let kept = last.food(Source::OpenFoodFacts, JAR).await.unwrap().unwrap();
        assert_eq!(kept.fetched.unwrap().at, NOW + 19);
    }
}
