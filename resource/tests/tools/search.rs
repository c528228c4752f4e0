//! search_food: pages, own foods, and what is not found.

use serde_json::json;

use super::support::tools;

#[tokio::test]
async fn a_hit_shows_what_is_needed_to_go_on() {
    let tools = tools().await;
    let found = tools.ok("search_food", json!({ "query": "bananas raw" })).await;
    let first = &found["results"][0];
    assert_eq!((&first["id"], &first["source"]), (&json!("09040"), &json!("usda")));
    assert_eq!(first["caloriesPer100g"], 89.0);
    assert_eq!(first["state"], "raw");
    assert_eq!(first["portions"].as_array().unwrap().len(), 3);
    assert_eq!(found["confident"], true);
}

#[tokio::test]
async fn no_hit_is_not_an_error() {
    let tools = tools().await;
    let found = tools
        .ok("search_food", json!({ "query": "xyzzy plugh frobnitz" }))
        .await;
    assert_eq!((&found["results"], &found["confident"]), (&json!([]), &json!(false)));
}

#[tokio::test]
async fn pages_do_not_overlap_and_a_cursor_belongs_to_its_query() {
    let tools = tools().await;
    let first = tools
        .ok("search_food", json!({ "query": "chicken", "limit": "5" }))
        .await;
    let cursor = first["nextCursor"].clone();
    let second = tools
        .ok(
            "search_food",
            json!({ "query": "chicken", "limit": 5, "cursor": cursor }),
        )
        .await;
    let ids = |page: &serde_json::Value| {
        page["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| hit["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!((ids(&first).len(), ids(&second).len()), (5, 5));
    assert!(ids(&first).iter().all(|id| !ids(&second).contains(id)));
    for bad in [
        json!({ "query": "beef", "cursor": cursor }),
        json!({ "query": "chicken", "cursor": "NTA" }),
        json!({ "query": "chicken", "cursor": "%%" }),
    ] {
        assert_eq!(tools.error("search_food", bad).await["code"], "INVALID_INPUT");
    }
}

#[tokio::test]
async fn a_brand_narrows_and_belongs_to_the_cursor() {
    let tools = tools().await;
    let asked = json!({ "query": "cheeseburger", "brand": "McDonald's", "limit": 1 });
    let found = tools.ok("search_food", asked).await;
    let hits = found["results"].as_array().unwrap();
    assert_eq!(hits.len(), 1);
    for hit in hits {
        assert!(hit.to_string().to_uppercase().contains("MCDONALD'S"), "{hit}");
    }
    let without = json!({ "query": "cheeseburger", "limit": 1, "cursor": found["nextCursor"] });
    assert_eq!(tools.error("search_food", without).await["code"], "INVALID_INPUT");
}

#[tokio::test]
async fn an_amount_is_given_back_wherever_it_stands() {
    let tools = tools().await;
    for query in ["2 cups cooked rice", "cooked rice, 2 cups"] {
        let found = tools.ok("search_food", json!({ "query": query })).await;
        let expected = json!({ "amount": 2.0, "unit": "cups", "food": "cooked rice" });
        assert_eq!(found["interpreted"], expected, "{query}");
        assert_eq!(found["confident"], true, "{query}");
        assert_eq!(found["results"][0]["state"], "cooked", "{query}");
    }
    let found = tools.ok("search_food", json!({ "query": "80/20 ground beef" })).await;
    assert_eq!(found.get("interpreted"), None);
    assert!(found["results"][0]["name"].as_str().unwrap().contains("80%"));
}

#[tokio::test]
async fn energy_is_told_to_be_no_amount_and_what_it_weighs() {
    let tools = tools().await;
    let found = tools
        .ok("search_food", json!({ "query": "100 calories of banana" }))
        .await;
    assert_eq!(
        found["interpreted"],
        json!({ "amount": 100.0, "unit": "calories", "food": "banana" })
    );
    let told = "100 calories is energy, not an amount of food; 100 kcal are 112.4 g of Bananas, raw";
    assert_eq!(found["warnings"][0], told, "{found}");
    let found = tools
        .ok("search_food", json!({ "query": "420 kJ of zzqx bread" }))
        .await;
    assert_eq!(
        found["warnings"][0], "420 kj is energy, not an amount of food",
        "{found}"
    );
}

#[tokio::test]
async fn what_can_be_measured_as_asked_comes_first() {
    let tools = tools().await;
    for query in ["a cup of coffee", "a cup of black coffee", "a glass of wine"] {
        let found = tools.ok("search_food", json!({ "query": query })).await;
        let first = &found["results"][0];
        assert!(!first["portions"].as_array().unwrap().is_empty(), "{query}: {first}");
    }
    let found = tools
        .ok("search_food", json!({ "query": "a cup of black coffee" }))
        .await;
    let (first, best) = (&found["results"][0], &found["results"][1]);
    let told = found["warnings"][0].as_str().unwrap();
    for food in [best["id"].as_str().unwrap(), first["name"].as_str().unwrap()] {
        assert!(told.contains(food) && told.ends_with("comes first"), "{found}");
    }
    let plain = tools.ok("search_food", json!({ "query": "black coffee" })).await;
    assert_eq!(plain["warnings"], json!([]), "{plain}");
}

#[tokio::test]
async fn a_bare_word_for_many_foods_is_not_sure() {
    let tools = tools().await;
    for query in ["salad", "curry", "casserole", "snack", "smoothie", "a bowl of salad"] {
        let found = tools.ok("search_food", json!({ "query": query })).await;
        assert_eq!(found["confident"], false, "{query}: {}", found["results"][0]);
    }
    for (query, name) in [
        ("flour", "Wheat flour, white, all-purpose"),
        ("oil", "Oil, "),
        ("potatoes", "Potatoes, baked"),
        ("wrap", "Sandwich wrap"),
        ("melon", "Melons, cantaloupe"),
        ("carrot cake", "Cake or cupcake, carrot"),
        ("pasta salad", "Macaroni or pasta salad"),
    ] {
        let found = tools.ok("search_food", json!({ "query": query })).await;
        let first = found["results"][0]["name"].as_str().unwrap();
        assert!(
            first.starts_with(name) && !first.contains("with salt"),
            "{query}: {first}"
        );
        assert_eq!(found["confident"], true, "{query}");
    }
}

#[tokio::test]
async fn queries_are_bounded() {
    let tools = tools().await;
    for query in [
        json!({}),
        json!({ "query": "" }),
        json!({ "query": "x".repeat(201) }),
        json!({ "query": "egg", "source": "nowhere" }),
    ] {
        assert_eq!(tools.error("search_food", query).await["code"], "INVALID_INPUT");
    }
    let many = tools
        .ok("search_food", json!({ "query": "chicken", "limit": 1000 }))
        .await;
    assert_eq!(many["results"].as_array().unwrap().len(), 50);
}
