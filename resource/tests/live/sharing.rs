//! What providers allow to this server is for all of its users, and no call or question takes it from the others.

use std::sync::Arc;

use resource::food::model::Source;
use resource::food::providers::{Asker, Providers};
use serde_json::{Value, json};
use shared::clock::Clock;
use tokio::sync::Semaphore;

use super::stand_in::{Says, StandIn};
use super::{FOOD, JAR, NO_PRODUCT, NOW, PRODUCT, any_gtin, fdc_at, json, off_at, process, says};
use crate::saved_foods::stores;
use crate::support::eventually;
use crate::tools::support::tools_with;

fn asked_by(providers: &Providers, sub: &str) -> Providers {
    providers.asked_by(&Asker::new("https://issuer.example", sub))
}

#[actix_web::test]
async fn one_user_cannot_use_up_what_a_provider_allows() {
    let kept = &stores().await[0];
    let stand_in = StandIn::start(says(NO_PRODUCT));
    let providers = process(&off_at(&stand_in), &kept.store, &Clock::fixed(NOW));
    let ask = async |sub: &str, number: usize| {
        let told = asked_by(&providers, sub).by_barcode(&any_gtin(number), None).await;
        told.unavailable.first().map(|refused| refused.retry_after)
    };
    for number in 0..20 {
        let expected = (number >= 13).then_some(Some(61));
        assert_eq!(ask("ann", number).await, expected, "{number}");
    }
    assert_eq!(stand_in.asked().len(), 13, "nearly all, while nobody else asks");
    assert_eq!(ask("bob", 20).await, None);
    // What is kept costs nobody anything.
    assert_eq!(ask("ann", 0).await, None);
    assert_eq!(stand_in.asked().len(), 14);
}

/// Both ask for one food together: Ann first, who has asked enough.
#[actix_web::test]
async fn who_asks_too_much_is_refused_and_whoever_asks_the_same_is_answered() {
    let kept = &stores().await[0];
    let stand_in = StandIn::start(says(NO_PRODUCT));
    let providers = process(&off_at(&stand_in), &kept.store, &Clock::fixed(NOW));
    let ask = async |sub: &str, number: usize| {
        let told = asked_by(&providers, sub).by_barcode(&any_gtin(number), None).await;
        told.unavailable.is_empty()
    };
    for number in 0..13 {
        assert!(ask("ann", number).await, "{number}");
    }
    let together = [
        ask("ann", 99),
        ask("ann", 99),
        ask("bob", 99),
        ask("ann", 99),
        ask("carol", 99),
    ];
    let answered = futures_util::future::join_all(together).await;
    assert_eq!(
        (answered[0], answered[2], answered[4]),
        (false, true, true),
        "{answered:?}"
    );
    assert_eq!(stand_in.asked().len(), 14, "for Bob, and Carol with him");
}

/// None is answered before ten are asked.
#[actix_web::test]
async fn a_meal_asks_about_ten_foods_at_once_and_no_more() {
    let permits = Arc::new(Semaphore::new(0));
    let stand_in = StandIn::start(Says::When(Arc::clone(&permits), json(FOOD)));
    let tools = tools_with(&fdc_at(&stand_in)).await;
    let ids = (9_000_001..9_000_031).map(|id| json!({"foodId": format!("fdc:{id}"), "amount": 10, "unit": "g"}));
    let arguments = json!({"items": ids.collect::<Vec<_>>(), "strict": false});
    let released = async {
        eventually("asked", async || stand_in.asked().len() == 10).await;
        permits.add_permits(50);
    };
    let (meal, ()) = futures_util::future::join(tools.ok("calculate_meal", arguments), released).await;
    assert_eq!(stand_in.asked().len(), 10);
    let items = meal["items"].as_array().unwrap();
    assert_eq!((&items[0]["error"], &items[0]["grams"]), (&Value::Null, &json!(10.0)));
    assert!(
        items[1..10]
            .iter()
            .all(|item| item["error"]["code"] == "FOOD_NOT_FOUND")
    );
    for item in &items[10..] {
        let error = &item["error"];
        assert_eq!(error["code"], "PROVIDER_UNAVAILABLE");
        assert!(error["message"].as_str().unwrap().contains("in another"), "{error}");
    }
}

#[actix_web::test]
async fn what_has_no_letter_is_no_name_and_asks_nobody() {
    let stand_in = StandIn::start(says(NO_PRODUCT));
    let tools = tools_with(&off_at(&stand_in)).await;
    for query in ["*", "...", "100", "?!"] {
        for source in [Value::Null, json!("openfoodfacts")] {
            let found = tools.ok("search_food", json!({"query": query, "source": source})).await;
            assert_eq!(found["live"], Value::Null);
        }
    }
    assert_eq!(stand_in.asked().len(), 0);
}

#[actix_web::test]
async fn words_that_a_provider_refuses_shut_nobody_out() {
    let kept = &stores().await[0];
    let stand_in = StandIn::start(Says::Status(403, ""));
    for settings in [off_at(&stand_in), fdc_at(&stand_in)] {
        stand_in.says(Says::Status(403, ""));
        let providers = process(&settings, &kept.store, &Clock::fixed(NOW));
        let refused = providers.by_name("<script>alert(1)</script>", None).await;
        assert!(
            refused.unavailable[0].why.contains("refused the request"),
            "{refused:?}"
        );
        let (source, id, answer) = match settings.fdc {
            Some(_) => (Source::Fdc, "9000001", FOOD),
            None => (Source::OpenFoodFacts, JAR, PRODUCT),
        };
        stand_in.says(says(answer));
        assert!(providers.food(source, id).await.unwrap().is_some());
    }
}

#[actix_web::test]
async fn a_key_that_is_refused_is_not_tried_again_though_a_name_was_asked() {
    let kept = &stores().await[0];
    let key = json!({"error": {"code": "API_KEY_INVALID", "message": "An invalid api_key was supplied."}});
    for says in [Says::StatusJson(403, key), Says::Status(401, "")] {
        let stand_in = StandIn::start(says);
        let providers = process(&fdc_at(&stand_in), &kept.store, &Clock::fixed(NOW));
        for retry_after in [None, Some(600)] {
            let refused = providers.by_name("hazelnut spread", None).await;
            assert_eq!(refused.unavailable[0].retry_after, retry_after);
        }
        assert_eq!(stand_in.asked().len(), 1);
    }
}
