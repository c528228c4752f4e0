//! The foods a caller can use: those that everybody has, and the caller's own.

use std::convert::Infallible;
use std::sync::Arc;

use quick_cache::sync::Cache;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::database::Commits;
use shared::fetch::FetchError;

use super::caller::Caller;
use super::error::{Code, Failure, ToolError};
use super::hit::Shown;
use super::input::Id;
use super::view::{self, FoodView};
use crate::food::catalogue::Catalogue;
use crate::food::custom::SavedFood;
use crate::food::custom::store::{SavedFoods, StoreError};
use crate::food::model::{Food, FoodId, Source};
use crate::food::nutrients::Nutrients;
use crate::food::portions::{self, Resolved, WeightBasis};
use crate::food::providers::{self, ProviderSettings, Providers};
use crate::food::search::{Hit, OwnFoods, SearchRequest, SearchResults, nearly_equal};
use crate::food::shipped::Shipped;

/// How many names an error shows.
const NEAREST: usize = 8;
/// The longest query, in characters.
const MOST_CHARACTERS: usize = 200;
/// How many hits are looked at for one that can be measured.
const LOOKED_AT: usize = 25;
/// Whose own foods stay indexed at most.
const INDEXED: usize = 100;
/// How many own foods are indexed between two requests, without anybody waiting.
const INDEXED_AT_ONCE: usize = 20;
/// Of how many shipped foods it is kept what is shown of them: some 4 MiB.
const SHOWN: usize = 4096;
/// Digits of an NDB number.
const NDB_DIGITS: usize = 5;

/// Where foods come from.
#[derive(Debug)]
pub(super) struct Foods {
    shipped: Shipped,
    nutrients: Nutrients,
    saved: SavedFoods,
    providers: Providers,
    /// Own foods that were searched lately, by `iss` and `sub`.
    indexed: Cache<(String, String), Indexed>,
    /// What is shown of shipped foods that were found lately.
    shown: Cache<FoodId, Arc<Shown>>,
}

/// Own foods with their index, of use until they are changed again.
#[derive(Clone, Debug)]
struct Indexed {
    /// How often they had been changed, at least, when they were read.
    changes: i64,
    /// What had been committed, at least, when `changes` was.
    commits: Option<Commits>,
    foods: Arc<OwnFoods>,
}

/// A food found by its name.
#[derive(Debug)]
pub(super) struct Matched {
    /// The food.
    pub food: Arc<Food>,
    /// Others that may stand in for it, best first.
    pub(super) near_equals: Vec<NearEqual>,
    /// The amount and unit that stood in the name.
    pub interpreted: Option<(f64, String)>,
}

impl Foods {
    /// The shipped foods and the saved ones.
    pub(super) fn new(shipped: Shipped, saved: SavedFoods) -> Self {
        let nutrients = Nutrients::new(shipped.nutrient_definitions());
        Self {
            shipped,
            nutrients,
            saved,
            providers: Providers::default(),
            indexed: Cache::new(INDEXED),
            shown: Cache::new(SHOWN),
        }
    }

    /// The same, with these live providers.
    pub(super) fn with_providers(&self, settings: &ProviderSettings, clock: &Clock) -> Result<Self, FetchError> {
        let (shipped, saved) = (self.shipped.clone(), self.saved.clone());
        let providers = Providers::new(settings, &self.nutrients, saved.database(), clock.clone())?;
        Ok(Self {
            providers,
            ..Self::new(shipped, saved)
        })
    }

    /// Whether any live provider is switched on.
    pub(super) fn reach_further(&self) -> bool {
        self.providers.is_on()
    }

    /// The live providers. Whoever has no token has none: what they allow this server is for its users.
    pub(super) fn providers(&self, caller: &Caller) -> Providers {
        if caller.is_nobody() {
            return Providers::default();
        }
        self.providers.asked_by(caller.asker())
    }

    /// A source as models write it, if this caller can look in it.
    pub(super) fn source_for(&self, caller: &Caller, text: &str) -> Result<Source, ToolError> {
        let source = self.source(text)?;
        if !source.is_live() || self.providers(caller).has(source) {
            return Ok(source);
        }
        let text = format!("{} is asked only for users who signed in", providers::name(source));
        let hint = "Sign in, or use the sources usda and survey.";
        Err(ToolError::new(Code::ProviderUnavailable, text, hint))
    }

    /// A source as models write it, if it is set up.
    fn source(&self, text: &str) -> Result<Source, ToolError> {
        let Some(source) = parse_source(text) else {
            let text = format!("\"{text}\" is not a source; there are {}", self.sources());
            return Err(ToolError::invalid_input(text));
        };
        if !source.is_live() || self.providers.has(source) {
            return Ok(source);
        }
        let text = format!("the source \"{text}\" is not set up on this server");
        let hint = format!("Use the sources {}.", self.sources());
        Err(ToolError::new(Code::ProviderUnavailable, text, hint))
    }

    /// The sources that are set up, in words.
    fn sources(&self) -> String {
        let live = [Source::Fdc, Source::OpenFoodFacts].into_iter();
        let live = live.filter(|source| self.providers.has(*source));
        let mut sources: Vec<&str> = vec!["usda", "survey", "custom"];
        sources.extend(live.map(Source::as_str));
        let last = sources.pop().unwrap_or_default();
        format!("{} and {last}", sources.join(", "))
    }

    /// The keys of nutrients.
    pub(super) fn nutrients(&self) -> &Nutrients {
        &self.nutrients
    }

    /// The foods that everybody has, once they are unpacked.
    pub(super) async fn catalogue(&self) -> &Arc<Catalogue> {
        self.shipped.catalogue().await
    }

    /// The foods that users saved.
    pub(super) fn saved(&self) -> &SavedFoods {
        &self.saved
    }

    /// The caller's own foods, by name. Whoever has no token can have none.
    ///
    /// Easy to get wrong: the number of changes is read before the foods, so that foods which are changed in between are
    /// read once more rather than kept as what they were; and what was committed is looked at before that number.
    pub(super) async fn own(&self, caller: &Caller) -> Result<Arc<OwnFoods>, StoreError> {
        if caller.is_nobody() {
            return Ok(Arc::default());
        }
        let owner = caller.owner();
        let key = (owner.iss.to_owned(), owner.sub.to_owned());
        let known = self.indexed.get(&key);
        let commits = self.saved.commits();
        if let Some(known) = known
            .as_ref()
            .filter(|known| known.commits == commits && commits.is_some())
        {
            return Ok(Arc::clone(&known.foods));
        }
        let changes = self.saved.changes(owner).await?;
        let foods = if let Some(known) = known.filter(|known| known.changes == changes) {
            known.foods
        } else {
            let saved = self.saved.all(owner).await?;
            prepared(&self.shipped, saved.iter().map(SavedFood::food).collect()).await
        };
        let indexed = Indexed {
            changes,
            commits,
            foods: Arc::clone(&foods),
        };
        self.indexed.insert(key, indexed);
        Ok(foods)
    }

    /// Searches the shipped foods and the caller's own, which come with the request.
    pub(super) async fn search(&self, request: &SearchRequest<'_>) -> SearchResults {
        self.catalogue().await.search(request)
    }

    /// What is shown of a food that was found.
    pub(super) fn shown(&self, food: &Food) -> Arc<Shown> {
        if !matches!(food.id.source, Source::Usda | Source::Survey) {
            return Arc::new(food.into());
        }
        let made = self
            .shown
            .get_or_insert_with(&food.id, || Ok::<_, Infallible>(Arc::new(food.into())));
        made.unwrap_or_else(|never| match never {})
    }

    /// The food of an id. Leading zeros may be missing, and the source where only one has the id.
    pub(super) async fn find(&self, caller: &Caller, id: &Id, source: Option<&str>) -> Result<Arc<Food>, Failure> {
        let named = id.source.as_deref().or(source);
        let named = named.map(|source| self.source_for(caller, source)).transpose()?;
        if let Some(source) = named.filter(|source| source.is_live()) {
            return match self
                .providers(caller)
                .food(source, &id.id)
                .await
                .map_err(ToolError::from)?
            {
                Some(food) => Ok(Arc::new(food)),
                None => Err(not_at_provider(source, &id.id).into()),
            };
        }
        let mut found: Vec<Arc<Food>> = Vec::new();
        for source in [Source::Usda, Source::Survey, Source::Custom] {
            if named.is_none_or(|named| named == source) {
                found.extend(self.in_source(caller, source, &id.id).await?);
            }
        }
        if found.len() > 1 {
            let hint = "Say which one with source.";
            let error = ToolError::new(
                Code::AmbiguousFood,
                format!("several foods have the id \"{}\"", id.id),
                hint,
            );
            return Err(error.with("candidates", shown(found.iter().map(|food| &**food))).into());
        }
        match found.pop() {
            Some(food) => Ok(food),
            None => Err(self.not_found(caller, &id.id).await?.into()),
        }
    }

    async fn in_source(&self, caller: &Caller, source: Source, id: &str) -> Result<Option<Arc<Food>>, StoreError> {
        if source == Source::Custom {
            return Ok(self
                .saved
                .find(caller.owner(), id)
                .await?
                .map(|saved| Arc::new(saved.food())));
        }
        let is_number = !id.is_empty() && id.bytes().all(|c| c.is_ascii_digit());
        let id = if source == Source::Usda && is_number {
            format!("{id:0>NDB_DIGITS$}")
        } else {
            id.to_owned()
        };
        Ok(self.catalogue().await.food(&FoodId { source, id }).cloned())
    }

    /// The food is not there; the text may have been a name.
    async fn not_found(&self, caller: &Caller, text: &str) -> Result<ToolError, StoreError> {
        let own = self.own(caller).await?;
        let request = SearchRequest {
            query: text,
            limit: NEAREST,
            own: Some(&own),
            ..SearchRequest::default()
        };
        let hint = "Call search_food with the food's name, and use the id it shows.";
        let error = ToolError::new(
            Code::FoodNotFound,
            format!("there is no food with the id \"{text}\""),
            hint,
        );
        if check_query(text).is_err() {
            return Ok(error);
        }
        let near = self.search(&request).await;
        Ok(error.with("nearest", shown(near.hits.iter().map(|hit| &*hit.food))))
    }

    /// The food a plain name means; refused when that is not clear.
    pub(super) async fn pick(&self, own: &OwnFoods, query: &str, source: Option<&str>) -> Result<Matched, ToolError> {
        check_query(query)?;
        let source = source.map(|source| self.source(source)).transpose()?;
        if let Some(source) = source.filter(|source| source.is_live()) {
            let hint = "Call search_food with this source, and use the foodId it shows.";
            let text = format!("foods of {} are not picked by name", providers::name(source));
            return Err(ToolError::new(Code::NoConfidentMatch, text, hint));
        }
        let request = SearchRequest {
            query,
            source,
            limit: LOOKED_AT,
            own: Some(own),
            ..SearchRequest::default()
        };
        let results = self.search(&request).await;
        match results.hits.split_first() {
            Some((first, behind)) if results.confident => {
                let stood_in_for = behind.first().filter(|_| results.stands_in);
                let best = stood_in_for.unwrap_or(first);
                Ok(Matched {
                    food: Arc::clone(&best.food),
                    near_equals: near_equals(best, &results.hits),
                    interpreted: results.interpreted.map(|read| (read.amount, read.unit)),
                })
            }
            _ => {
                let hint = "Choose one of the candidates by its foodId, or ask the user what was meant.";
                let error = ToolError::new(Code::NoConfidentMatch, format!("nothing is clearly \"{query}\""), hint);
                let candidates = results.hits.iter().take(NEAREST).map(|hit| &*hit.food);
                let error = error.with("candidates", shown(candidates));
                Err(error.with("didYouMean", json!(results.did_you_mean)))
            }
        }
    }
}

/// The foods with their index. That of many is made on a thread that may be busy: the others serve all callers.
async fn prepared(shipped: &Shipped, foods: Vec<Food>) -> Arc<OwnFoods> {
    let own = Arc::new(OwnFoods::new(foods));
    if own.len() <= INDEXED_AT_ONCE {
        return own;
    }
    let catalogue = Arc::clone(shipped.catalogue().await);
    let indexed = Arc::clone(&own);
    let done = tokio::task::spawn_blocking(move || catalogue.prepare(&indexed)).await;
    if let Err(error) = done {
        log::error!("own foods were not indexed: {error}");
    }
    own
}

/// A food that may stand in for the best hit.
#[derive(Debug)]
pub(super) struct NearEqual {
    /// The food.
    pub(super) food: Arc<Food>,
    /// Its score by the best one's, at most 1.
    pub(super) closeness: f64,
}

/// The other hits that may stand in for the best one.
fn near_equals(best: &Hit, hits: &[Hit]) -> Vec<NearEqual> {
    let others = hits.iter().filter(|hit| hit.food.id != best.food.id);
    let near = others.map(|hit| NearEqual {
        food: Arc::clone(&hit.food),
        closeness: hit.score / best.score,
    });
    near.filter(|near| nearly_equal(&best.food, &near.food, near.closeness))
        .collect()
}

/// The bounds of a query.
pub(super) fn check_query(query: &str) -> Result<(), ToolError> {
    if (1..=MOST_CHARACTERS).contains(&query.chars().count()) {
        return Ok(());
    }
    let text = format!("a query must have 1 to {MOST_CHARACTERS} characters");
    Err(ToolError::invalid_input(text))
}

/// The weight of an amount of a food; an error lists what the food can be measured in.
pub(super) fn weigh(food: &Food, amount: f64, unit: &str, basis: WeightBasis) -> Result<Resolved, ToolError> {
    portions::resolve(food, amount, unit, basis).map_err(|error| {
        let error = ToolError::from(error).with("food", json!(FoodView::from(food)));
        error.with("portions", portions_json(food))
    })
}

/// What a food can be measured in, for an error's details.
pub(super) fn portions_json(food: &Food) -> Value {
    json!(view::portions(food).collect::<Vec<_>>())
}

/// The provider has no such food.
fn not_at_provider(source: Source, id: &str) -> ToolError {
    let text = format!(
        "{} has no food with the id \"{id}\" and known amounts",
        providers::name(source)
    );
    let hint = "Call search_food with the food's name or barcode, and use the id it shows.";
    ToolError::new(Code::FoodNotFound, text, hint)
}

/// A source as models write it.
fn parse_source(source: &str) -> Option<Source> {
    Some(match source.trim().to_lowercase().as_str() {
        "usda" | "sr28" => Source::Usda,
        "survey" | "fndds" => Source::Survey,
        "custom" => Source::Custom,
        "fdc" | "fooddata_central" => Source::Fdc,
        "openfoodfacts" | "open_food_facts" | "off" => Source::OpenFoodFacts,
        _ => return None,
    })
}

fn shown<'a>(foods: impl Iterator<Item = &'a Food>) -> Value {
    json!(foods.map(FoodView::from).collect::<Vec<_>>())
}

#[cfg(test)]
#[path = "foods_tests.rs"]
mod tests;
