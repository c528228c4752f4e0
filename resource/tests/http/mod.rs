//! The endpoints over real HTTP.

mod anonymous;
mod challenge;
mod cors;
mod crowd;
mod deadline;
mod dpop;
mod metadata;
mod plain_calls;
mod raw;
mod revisions;
mod sessions;
mod slow;
mod starting;
mod streams;
mod transport;

use serde_json::{Value, json};

/// A request of the revisions before 2026-07-28.
pub(crate) fn legacy(method: &str, params: impl Into<Value>) -> Value {
    let params: Value = params.into();
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// `tools/list` as clients of 2025-11-25 send it.
pub(crate) fn tools_list() -> Value {
    legacy("tools/list", json!({}))
}

/// A call of a tool that reads.
pub(crate) fn search() -> Value {
    legacy(
        "tools/call",
        json!({"name": "search_food", "arguments": {"query": "egg"}}),
    )
}
