//! What providers are asked, and what becomes of their answers.

use resource::food::model::{NutrientNumber, Source};
use resource::food::providers::{ProviderSettings, Providers};
use serde_json::json;
use shared::clock::Clock;

use super::stand_in::{Says, StandIn};
use super::{FOOD, FOUND, JAR, NO_PRODUCT, NOW, PRODUCT, fdc_at, gtin, off_at, process, says};
use crate::saved_foods::stores;

/// Both, with what they say first.
fn both(off: Says, fdc: Says) -> (StandIn, StandIn, ProviderSettings) {
    let (off, fdc) = (StandIn::start(off), StandIn::start(fdc));
    let settings = ProviderSettings {
        open_food_facts: off_at(&off).open_food_facts,
        fdc: fdc_at(&fdc).fdc,
    };
    (off, fdc, settings)
}

#[actix_web::test]
async fn nothing_is_on_by_default() {
    let kept = &stores().await[0];
    let off = process(&ProviderSettings::default(), &kept.store, &Clock::fixed(NOW));
    for providers in [off, Providers::default()] {
        assert!(!providers.is_on() && !providers.has(Source::Fdc) && !providers.has(Source::OpenFoodFacts));
        let told = providers.by_barcode(&gtin(JAR), None).await;
        assert!(told.foods.is_empty() && told.unavailable.is_empty());
        assert_eq!(providers.food(Source::Fdc, "1").await, Ok(None));
    }
}

#[actix_web::test]
async fn open_food_facts_is_told_who_asks_and_fooddata_central_the_key_in_a_header() {
    let kept = &stores().await[0];
    let (off, fdc, settings) = both(says(PRODUCT), says(FOUND));
    let providers = process(&settings, &kept.store, &Clock::fixed(NOW));
    providers.by_barcode(&gtin(JAR), None).await;
    off.says(Says::Json(json!({"count": 0, "products": []})));
    providers.by_name("hazelnut spread", None).await;
    fdc.says(says(FOOD));
    providers.food(Source::Fdc, "9000001").await.unwrap().unwrap();
    let (asked_off, asked_fdc) = (off.asked(), fdc.asked());
    let agent = format!("food-mcp/{} (ops@food.example)", env!("CARGO_PKG_VERSION"));
    assert!(
        asked_off
            .iter()
            .all(|asked| asked.user_agent == agent && asked.key.is_empty())
    );
    assert_eq!(asked_off[0].path, format!("/api/v2/product/{JAR}.json"));
    assert!(asked_off[0].query.starts_with("fields=code,product_name,"));
    assert_eq!(asked_off[1].path, "/cgi/search.pl");
    assert!(asked_off[1].query.starts_with("search_terms=hazelnut+spread&"));
    assert!(
        asked_fdc
            .iter()
            .all(|asked| asked.key == "planted" && asked.query.is_empty())
    );
    assert_eq!(asked_fdc[0].path, "/fdc/v1/foods/search");
    assert!(asked_fdc[0].body.contains("hazelnut spread") && !asked_fdc[0].body.contains("planted"));
    assert_eq!(asked_fdc[1].path, "/fdc/v1/food/9000001");
}

#[actix_web::test]
async fn a_barcode_is_asked_of_the_next_only_where_the_first_has_none_or_does_not_answer() {
    for (first, unavailable) in [(says(NO_PRODUCT), 0), (Says::Status(500, ""), 1)] {
        let kept = &stores().await[0];
        let (off, fdc, settings) = both(first, says(FOUND));
        let providers = process(&settings, &kept.store, &Clock::fixed(NOW));
        let told = providers.by_barcode(&gtin(JAR), None).await;
        assert_eq!(told.unavailable.len(), unavailable);
        let ids: Vec<String> = told.foods.iter().map(|food| food.id.to_string()).collect();
        assert_eq!(ids, ["fdc:9000001"]);
        assert_eq!((off.asked().len(), fdc.asked().len()), (1, 1));
    }
    let kept = &stores().await[0];
    let (_, fdc, settings) = both(says(PRODUCT), says(FOUND));
    let providers = process(&settings, &kept.store, &Clock::fixed(NOW));
    let told = providers.by_barcode(&gtin(JAR), None).await;
    assert_eq!(told.foods[0].id.to_string(), format!("openfoodfacts:{JAR}"));
    assert!(fdc.asked().is_empty());
}

#[actix_web::test]
async fn what_a_provider_does_not_tell_stays_unknown_through_the_cache() {
    for kept in &stores().await {
        let (off, _, settings) = both(says(PRODUCT), says(FOOD));
        for _ in 0..2 {
            let providers = process(&settings, &kept.store, &Clock::fixed(NOW));
            let food = providers.food(Source::OpenFoodFacts, JAR).await.unwrap().unwrap();
            let amount = |number| food.amount(NutrientNumber(number));
            assert_eq!((amount(208), amount(307)), (Some(539.0), Some(42.8)));
            assert_eq!((amount(291), amount(301), amount(539)), (None, None, None));
        }
        assert_eq!(off.asked().len(), 1);
    }
}

#[actix_web::test]
async fn what_a_name_found_at_open_food_facts_is_not_asked_for_again() {
    for kept in &stores().await {
        let product = super::json(PRODUCT)["product"].clone();
        let (off, _, settings) = both(Says::Json(json!({"count": 1, "products": [product]})), says(FOOD));
        let providers = process(&settings, &kept.store, &Clock::fixed(NOW));
        let named = providers.by_name("nuss creme", Some(Source::OpenFoodFacts)).await.foods;
        let food = providers
            .food(Source::OpenFoodFacts, &named[0].id.id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((&food.name, &food.nutrients), (&named[0].name, &named[0].nutrients));
        assert_eq!(providers.by_barcode(&gtin(JAR), None).await.foods[0].name, food.name);
        assert_eq!(off.asked().len(), 1);
    }
}

/// What leads elsewhere is no id, and nobody is asked about it.
#[actix_web::test]
async fn an_id_that_cannot_be_is_asked_of_nobody() {
    let kept = &stores().await[0];
    let (off, fdc, settings) = both(says(PRODUCT), says(FOOD));
    let providers = process(&settings, &kept.store, &Clock::fixed(NOW));
    for id in ["", "../9000001", "9000001?x", "1/2", "abc", "９", &"1".repeat(25)] {
        assert_eq!(providers.food(Source::Fdc, id).await, Ok(None), "{id}");
        assert_eq!(providers.food(Source::OpenFoodFacts, id).await, Ok(None), "{id}");
    }
    assert_eq!((off.asked().len(), fdc.asked().len()), (0, 0));
}
