//! Foods as resources: MCP 2026-07-28, server/resources (and 2025-11-25, which differs in the code of one error).
//!
//! 1. [`FoodUri`] is parsed at the edge.
//! 2. `resources/list` names the caller's own foods, a page at a time; the shipped ones are too many for a list, and
//!    stand behind templates whose `id` can be completed.
//! 3. `resources/read` tells all that is known of a food, per 100 g, as `get_nutrition` would.
//!
//! Easy to get wrong: the list is another for every caller, so it is `private` and never fresh; somebody whose token
//! may not read foods must not learn their names from it. Another user's food is one that does not exist.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::model::{
    Annotations, CacheScope, ListResourceTemplatesResult, ListResourcesResult, ReadResourceResult, Resource,
    ResourceContents, ResourceTemplate, Role,
};
use serde_json::json;

use super::caller::Caller;
use super::error::Failure;
use super::input::Id;
use super::page::Page;
use super::uri::FoodUri;
use super::view::DailyValues;
use super::{FOOD_READ, FoodServer, icons};
use crate::food::model::{Food, Source};
use crate::food::nutrition::Selection;
use crate::food::portions::WeightBasis;

/// Resources of a page.
const PAGE: i64 = 50;
/// What the contents are.
const JSON: &str = "application/json";

/// Each with its name, its title and what it is.
const TEMPLATES: [(Source, &str, &str, &str); 3] = [
    (
        Source::Usda,
        "usda-food",
        "USDA food",
        "Nutrition facts per 100 g and household portions of a food in USDA's tables, by its 5-digit number",
    ),
    (
        Source::Survey,
        "survey-food",
        "Survey food",
        "Nutrition facts per 100 g of a dish of USDA's surveys, by its id",
    ),
    (
        Source::Custom,
        "custom-food",
        "Saved food",
        "Nutrition facts per 100 g and portions of a food that the user saved, by its id",
    ),
];

impl FoodServer {
    /// A page of the caller's own foods; none where the caller may not read foods.
    pub(super) async fn own_resources(
        &self,
        caller: &Caller,
        cursor: Option<&str>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let page = Page::read(Some(PAGE), cursor, &["resources/list"]);
        let page = page.map_err(|error| ErrorData::invalid_params(error.message, None))?;
        let foods = if caller.has(FOOD_READ) {
            self.foods.own(caller).await.map_err(internal)?
        } else {
            Arc::default()
        };
        let shown = foods.iter().skip(page.offset).take(page.limit).map(resource);
        let mut result = ListResourcesResult::with_all_items(shown.collect());
        result.next_cursor = page.next(result.resources.len(), foods.len());
        Ok(result)
    }

    /// All that is known of the food behind a URI.
    pub(super) async fn read_food(&self, caller: &Caller, uri: &str) -> Result<ReadResourceResult, ErrorData> {
        let named = FoodUri::parse(uri).ok_or_else(|| not_found(uri))?;
        let id = Id {
            id: named.id,
            source: Some(named.source.as_str().to_owned()),
        };
        let food = self.foods.find(caller, &id, None).await;
        let food = food.map_err(|failure| refused(failure, uri))?;
        let text = self.facts(&food).map_err(|failure| refused(failure, uri))?;
        let mut result = ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(JSON)]);
        if named.source == Source::Custom {
            (result.ttl_ms, result.cache_scope) = (Some(0), Some(CacheScope::Private));
        }
        Ok(result)
    }

    /// A food in the words of `get_nutrition`.
    fn facts(&self, food: &Food) -> Result<String, Failure> {
        let resolved = super::foods::weigh(food, 100.0, "g", WeightBasis::Edible)?;
        let facts = self.nutrition(food, "100 g", resolved, &Selection::All, DailyValues::Shown)?;
        serde_json::to_string(&facts).map_err(|error| Failure::Internal(error.to_string()))
    }
}

/// What stands in `resources/templates/list`.
pub(super) fn templates() -> ListResourceTemplatesResult {
    let template = |(source, name, title, description): &(Source, &'static str, &'static str, &'static str)| {
        ResourceTemplate::new(FoodUri::template(*source), *name)
            .with_title(*title)
            .with_description(*description)
            .with_mime_type(JSON)
            .with_icons(vec![icons::food()])
            .with_annotations(for_everybody())
    };
    ListResourceTemplatesResult::with_all_items(TEMPLATES.iter().map(template).collect())
}

fn resource(food: &Food) -> Resource {
    let title = food
        .brand
        .as_ref()
        .map_or_else(|| food.name.clone(), |brand| format!("{} ({brand})", food.name));
    Resource::new(FoodUri::of(food).to_string(), &food.name)
        .with_title(title)
        .with_description(format!(
            "{}: nutrition facts and portions, saved by the user",
            food.category
        ))
        .with_mime_type(JSON)
        .with_annotations(for_everybody())
}

fn for_everybody() -> Annotations {
    Annotations::default().with_audience(vec![Role::User, Role::Assistant])
}

/// The error of the revision: rmcp makes -32602 of it from 2026-07-28 on.
pub(super) fn not_found(uri: &str) -> ErrorData {
    let shown: String = uri.chars().take(200).collect();
    ErrorData::resource_not_found("there is no such resource", Some(json!({ "uri": shown })))
}

fn refused(failure: Failure, uri: &str) -> ErrorData {
    match failure {
        Failure::Tool(_) => not_found(uri),
        Failure::Internal(cause) => internal(cause),
    }
}

fn internal(cause: impl std::fmt::Display) -> ErrorData {
    log::error!("a resource cannot be read: {cause}");
    ErrorData::internal_error(super::FAILED, None)
}
