//! What clients see of the server itself.

use serde_json::{Value, json};

use super::support::{CURRENT, LEGACY, tools};
use crate::show::Client;

#[tokio::test]
async fn the_tools_are_listed_with_schemas_and_honest_hints() {
    let tools = tools().await;
    let names: Vec<&str> = tools
        .schemas()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["calculate_meal", "get_nutrition", "save_food", "search_food"]);
    for tool in tools.schemas() {
        let reads = tool["name"] != "save_food";
        assert_eq!(tool["annotations"]["readOnlyHint"], reads, "{tool}");
        assert_eq!(tool["annotations"]["destructiveHint"], !reads);
        assert_eq!(tool["annotations"]["openWorldHint"], false);
        assert_eq!(
            (&tool["inputSchema"]["type"], &tool["outputSchema"]["type"]),
            (&json!("object"), &json!("object"))
        );
        assert_eq!(tool["inputSchema"]["additionalProperties"], false);
        assert!(tool["description"].as_str().unwrap().len() > 80);
    }
    let scopes: Vec<&str> = resource::mcp::SCOPES.iter().map(|(tool, _)| *tool).collect();
    assert!(names.iter().all(|name| scopes.contains(name)) && scopes.len() == names.len());
}

#[tokio::test]
async fn schemas_have_no_number_formats_of_rust() {
    fn formats(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, member)| {
                if name == "format" && member.is_string() {
                    found.push(member.to_string());
                }
                formats(member, found);
            }),
            Value::Array(items) => items.iter().for_each(|item| formats(item, found)),
            _ => {}
        }
    }
    let tools = tools().await;
    let mut found = Vec::new();
    formats(&json!(tools.schemas()), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn every_property_a_model_sends_is_described() {
    let tools = tools().await;
    for tool in tools.schemas() {
        for (name, property) in tool["inputSchema"]["properties"].as_object().unwrap() {
            assert!(
                property["description"].is_string(),
                "{} {name}: {property}",
                tool["name"]
            );
        }
    }
}

/// Clients keep the list in what their model reads, in every conversation.
#[actix_web::test]
async fn the_list_of_tools_is_short() {
    let client = Client::start().await;
    for revision in [LEGACY, CURRENT] {
        let reply = client
            .send(&client.resource.signed(), revision, "tools/list", json!({}))
            .await;
        let tools = reply.json()["result"]["tools"].clone();
        let needs: Vec<&Value> = tools
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| &tool["_meta"]["securitySchemes"])
            .collect();
        assert!(
            needs.len() == 4 && needs.iter().all(|needs| needs.is_array()),
            "{tools}"
        );
        assert!(reply.body.len() < 12 * 1024, "{revision}: {} bytes", reply.body.len());
    }
}

#[tokio::test]
async fn lists_that_are_the_same_for_everybody_may_be_kept() {
    let tools = tools().await;
    for (method, items) in [("tools/list", 4), ("prompts/list", 3), ("resources/templates/list", 3)] {
        let member = match method {
            "resources/templates/list" => "resourceTemplates",
            other => other.split('/').next().unwrap(),
        };
        let current = tools.request(CURRENT, method, json!({})).await;
        assert_eq!(
            current["result"][member].as_array().map(Vec::len),
            Some(items),
            "{current}"
        );
        assert_eq!(
            (&current["result"]["ttlMs"], &current["result"]["cacheScope"]),
            (&json!(3_600_000), &json!("public")),
            "{method}"
        );
        let legacy = tools.request(LEGACY, method, json!({})).await;
        assert_eq!(legacy["result"][member].as_array().map(Vec::len), Some(items));
        assert!(legacy["result"].get("ttlMs").is_none());
    }
}

#[tokio::test]
async fn the_server_says_who_it_is_and_how_to_use_it() {
    let tools = tools().await;
    let discovered = tools.request(CURRENT, "server/discover", json!({})).await;
    let result = &discovered["result"];
    assert!(
        result["instructions"].as_str().unwrap().contains("calculate_meal"),
        "{discovered}"
    );
    let initialize =
        json!({ "protocolVersion": LEGACY, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let initialized = tools.request(LEGACY, "initialize", initialize).await;
    let info = &initialized["result"]["serverInfo"];
    assert_eq!((&info["name"], &info["title"]), (&json!("food"), &json!("Food")));
    let capabilities = initialized["result"]["capabilities"].as_object().unwrap();
    let mut names: Vec<&String> = capabilities.keys().collect();
    names.sort();
    assert_eq!(names, ["completions", "extensions", "prompts", "resources", "tools"]);
    assert_eq!(capabilities["resources"], json!({}));
}

#[tokio::test]
async fn undeclared_methods_are_not_found_and_unknown_tools_are_told() {
    let tools = tools().await;
    for method in ["subscriptions/listen", "made/up"] {
        let answer = tools.request(CURRENT, method, json!({ "notifications": {} })).await;
        assert_eq!(answer["error"]["code"], -32601, "{method}: {answer}");
    }
    let answer = tools
        .request(LEGACY, "tools/call", json!({ "name": "eat_food", "arguments": {} }))
        .await;
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
}

#[tokio::test]
async fn both_revisions_give_the_same_figures() {
    let tools = tools().await;
    let call = json!({ "name": "get_nutrition", "arguments": { "foodId": "09040", "unit": "medium" } });
    let legacy = tools.request(LEGACY, "tools/call", call.clone()).await;
    let current = tools.request(CURRENT, "tools/call", call).await;
    assert_eq!(
        legacy["result"]["structuredContent"], current["result"]["structuredContent"],
        "{current}"
    );
    assert_eq!(
        legacy["result"]["content"][0]["text"].as_str().unwrap().lines().count(),
        2
    );
}
