//! The tool search_food: foods by name, in everybody's collection and the caller's own.
//!
//! No hit is not an error. Results come in pages; the cursor is opaque and belongs to one query. A barcode is
//! looked up among the caller's own foods, since the shipped collections have none.
//!
//! Live providers, where they are switched on, are asked only when the foods at hand will not do: the barcode is of
//! none of them, or none is clearly what the name means and nothing narrows the search. What they tell is a part of its
//! own. That they do not answer is a warning, not an error.

use std::borrow::Cow;

use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FoodServer;
use super::answer::{Answer, input_schema, output_schema};
use super::caller::Caller;
use super::error::{Failure, ToolError};
use super::foods::{Foods, check_query};
use super::hit::HitView;
use super::input::{self, Input, Whole};
use super::interpreted::{self, InterpretedView};
use super::live::Live;
use super::page::Page;
use crate::food::custom::Gtin;
use crate::food::model::{Food, Source};
use crate::food::providers::{Reached, name};
use crate::food::search::{OwnFoods, SearchRequest, SearchResults};
use crate::food::state::State;

/// The arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Arguments {
    /// The food in plain words, 1 to 200 characters: "chicken breast cooked", "2% milk". "*" with source "custom" lists the user's own foods.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String", length(min = 1, max = 200))]
    query: Option<String>,
    /// Search only this source: usda, survey, or custom for the user's own foods; fdc or openfoodfacts where set up.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    source: Option<String>,
    /// How many hits at most, 1 to 50; 10 when left out.
    #[serde(default)]
    #[schemars(with = "Whole", range(min = 1, max = 50))]
    limit: Option<Whole>,
    /// nextCursor of the page before, with the same other arguments.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    cursor: Option<String>,
    /// Search only this food group, for example "Beverages".
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    category: Option<String>,
    /// Search only foods of this brand or maker, for example "McDonald's".
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    brand: Option<String>,
    /// A barcode (GTIN), instead of a query.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    barcode: Option<String>,
}

/// The result.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Found {
    /// The hits, best first.
    results: Vec<HitView>,
    /// Whether the first hit is clearly what was meant, or nearly equal to it (then a warning says so). If not, ask or choose; do not assume.
    confident: bool,
    /// The query as it may have been meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<String>,
    /// The amount and unit that stood in the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    interpreted: Option<InterpretedView>,
    /// Foods of live providers, where set up, when no food at hand is clearly meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Live>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// What to know about the hits.
    warnings: Vec<String>,
}

#[tool_router(router = search_food_tool, vis = "pub(super)")]
impl FoodServer {
    /// Finds foods by name and gives their ids. Call it before get_nutrition, which needs an id. Search one food at a time in plain words ("whole-wheat bread", not a sentence). When confident is false, choose from the hits with the user's words in mind or ask; never invent an id.
    #[tool(
        title = "Search food",
        annotations(title = "Search food", read_only_hint = true, destructive_hint = false, idempotent_hint = true, open_world_hint = false),
        input_schema = input_schema::<Arguments>(),
        output_schema = output_schema::<Found>()
    )]
    async fn search_food(&self, caller: Caller, Input(arguments): Input<Arguments>) -> Result<Answer<Found>, Failure> {
        self.searched(&caller, &arguments?).await
    }
}

impl FoodServer {
    /// What a call comes to.
    pub(super) async fn searched(&self, caller: &Caller, arguments: &Arguments) -> Result<Answer<Found>, Failure> {
        if let Some(barcode) = &arguments.barcode {
            return Ok(self.by_barcode(caller, barcode, arguments).await?.into());
        }
        let own = self.foods.own(caller).await?;
        self.by_name(caller, &own, arguments).await
    }

    /// The same for a name, beside the caller's own foods.
    pub(super) async fn by_name(
        &self,
        caller: &Caller,
        own: &OwnFoods,
        arguments: &Arguments,
    ) -> Result<Answer<Found>, Failure> {
        let page = page(arguments)?;
        let source = self.source(caller, arguments)?;
        let query = arguments.query.as_deref().unwrap_or_default();
        if source == Some(Source::Custom) && matches!(query, "" | "*") {
            return Ok(of_list(&page, own).into());
        }
        check_query(query)?;
        let request = SearchRequest {
            query,
            source,
            category: arguments.category.as_deref(),
            brand: arguments.brand.as_deref(),
            limit: page.limit,
            offset: page.offset,
            own: Some(own),
        };
        let results = self.foods.search(&request).await;
        let mut found = of_search(&page, results, &self.foods);
        let is_narrowed = page.offset > 0 || arguments.category.is_some() || arguments.brand.is_some();
        let is_live = source.is_some_and(Source::is_live);
        let name = found.interpreted.as_ref().map_or(query, |read| read.food.as_str());
        let is_name = name.contains(char::is_alphabetic);
        if is_name && (is_live || !(found.confident || is_narrowed || source.is_some())) {
            let reached = self.foods.providers(caller).by_name(name, source).await;
            found.add(&reached, false);
        }
        Ok(found.into())
    }

    fn source(&self, caller: &Caller, arguments: &Arguments) -> Result<Option<Source>, ToolError> {
        let source = arguments.source.as_deref();
        source.map(|source| self.foods.source_for(caller, source)).transpose()
    }

    async fn by_barcode(&self, caller: &Caller, barcode: &str, arguments: &Arguments) -> Result<Found, Failure> {
        let source = self.source(caller, arguments)?;
        let barcode = Gtin::parse(barcode).map_err(|error| ToolError::invalid_input(error.to_string()))?;
        let own = match source {
            None | Some(Source::Custom) => self.foods.saved().with_barcode(caller.owner(), &barcode).await?,
            Some(_) => None,
        };
        let results: Vec<HitView> = own.iter().map(|saved| HitView::listed(&saved.food())).collect();
        let mut found = Found {
            confident: results.len() == 1,
            results,
            did_you_mean: None,
            interpreted: None,
            live: None,
            next_cursor: None,
            warnings: Vec::new(),
        };
        if !found.results.is_empty() {
            return Ok(found);
        }
        let providers = self.foods.providers(caller);
        let reached = providers.by_barcode(&barcode, source).await;
        found.add(&reached, true);
        if found.live.is_none() {
            found.warnings.push(no_barcode(source, providers.is_on()));
        }
        Ok(found)
    }
}

impl Arguments {
    /// Whether no name is searched for.
    pub(super) fn is_for_barcode(&self) -> bool {
        self.barcode.is_some()
    }
}

impl From<Found> for Answer<Found> {
    fn from(found: Found) -> Self {
        Self {
            text: text(&found),
            structured: found,
        }
    }
}

impl Found {
    /// Adds what providers told, and which of them did not.
    fn add(&mut self, reached: &Reached, is_barcode: bool) {
        self.live = Live::of(reached, is_barcode);
        let silent = reached.unavailable.iter().map(ToString::to_string);
        self.warnings.extend(silent);
    }
}

/// Who does not have a barcode, of those that were looked at.
fn no_barcode(source: Option<Source>, is_live: bool) -> String {
    let who = match source {
        Some(source) if source.is_live() => &format!("{} told of no product with this barcode", name(source)),
        Some(Source::Custom) => "no saved food has this barcode",
        Some(_) => "the shipped collections have no barcodes",
        None if is_live => "no saved food and no provider that answered has this barcode",
        None => "no saved food has this barcode, and the shipped collections have no barcodes",
    };
    format!("{who}; search by name, or save the food from its label")
}

fn page(arguments: &Arguments) -> Result<Page, ToolError> {
    let query = [
        &arguments.query,
        &arguments.source,
        &arguments.category,
        &arguments.brand,
    ]
    .map(|part| part.as_deref().unwrap_or_default());
    Page::read(
        arguments.limit.map(|limit| limit.0),
        arguments.cursor.as_deref(),
        &query,
    )
}

fn of_search(page: &Page, results: SearchResults, foods: &Foods) -> Found {
    let hits: Vec<HitView> = results.hits.iter().map(|hit| HitView::new(hit, foods)).collect();
    Found {
        next_cursor: page.next(results.hits.len(), results.total),
        warnings: warnings(&results, &hits),
        results: hits,
        confident: results.confident,
        did_you_mean: results.did_you_mean,
        interpreted: results.interpreted.map(InterpretedView::from),
        live: None,
    }
}

fn of_list(page: &Page, own: &[Food]) -> Found {
    let listed = own.iter().skip(page.offset).take(page.limit);
    let results: Vec<HitView> = listed.map(HitView::listed).collect();
    let next_cursor = page.next(results.len(), own.len());
    Found {
        results,
        confident: false,
        did_you_mean: None,
        interpreted: None,
        live: None,
        next_cursor,
        warnings: Vec::new(),
    }
}

/// What to know of the hits before one is taken.
fn warnings(results: &SearchResults, hits: &[HitView]) -> Vec<String> {
    let energy = results
        .interpreted
        .as_ref()
        .and_then(|read| interpreted::energy(read, results));
    energy
        .into_iter()
        .chain(stands_in(results))
        .chain(raw_and_cooked(hits))
        .collect()
}

/// What fits best cannot always be measured as asked.
fn stands_in(results: &SearchResults) -> Option<String> {
    let (first, best) = (results.hits.first()?, results.hits.get(1)?);
    // On a later page the hits are others.
    (results.stands_in && best.score > first.score).then(|| {
        format!(
            "\"{}\" ({}) fits better and has no such measure; the nearly equal \"{}\" comes first",
            best.food.name, best.food.id, first.food.name
        )
    })
}

/// Raw and cooked forms differ by more than most mistakes.
fn raw_and_cooked(hits: &[HitView]) -> Option<String> {
    let some = |state: State| hits.iter().take(5).any(|hit| hit.state() == Some(state.as_str()));
    let mixed = some(State::Raw) && some(State::Cooked);
    let text = "raw and cooked forms differ much per gram; take the form that was weighed";
    mixed.then(|| text.to_owned())
}

fn text(found: &Found) -> String {
    let mut lines: Vec<Cow<str>> = found.results.iter().map(|hit| hit.line().into()).collect();
    if lines.is_empty() && found.live.is_none() {
        lines.push("No food matches.".into());
    } else if lines.is_empty() {
        lines.push("No food at hand matches.".into());
    } else if !found.confident {
        lines.insert(0, "Not sure which is meant:".into());
    }
    lines.extend(
        found
            .did_you_mean
            .iter()
            .map(|text| format!("Did you mean: {text}").into()),
    );
    lines.extend(found.live.iter().flat_map(Live::lines).map(Cow::from));
    lines.extend(found.warnings.iter().map(|warning| format!("Note: {warning}").into()));
    lines.join("\n")
}
