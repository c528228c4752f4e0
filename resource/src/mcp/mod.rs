//! The MCP server: four tools over the foods, the foods as resources, and prompts.
//!
//! The model decides what was eaten and how much; the server does every look-up and sum, and would rather
//! refuse than guess. One file per tool with its arguments, result and description; what they share is below.

mod answer;
mod calculate_meal;
mod caller;
mod completion;
mod direct;
mod error;
mod foods;
mod get_nutrition;
mod handler;
mod hit;
mod icons;
mod input;
mod interpreted;
mod kept;
mod listening;
mod live;
mod meal_item;
mod message;
mod metrics;
mod outline;
mod page;
mod picture;
pub mod plain_call;
mod prompts;
mod quantity;
mod question;
mod recipe;
mod resources;
mod save_food;
mod search_food;
pub mod sessions;
mod subscribing;
pub mod subscriptions;
pub mod transport;
mod uri;
mod view;

use std::sync::Arc;

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::model::MetaObject;
use serde_json::json;
use shared::clock::Clock;
use shared::fetch::FetchError;
use shared::http::metrics::Registry;
use shared::scope::Scope;

use crate::auth::anonymous::Anonymous;
use crate::food::custom::store::SavedFoods;
use crate::food::providers::ProviderSettings;
use crate::food::shipped::Shipped;
use direct::Answers;
use foods::Foods;
use message::FAILED;
use metrics::ToolMetrics;
use picture::Picture;
use sessions::Sessions;
use subscribing::Subscribing;

/// The scope for reading foods.
pub const FOOD_READ: &str = "food:read";
/// The scope for saving foods.
pub const FOOD_WRITE: &str = "food:write";

/// Each tool and the scopes it needs; the transport refuses a call without them (RFC 6750 section 3.1) before
/// the tool sees it.
pub const SCOPES: &[(&str, &[&str])] = &[
    ("search_food", &[FOOD_READ]),
    ("get_nutrition", &[FOOD_READ]),
    ("calculate_meal", &[FOOD_READ]),
    ("save_food", &[FOOD_WRITE]),
];

/// Other methods and the scopes they need. Who may not read foods may list resources and listen, and finds none and
/// hears of none: clients do both at their start, unasked.
pub const METHOD_SCOPES: &[(&str, &[&str])] = &[
    ("resources/read", &[FOOD_READ]),
    ("resources/subscribe", &[FOOD_READ]),
    ("completion/complete", &[FOOD_READ]),
];

/// The server that answers MCP requests. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct FoodServer {
    tools: Arc<ToolRouter<Self>>,
    foods: Arc<Foods>,
    picture: Arc<Picture>,
    clock: Clock,
    metrics: ToolMetrics,
    subscribing: Subscribing,
    answers: Arc<Answers>,
}

impl FoodServer {
    /// A server over the shipped foods and the saved ones. It lists what it can do before the former are unpacked.
    pub fn new(shipped: Shipped, saved: SavedFoods, clock: Clock) -> Self {
        let foods = Foods::new(shipped, saved);
        let mut tools = Self::search_food_tool()
            + Self::get_nutrition_tool()
            + Self::calculate_meal_tool()
            + Self::save_food_tool();
        for tool in picture::TOOLS {
            if let Some(route) = tools.map.get_mut(tool) {
                let meta = route.attr.meta.get_or_insert_with(MetaObject::new);
                meta.0.insert("ui".to_owned(), picture::of_tool());
            }
        }
        Self {
            tools: Arc::new(tools),
            picture: Arc::new(Picture::new(foods.nutrients())),
            foods: Arc::new(foods),
            clock,
            metrics: ToolMetrics::default(),
            subscribing: Subscribing::default(),
            answers: Arc::default(),
        }
    }

    /// The same, with these live providers beside the foods at hand; its tools say then that they reach further.
    pub fn with_providers(mut self, settings: &ProviderSettings) -> Result<Self, FetchError> {
        self.foods = Arc::new(self.foods.with_providers(settings, &self.clock)?);
        if self.foods.reach_further() {
            let mut tools = ToolRouter::clone(&self.tools);
            let reading = tools
                .map
                .values_mut()
                .filter_map(|route| route.attr.annotations.as_mut());
            reading.for_each(|annotations| annotations.open_world_hint = Some(true));
            self.tools = Arc::new(tools);
        }
        Ok(self)
    }

    /// The same, behind a transport that hands over what becomes of foods: who can listen is told so. With sessions
    /// these are clients of revisions before 2026-07-28, too.
    #[must_use]
    pub fn with_subscriptions(mut self, sessions: Option<Sessions>) -> Self {
        self.subscribing = Subscribing::On(sessions);
        self
    }

    /// Adds what is counted to a registry.
    pub fn register_metrics(&self, registry: &mut Registry) {
        self.metrics.register(registry);
    }
}

impl FoodServer {
    /// The same, whose list of tools says what each needs, as the metadata and the challenge do: the scopes of
    /// [`SCOPES`], those that every call needs, and whether it may be called without a token.
    #[must_use]
    pub fn with_scopes(mut self, required: &Scope, anonymous: Anonymous) -> Self {
        let mut tools = ToolRouter::clone(&self.tools);
        for (name, route) in &mut tools.map {
            let own = SCOPES
                .iter()
                .find(|(tool, _)| tool == name)
                .map_or(&[][..], |(_, scopes)| scopes);
            let own: Scope = own.iter().map(|scope| (*scope).to_owned()).collect();
            let needed = own.union(required);
            let mut schemes = vec![json!({"type": "oauth2", "scopes": needed.tokens().collect::<Vec<_>>()})];
            if anonymous.opens("tools/call", &needed, &open_scope()) {
                schemes.insert(0, json!({"type": "noauth"}));
            }
            let meta = route.attr.meta.get_or_insert_with(MetaObject::new);
            meta.0.insert("securitySchemes".to_owned(), schemes.into());
        }
        self.tools = Arc::new(tools);
        self
    }
}

/// The scope of tools that need no user.
pub fn open_scope() -> Scope {
    std::iter::once(FOOD_READ.to_owned()).collect()
}

#[cfg(test)]
#[path = "panic_tests.rs"]
mod tests;
