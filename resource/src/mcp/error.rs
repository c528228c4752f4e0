//! Errors of tools: what went wrong, and what the model can do about it.
//!
//! They are results with `isError` (MCP 2025-11-25, server/tools, "Error Handling"), not protocol errors, so
//! that the model sees them and can try again. Each is `{code, message, details, hint}`, as text and as
//! structured content. A cause inside the server goes to the log, never into an answer.

use rmcp::ErrorData;
use rmcp::handler::server::tool::IntoCallToolResult;
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::food::custom::Invalid;
use crate::food::custom::store::StoreError;
use crate::food::nutrition::UnknownNutrient;
use crate::food::portions::PortionError;
use crate::food::providers::Unavailable;

/// Characters of a message that quotes the arguments: it is to be read, not the arguments again.
const MOST_QUOTED: usize = 400;

/// What a program may act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Code {
    /// No such food, or not the caller's.
    FoodNotFound,
    /// The id belongs to several foods.
    AmbiguousFood,
    /// The unit is known, but not for this food.
    UnitNotConvertible,
    /// The unit is not known.
    UnknownUnit,
    /// The amount is no positive number, or is beyond reason.
    InvalidAmount,
    /// Nothing is clearly the food meant.
    NoConfidentMatch,
    /// Nutrients that cannot be, or keys that do not exist.
    InvalidNutrients,
    /// Somebody changed the food in between, or the name is taken.
    Conflict,
    /// A source of data cannot be reached.
    ProviderUnavailable,
    /// The caller keeps as much as is allowed.
    QuotaExceeded,
    /// The arguments do not fit the tool's input schema.
    InvalidInput,
}

/// An error that a model can act on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ToolError {
    /// What kind of error it is.
    pub code: Code,
    /// What went wrong, in a sentence.
    pub message: String,
    /// Facts: nearest names, portions, the index of an item.
    pub details: Map<String, Value>,
    /// What to do next.
    pub hint: String,
}

impl ToolError {
    /// An error without details.
    pub(super) fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Map::new(),
            hint: hint.into(),
        }
    }

    /// The same with one more fact.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.details.insert(name.to_owned(), value);
        self
    }

    /// Arguments that do not fit the input schema. What was sent may be quoted, and is cut when it is long.
    pub(super) fn invalid_input(message: impl Into<String>) -> Self {
        let mut message: String = message.into();
        if let Some((end, _)) = message.char_indices().nth(MOST_QUOTED) {
            message.truncate(end);
            message.push('…');
        }
        Self::new(
            Code::InvalidInput,
            message,
            "Send arguments that fit the tool's input schema.",
        )
    }
}

impl From<Invalid> for ToolError {
    fn from(invalid: Invalid) -> Self {
        let problems = json!(invalid.0);
        let hint = "Check the numbers against the label: amounts are per serving, and a part cannot exceed its whole.";
        Self::new(
            Code::InvalidNutrients,
            format!("the food cannot be saved: {invalid}"),
            hint,
        )
        .with("problems", problems)
    }
}

impl From<UnknownNutrient> for ToolError {
    fn from(unknown: UnknownNutrient) -> Self {
        let hint = "Use keys as they appear in a result of get_nutrition with nutrients=\"all\".";
        Self::new(Code::InvalidNutrients, unknown.to_string(), hint).with("nearest", json!(unknown.nearest))
    }
}

impl From<PortionError> for ToolError {
    fn from(error: PortionError) -> Self {
        let code = match &error {
            PortionError::InvalidAmount(_) => Code::InvalidAmount,
            PortionError::UnknownUnit(_) => Code::UnknownUnit,
            PortionError::NotConvertible(_) => Code::UnitNotConvertible,
        };
        Self::new(code, error.to_string(), error.hint())
    }
}

impl From<Unavailable> for ToolError {
    fn from(unavailable: Unavailable) -> Self {
        let hint = "Try again later, or use a food of the sources usda, survey or custom.";
        let error = Self::new(Code::ProviderUnavailable, unavailable.to_string(), hint);
        match unavailable.retry_after {
            Some(seconds) => error.with("retryAfterSeconds", json!(seconds)),
            None => error,
        }
    }
}

/// Why a tool has no answer: for the model, or for the log.
#[derive(Debug)]
pub(super) enum Failure {
    /// The model can act on it.
    Tool(Box<ToolError>),
    /// It is ours; the caller only learns that it happened.
    Internal(String),
}

impl<T: Into<ToolError>> From<T> for Failure {
    fn from(error: T) -> Self {
        Self::Tool(Box::new(error.into()))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl IntoCallToolResult for Failure {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        match self {
            Self::Tool(error) => {
                let value = serde_json::to_value(&*error).map_err(internal)?;
                let mut result = CallToolResult::error(vec![ContentBlock::text(value.to_string())]);
                result.structured_content = Some(value);
                Ok(result.into())
            }
            Self::Internal(cause) => Err(internal(cause)),
        }
    }
}

fn internal(cause: impl std::fmt::Display) -> ErrorData {
    log::error!("a tool failed: {cause}");
    ErrorData::internal_error(super::FAILED, None)
}
