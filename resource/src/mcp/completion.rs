//! Completion of arguments: MCP 2026-07-28, server/utilities/completion.
//!
//! 1. The reference names a prompt or one of our templates, the argument one of its own.
//! 2. Foods are completed by the search that `search_food` has, the caller's own among them; ids also by their first
//!    characters.
//! 3. At most [`MOST`] values, best first.
//!
//! Easy to get wrong: people type on, so each step is asked for. The work of one is bounded: a text that is longer than
//! a query may be is completed with nothing. Only the caller's own saved foods are ever among the values.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::model::{CompleteRequestParams, CompletionContext, CompletionInfo, Reference};

use super::FoodServer;
use super::caller::Caller;
use super::foods::check_query;
use super::prompts::{Argument, Completes, PromptKind};
use super::uri::{FoodUri, SOURCES};
use crate::food::custom::store::StoreError;
use crate::food::model::Source;
use crate::food::portions;
use crate::food::search::{SearchRequest, SearchResults};

/// The most values of an answer; the specification allows 100, and a menu has room for fewer.
const MOST: usize = 20;

/// What the values of a completion are made of.
enum Values {
    /// The first of them, and how many there are in all.
    Found(Vec<String>, usize),
    /// There is nothing to complete with.
    None,
}

impl FoodServer {
    /// The values that an argument may have.
    pub(super) async fn completed(
        &self,
        caller: &Caller,
        request: &CompleteRequestParams,
    ) -> Result<CompletionInfo, ErrorData> {
        let (argument, text) = (request.argument.name.as_str(), request.argument.value.as_str());
        let values = match &request.r#ref {
            Reference::Resource(template) => {
                let source = template_source(&template.uri, argument)?;
                self.ids(caller, source, text).await
            }
            Reference::Prompt(prompt) => {
                let completes = prompt_argument(&prompt.name, argument)?.completes;
                self.argument(caller, completes, text, request.context.as_ref()).await
            }
            _ => return Err(invalid("there is nothing to complete of this kind")),
        };
        let values = values.map_err(|error| {
            log::error!("an argument cannot be completed: {error}");
            ErrorData::internal_error(super::FAILED, None)
        })?;
        info(values)
    }

    async fn argument(
        &self,
        caller: &Caller,
        completes: Completes,
        text: &str,
        context: Option<&CompletionContext>,
    ) -> Result<Values, StoreError> {
        match completes {
            Completes::Food => self.names(caller, "", text).await,
            Completes::Foods => {
                let (before, last) = split_last(text);
                self.names(caller, before, last).await
            }
            Completes::PortionOf(other) => {
                let food = context.and_then(|context| context.get_argument(other));
                self.portions(caller, food.map_or("", String::as_str), text).await
            }
            Completes::Nutrient => Ok(self.nutrient_keys(text)),
            Completes::Nothing => Ok(Values::None),
        }
    }

    /// Foods by name, after what was typed before them.
    async fn names(&self, caller: &Caller, before: &str, text: &str) -> Result<Values, StoreError> {
        let Some(found) = self.find_some(caller, None, text).await? else {
            return Ok(Values::None);
        };
        let amount = found.interpreted.as_ref().map_or_else(String::new, |read| {
            let unit = if read.unit.is_empty() {
                String::new()
            } else {
                format!("{} ", read.unit)
            };
            format!("{} {unit}", read.amount)
        });
        let names = found
            .hits
            .iter()
            .map(|hit| format!("{before}{amount}{}", hit.food.name));
        Ok(Values::Found(names.collect(), found.total))
    }

    /// Ids of a source, by their first characters or by the food's name.
    async fn ids(&self, caller: &Caller, source: Source, text: &str) -> Result<Values, StoreError> {
        let own = if source == Source::Custom {
            self.foods.own(caller).await?
        } else {
            Arc::default()
        };
        let text = text.trim();
        let shipped = self.foods.catalogue().await.foods().map(|food| &**food);
        let of_source = shipped.filter(|food| food.id.source == source).chain(own.iter());
        let begun: Vec<&str> = of_source
            .map(|food| food.id.id.as_str())
            .filter(|id| id.starts_with(text))
            .collect();
        if !begun.is_empty() {
            let first = begun.iter().take(MOST).map(|id| (*id).to_owned());
            return Ok(Values::Found(first.collect(), begun.len()));
        }
        let found = self.find_some(caller, Some(source), text).await?;
        Ok(found.map_or(Values::None, |found| {
            let ids = found.hits.iter().map(|hit| hit.food.id.id.clone());
            Values::Found(ids.collect(), found.total)
        }))
    }

    /// What a food can be measured in.
    async fn portions(&self, caller: &Caller, food: &str, text: &str) -> Result<Values, StoreError> {
        let found = self.find_some(caller, None, food).await?;
        let best = found.and_then(|found| found.hits.into_iter().next());
        let labels = best
            .iter()
            .flat_map(|hit| hit.food.portions.iter().map(portions::label));
        let typed = text.trim().to_lowercase();
        let amounts = std::iter::once("100 g".to_owned()).chain(labels.map(|label| in_words(&label)));
        let mut fitting: Vec<String> = amounts
            .filter(|amount| amount.to_lowercase().contains(&typed))
            .collect();
        let total = fitting.len();
        fitting.truncate(MOST);
        Ok(Values::Found(fitting, total))
    }

    fn nutrient_keys(&self, text: &str) -> Values {
        let typed = text.trim().to_lowercase().replace(' ', "_");
        let keys = self.foods.nutrients().all().iter().map(|nutrient| nutrient.key.clone());
        let mut fitting: Vec<String> = keys.filter(|key| key.contains(&typed)).collect();
        fitting.sort_by_key(|key| (!key.starts_with(&typed), key.clone()));
        let total = fitting.len();
        fitting.truncate(MOST);
        Values::Found(fitting, total)
    }

    async fn find_some(
        &self,
        caller: &Caller,
        source: Option<Source>,
        text: &str,
    ) -> Result<Option<SearchResults>, StoreError> {
        let text = text.trim();
        if check_query(text).is_err() {
            return Ok(None);
        }
        let own = self.foods.own(caller).await?;
        let request = SearchRequest {
            query: text,
            source,
            limit: MOST,
            own: Some(&own),
            ..SearchRequest::default()
        };
        Ok(Some(self.foods.search(&request).await))
    }
}

/// The source of one of our templates, whose only argument is `id`.
fn template_source(uri: &str, argument: &str) -> Result<Source, ErrorData> {
    let source = SOURCES.into_iter().find(|source| FoodUri::template(*source) == uri);
    let source = source.filter(|_| argument == "id");
    source.ok_or_else(|| invalid("there is no such resource template, or it has no such argument"))
}

fn prompt_argument(name: &str, argument: &str) -> Result<&'static Argument, ErrorData> {
    let kind = PromptKind::named(name).ok_or_else(|| invalid("there is no such prompt"))?;
    let argument = kind.arguments.iter().find(|own| own.name == argument);
    argument.ok_or_else(|| invalid("the prompt has no such argument"))
}

fn invalid(message: &'static str) -> ErrorData {
    ErrorData::invalid_params(message, None)
}

/// What stands before the last food of a text, and that food. The names of foods have commas, so what follows one that
/// was taken over is separated with another mark or a new line as well.
fn split_last(text: &str) -> (&str, &str) {
    let after = text.rfind([',', ';', '\n']).map_or(0, |mark| mark + 1);
    let blanks = text.get(after..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    text.split_at(after + blanks)
}

/// One of a portion, unless it says how many itself.
fn in_words(label: &str) -> String {
    if label.starts_with(|c: char| c.is_ascii_digit()) {
        label.to_owned()
    } else {
        format!("1 {label}")
    }
}

fn info(values: Values) -> Result<CompletionInfo, ErrorData> {
    let (values, total) = match values {
        Values::Found(values, total) => (values, total),
        Values::None => (Vec::new(), 0),
    };
    let has_more = total > values.len();
    let info = CompletionInfo::with_pagination(values, u32::try_from(total).ok(), has_more);
    info.map_err(|error| {
        log::error!("a completion cannot be answered: {error}");
        ErrorData::internal_error(super::FAILED, None)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_food_is_completed_and_what_stands_before_it_stays() {
        for (text, before, last) in [
            ("", "", ""),
            ("eg", "", "eg"),
            ("2 eggs, 1 ban", "2 eggs, ", "1 ban"),
            ("2 eggs;ban", "2 eggs;", "ban"),
            ("2 eggs\n  bré", "2 eggs\n  ", "bré"),
            ("2 eggs, ", "2 eggs, ", ""),
        ] {
            assert_eq!(split_last(text), (before, last), "{text}");
        }
    }
}
