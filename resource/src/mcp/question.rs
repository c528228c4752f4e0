//! Questions to the person at the client: MCP 2026-07-28, basic/patterns/mrtr and client/elicitation (form mode).
//!
//! 1. A strict `calculate_meal` failed because foods are not clear, and for no other reason.
//! 2. A client that can ask gets one question for each, with the candidates to choose from, in place of the error.
//! 3. It sends the call again with the answers, and the items have the ids that were chosen.
//!
//! Nothing is kept in between, so there is no `requestState`: an answer is the caller's word like any argument, and is
//! looked up like one. A key holds a short hash of its item, so that the answer to one is not taken for another that
//! stands in its place. Easy to get wrong: somebody who declined must not be asked again; only a client that says it
//! can, with this very request, may be asked; and what is not clear is asked in one round, since a client sends only
//! the answers of the last.

use rmcp::RoleServer;
use rmcp::model::{CallToolRequestParams, CallToolResult, InputRequiredResult, JsonObject, ProtocolVersion};
use rmcp::service::RequestContext;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The tool whose items can be unclear.
const TOOL: &str = "calculate_meal";
/// The error that a choice settles.
const UNCLEAR: &str = "NO_CONFIDENT_MATCH";
/// More questions than this are for the model to settle.
const MOST_QUESTIONS: usize = 5;
/// How an item may say what food it is, besides its id.
const NAMES: [&str; 4] = ["query", "name", "food", "source"];

/// What may be asked about a call, if it fails.
#[derive(Debug)]
pub(super) struct Askable {
    items: Vec<Value>,
}

impl Askable {
    /// Takes the answers into the arguments, and says whether the person can be asked about the rest.
    pub(super) fn read(request: &mut CallToolRequestParams, context: &RequestContext<RoleServer>) -> Option<Self> {
        if request.name != TOOL || !can_ask(context) {
            return None;
        }
        let answers = request.input_responses.take().unwrap_or_default();
        let items = request.arguments.as_mut()?.get_mut("items")?.as_array_mut()?;
        let mut declined = false;
        for (index, item) in items.iter_mut().enumerate() {
            match answers.get(&key(index, item)).map(chosen) {
                Some(Some(id)) => settle(item, id),
                Some(None) => declined = true,
                None => {}
            }
        }
        (!declined).then(|| Self { items: items.clone() })
    }

    /// The questions that settle an error; `None` where no choice does.
    pub(super) fn questions(&self, result: &CallToolResult) -> Option<InputRequiredResult> {
        let error = result
            .structured_content
            .as_ref()
            .filter(|_| result.is_error == Some(true))?;
        let bad = error.pointer("/details/items")?.as_array()?;
        if bad.is_empty() || bad.len() > MOST_QUESTIONS {
            return None;
        }
        let requests: Option<Map<String, Value>> = bad.iter().map(|one| self.question(one)).collect();
        let required = json!({"resultType": "input_required", "inputRequests": requests?});
        serde_json::from_value(required)
            .inspect_err(|error| log::error!("a question cannot be asked: {error}"))
            .ok()
    }

    /// The question for one item, if a choice settles it: where the amount stands in the name, it would be lost.
    fn question(&self, bad: &Value) -> Option<(String, Value)> {
        let index = usize::try_from(bad.get("index")?.as_u64()?).ok()?;
        let item = self.items.get(index)?;
        let measured = ["amount", "unit"]
            .iter()
            .all(|name| item.get(*name).is_some_and(|value| !value.is_null()));
        if !measured || bad.get("code")? != UNCLEAR {
            return None;
        }
        let name = bad.pointer("/details/item")?.as_str()?;
        let candidates = bad.pointer("/details/candidates")?.as_array()?;
        let choices: Vec<Value> = candidates.iter().filter_map(choice).collect();
        (!choices.is_empty()).then(|| (key(index, item), form(name, &choices)))
    }
}

/// Only a client that declares forms; an empty declaration means forms.
fn can_ask(context: &RequestContext<RoleServer>) -> bool {
    let is_current = context
        .protocol_version()
        .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
    let elicitation = context
        .client_capabilities()
        .and_then(|capabilities| capabilities.elicitation);
    is_current && elicitation.is_some_and(|can| can.form.is_some() || can.url.is_none())
}

/// What an answer is found by: the place of its item, and what the item says.
fn key(index: usize, item: &Value) -> String {
    let hash = Sha256::digest(item.to_string());
    let short = hash
        .iter()
        .take(4)
        .fold(0_u32, |short, byte| short << 8 | u32::from(*byte));
    format!("item-{index}-{short:08x}")
}

/// The id that was chosen; `None` where the person declined, or the answer is none.
fn chosen(answer: &Value) -> Option<&str> {
    answer.get("action").filter(|action| *action == "accept")?;
    answer.pointer("/content/food")?.as_str()
}

fn settle(item: &mut Value, id: &str) {
    if let Some(item) = item.as_object_mut() {
        item.retain(|name, _| !NAMES.contains(&name.as_str()));
        item.insert("foodId".to_owned(), id.into());
    }
}

fn choice(candidate: &Value) -> Option<Value> {
    let text = |name: &str| candidate.get(name).and_then(Value::as_str);
    let id = format!("{}:{}", text("source")?, text("id")?);
    let title = match text("brand") {
        Some(brand) => format!("{} ({brand})", text("name")?),
        None => text("name")?.to_owned(),
    };
    Some(json!({"const": id, "title": title}))
}

fn form(name: &str, choices: &[Value]) -> Value {
    let food = json!({"type": "string", "title": "Food", "oneOf": choices});
    let mut properties = JsonObject::new();
    properties.insert("food".to_owned(), food);
    json!({
        "method": "elicitation/create",
        "params": {
            "mode": "form",
            "message": format!("Which food is \"{name}\"?"),
            "requestedSchema": {"type": "object", "properties": properties, "required": ["food"]},
        },
    })
}
