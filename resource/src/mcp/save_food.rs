//! The tool save_food: a user's own foods and recipes, made, changed and deleted.
//!
//! 1. Which food: by id, or by name and brand.
//! 2. Delete, where asked for.
//! 3. What is in it: nutrients of one serving, or the sum of ingredients divided by the servings.
//! 4. Check.
//! 5. One conditional statement saves it.
//!
//! Easy to get wrong: a nutrient that one ingredient does not tell is not known for the recipe either; it stays
//! missing rather than too low.

use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FoodServer;
use super::answer::{Answer, input_schema, output_schema};
use super::caller::Caller;
use super::error::{Code, Failure, ToolError};
use super::input::{self, Id, Input, Number, Whole};
use super::meal_item::{self, Item, pick_all};
use super::recipe::{self, NutrientAmounts, ServingSize};
use crate::food::custom::store::{Changed, MOST_FOODS, Saved, Version};
use crate::food::custom::{Checked, Draft};

/// The arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Arguments {
    /// The food's name. Needed unless deleting by id.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    pub(super) name: Option<String>,
    /// Its brand. The same name with another brand is another food.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    pub(super) brand: Option<String>,
    /// Its category, in the user's words.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    pub(super) category: Option<String>,
    /// Its barcode (GTIN), digits only.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    pub(super) barcode: Option<String>,
    /// Other names to find it by.
    #[serde(default, deserialize_with = "input::nested")]
    #[schemars(with = "Vec<String>")]
    pub(super) aliases: Option<Vec<String>>,
    /// One serving: amount, unit, and its weight in grams unless the unit is a weight. The nutrients are of this much.
    #[serde(default, alias = "serving_size", deserialize_with = "input::nested")]
    #[schemars(with = "ServingSize")]
    pub(super) serving_size: Option<ServingSize>,
    /// Other measures of the food and their weights.
    #[serde(default, deserialize_with = "input::nested")]
    #[schemars(with = "Vec<ServingSize>")]
    pub(super) portions: Option<Vec<ServingSize>>,
    /// Amounts in one serving, as on the label: calories (needed), protein_g, total_carbs_g, total_fat_g, and any other key of get_nutrition. Leave out what the label does not tell; do not send 0 for it.
    #[serde(default, deserialize_with = "input::nested")]
    #[schemars(with = "std::collections::BTreeMap<String, Number>")]
    pub(super) nutrients: Option<NutrientAmounts>,
    /// Instead of nutrients: the whole recipe's ingredients, as items of calculate_meal.
    #[serde(default, deserialize_with = "optional_items")]
    #[schemars(with = "Vec<Item>")]
    pub(super) ingredients: Option<Vec<Item>>,
    /// How many servings the ingredients make.
    #[serde(default)]
    #[schemars(with = "Number", extend("exclusiveMinimum" = 0))]
    pub(super) servings: Option<Number>,
    /// The id of a saved food to change or delete; the whole food is replaced.
    #[serde(default, alias = "foodId", alias = "food_id")]
    #[schemars(with = "Id")]
    id: Option<Id>,
    /// Change or delete only if the food still has this version.
    #[serde(default, alias = "if_match")]
    #[schemars(with = "Whole", extend("minimum" = 1))]
    if_match: Option<Whole>,
    /// true deletes the food with this id, or with this name and brand.
    #[serde(default, deserialize_with = "input::flag")]
    #[schemars(with = "bool")]
    delete: Option<bool>,
}

/// The result.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Receipt {
    /// The food's id, for foodId.
    id: String,
    /// Always "custom".
    source: &'static str,
    /// It was new.
    created: bool,
    /// It was there and was replaced.
    updated: bool,
    /// It was deleted.
    deleted: bool,
    /// 1 when created, one more with each change; for ifMatch.
    #[schemars(extend("minimum" = 1))]
    version: i64,
    /// What to tell the user.
    warnings: Vec<String>,
}

/// What was done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Created,
    Updated,
    Deleted,
}

#[tool_router(router = save_food_tool, vis = "pub(super)")]
impl FoodServer {
    /// Saves one of the user's own foods (from a label) or recipes (from ingredients), for this user only. Saving the same name and brand again replaces it. search_food with source "custom" finds it again; delete=true removes it. Use only figures the user or a label gave; leave out what is unknown.
    #[tool(
        title = "Save food",
        annotations(title = "Save food", read_only_hint = false, destructive_hint = true, idempotent_hint = false, open_world_hint = false),
        input_schema = input_schema::<Arguments>(),
        output_schema = output_schema::<Receipt>()
    )]
    async fn save_food(&self, caller: Caller, Input(arguments): Input<Arguments>) -> Result<Answer<Receipt>, Failure> {
        let arguments = arguments?;
        let known = self.known(&caller, &arguments).await?;
        if arguments.delete == Some(true) {
            return self
                .delete(&caller, known.as_deref(), arguments.if_match, &arguments)
                .await;
        }
        let (draft, mut warnings) = self.draft(&caller, &arguments).await?;
        let checked = draft.check()?;
        warnings.extend(checked.warnings.iter().cloned());
        let (done, version) = match known {
            Some(id) => (
                Done::Updated,
                self.change(&caller, &id, arguments.if_match, &checked).await?,
            ),
            None => self.create(&caller, &checked).await?,
        };
        Ok(receipt(done, version, &checked.content.name, warnings))
    }
}

impl FoodServer {
    /// The id of the food to change: given, or, for ifMatch and deletion, the one of this name and brand.
    async fn known(&self, caller: &Caller, arguments: &Arguments) -> Result<Option<String>, Failure> {
        if let Some(id) = &arguments.id {
            let custom = id.source.as_deref().is_none_or(|source| source == "custom");
            return if custom {
                Ok(Some(id.id.clone()))
            } else {
                Err(not_saved(&id.id).into())
            };
        }
        if arguments.if_match.is_none() && arguments.delete != Some(true) {
            return Ok(None);
        }
        let name = arguments.name.as_deref().unwrap_or_default();
        let found = self
            .foods
            .saved()
            .named(caller.owner(), name, arguments.brand.as_deref())
            .await?;
        found.map(|found| Some(found.id)).ok_or_else(|| not_saved(name).into())
    }

    /// The draft of what the arguments describe, and what to tell about it.
    async fn draft(&self, caller: &Caller, arguments: &Arguments) -> Result<(Draft, Vec<String>), Failure> {
        match (&arguments.nutrients, &arguments.ingredients) {
            (Some(amounts), None) => Ok((
                recipe::from_label(arguments, amounts, self.foods.nutrients())?,
                Vec::new(),
            )),
            (None, Some(ingredients)) => {
                let picked = pick_all(&self.foods, caller, ingredients).await?;
                Ok(recipe::from_ingredients(arguments, picked, self.foods.nutrients())?)
            }
            _ => Err(ToolError::invalid_input("give either nutrients of one serving, or ingredients").into()),
        }
    }

    async fn create(&self, caller: &Caller, checked: &Checked) -> Result<(Done, Version), Failure> {
        match self
            .foods
            .saved()
            .save(caller.owner(), &checked.content, self.clock.now())
            .await?
        {
            Saved::Created(version) => Ok((Done::Created, version)),
            Saved::Updated(version) => Ok((Done::Updated, version)),
            Saved::Full => {
                let text = format!("the user keeps {MOST_FOODS} foods already, which is the limit");
                Err(ToolError::new(
                    Code::QuotaExceeded,
                    text,
                    "Delete a saved food that is no longer needed.",
                )
                .into())
            }
        }
    }

    async fn change(
        &self,
        caller: &Caller,
        id: &str,
        if_match: Option<Whole>,
        checked: &Checked,
    ) -> Result<Version, Failure> {
        let if_match = if_match.map(|version| version.0);
        let changed = self
            .foods
            .saved()
            .change(caller.owner(), id, if_match, &checked.content, self.clock.now())
            .await?;
        outcome(changed, id)
    }

    async fn delete(
        &self,
        caller: &Caller,
        id: Option<&str>,
        if_match: Option<Whole>,
        arguments: &Arguments,
    ) -> Result<Answer<Receipt>, Failure> {
        let id = id.unwrap_or_default();
        let deleted = self
            .foods
            .saved()
            .delete(caller.owner(), id, if_match.map(|version| version.0))
            .await?;
        let version = outcome(deleted, id)?;
        Ok(receipt(
            Done::Deleted,
            version,
            arguments.name.as_deref().unwrap_or(id),
            Vec::new(),
        ))
    }
}

fn outcome(changed: Changed, id: &str) -> Result<Version, Failure> {
    match changed {
        Changed::Done(version) => Ok(version),
        Changed::OtherVersion(version) => {
            let text = format!("the food was changed in between; it has version {version} now");
            let error = ToolError::new(
                Code::Conflict,
                text,
                "Look at the food again and repeat with its version.",
            );
            Err(error.with("version", json!(version)).into())
        }
        Changed::NameTaken => {
            let hint = "Choose another name or brand, or change that food instead.";
            Err(ToolError::new(Code::Conflict, "another saved food has this name and brand", hint).into())
        }
        Changed::Unknown => Err(not_saved(id).into()),
    }
}

fn not_saved(what: &str) -> ToolError {
    let hint = "List the user's foods with search_food, source \"custom\" and query \"*\".";
    ToolError::new(
        Code::FoodNotFound,
        format!("the user has no saved food \"{what}\""),
        hint,
    )
}

fn receipt(done: Done, version: Version, name: &str, warnings: Vec<String>) -> Answer<Receipt> {
    let verb = match done {
        Done::Created => "Saved",
        Done::Updated => "Updated",
        Done::Deleted => "Deleted",
    };
    let mut lines = vec![format!(
        "{verb} {name} (custom:{}, version {})",
        version.id, version.version
    )];
    lines.extend(warnings.iter().map(|warning| format!("Note: {warning}")));
    let structured = Receipt {
        id: version.id,
        source: "custom",
        created: done == Done::Created,
        updated: done == Done::Updated,
        deleted: done == Done::Deleted,
        version: version.version,
        warnings,
    };
    Answer {
        structured,
        text: lines.join("\n"),
    }
}

/// A list of items, where there is one.
fn optional_items<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Item>>, D::Error> {
    meal_item::items(deserializer).map(|items| (!items.is_empty()).then_some(items))
}
