//! Foods as resources: reading, listing, templates, and who may.

use serde_json::{Value, json};

use super::{CURRENT, Client, LEGACY};

fn read(uri: &str) -> Value {
    json!({"uri": uri})
}

fn facts(result: &Value) -> Value {
    let contents = &result["contents"][0];
    assert_eq!(contents["mimeType"], "application/json");
    serde_json::from_str(contents["text"].as_str().unwrap()).unwrap()
}

#[actix_web::test]
async fn a_shipped_food_is_read_with_all_its_nutrients_and_may_be_kept_by_everybody() {
    let client = Client::start().await;
    let banana = client
        .result(CURRENT, "resources/read", read("food://usda/09040"))
        .await;
    assert_eq!(banana["contents"][0]["uri"], "food://usda/09040");
    assert_eq!(
        (&banana["ttlMs"], &banana["cacheScope"]),
        (&json!(3_600_000), &json!("public"))
    );
    let facts = facts(&banana);
    assert_eq!(facts["food"]["name"], "Bananas, raw");
    assert_eq!(facts["nutrients"]["calories"]["value"], 89.0);
    assert!(facts["nutrients"]["vitamin_k_mcg"]["value"].is_number(), "{facts}");
    assert!(facts["availablePortions"].as_array().unwrap().len() > 3);
    let legacy = client.result(LEGACY, "resources/read", read("food://usda/09040")).await;
    assert!(
        legacy.get("ttlMs").is_none() && legacy.get("cacheScope").is_none(),
        "{legacy}"
    );
    assert_eq!(legacy["contents"], banana["contents"]);
}

#[actix_web::test]
async fn an_own_food_is_read_by_its_owner_alone_and_kept_by_nobody() {
    let client = Client::start().await;
    let (ann, bob) = (client.token_of("ann"), client.token_of("bob"));
    let uri = format!("food://custom/{}", client.save(&ann, "Quark bar").await);
    let bar = client.result_of(&ann, CURRENT, "resources/read", read(&uri)).await;
    assert_eq!((&bar["ttlMs"], &bar["cacheScope"]), (&json!(0), &json!("private")));
    let facts = facts(&bar);
    assert_eq!(
        (&facts["food"]["name"], &facts["nutrients"]["calories"]["value"]),
        (&json!("Quark bar"), &json!(400.0))
    );
    let theirs = client.send(&bob, CURRENT, "resources/read", read(&uri)).await;
    assert_eq!(theirs.json()["error"]["code"], -32602, "{}", theirs.text());
    assert!(!theirs.text().contains("Quark"), "{}", theirs.text());
}

#[actix_web::test]
async fn what_is_not_there_is_the_error_of_the_revision() {
    let client = Client::start().await;
    for uri in [
        "food://usda/99999",
        "food://custom/00",
        "food://usda/..",
        "file:///etc/passwd",
        "food://x/1",
        "",
    ] {
        let error = client.error(LEGACY, "resources/read", read(uri)).await;
        assert_eq!(
            (&error["code"], &error["data"]["uri"]),
            (&json!(-32002), &json!(uri)),
            "{error}"
        );
    }
    let error = client.error(CURRENT, "resources/read", read("food://usda/99999")).await;
    assert_eq!(error["code"], -32602, "{error}");
}

#[actix_web::test]
async fn own_foods_are_listed_page_by_page_and_to_nobody_else() {
    let client = Client::start().await;
    let (ann, bob) = (client.token_of("ann"), client.token_of("bob"));
    for number in 0..53 {
        client.save(&ann, &format!("Bar {number:02}")).await;
    }
    let mut names: Vec<String> = Vec::new();
    let mut params = json!({});
    loop {
        let page = client.result_of(&ann, CURRENT, "resources/list", params.clone()).await;
        assert_eq!((&page["ttlMs"], &page["cacheScope"]), (&json!(0), &json!("private")));
        let listed = page["resources"].as_array().unwrap();
        assert!(
            listed
                .iter()
                .all(|one| one["uri"].as_str().unwrap().starts_with("food://custom/"))
        );
        names.extend(listed.iter().map(|one| one["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        params = json!({"cursor": cursor});
    }
    let expected: Vec<String> = (0..53).map(|number| format!("Bar {number:02}")).collect();
    assert_eq!(names, expected);
    let theirs = client.result_of(&bob, CURRENT, "resources/list", json!({})).await;
    assert_eq!(theirs["resources"], json!([]));
    let error = client
        .error(CURRENT, "resources/list", json!({"cursor": "made up"}))
        .await;
    assert_eq!(error["code"], -32602);
}

#[actix_web::test]
async fn templates_name_the_sources_with_titles_and_icons_that_nobody_fetches() {
    let client = Client::start().await;
    let listed = client.result(CURRENT, "resources/templates/list", json!({})).await;
    let templates = listed["resourceTemplates"].as_array().unwrap();
    let uris: Vec<&str> = templates
        .iter()
        .map(|one| one["uriTemplate"].as_str().unwrap())
        .collect();
    assert_eq!(uris, ["food://usda/{id}", "food://survey/{id}", "food://custom/{id}"]);
    for template in templates {
        assert!(template["title"].is_string() && template["description"].is_string());
        let icon = &template["icons"][0];
        assert!(
            icon["src"].as_str().unwrap().starts_with("data:image/svg+xml,"),
            "{icon}"
        );
        assert_eq!(
            (&icon["mimeType"], &icon["sizes"]),
            (&json!("image/svg+xml"), &json!(["any"]))
        );
    }
}

#[actix_web::test]
async fn foods_are_read_and_completed_with_their_scope_and_without_it_not_even_listed() {
    let client = Client::start().await;
    let ann = client.token_of("user-1");
    let uri = format!("food://custom/{}", client.save(&ann, "Quark bar").await);
    let writer = client.resource.signed_for("food:write");
    for revision in [LEGACY, CURRENT] {
        for (method, params) in [
            ("resources/read", read(&uri)),
            ("resources/read", read("food://usda/09040")),
            (
                "completion/complete",
                json!({"ref": {"type": "ref/resource", "uri": "food://usda/{id}"}, "argument": {"name": "id", "value": "egg"}}),
            ),
        ] {
            let refused = client.send(&writer, revision, method, params).await;
            assert_eq!(refused.status, 403, "{}", refused.text());
            let challenge = refused.header("www-authenticate").unwrap();
            assert!(
                challenge.starts_with("Bearer error=\"insufficient_scope\""),
                "{challenge}"
            );
            assert!(challenge.ends_with("scope=\"food:read food:write\""), "{challenge}");
        }
        let listed = client.result_of(&writer, revision, "resources/list", json!({})).await;
        assert_eq!(listed["resources"], json!([]));
        let listed = client.result_of(&ann, revision, "resources/list", json!({})).await;
        assert_eq!(listed["resources"][0]["uri"], uri.as_str());
    }
}

#[actix_web::test]
async fn who_may_only_save_is_shown_the_id_and_version_of_an_own_food() {
    let client = Client::start().await;
    let id = client.save(&client.token_of("user-1"), "Quark bar").await;
    let ingredients = json!([{"foodId": "Quark bar", "amount": 1, "unit": "bar"}]);
    let recipe = json!({"name": "Box", "ingredients": ingredients, "servings": 1});
    for (scope, reads) in [("food:write", false), ("food:read food:write", true)] {
        let token = client.resource.signed_for(scope);
        let shown = client.call(&token, "save_food", json!({"id": id})).await;
        let current = &shown["details"]["current"];
        assert_eq!(
            (&current["id"], &current["version"]),
            (&json!(id), &json!(1)),
            "{shown}"
        );
        assert_eq!(current["nutrients"].is_object(), reads, "{shown}");
        let unknown = client.call(&token, "save_food", recipe.clone()).await;
        let nearest = unknown["details"]["items"][0]["details"]["nearest"].as_array().unwrap();
        let own = nearest.iter().find(|food| food["id"] == id.as_str()).unwrap();
        assert_eq!(own["name"] == "Quark bar", reads, "{unknown}");
        let shared = nearest.iter().filter(|food| food["source"] != "custom");
        assert!(shared.clone().all(|food| food["name"].is_string()), "{unknown}");
    }
}

#[actix_web::test]
async fn who_may_only_save_is_told_no_name_of_an_own_food() {
    let client = Client::start().await;
    let id = client.save(&client.token_of("user-1"), "Quark bar").await;
    let recipe =
        json!({"name": "Lunch box", "ingredients": [{"foodId": id, "amount": 1, "unit": "bar"}], "servings": 1});
    let made = client.call(&client.token_of("user-1"), "save_food", recipe).await;
    assert_eq!(made["created"], true, "{made}");
    let box_id = made["id"].as_str().unwrap();
    let of = |query: &str| json!({"name": "New", "ingredients": [{"query": query}], "servings": 1});
    let changed = json!({"id": id, "servingSize": {"amount": 1, "unit": "bar", "grams": 41},
        "nutrients": {"calories": 165, "protein_g": 4, "total_carbs_g": 18, "total_fat_g": 8}});
    let calls = [
        (of("quark bar"), "how much"),
        (of("2 cups of quark bar"), "cannot be weighed"),
        (of("qarkk bar"), ""),
        (json!({"id": id, "delete": true}), box_id),
        (json!({"id": box_id, "name": "Quark bar"}), id.as_str()),
        (changed, "notes about this food"),
        (json!({"id": box_id, "delete": true}), box_id),
    ];
    for (arguments, told) in calls {
        let call = json!({"name": "save_food", "arguments": arguments});
        let token = client.resource.signed_for("food:write");
        let result = client.result_of(&token, LEGACY, "tools/call", call).await;
        let text = result.to_string().to_lowercase();
        assert!(text.contains(told), "{told}: {result}");
        assert!(!text.contains("lunch box") && !text.contains("(40 g)"), "{result}");
        let own_words = arguments.to_string().to_lowercase().contains("quark bar");
        assert!(own_words || !text.contains("quark"), "{result}");
    }
}

/// Neither what its measures are called nor what they weigh, nor what it holds.
#[actix_web::test]
async fn who_may_only_save_is_told_no_measure_of_an_own_food() {
    let client = Client::start().await;
    let beans = json!({"name": "Beans", "servingSize": {"amount": 100, "unit": "g"},
        "portions": [{"unit": "tin, after chemo", "grams": 80.75}, {"unit": "tin, at work", "grams": 122.25}, {"unit": "mug, clean", "grams": 217.5},
            {"unit": "mug, full", "grams": 225.5}],
        "nutrients": {"calories": 87, "protein_g": 5, "total_carbs_g": 13, "total_fat_g": 1}});
    let made = client.call(&client.token_of("user-1"), "save_food", beans).await;
    let id = made["id"].as_str().unwrap();
    let size = |grams: f64| json!({"amount": 1, "unit": "bowl", "grams": grams});
    let of = |amount: f64, unit: &str, grams: f64| {
        json!({"name": format!("{amount} {unit}"), "servings": 1, "servingSize": size(grams),
            "ingredients": [{"foodId": format!("custom:{id}"), "amount": amount, "unit": unit}, {"foodId": "usda:09040", "amount": 1, "unit": "g"}]})
    };
    let token = client.resource.signed_for("food:write");
    for (arguments, told) in [
        (
            of(1.0, "tin", 100.0),
            "it is not said how much of an own food, or it cannot be weighed so",
        ),
        (of(1.0, "cup", 100.0), "Give the weight in g."),
        (of(3.0, "mug, full", 700.0), "notes about this food"),
        (of(500.0, "g", 2.0), "cannot be saved"),
    ] {
        let call = json!({"name": "save_food", "arguments": arguments});
        let text = client.result_of(&token, LEGACY, "tools/call", call).await.to_string();
        assert!(text.contains(told), "{told}: {text}");
        for secret in [
            "chemo",
            "work",
            "clean",
            "full",
            "80.",
            "122.",
            "217.",
            "225.",
            "Beans",
            "carbohydrate",
        ] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    let label = json!({"name": "Toffee", "servingSize": size(20.0), "nutrients": {"calories": 900, "protein_g": 1, "total_carbs_g": 15, "total_fat_g": 3}});
    let made = client.call(&token, "save_food", label).await;
    assert!(
        made["warnings"][0].as_str().unwrap().contains("check the label"),
        "its own words: {made}"
    );
}
