//! Results of tools: structured content that fits the tool's output schema, and a short text for people and
//! for clients that read nothing else.
//!
//! MCP 2025-11-25, server/tools, "Structured Content" and "Output Schema". Easy to get wrong: a client that
//! validates structured content does so for errors too, so the schema admits either a result or an error; and
//! Rust's number formats ("uint64", "double") are unknown to JSON Schema, so that clients warn: none is left. Clients
//! keep the schemas in what their model reads, so output schemas say no more than a validator needs: the members of a
//! result and their types, not what is in those.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::handler::server::tool::{IntoCallToolResult, schema_for_input, schema_for_output};
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, JsonObject};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// A result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer<T> {
    /// For programs.
    pub structured: T,
    /// For reading.
    pub text: String,
}

impl<T: Serialize + 'static> IntoCallToolResult for Answer<T> {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let value = serde_json::to_value(self.structured).map_err(|error| {
            log::error!("a result cannot be written: {error}");
            ErrorData::internal_error(super::FAILED, None)
        })?;
        let mut result = CallToolResult::success(vec![ContentBlock::text(self.text)]);
        result.structured_content = Some(value);
        Ok(result.into())
    }
}

/// The input schema of a tool.
pub(super) fn input_schema<T: JsonSchema + 'static>() -> Arc<JsonObject> {
    let schema = schema_for_input::<T>().unwrap_or_else(|error| {
        log::error!("an input schema is no object: {error}");
        Arc::default()
    });
    Arc::new(tidy((*schema).clone()))
}

/// The output schema of a tool: its result, or an error.
pub(super) fn output_schema<T: JsonSchema + 'static>() -> Arc<JsonObject> {
    let schema = Value::Object((*schema_for_output::<T>()).clone());
    let members = schema.get("properties").and_then(Value::as_object);
    let mut properties: JsonObject = members
        .into_iter()
        .flatten()
        .map(|(name, member)| (name.clone(), outline(&schema, member)))
        .collect();
    properties.extend(error_properties());
    let required = schema.get("required").cloned().unwrap_or_else(|| json!([]));
    let outlined = json!({
        "type": "object",
        "properties": properties,
        "anyOf": [{ "required": required }, { "required": ["code", "message", "details", "hint"] }],
    });
    Arc::new(outlined.as_object().cloned().unwrap_or_default())
}

/// A schema without what is in an object. `root` has the definitions.
fn outline(root: &Value, schema: &Value) -> Value {
    match outline_type(root, schema) {
        Some(of_type) if of_type == "array" => {
            let items = schema
                .get("items")
                .map_or_else(|| json!({}), |items| outline(root, items));
            json!({ "type": of_type, "items": items })
        }
        Some(of_type) => json!({ "type": of_type }),
        None => json!({}),
    }
}

/// The type that a schema names: itself, where it points, or one of a choice.
fn outline_type(root: &Value, schema: &Value) -> Option<Value> {
    if let Some(of_type) = schema.get("type") {
        return Some(of_type.clone());
    }
    if let Some(place) = schema.get("$ref").and_then(Value::as_str) {
        return outline_type(root, root.pointer(place.trim_start_matches('#'))?);
    }
    let types = schema.get("anyOf")?.as_array()?.iter();
    types.map(|one| outline_type(root, one)).collect()
}

fn error_properties() -> JsonObject {
    let properties = [
        ("code", "string"),
        ("message", "string"),
        ("details", "object"),
        ("hint", "string"),
    ];
    let described = properties.map(|(name, of_type)| (name.to_owned(), json!({ "type": of_type })));
    described.into_iter().collect()
}

/// Takes out the number formats of Rust, the dialect, which is MCP's own, and `default`, for which some clients refuse
/// a schema, and writes a choice of texts as `enum`.
fn tidy(schema: JsonObject) -> JsonObject {
    // What a property of such a name holds is a schema, an object.
    let is_needed = |key: &str, value: &Value| !matches!(key, "format" | "$schema" | "default") || value.is_object();
    let mut schema: JsonObject = schema
        .into_iter()
        .filter(|(key, value)| is_needed(key, value))
        .map(|(key, value)| (key, tidy_value(value)))
        .collect();
    if let Some(texts) = schema.get("oneOf").and_then(choice) {
        schema.remove("oneOf");
        schema.insert("type".to_owned(), json!("string"));
        schema.insert("enum".to_owned(), texts);
    }
    schema
}

/// The texts of a choice that has nothing else; a description of one of them is worth its place.
fn choice(of: &Value) -> Option<Value> {
    let text = |one: &Value| {
        let one = one.as_object()?;
        let is_bare = one.keys().all(|key| key == "const" || key == "type");
        one.get("const").filter(|text| is_bare && text.is_string()).cloned()
    };
    of.as_array()?
        .iter()
        .map(text)
        .collect::<Option<Vec<Value>>>()
        .map(Value::Array)
}

fn tidy_value(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(tidy(object)),
        Value::Array(values) => Value::Array(values.into_iter().map(tidy_value).collect()),
        other => other,
    }
}
