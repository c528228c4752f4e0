//! Issuers from a TOML file: a table `[[issuer]]` for each, in the order of preference.
//!
//! Every mistake of the file is told at once, with the issuer that it is in.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::check::mistakes_among;
use super::{AudMode, CACHE_SECONDS, Introspection, Issuer, NEGATIVE_CACHE_SECONDS, http_url, issuer_identifier};
use shared::jwk::Algorithms;
use shared::knobs::Knobs;
use shared::scope::Scope;

/// Longest leeway: more than "a few minutes" makes `exp` mean nothing.
const MOST_LEEWAY: i64 = 600;
/// Longest time that an answer may count, in seconds.
const MOST_CACHE: u32 = 3600;

/// Reads the issuers. `resource` is the resource identifier, which is the audience where an issuer names none.
pub fn read(text: &str, resource: &str) -> Result<Vec<Issuer>, Vec<String>> {
    let mut file = Knobs::parse(text).map_err(|error| vec![error])?;
    if let Some(named) = file.take::<String>("resource")
        && named != resource
    {
        file.wrong(
            "resource",
            &format!("{named} is not RESOURCE_PUBLIC_URL, which is {resource}; leave one out"),
        );
    }
    let tables: Vec<Table> = file.take("issuer").unwrap_or_default();
    if tables.is_empty() {
        file.wrong("issuer", "there is no [[issuer]]");
    }
    let mut told = file.finish();
    let mut issuers = Vec::new();
    for (at, table) in tables.into_iter().enumerate() {
        match one(table, at + 1, resource) {
            Ok(issuer) => issuers.push(issuer),
            Err(mistakes) => told.extend(mistakes),
        }
    }
    told.extend(mistakes_among(&issuers));
    if told.is_empty() { Ok(issuers) } else { Err(told) }
}

fn one(table: Table, number: usize, resource: &str) -> Result<Issuer, Vec<String>> {
    let name = table.get("issuer").and_then(Value::as_str);
    let of = format!("issuer {}: ", name.map_or_else(|| number.to_string(), str::to_owned));
    let mut knobs = Knobs::new(of, table);
    let mut issuer = Issuer::new("", resource);
    match knobs.take_as("issuer", |text: String| issuer_identifier(&text)) {
        Some(identifier) => issuer.issuer = identifier,
        None if knobs.mistakes.is_empty() => knobs.wrong("issuer", "is missing"),
        None => {}
    }
    audience(&mut issuer, &mut knobs);
    keys(&mut issuer, &mut knobs);
    scopes(&mut issuer, &mut knobs);
    set(&mut issuer.mode, knobs.take("mode"));
    set(&mut issuer.advertise, knobs.take("advertise"));
    if let Some(table) = knobs.take("introspection") {
        issuer.introspection = introspection(table, &mut knobs);
    }
    for mistake in if knobs.mistakes.is_empty() {
        issuer.mistakes()
    } else {
        Vec::new()
    } {
        knobs.mistakes.push(format!("{}{mistake}", knobs.of));
    }
    let told = knobs.finish();
    if told.is_empty() { Ok(issuer) } else { Err(told) }
}

fn set<T>(knob: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *knob = value;
    }
}

fn audience(issuer: &mut Issuer, knobs: &mut Knobs) {
    set(&mut issuer.audiences, knobs.take_as("audiences", names));
    set(&mut issuer.clients, knobs.take_as("clients", names));
    let mode = knobs.take("aud_mode");
    issuer.aud_mode = mode.unwrap_or(AudMode::Claim);
    set(&mut issuer.typ, knobs.take("typ"));
    set(&mut issuer.require, knobs.take_as("require", plain_values));
    set(&mut issuer.subject, knobs.take("subject"));
    set(&mut issuer.leeway_s, knobs.take_as("leeway_s", leeway));
}

fn keys(issuer: &mut Issuer, knobs: &mut Knobs) {
    set(&mut issuer.discovery, knobs.take("discovery"));
    let jwks_uri = |text: String| {
        if text.is_empty() {
            Ok(None)
        } else {
            http_url(&text).map(Some)
        }
    };
    set(&mut issuer.jwks_uri, knobs.take_as("jwks_uri", jwks_uri));
    let algorithms = |names: Vec<String>| Algorithms::parse(names.iter().map(String::as_str));
    set(&mut issuer.algorithms, knobs.take_as("algorithms", algorithms));
}

fn scopes(issuer: &mut Issuer, knobs: &mut Knobs) {
    set(&mut issuer.scope_from, knobs.take_as("scope_from", names));
    set(&mut issuer.scope_strip, knobs.take("scope_strip"));
    set(&mut issuer.scope_map, knobs.take_as("scope_map", meanings));
}

fn names(names: Vec<String>) -> Result<Vec<String>, String> {
    if names.iter().any(String::is_empty) {
        return Err("an empty text names nothing".to_owned());
    }
    Ok(names)
}

fn leeway(seconds: i64) -> Result<i64, String> {
    if (0..=MOST_LEEWAY).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(format!("must be between 0 and {MOST_LEEWAY} seconds"))
    }
}

/// Claims as JSON has them; only what can be compared without doubt.
fn plain_values(values: BTreeMap<String, Value>) -> Result<BTreeMap<String, serde_json::Value>, String> {
    let plain = |(name, value)| match value {
        Value::String(text) => Ok((name, text.into())),
        Value::Integer(number) => Ok((name, number.into())),
        Value::Boolean(is) => Ok((name, is.into())),
        _ => Err(format!("{name} must be a text, a whole number, true or false")),
    };
    values.into_iter().map(plain).collect()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// What scopes mean: one scope or an array of them.
fn meanings(map: BTreeMap<String, OneOrMore>) -> Result<BTreeMap<String, Vec<String>>, String> {
    let meaning = |(name, meaning)| {
        let scopes = match meaning {
            OneOrMore::One(scope) => vec![scope],
            OneOrMore::More(scopes) => scopes,
        };
        let is_token = |scope: &String| Scope::parse(scope).is_ok_and(|read| read.tokens().eq([scope.as_str()]));
        if scopes.iter().all(is_token) {
            Ok((name, scopes))
        } else {
            Err(format!(
                "{name} must mean a scope such as \"food:read\", or an array of them"
            ))
        }
    };
    map.into_iter().map(meaning).collect()
}

fn introspection(table: Table, knobs: &mut Knobs) -> Option<Introspection> {
    let mut own = Knobs::new(format!("{}introspection.", knobs.of), table);
    let url = own.take_as("url", |text: String| http_url(&text));
    if url.is_none() && own.mistakes.is_empty() {
        own.wrong("url", "is missing");
    }
    let client_id = own.take::<String>("client_id").filter(|id| !id.is_empty());
    let secret = own.take::<String>("client_secret_file").filter(|path| !path.is_empty());
    let client = match (client_id, secret) {
        (Some(id), Some(path)) => secret_at(&path, &mut own).map(|secret| (id, secret.into())),
        (None, None) => None,
        _ => {
            own.wrong("client_id", "goes with client_secret_file; set both or none");
            None
        }
    };
    let seconds = |seconds: u32| match seconds {
        1..=MOST_CACHE => Ok(seconds),
        _ => Err(format!("must be between 1 and {MOST_CACHE} seconds")),
    };
    let cache_s = own.take_as("cache_s", seconds).unwrap_or(CACHE_SECONDS);
    let negative_cache_s = own
        .take_as("negative_cache_s", seconds)
        .unwrap_or(NEGATIVE_CACHE_SECONDS);
    knobs.mistakes.extend(own.finish());
    Some(Introspection {
        url: url?,
        client,
        cache_s,
        negative_cache_s,
    })
}

fn secret_at(path: &str, knobs: &mut Knobs) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => {
            knobs.wrong("client_secret_file", &format!("cannot read {path}: {error}"));
            None
        }
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
