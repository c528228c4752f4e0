//! The settings that say whose tokens are taken: one issuer in variables, or several in a file.
//!
//! Each variable `OAUTH_X` is also read as `MCP_OAUTH_X`, the name that other MCP servers give it. Easy to get wrong:
//! two names with two values must not leave it to chance which of them counts.

use shared::settings::{Setting, Typed};

use super::api_keys::{with_prefix, without_prefix};
use super::optional;
use crate::auth::trust::{
    CACHE_SECONDS, Introspection, Issuer, Mode, NEGATIVE_CACHE_SECONDS, file, http_url, issuer_identifier,
};
use crate::identifier::ResourceIdentifier;

const ALIAS: &str = "MCP_";
const FILE: &str = "RESOURCE_ISSUERS_FILE";
/// What a file of issuers says better.
const OF_ONE_ISSUER: [&str; 6] = [
    "OAUTH_ISSUER",
    "OAUTH_AUDIENCE",
    "OAUTH_JWKS_URI",
    "OAUTH_INTROSPECTION_ENDPOINT",
    "OAUTH_INTROSPECTION_CLIENT_ID",
    "OAUTH_INTROSPECTION_CLIENT_SECRET",
];

/// Gathers the settings, each variable under the name that the table has.
pub(super) fn with_aliases(
    table: &'static [Setting],
    variables: impl IntoIterator<Item = (String, String)>,
    flags: impl IntoIterator<Item = (String, String)>,
) -> Typed {
    let variables: Vec<(String, String)> = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let mut named: Vec<(String, String)> = Vec::new();
    let mut twice = Vec::new();
    for (name, value) in &variables {
        let own = own_name(table, name);
        match named.iter().find(|(other, _)| *other == own) {
            Some((_, other)) if other == value => {}
            Some(_) => twice.push(own),
            None => named.push((own, value.clone())),
        }
    }
    let mut typed = Typed::gather(table, &["RESOURCE_", "OAUTH_", "MCP_OAUTH_"], named, flags);
    for name in twice {
        let second = without_prefix(&name).map_or_else(|| format!("{ALIAS}{name}"), str::to_owned);
        typed.mistake(format!(
            "{name} and {second} are both set, to different values; keep one"
        ));
    }
    typed
}

fn own_name(table: &[Setting], name: &str) -> String {
    let is_setting = |name: &str| table.iter().any(|setting| setting.name == name);
    let own = match name.strip_prefix(ALIAS) {
        Some(own) if own.starts_with("OAUTH_") && !is_setting(name) => own,
        _ => name,
    };
    with_prefix(own).unwrap_or_else(|| own.to_owned())
}

/// Whose tokens are taken.
pub(super) fn read(typed: &mut Typed, resource: Option<&ResourceIdentifier>) -> Option<Vec<Issuer>> {
    let enabled = typed.read("MCP_OAUTH_ENABLED", enabled);
    let path = typed.text(FILE).to_owned();
    let issuers = if path.is_empty() {
        one(typed, resource)
    } else {
        from_file(typed, &path, resource)
    };
    enabled.and(issuers)
}

fn enabled(text: &str) -> Result<(), String> {
    match text {
        "true" | "1" => Ok(()),
        _ => Err("the tools are never open to everybody; set it to true, or leave it out".to_owned()),
    }
}

fn from_file(typed: &mut Typed, path: &str, resource: Option<&ResourceIdentifier>) -> Option<Vec<Issuer>> {
    for name in OF_ONE_ISSUER {
        if typed.is_typed(name) {
            typed.mistake(format!(
                "{name}: the issuers are in the file of {FILE}; say it there, or leave {FILE} out"
            ));
        }
    }
    let text = typed.read(FILE, |path| std::fs::read_to_string(path))?;
    match file::read(&text, resource?.as_str()) {
        Ok(issuers) => Some(issuers),
        Err(mistakes) => {
            for mistake in mistakes {
                typed.mistake(format!("{path}: {mistake}"));
            }
            None
        }
    }
}

fn one(typed: &mut Typed, resource: Option<&ResourceIdentifier>) -> Option<Vec<Issuer>> {
    let issuer = typed.read("OAUTH_ISSUER", issuer_identifier);
    let audience = typed.read("OAUTH_AUDIENCE", audience);
    let jwks_uri = typed.read("OAUTH_JWKS_URI", |text| optional(text, http_url));
    let introspection = introspection(typed);
    let audience = audience?.or_else(|| resource.map(|resource| resource.as_str().to_owned()));
    let mut issuer = Issuer::new(&issuer?, &audience?);
    issuer.jwks_uri = jwks_uri?;
    issuer.introspection = introspection;
    if issuer.introspection.is_some() {
        issuer.mode = Mode::Both;
    }
    Some(vec![issuer])
}

/// Some text without spaces; `None` when not set.
fn audience(text: &str) -> Result<Option<String>, String> {
    let plain = |text: &str| {
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("must be one value without spaces".to_owned());
        }
        Ok(text.to_owned())
    };
    optional(text, plain)
}

/// `None` also after a mistake, which is noted and told in the end.
fn introspection(typed: &mut Typed) -> Option<Introspection> {
    let url = typed.read("OAUTH_INTROSPECTION_ENDPOINT", |text| optional(text, http_url))?;
    let id = typed.text("OAUTH_INTROSPECTION_CLIENT_ID").to_owned();
    let secret = typed.text("OAUTH_INTROSPECTION_CLIENT_SECRET").to_owned();
    if id.is_empty() != secret.is_empty() {
        typed.mistake(
            "OAUTH_INTROSPECTION_CLIENT_ID and OAUTH_INTROSPECTION_CLIENT_SECRET go together; set both or none",
        );
    }
    let Some(url) = url else {
        if !id.is_empty() {
            typed.mistake("OAUTH_INTROSPECTION_CLIENT_ID: there is no OAUTH_INTROSPECTION_ENDPOINT to use it at");
        }
        return None;
    };
    Some(Introspection {
        url,
        client: (!id.is_empty()).then(|| (id, secret.into())),
        cache_s: CACHE_SECONDS,
        negative_cache_s: NEGATIVE_CACHE_SECONDS,
    })
}
