//! The picture: MCP Apps 2026-01-26 (extension `io.modelcontextprotocol/ui`), "UI Resource Format" and "Resource
//! Discovery". A nutrition label and a chart of where the energy comes from, drawn from the structured result of
//! `get_nutrition` or `calculate_meal`.
//!
//! 1. [`Picture::new`] joins the page, its style, its script and the Daily Values to one document.
//! 2. `resources/read` gives it out; the tools name it in `_meta.ui.resourceUri`.
//! 3. In the client, its script asks the host for the result (nutrition.js).
//!
//! Easy to get wrong: the document must work where a host lets nothing from elsewhere in, so it has all in itself, and
//! its own policy allows only that style and that script, by their hashes. The lists of tools are the same for every
//! client: requests stand alone, so that those of older revisions do not say what the client can draw; who draws
//! nothing reads the text, which is always there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{ExtensionCapabilities, JsonObject, MetaObject, ReadResourceResult, ResourceContents};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::food::daily_values::daily_value;
use crate::food::nutrients::Nutrients;

/// Where the picture is.
pub(super) const URI: &str = "ui://food/nutrition.html";
/// What it is.
pub(super) const MIME_TYPE: &str = "text/html;profile=mcp-app";
/// The extension.
const EXTENSION: &str = "io.modelcontextprotocol/ui";
/// The tools whose results it draws.
pub(super) const TOOLS: [&str; 2] = ["get_nutrition", "calculate_meal"];

const PAGE: &str = include_str!("nutrition.html");
const STYLE: &str = include_str!("nutrition.css");
const SCRIPT: &str = include_str!("nutrition.js");

/// The document.
#[derive(Debug)]
pub(super) struct Picture(String);

impl Picture {
    /// Joins its parts.
    pub(super) fn new(nutrients: &Nutrients) -> Self {
        let daily: Map<String, Value> = nutrients
            .all()
            .iter()
            .filter_map(|nutrient| Some((nutrient.key.clone(), daily_value(&nutrient.key)?.into())))
            .collect();
        let script = SCRIPT
            .replace("DAILY_VALUES", &Value::Object(daily).to_string())
            .replace("VERSION", env!("CARGO_PKG_VERSION"));
        let policy = format!(
            "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
            hash(STYLE),
            hash(&script)
        );
        let page = PAGE.replace("STYLE", STYLE).replace("CSP", &policy);
        Self(page.replace("SCRIPT", &script))
    }

    /// The answer to `resources/read`.
    pub(super) fn read(&self) -> ReadResourceResult {
        let contents = ResourceContents::text(&self.0, URI)
            .with_mime_type(MIME_TYPE)
            .with_meta(meta(json!({"csp": {}, "prefersBorder": true})));
        ReadResourceResult::new(vec![contents])
    }
}

/// How a tool names its picture.
pub(super) fn of_tool() -> Value {
    json!({"resourceUri": URI})
}

/// The extension as the server declares it.
pub(super) fn extension() -> ExtensionCapabilities {
    let mut settings = JsonObject::new();
    settings.insert("mimeTypes".to_owned(), json!([MIME_TYPE]));
    std::iter::once((EXTENSION.to_owned(), settings)).collect()
}

fn meta(ui: Value) -> MetaObject {
    let mut meta = MetaObject::new();
    meta.0.insert("ui".to_owned(), ui);
    meta
}

/// A source of a Content Security Policy: CSP Level 3, section 2.3.1.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}
