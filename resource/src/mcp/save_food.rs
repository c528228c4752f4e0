//! The tool save_food: a user's own foods and recipes, made, changed and deleted.
//!
//! 1. Which food: by id, or by name and brand.
//! 2. Delete, where asked for.
//! 3. What is in it: nutrients of one serving, or the sum of ingredients divided by the servings.
//! 4. Check, and save in one transaction. A change by id keeps what is left out; the same name and brand again, without
//!    an id, is the whole food anew.
//!
//! Easy to get wrong: a nutrient that one ingredient does not tell is not known for the recipe either; it stays
//! missing rather than too low.

use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, input_schema, output_schema};
use super::caller::Caller;
use super::error::{Code, Failure, ToolError};
use super::input::{self, Id, Input, Number, Whole};
use super::kept;
use super::meal_item::{self, Item, pick_all};
use super::recipe::{self, NutrientAmounts, ServingSize};
use super::{FOOD_READ, FoodServer};
use crate::food::custom::{Content, Edit, SavedFood};

/// The arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Arguments {
    /// The food's name. Needed for a new one.
    #[serde(default, deserialize_with = "input::text")]
    #[schemars(with = "String")]
    name: Option<String>,
    /// Its brand. The same name with another brand is another food.
    #[serde(default, deserialize_with = "input::text_or_none")]
    #[schemars(with = "String")]
    brand: Option<String>,
    /// Its category, in the user's words.
    #[serde(default, deserialize_with = "input::text_or_none")]
    #[schemars(with = "String")]
    category: Option<String>,
    /// Its barcode (GTIN).
    #[serde(default, deserialize_with = "input::text_or_none")]
    #[schemars(with = "String")]
    barcode: Option<String>,
    /// Other names to find it by.
    #[serde(default, deserialize_with = "input::nested")]
    #[schemars(with = "Vec<String>")]
    aliases: Option<Vec<String>>,
    /// One serving: amount, unit, and its weight in grams unless the unit is a weight. The nutrients are of this much.
    #[serde(default, alias = "serving_size", deserialize_with = "input::nested")]
    #[schemars(with = "ServingSize")]
    serving_size: Option<ServingSize>,
    /// Other measures of the food and their weights.
    #[serde(default, deserialize_with = "input::nested")]
    #[schemars(with = "Vec<ServingSize>")]
    portions: Option<Vec<ServingSize>>,
    /// Amounts in one serving, as on the label: calories (needed), protein_g, total_carbs_g, total_fat_g, and any other key of get_nutrition. Leave out what the label does not tell; do not send 0 for it.
    #[serde(default, deserialize_with = "input::nested")]
    #[schemars(with = "std::collections::BTreeMap<String, Number>")]
    nutrients: Option<NutrientAmounts>,
    /// Instead of nutrients: the whole recipe's ingredients, each {foodId or query, amount, unit} as an item of calculate_meal.
    #[serde(default, deserialize_with = "optional_items")]
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    ingredients: Option<Vec<Item>>,
    /// How many servings the ingredients make.
    #[serde(default)]
    #[schemars(with = "Number", extend("exclusiveMinimum" = 0))]
    servings: Option<Number>,
    /// The id of a saved food to change or delete. Send only what is to be different; "" or [] removes. Alone it shows the food.
    #[serde(default, alias = "foodId", alias = "food_id")]
    #[schemars(with = "Id")]
    id: Option<Id>,
    /// Change or delete only if the food still has this version; else the error shows the food as it is.
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
        let done = if arguments.delete == Some(true) {
            self.delete(&caller, &arguments).await
        } else {
            self.save(&caller, &arguments).await
        };
        if caller.has(FOOD_READ) {
            return done.map(|saved| receipt(saved, true));
        }
        let of_label = arguments.ingredients.is_none();
        match done {
            Ok(mut saved) => {
                let of_own_words = of_label && saved.done == Done::Created;
                saved.warnings = kept::unread_warnings(saved.warnings, of_own_words);
                Ok(receipt(saved, false))
            }
            Err(Failure::Tool(error)) => {
                let own = self.foods.saved().all(caller.owner()).await?;
                Err(kept::unread(*error, &own, of_label).into())
            }
            Err(internal) => Err(internal),
        }
    }
}

impl FoodServer {
    async fn delete(&self, caller: &Caller, arguments: &Arguments) -> Result<Saved, Failure> {
        let id = match self.known(caller, arguments).await? {
            Some(id) => id,
            None => self.named(caller, arguments).await?,
        };
        let if_match = arguments.if_match.map(|version| version.0);
        let saved = self.foods.saved();
        let deleted = saved.delete(caller.owner(), &id, if_match, self.clock.now()).await;
        let food = deleted.map_err(|error| kept::failure(error, self.foods.nutrients()))?;
        Ok(Saved {
            done: Done::Deleted,
            food,
            warnings: Vec::new(),
        })
    }

    async fn save(&self, caller: &Caller, arguments: &Arguments) -> Result<Saved, Failure> {
        let known = self.known(caller, arguments).await?;
        let (edit, mut warnings) = self.edit(caller, arguments).await?;
        let (done, food, told) = match known {
            Some(id) if edit == Edit::default() => return Err(self.nothing_to_change(caller, &id).await),
            Some(id) => self.change(caller, &id, arguments.if_match, edit).await?,
            None if edit.amounts.is_none() => return Err(neither().into()),
            None => self.create(caller, edit).await?,
        };
        warnings.extend(told);
        Ok(Saved { done, food, warnings })
    }

    /// The id of the food to change: given, or, for ifMatch, the one of this name and brand.
    async fn known(&self, caller: &Caller, arguments: &Arguments) -> Result<Option<String>, Failure> {
        match &arguments.id {
            Some(id) if id.source.as_deref().is_none_or(|source| source == "custom") => Ok(Some(id.id.clone())),
            Some(id) => Err(kept::not_saved(&id.id).into()),
            None if arguments.if_match.is_some() => self.named(caller, arguments).await.map(Some),
            None => Ok(None),
        }
    }

    async fn named(&self, caller: &Caller, arguments: &Arguments) -> Result<String, Failure> {
        let name = arguments.name.as_deref().unwrap_or_default();
        let saved = self.foods.saved();
        let found = saved.named(caller.owner(), name, arguments.brand.as_deref()).await?;
        found.map(|found| found.id).ok_or_else(|| kept::not_saved(name).into())
    }

    /// What is to be saved, and what to tell about it.
    async fn edit(&self, caller: &Caller, arguments: &Arguments) -> Result<(Edit, Vec<String>), Failure> {
        let (size, keys) = (arguments.serving_size.as_ref(), self.foods.nutrients());
        let (amounts, warnings) = match (&arguments.nutrients, &arguments.ingredients) {
            (Some(amounts), None) => (Some(recipe::from_label(size, amounts, keys)?), Vec::new()),
            (None, Some(ingredients)) => {
                let picked = pick_all(&self.foods, caller, ingredients).await?;
                let (amounts, warnings) = recipe::from_ingredients(size, arguments.servings, picked, keys)?;
                (Some(amounts), warnings)
            }
            (None, None) if size.is_none() && arguments.servings.is_none() => (None, Vec::new()),
            _ => return Err(neither().into()),
        };
        let portions = arguments.portions.as_deref().map(recipe::measures).transpose()?;
        let edit = Edit {
            name: arguments.name.clone(),
            brand: arguments.brand.clone(),
            category: arguments.category.clone(),
            barcode: arguments.barcode.clone(),
            aliases: arguments.aliases.clone(),
            portions,
            amounts,
        };
        Ok((edit, warnings))
    }

    async fn create(&self, caller: &Caller, edit: Edit) -> Result<(Done, SavedFood, Vec<String>), Failure> {
        let checked = edit.into_new()?;
        let saved = self
            .foods
            .saved()
            .save(caller.owner(), &checked.content, self.clock.now())
            .await;
        let food = saved.map_err(|error| kept::failure(error, self.foods.nutrients()))?;
        let mut warnings = checked.warnings;
        if food.version > 1 {
            warnings.extend(kept::recipes_with(
                &food.id,
                &self.foods.saved().all(caller.owner()).await?,
            ));
        }
        let done = if food.version == 1 {
            Done::Created
        } else {
            Done::Updated
        };
        Ok((done, food, warnings))
    }

    async fn change(
        &self,
        caller: &Caller,
        id: &str,
        if_match: Option<Whole>,
        edit: Edit,
    ) -> Result<(Done, SavedFood, Vec<String>), Failure> {
        let mut warnings = Vec::new();
        let apply = |food: &Content| {
            let checked = edit.apply(food)?;
            warnings = checked.warnings;
            Ok(checked.content)
        };
        let (if_match, saved) = (if_match.map(|version| version.0), self.foods.saved());
        let changed = saved
            .change(caller.owner(), id, if_match, apply, self.clock.now())
            .await;
        let food = changed.map_err(|error| kept::failure(error, self.foods.nutrients()))?;
        warnings.extend(kept::recipes_with(id, &saved.all(caller.owner()).await?));
        Ok((Done::Updated, food, warnings))
    }

    /// A call with an id and nothing else: the error shows the food.
    async fn nothing_to_change(&self, caller: &Caller, id: &str) -> Failure {
        match self.foods.saved().find(caller.owner(), id).await {
            Ok(Some(food)) => {
                let hint = "details.current is the food as it is: send what is to be different, with its id and, as ifMatch, its version.";
                let error = ToolError::new(Code::InvalidInput, "nothing is given that is to be different", hint);
                error
                    .with("current", kept::as_arguments(&food, self.foods.nutrients()))
                    .into()
            }
            Ok(None) => kept::not_saved(id).into(),
            Err(error) => error.into(),
        }
    }
}

/// What was done, for the receipt.
struct Saved {
    done: Done,
    food: SavedFood,
    warnings: Vec<String>,
}

fn neither() -> ToolError {
    ToolError::invalid_input("give either nutrients of one serving with servingSize, or ingredients with servings")
}

/// What was done; the food's name only for who may read it.
fn receipt(Saved { done, food, warnings }: Saved, named: bool) -> Answer<Receipt> {
    let verb = match done {
        Done::Created => "Saved",
        Done::Updated => "Updated",
        Done::Deleted => "Deleted",
    };
    let (id, version) = (&food.id, food.version);
    let mut lines = vec![if named {
        format!("{verb} {} (custom:{id}, version {version})", food.content.name)
    } else {
        format!("{verb} custom:{id}, version {version}")
    }];
    lines.extend(warnings.iter().map(|warning| format!("Note: {warning}")));
    let structured = Receipt {
        id: food.id,
        source: "custom",
        created: done == Done::Created,
        updated: done == Done::Updated,
        deleted: done == Done::Deleted,
        version: food.version,
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
