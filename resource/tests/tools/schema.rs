//! A small checker of JSON Schema 2020-12: the keywords that our schemas use, and a failure for any other.

use std::collections::BTreeSet;

use serde_json::Value;

use super::support::{LEGACY, tools};

/// Fails the test unless the value fits the schema.
#[track_caller]
pub(super) fn check(root: &Value, value: &Value) {
    if let Err(why) = fits(root, root, value) {
        panic!("{why}\nin {value}");
    }
}

fn fits(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let Some(keywords) = schema.as_object() else {
        return Ok(());
    };
    for (keyword, rule) in keywords {
        keyword_fits(root, keyword, rule, value).map_err(|why| format!("{keyword}: {why}"))?;
    }
    let properties = schema["properties"].as_object();
    if let (Some(members), Some(rule)) = (value.as_object(), schema.get("additionalProperties")) {
        for (name, member) in members
            .iter()
            .filter(|(name, _)| properties.is_none_or(|known| !known.contains_key(*name)))
        {
            if rule == &Value::Bool(false) {
                return Err(format!("{name} is not known"));
            }
            fits(root, rule, member).map_err(|why| format!("{name}: {why}"))?;
        }
    }
    Ok(())
}

fn keyword_fits(root: &Value, keyword: &str, rule: &Value, value: &Value) -> Result<(), String> {
    let all = |found: bool| {
        if found {
            Ok(())
        } else {
            Err(format!("{value} does not fit {rule}"))
        }
    };
    match keyword {
        "$ref" => {
            let path = rule.as_str().unwrap().trim_start_matches('#');
            fits(root, root.pointer(path).unwrap(), value)
        }
        "type" => all(match rule {
            Value::Array(types) => types.iter().any(|one| is_type(one, value)),
            one => is_type(one, value),
        }),
        "enum" => all(rule.as_array().unwrap().contains(value)),
        "const" => all(rule == value),
        "required" => all(rule
            .as_array()
            .unwrap()
            .iter()
            .all(|name| value.get(name.as_str().unwrap()).is_some())),
        "properties" => rule
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(name, schema)| Some((name, schema, value.get(name)?)))
            .try_for_each(|(name, schema, member)| fits(root, schema, member).map_err(|why| format!("{name}: {why}"))),
        "items" => value
            .as_array()
            .into_iter()
            .flatten()
            .try_for_each(|item| fits(root, rule, item)),
        "anyOf" | "oneOf" => all(rule
            .as_array()
            .unwrap()
            .iter()
            .any(|one| fits(root, one, value).is_ok())),
        "minimum" => all(value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap())),
        "exclusiveMinimum" => all(value.as_f64().is_none_or(|number| number > rule.as_f64().unwrap())),
        "minItems" => all(value
            .as_array()
            .is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap())),
        "maxItems" => all(value
            .as_array()
            .is_none_or(|items| items.len() as u64 <= rule.as_u64().unwrap())),
        "minLength" => all(value
            .as_str()
            .is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap())),
        "maxLength" => all(value
            .as_str()
            .is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().unwrap())),
        "maximum" => all(value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap())),
        "$schema" | "$defs" | "title" | "description" | "default" | "additionalProperties" => Ok(()),
        other => Err(format!("the keyword {other} is not known to this checker")),
    }
}

fn is_type(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}

/// The keywords of a schema, without the names of properties and definitions.
fn keywords(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            for (keyword, value) in members {
                found.insert(keyword.clone());
                match (keyword.as_str(), value) {
                    ("properties" | "$defs", Value::Object(named)) => {
                        named.values().for_each(|one| keywords(one, found));
                    }
                    _ => keywords(value, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|one| keywords(one, found)),
        _ => {}
    }
}

/// Some clients turn schemas into those of a model's maker, and refuse what that does not know.
#[tokio::test]
async fn arguments_are_described_with_few_keywords() {
    let known = [
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "description",
        "enum",
        "exclusiveMinimum",
        "items",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "oneOf",
        "properties",
        "required",
        "title",
        "type",
    ];
    let listed = tools().await.request(LEGACY, "tools/list", serde_json::json!({})).await;
    for tool in listed["result"]["tools"].as_array().unwrap() {
        let mut found = BTreeSet::new();
        keywords(&tool["inputSchema"], &mut found);
        let other: Vec<&String> = found.iter().filter(|found| !known.contains(&found.as_str())).collect();
        assert!(other.is_empty(), "{}: {other:?}", tool["name"]);
    }
}

#[test]
fn the_checker_finds_what_does_not_fit() {
    let schema = serde_json::json!({
        "type": "object",
        "properties": { "a": { "type": ["number", "null"], "minimum": 0 }, "b": { "type": "array", "items": { "enum": ["x"] } } },
        "required": ["a"],
        "additionalProperties": false,
    });
    let good = serde_json::json!({ "a": null, "b": ["x"] });
    assert_eq!(fits(&schema, &schema, &good), Ok(()));
    for bad in [
        serde_json::json!({}),
        serde_json::json!({ "a": -1 }),
        serde_json::json!({ "a": "1" }),
        serde_json::json!({ "a": 1, "b": ["y"] }),
        serde_json::json!({ "a": 1, "c": 1 }),
    ] {
        assert!(fits(&schema, &schema, &bad).is_err(), "{bad}");
    }
}
