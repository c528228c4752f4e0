//! Arguments of tools, read as models send them: "2" for 2, 9040 for "09040", "true" for true, null or "" for
//! nothing, an id as the object that a search result showed, a list as JSON text.
//!
//! What cannot be read is a tool error that says so, not a protocol error: the model can correct it. A field
//! that the schema does not have is refused, since ignoring a mistyped "unit" would give a wrong weight.

use std::borrow::Cow;

use rmcp::ErrorData;
use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::tool::ToolCallContext;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::ToolError;
use crate::food::nutrition::Selection;
use crate::food::units;

/// The arguments of a call, or why they cannot be read.
#[derive(Debug)]
pub(super) struct Input<T>(pub Result<T, ToolError>);

impl<S, T: DeserializeOwned> FromContextPart<ToolCallContext<'_, S>> for Input<T> {
    fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
        let arguments = Value::Object(context.arguments.take().unwrap_or_default());
        Ok(Self(read(arguments)))
    }
}

/// Bytes of one text: a name, a unit, all keys with commas. Comparing longer ones with thousands of names would
/// hold a thread for seconds.
const MOST_TEXT: usize = 4096;

/// Reads the arguments of a call.
pub(super) fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, ToolError> {
    if !is_of_bounded_texts(&arguments) {
        let message = format!("a text in the arguments is longer than {MOST_TEXT} bytes");
        return Err(ToolError::invalid_input(message));
    }
    serde_json::from_value(arguments).map_err(|error| ToolError::invalid_input(error.to_string()))
}

fn is_of_bounded_texts(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            text.len() <= MOST_TEXT || json_text(text).is_some_and(|inner| is_of_bounded_texts(&inner))
        }
        Value::Array(list) => list.iter().all(is_of_bounded_texts),
        Value::Object(object) => object
            .iter()
            .all(|(name, value)| name.len() <= MOST_TEXT && is_of_bounded_texts(value)),
        _ => true,
    }
}

/// A number, also written as text: "2", "1/2", "1.5".
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number(pub f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match &value {
            Value::Number(number) => number
                .as_f64()
                .map(Self)
                .ok_or_else(|| D::Error::custom(format!("{value} is not a number"))),
            Value::String(text) => written(text).map(Self).map_err(D::Error::custom),
            _ => Err(D::Error::custom(format!("{value} is not a number"))),
        }
    }
}

/// A number written as text, or why it is none and what to write instead.
fn written(text: &str) -> Result<f64, String> {
    if let Ok(number) = text.trim().parse() {
        return Ok(number);
    }
    units::parse_number(text).map_err(|error| format!("\"{text}\" is not a number: {error}. {}", error.hint()))
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}

/// A whole number, also written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole(pub i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = match &value {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{value} is not a whole number")))
    }
}

/// 10.0 is 10.
fn whole(number: f64) -> Option<i64> {
    format!("{number:.0}")
        .parse()
        .ok()
        .filter(|_| number.fract().abs() < f64::EPSILON)
}

impl JsonSchema for Whole {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Whole".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer" })
    }
}

/// A food's id: "09040", 9040, "usda:09040", or `{id, source}` as results show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    /// The id, without a source in front.
    pub id: String,
    /// The source, where the id itself names one.
    pub source: Option<String>,
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        id(&value).ok_or_else(|| D::Error::custom(format!("{value} is not a food id such as \"09040\"")))
    }
}

fn id(value: &Value) -> Option<Id> {
    match value {
        Value::Number(number) => Some(Id {
            id: number.to_string(),
            source: None,
        }),
        Value::String(text) => {
            let text = text.trim();
            if let Some(object) = json_text(text).filter(Value::is_object) {
                return id(&object);
            }
            let (source, id) = text
                .split_once(':')
                .map_or((None, text), |(source, id)| (Some(source.trim()), id.trim()));
            (!id.is_empty()).then(|| Id {
                id: id.to_owned(),
                source: source.map(str::to_lowercase),
            })
        }
        Value::Object(object) => {
            let inner = id(object.get("id")?)?;
            let source = object.get("source").and_then(Value::as_str).map(str::to_lowercase);
            Some(Id {
                source: source.or(inner.source),
                ..inner
            })
        }
        _ => None,
    }
}

impl JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FoodId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Which nutrients: "core", "all", or keys as a list or as text with commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys(pub Selection);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let words: Vec<String> = match &value {
            Value::String(text) => match json_text(text).and_then(|value| serde_json::from_value(value).ok()) {
                Some(words) => words,
                None => text
                    .split(',')
                    .map(|word| word.trim().to_owned())
                    .filter(|word| !word.is_empty())
                    .collect(),
            },
            other => serde_json::from_value(other.clone())
                .map_err(|_| D::Error::custom(format!("{other} is neither \"core\" nor \"all\" nor a list of keys")))?,
        };
        Ok(Self(
            match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                [] | ["core"] => Selection::Core,
                ["all"] => Selection::All,
                _ => Selection::Keys(words),
            },
        ))
    }
}

impl JsonSchema for Keys {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NutrientKeys".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "enum": ["core", "all"] },
            { "type": "array", "items": { "type": "string" } },
        ] })
    }
}

/// A text without spaces around; empty is nothing.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(text_or_none(deserializer)?.filter(|text| !text.is_empty()))
}

/// A text without spaces around; empty is said, and left out is not.
pub(super) fn text_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    let text = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(other) => return Err(D::Error::custom(format!("{other} is not a text"))),
    };
    Ok(Some(text.trim().to_owned()))
}

/// Yes or no, also written as text.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(flag)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(other) => Err(D::Error::custom(format!("{other} is neither true nor false"))),
    }
}

/// An object or list, also written as JSON text.
pub(super) fn nested<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => json_text(&text).unwrap_or(Value::String(text)),
        Some(value) => value,
    };
    serde_json::from_value(value).map(Some).map_err(D::Error::custom)
}

/// JSON written as text: an object or a list.
fn json_text(text: &str) -> Option<Value> {
    text.trim_start()
        .starts_with(['{', '['])
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
