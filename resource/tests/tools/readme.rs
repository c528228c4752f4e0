//! The conversations in README.md are true: each of their calls fits its tool's schema, is made, in their order, and
//! gives what they show of its result; and what is answered from them in bold are figures of the results.

use serde_json::Value;

use super::schema;
use super::support::{Tools, tools};

const README: &str = include_str!("../../../README.md");

/// The README's conversations, each from its title in bold.
fn conversations(readme: &str) -> impl Iterator<Item = &str> {
    let (_, from) = readme.split_once("\n## Three conversations\n").unwrap();
    from.split_once("\n## ").unwrap().0.split("\n**").skip(1)
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

/// Makes the calls of a conversation: which tools they call, and the figures that are shown of their results.
async fn made(tools: &Tools, conversation: &str) -> (Vec<String>, Vec<f64>) {
    let (mut called, mut known) = (Vec::new(), Vec::new());
    for block in between(conversation, "```json\n", "```") {
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
    (called, known)
}

/// What is answered in bold.
fn told(conversation: &str) -> impl Iterator<Item = &str> {
    let answers = conversation.lines().filter(|line| line.starts_with("> "));
    answers.flat_map(|line| line.split("**").skip(1).step_by(2))
}

/// What is answered in bold and is no figure of the conversation's results.
fn untrue<'a>(conversation: &'a str, known: &[f64]) -> Vec<&'a str> {
    let of_results = |text: &&str| {
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        known.iter().any(|figure| format!("{figure:.decimals$}") == **text)
    };
    told(conversation).filter(|text| !of_results(text)).collect()
}

#[tokio::test]
async fn the_conversations_of_the_readme_are_true() {
    let tools = tools().await;
    let (mut called, mut answered) = (Vec::new(), 0);
    for conversation in conversations(README) {
        let (names, known) = made(&tools, conversation).await;
        assert_eq!(untrue(conversation, &known), [""; 0], "{conversation}");
        answered += told(conversation).count();
        called.extend(names);
    }
    assert_eq!((called.len(), answered), (6, 8));
    called.sort();
    called.dedup();
    assert_eq!(called, ["calculate_meal", "get_nutrition", "save_food", "search_food"]);
}

#[tokio::test]
async fn a_figure_of_another_conversation_is_none_of_this_one() {
    let tools = tools().await;
    let other = README.replace("**115** g", "**373** g");
    let conversation = conversations(&other).nth(1).unwrap();
    let (_, known) = made(&tools, conversation).await;
    assert_eq!(untrue(conversation, &known), ["373"]);
}
