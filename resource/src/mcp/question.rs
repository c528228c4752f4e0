//! Questions to the person at the client: MCP 2026-07-28, basic/patterns/mrtr and client/elicitation (form mode).
//!
//! 1. A strict `calculate_meal` failed because foods are not clear or it is not said how much, and for no other reason.
//! 2. A client that can ask gets one question for each, with the candidates or the food's measures to choose from, in
//!    place of the error.
//! 3. It sends the call again with the answers, and the items have the ids, amounts and units that were chosen.
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

use crate::food::units;
use crate::food::units::item::Spoken;

/// The tool whose items can be unclear.
const TOOL: &str = "calculate_meal";
/// The errors that a choice settles: which food,
const UNCLEAR: &str = "NO_CONFIDENT_MATCH";
/// and how much of it.
const UNMEASURED: &str = "UNKNOWN_UNIT";
/// More measures than this are not read.
const MOST_MEASURES: usize = 8;
/// More questions than this are for the model to settle.
const MOST_QUESTIONS: usize = 5;
/// The least amount that a form takes. JSON Schema's exclusiveMinimum is no part of a form's schema.
const LEAST: f64 = 0.001;
/// How an item may say what food it is, besides its id.
const NAMES: [&str; 4] = ["query", "name", "food", "source"];
/// What a form asks for.
const ANSWERS: [&str; 3] = ["food", "amount", "unit"];

/// What may be asked about a call, if it fails.
#[derive(Debug)]
pub(super) struct Askable {
    items: Vec<Value>,
    /// The items that were answered for: nobody is asked twice.
    answered: Vec<usize>,
}

impl Askable {
    /// Takes the answers into the arguments, and says whether the person can be asked about the rest.
    pub(super) fn read(request: &mut CallToolRequestParams, context: &RequestContext<RoleServer>) -> Option<Self> {
        if request.name != TOOL || !can_ask(context) {
            return None;
        }
        let answers = request.input_responses.take().unwrap_or_default();
        let items = request.arguments.as_mut()?.get_mut("items")?.as_array_mut()?;
        let (mut declined, mut answered) = (false, Vec::new());
        for (index, item) in items.iter_mut().enumerate() {
            let Some(answer) = answers.get(&key(index, item)) else {
                continue;
            };
            answered.push(index);
            match chosen(answer) {
                Some(choice) => settle(item, choice),
                None => declined = true,
            }
        }
        (!declined).then(|| Self {
            items: items.clone(),
            answered,
        })
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
        let item = self.items.get(index).filter(|_| !self.answered.contains(&index))?;
        let form = match bad.get("code")?.as_str()? {
            UNCLEAR => which_food(item, bad.get("details")?),
            UNMEASURED => how_much(item, bad.get("details")?),
            _ => None,
        };
        Some((key(index, item), form?))
    }
}

/// Which of the candidates; and how much, where neither the item nor its name says.
fn which_food(item: &Value, details: &Value) -> Option<Value> {
    let name = details.get("item")?.as_str()?;
    let mut asked = JsonObject::new();
    match (has(item, "amount"), has(item, "unit")) {
        (true, true) => {}
        (false, false) if units::item::read(name).is_ok_and(|read| read == Spoken::name(name)) => {
            asked.insert("amount".to_owned(), amount());
            asked.insert(
                "unit".to_owned(),
                json!({"type": "string", "title": "Unit: g, cup, slice, ...", "default": "g"}),
            );
        }
        _ => return None,
    }
    let candidates = details.get("candidates")?.as_array()?;
    let choices: Vec<Value> = candidates.iter().filter_map(choice).collect();
    if choices.is_empty() {
        return None;
    }
    asked.insert(
        "food".to_owned(),
        json!({"type": "string", "title": "Food", "oneOf": choices}),
    );
    Some(form(&format!("Which food is \"{name}\"?"), &asked))
}

/// How much of a food that is clear.
fn how_much(item: &Value, details: &Value) -> Option<Value> {
    let name = details.pointer("/food/name")?.as_str()?;
    if has(item, "unit") || details.get("unmeasured") != Some(&json!(true)) {
        return None;
    }
    let unit = match details.get("per") {
        Some(per) if per == "100 ml" => "ml",
        _ => "g",
    };
    let portions = details.get("portions")?.as_array()?.iter();
    let measures = portions.filter_map(|portion| measure(portion, unit));
    let choices = distinct(measures, unit);
    let mut asked = JsonObject::new();
    if !has(item, "amount") {
        asked.insert("amount".to_owned(), amount());
    }
    asked.insert(
        "unit".to_owned(),
        json!({"type": "string", "title": "Unit", "oneOf": choices}),
    );
    Some(form(&format!("How much of \"{name}\"?"), &asked))
}

fn has(item: &Value, name: &str) -> bool {
    item.get(name).is_some_and(|value| !value.is_null())
}

fn amount() -> Value {
    json!({"type": "number", "title": "How many of the unit", "minimum": LEAST})
}

/// A label, and how it is shown.
fn measure<'a>(portion: &'a Value, unit: &str) -> Option<(&'a str, String)> {
    let label = portion.get("label")?.as_str()?;
    let grams = portion.get("grams")?.as_f64()?;
    Some((label, format!("{label} ({grams} {unit})")))
}

/// The first measures to choose from, each label once, and the bare unit.
fn distinct<'a>(measures: impl Iterator<Item = (&'a str, String)>, unit: &'a str) -> Vec<Value> {
    let mut known = vec![unit];
    let mut choices = Vec::new();
    for (label, title) in measures {
        if choices.len() < MOST_MEASURES && !known.contains(&label) {
            known.push(label);
            choices.push(json!({"const": label, "title": title}));
        }
    }
    choices.push(json!({"const": unit, "title": unit}));
    choices
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

/// What was chosen; `None` where the person declined, or the answer is none.
fn chosen(answer: &Value) -> Option<&JsonObject> {
    answer.get("action").filter(|action| *action == "accept")?;
    let content = answer.get("content")?.as_object()?;
    ANSWERS
        .iter()
        .any(|name| content.contains_key(*name))
        .then_some(content)
}

fn settle(item: &mut Value, content: &JsonObject) {
    if item.is_string() {
        *item = json!({"query": item});
    }
    let Some(item) = item.as_object_mut() else { return };
    if let Some(id) = content.get("food") {
        item.retain(|name, _| !NAMES.contains(&name.as_str()));
        item.insert("foodId".to_owned(), id.clone());
    }
    for name in ["amount", "unit"] {
        item.extend(content.get(name).map(|value| (name.to_owned(), value.clone())));
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

fn form(message: &str, asked: &JsonObject) -> Value {
    let required: Vec<&String> = asked.keys().collect();
    json!({
        "method": "elicitation/create",
        "params": {
            "mode": "form",
            "message": message,
            "requestedSchema": {"type": "object", "properties": asked, "required": required},
        },
    })
}

#[cfg(test)]
#[path = "question_tests.rs"]
mod tests;
