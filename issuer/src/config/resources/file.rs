//! Resources from a TOML file: a table `[[resource]]` for each, the default one first, with `[[resource.scope]]`
//! for each of its scopes, and `together`, lists of identifiers that one token may be for.
//!
//! Every mistake is told at once, with the resource and the scope that it is in.

use std::collections::BTreeSet;

use shared::clock::NumericDate;
use shared::knobs::Knobs;
use shared::scope::Scope;
use toml::{Table, Value};

use crate::config::{ACCESS_TOKEN_SECONDS_MAX, ACCESS_TOKEN_SECONDS_MIN};
use crate::resource::{Resource, Resources, identifier, is_same};
use crate::scopes::{KnownScope, Scopes};

/// Longest name and text, in characters: they stand on a page that people read before they decide.
const MOST_CHARACTERS: usize = 200;

/// Reads the resources, or tells every mistake.
pub(super) fn read(text: &str) -> Result<Resources, Vec<String>> {
    let mut file = Knobs::parse(text).map_err(|error| vec![error])?;
    let tables: Vec<Table> = file.take("resource").unwrap_or_default();
    if tables.is_empty() && file.mistakes.is_empty() {
        file.wrong("resource", "there is no [[resource]]");
    }
    let named: Vec<String> = tables.iter().filter_map(|table| name_of(table, "identifier")).collect();
    for (at, name) in named.iter().enumerate() {
        if named.iter().take(at).any(|before| is_same(before, name)) {
            file.wrong("resource", &format!("{name} is there twice"));
        }
    }
    let together = together(&mut file, &named);
    let mut told = file.finish();
    let mut resources = Vec::new();
    for (at, table) in tables.into_iter().enumerate() {
        match resource(table, at + 1) {
            Ok(read) => resources.push(read),
            Err(mistakes) => told.extend(mistakes),
        }
    }
    let resources = Resources::new(resources, together).filter(|_| told.is_empty());
    resources.ok_or(told)
}

fn name_of(table: &Table, member: &str) -> Option<String> {
    table.get(member).and_then(Value::as_str).map(str::to_owned)
}

fn together(file: &mut Knobs, named: &[String]) -> Vec<BTreeSet<String>> {
    let groups: Vec<Vec<String>> = file.take("together").unwrap_or_default();
    let mut sets = Vec::new();
    for group in groups {
        for unknown in group.iter().filter(|identifier| !named.contains(identifier)) {
            file.wrong("together", &format!("{unknown} is no identifier of a [[resource]]"));
        }
        let set: BTreeSet<String> = group.into_iter().collect();
        if set.len() < 2 {
            file.wrong("together", "each list must have at least two identifiers");
        }
        sets.push(set);
    }
    sets
}

fn resource(table: Table, number: usize) -> Result<Resource, Vec<String>> {
    let name = name_of(&table, "identifier").unwrap_or_else(|| number.to_string());
    let mut knobs = Knobs::new(format!("resource {name}: "), table);
    let found = knobs.must("identifier", |text: String| identifier(&text));
    let name = knobs.take_as("name", shown_text);
    let access_token_seconds = knobs.take_as("access_token_seconds", lifetime);
    let scopes = scopes(&mut knobs);
    let told = knobs.finish();
    match (found, scopes) {
        (Some(identifier), Some(scopes)) if told.is_empty() => Ok(Resource {
            identifier,
            name,
            scopes,
            access_token_seconds,
        }),
        _ => Err(told),
    }
}

fn lifetime(seconds: NumericDate) -> Result<NumericDate, String> {
    let (least, most) = (ACCESS_TOKEN_SECONDS_MIN, ACCESS_TOKEN_SECONDS_MAX);
    if (least..=most).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(format!("must be between {least} and {most} seconds"))
    }
}

fn scopes(knobs: &mut Knobs) -> Option<Scopes> {
    let tables: Vec<Table> = knobs.must("scope", Ok)?;
    let read: Vec<KnownScope> = tables
        .into_iter()
        .enumerate()
        .filter_map(|(at, table)| scope(knobs, table, at + 1))
        .collect();
    if !knobs.mistakes.is_empty() {
        return None;
    }
    if !read.iter().any(|scope| scope.default) {
        knobs.wrong("scope", "none has default = true, and a client may ask for nothing");
    }
    match Scopes::new(read) {
        Ok(scopes) => Some(scopes),
        Err(mistakes) => {
            for (token, mistake) in mistakes {
                knobs.wrong(&format!("scope {token}"), &mistake);
            }
            None
        }
    }
}

fn scope(knobs: &mut Knobs, table: Table, number: usize) -> Option<KnownScope> {
    let name = name_of(&table, "name").unwrap_or_else(|| number.to_string());
    let mut own = Knobs::new(format!("{}scope {name}: ", knobs.of), table);
    let token = own.must("name", scope_token);
    let words = own.take_as("text", shown_text).unwrap_or_default();
    let implies = own.take("implies").unwrap_or_default();
    let default = own.take("default").unwrap_or_default();
    let listed = own.take("listed").unwrap_or(true);
    let told = own.finish();
    let is_good = told.is_empty();
    knobs.mistakes.extend(told);
    Some(KnownScope {
        token: token.filter(|_| is_good)?,
        words,
        implies,
        default,
        listed,
    })
}

/// RFC 6749 section 3.3: one token.
fn scope_token(text: String) -> Result<String, String> {
    match Scope::parse(&text) {
        Ok(scope) if scope.tokens().eq([text.as_str()]) => Ok(text),
        _ => Err("must be one scope, without spaces, quotes and backslashes".to_owned()),
    }
}

fn shown_text(text: String) -> Result<String, String> {
    let count = text.chars().count();
    if text.trim() != text || text.is_empty() || text.contains(char::is_control) {
        Err("must be a line of text without spaces around it".to_owned())
    } else if count > MOST_CHARACTERS {
        Err(format!("has {count} characters; {MOST_CHARACTERS} are the most"))
    } else {
        Ok(text)
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
