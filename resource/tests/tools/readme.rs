//! The conversations in README.md are true: each of their calls fits its tool's schema, is made, in their order, and
//! gives what they show of its result; and what is answered from them in bold are figures of the results.

use serde_json::Value;

use super::schema;
use super::support::tools;

const README: &str = include_str!("../../../README.md");

/// The part of the README with the conversations.
fn conversations() -> &'static str {
    let (_, from) = README.split_once("\n## Three conversations\n").unwrap();
    from.split_once("\n## ").unwrap().0
}

/// What stands between two marks, again and again.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = text.split(start).skip(1);
    parts.map(move |part| part.split_once(end).unwrap().0)
}

/// Whether a result has all that is shown of it; of a list the first elements are shown.
fn shows(shown: &Value, result: &Value) -> bool {
    match (shown, result) {
        (Value::Object(shown), Value::Object(result)) => {
            let same = |(name, value): (&String, &Value)| result.get(name).is_some_and(|result| shows(value, result));
            shown.iter().all(same)
        }
        (Value::Array(shown), Value::Array(result)) => {
            shown.len() <= result.len() && shown.iter().zip(result).all(|(one, other)| shows(one, other))
        }
        (Value::Number(shown), Value::Number(result)) => shown.as_f64() == result.as_f64(),
        _ => shown == result,
    }
}

/// Every number in a value.
fn figures(value: &Value, into: &mut Vec<f64>) {
    match value {
        Value::Number(number) => into.extend(number.as_f64()),
        Value::Array(values) => values.iter().for_each(|value| figures(value, into)),
        Value::Object(members) => members.values().for_each(|value| figures(value, into)),
        _ => {}
    }
}

#[tokio::test]
async fn the_conversations_of_the_readme_are_true() {
    let tools = tools().await;
    let (mut called, mut known) = (Vec::new(), Vec::new());
    for block in between(conversations(), "```json\n", "```") {
        let call: Value = serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}"));
        let tool = call["tool"].as_str().unwrap();
        let listed = tools.schemas().iter().find(|listed| listed["name"] == tool).unwrap();
        schema::check(&listed["inputSchema"], &call["arguments"]);
        let (shown, result) = match call.get("error") {
            Some(error) => (error, tools.error(tool, call["arguments"].clone()).await),
            None => (&call["result"], tools.ok(tool, call["arguments"].clone()).await),
        };
        assert!(shown.is_object() && shows(shown, &result), "{block}is {result:#}");
        figures(shown, &mut known);
        called.push(tool.to_owned());
    }
    let mut each = called.clone();
    each.sort();
    each.dedup();
    assert_eq!(
        (called.len(), each.as_slice()),
        (
            6,
            ["calculate_meal", "get_nutrition", "save_food", "search_food"]
                .map(str::to_owned)
                .as_slice()
        )
    );
    let told: Vec<&str> = conversations()
        .lines()
        .filter(|line| line.starts_with("> "))
        .flat_map(|line| line.split("**").skip(1).step_by(2))
        .collect();
    assert_eq!(told.len(), 8, "{told:?}");
    for text in told {
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let of_results = known.iter().any(|figure| format!("{figure:.decimals$}") == text);
        assert!(of_results, "{text} is in no result");
    }
}
