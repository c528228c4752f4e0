//! Prompts: MCP 2026-07-28, server/prompts. What a person chooses from a menu, with words that make a model use the tools
//! as they are meant.
//!
//! 1. [`PROMPTS`] is the table: names, arguments, and how each argument is completed ([`completion`](super::completion)).
//! 2. `prompts/get` checks the arguments and writes one message.
//!
//! Easy to get wrong: an argument is text of whoever filled it in, so it is bounded, and stands between marks that it
//! cannot contain; and an empty argument is one that was left out, for forms send it so.

use rmcp::ErrorData;
use rmcp::model::{
    ContentBlock, GetPromptResult, JsonObject, ListPromptsResult, Prompt, PromptArgument, PromptMessage, Role,
};
use serde_json::Value;

use super::icons;

/// The longest argument, in characters.
const MOST_CHARACTERS: usize = 2000;

/// One prompt.
#[derive(Debug)]
pub(super) struct PromptKind {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    pub(super) arguments: &'static [Argument],
    write: fn(&Filled<'_>) -> String,
}

/// One argument of a prompt.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: &'static str,
    title: &'static str,
    description: &'static str,
    required: bool,
    pub(super) completes: Completes,
}

/// What an argument is completed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completes {
    /// The names of foods.
    Food,
    /// Several foods after each other, the last of which is completed.
    Foods,
    /// Measures of the food in this other argument.
    PortionOf(&'static str),
    /// Names of nutrients.
    Nutrient,
    /// Nothing: the text is the user's own.
    Nothing,
}

/// Arguments that were checked.
struct Filled<'a>(Vec<(&'static str, &'a str)>);

impl Filled<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// An argument as it is quoted in a message; a required one is there.
    fn quoted(&self, name: &str) -> String {
        let text = self.get(name).unwrap_or_default();
        format!("<{name}>{}</{name}>", text.replace(['<', '>'], " "))
    }
}

/// All prompts.
pub(super) const PROMPTS: &[PromptKind] = &[
    PromptKind {
        name: "log_my_meal",
        title: "Log my meal",
        description: "Adds up what was eaten, and keeps it as a recipe when a name is given",
        arguments: &[
            Argument {
                name: "meal",
                title: "What you ate",
                description: "Foods with amounts, such as \"2 eggs, 1 slice rye bread, 1 tbsp butter\"",
                required: true,
                completes: Completes::Foods,
            },
            Argument {
                name: "save_as",
                title: "Keep it as",
                description: "A name to find this meal by later",
                required: false,
                completes: Completes::Nothing,
            },
        ],
        write: log_my_meal,
    },
    PromptKind {
        name: "compare_these_foods",
        title: "Compare these foods",
        description: "Puts two foods side by side, for the same amount",
        arguments: &[
            Argument {
                name: "first",
                title: "First food",
                description: "A food, such as \"oat milk\"",
                required: true,
                completes: Completes::Food,
            },
            Argument {
                name: "second",
                title: "Second food",
                description: "Another food, such as \"whole milk\"",
                required: true,
                completes: Completes::Food,
            },
            Argument {
                name: "amount",
                title: "How much of each",
                description: "An amount, such as \"1 cup\"; 100 g when left out",
                required: false,
                completes: Completes::PortionOf("first"),
            },
        ],
        write: compare_these_foods,
    },
    PromptKind {
        name: "what_am_i_missing_today",
        title: "What am I missing today?",
        description: "Compares what was eaten so far with the Daily Values, and names foods for what is short",
        arguments: &[
            Argument {
                name: "eaten",
                title: "What you ate so far",
                description: "Foods with amounts, such as \"1 bowl oatmeal, 1 banana, 200 g chicken breast\"",
                required: true,
                completes: Completes::Foods,
            },
            Argument {
                name: "nutrient",
                title: "Look at",
                description: "A nutrient to look at first, such as iron_mg",
                required: false,
                completes: Completes::Nutrient,
            },
        ],
        write: what_am_i_missing_today,
    },
];

fn log_my_meal(filled: &Filled<'_>) -> String {
    let keep = filled.get("save_as").map_or_else(String::new, |_| {
        format!(
            "\nThen keep it with save_food as a recipe of these ingredients, under the name {}; tell me the name it is \
             kept under.",
            filled.quoted("save_as")
        )
    });
    format!(
        "Log my meal. I ate: {}\n\nAdd it up with one call of calculate_meal, each food as an item with its amount and \
         unit, dailyValues true. Where a food is not clear, show me the candidates instead of choosing. Show energy, \
         protein, carbohydrate and fat of each food and of the meal, and say what is unknown.{keep}",
        filled.quoted("meal")
    )
}

fn compare_these_foods(filled: &Filled<'_>) -> String {
    let amount = match filled.get("amount") {
        Some(_) => filled.quoted("amount"),
        None => "100 g".to_owned(),
    };
    format!(
        "Compare two foods: {} and {}, {amount} of each.\n\nFind each with search_food and get its figures with \
         get_nutrition, dailyValues true. Show them side by side in a table: energy, protein, carbohydrate, sugars, \
         fiber, fat, saturated fat, sodium, and the vitamins and minerals that differ most. Say in a sentence where \
         they differ; a value that is unknown is not zero.",
        filled.quoted("first"),
        filled.quoted("second")
    )
}

fn what_am_i_missing_today(filled: &Filled<'_>) -> String {
    let focus = filled
        .get("nutrient")
        .map_or_else(String::new, |_| format!(" Begin with {}.", filled.quoted("nutrient")));
    format!(
        "What am I missing today? So far I ate: {}\n\nAdd it up with one call of calculate_meal, nutrients \"core\", \
         dailyValues true.{focus} List what is below half of its Daily Value, lowest first, and what is above it \
         (sodium, saturated fat, added sugars). Where nutrientCoverage is not full, say that the sum is too low to \
         tell. For the three lowest suggest ordinary foods, checked with search_food and get_nutrition. Daily Values \
         are for adults in general: this is no medical advice.",
        filled.quoted("eaten")
    )
}

impl PromptKind {
    /// The prompt of this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PROMPTS.iter().find(|kind| kind.name == name)
    }

    fn listed(&self) -> Prompt {
        let argument = |argument: &Argument| {
            PromptArgument::new(argument.name)
                .with_title(argument.title)
                .with_description(argument.description)
                .with_required(argument.required)
        };
        let arguments = self.arguments.iter().map(argument).collect();
        Prompt::new(self.name, Some(self.description), Some(arguments))
            .with_title(self.title)
            .with_icons(vec![icons::food()])
    }

    fn fill<'a>(&self, given: &'a JsonObject) -> Result<Filled<'a>, String> {
        if let Some(unknown) = given
            .keys()
            .find(|name| self.arguments.iter().all(|own| own.name != **name))
        {
            let shown: String = unknown.chars().take(40).collect();
            return Err(format!("{} has no argument \"{shown}\"", self.name));
        }
        let read = |argument: &Argument| read(argument, given.get(argument.name));
        let filled: Result<Vec<_>, String> = self.arguments.iter().filter_map(|own| read(own).transpose()).collect();
        filled.map(Filled)
    }
}

fn read<'a>(argument: &Argument, given: Option<&'a Value>) -> Result<Option<(&'static str, &'a str)>, String> {
    let name = argument.name;
    let text = match given {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text.trim(),
        Some(_) => return Err(format!("the argument {name} must be text")),
    };
    if text.chars().count() > MOST_CHARACTERS {
        return Err(format!(
            "the argument {name} has more than {MOST_CHARACTERS} characters"
        ));
    }
    match text {
        "" if argument.required => Err(format!("the argument {name} is required")),
        "" => Ok(None),
        text => Ok(Some((name, text))),
    }
}

/// What stands in `prompts/list`.
pub(super) fn list() -> ListPromptsResult {
    ListPromptsResult::with_all_items(PROMPTS.iter().map(PromptKind::listed).collect())
}

/// The message of a prompt with these arguments.
pub(super) fn get(name: &str, arguments: Option<&JsonObject>) -> Result<GetPromptResult, ErrorData> {
    let refused = |message: String| ErrorData::invalid_params(message, None);
    let kind = PromptKind::named(name).ok_or_else(|| refused("there is no such prompt".to_owned()))?;
    let none = JsonObject::new();
    let filled = kind.fill(arguments.unwrap_or(&none)).map_err(refused)?;
    let message = PromptMessage::new(Role::User, ContentBlock::text((kind.write)(&filled)));
    Ok(GetPromptResult::new(vec![message]).with_description(kind.description))
}
