//! The settings that say whether API keys are taken beside the issuers' tokens, or in their place.
//!
//! Two of them are also read without the prefix `RESOURCE_`, as servers that had keys before call them.

use std::path::Path;
use std::str::FromStr;

use chrono::NaiveDate;
use shared::clock::NumericDate;
use shared::settings::Typed;

use super::optional;
use crate::auth::api_key::{Deprecation, StaticToken};

const PREFIX: &str = "RESOURCE_";
const WITHOUT_PREFIX: [&str; 2] = ["AUTH_MODE", "API_KEY_DEPRECATION_WARNING"];
const FILE: &str = "RESOURCE_STATIC_TOKEN_FILE";
const WARNING: &str = "RESOURCE_API_KEY_DEPRECATION_WARNING";
const SUNSET: &str = "RESOURCE_API_KEY_SUNSET";

/// What is taken as proof of who calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// Access tokens of the issuers.
    #[default]
    OAuth,
    /// API keys and the static token.
    ApiKey,
    /// All of them.
    Both,
}

impl AuthMode {
    /// Whether keys are taken.
    pub fn takes_keys(self) -> bool {
        self != Self::OAuth
    }

    /// Whether issuers' tokens are taken, and clients may be told how to get one.
    pub fn takes_tokens(self) -> bool {
        self != Self::ApiKey
    }
}

impl FromStr for AuthMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "oauth" => Ok(Self::OAuth),
            "api_key" => Ok(Self::ApiKey),
            "both" => Ok(Self::Both),
            _ => Err("must be oauth, api_key or both"),
        }
    }
}

/// Whether users of keys are told that this will end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// They are not.
    Off,
    /// They are, since the server started.
    SinceStart,
    /// They are, since this time.
    Since(NumericDate),
}

/// What holds for keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeySettings {
    /// What is taken as proof of who calls.
    pub mode: AuthMode,
    /// One token for everybody.
    pub static_token: Option<StaticToken>,
    /// Whether users of keys are told that this will end.
    pub warning: Warning,
    /// When keys will no longer be taken.
    pub sunset: Option<NumericDate>,
}

impl ApiKeySettings {
    /// What users of keys are told, for a server that starts now.
    pub fn deprecation(&self, now: NumericDate) -> Option<Deprecation> {
        let since = match self.warning {
            Warning::Off => return None,
            Warning::SinceStart => now,
            Warning::Since(since) => since,
        };
        let sunset = self.sunset;
        Some(Deprecation { since, sunset })
    }

    pub(super) fn warnings(&self) -> Option<String> {
        let is_exposed = self.static_token.as_ref().is_some_and(|token| token.is_exposed);
        is_exposed.then(|| format!("the file of {FILE} can be read by others: chmod 600 it"))
    }
}

/// The name in the table of a variable that is also read without its prefix.
pub(super) fn with_prefix(name: &str) -> Option<String> {
    WITHOUT_PREFIX.contains(&name).then(|| format!("{PREFIX}{name}"))
}

/// The second name of a setting.
pub(super) fn without_prefix(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX).filter(|name| WITHOUT_PREFIX.contains(name))
}

/// What holds for keys.
pub(super) fn read(typed: &mut Typed) -> Option<ApiKeySettings> {
    let mode = typed.read("RESOURCE_AUTH_MODE", AuthMode::from_str);
    let static_token = typed.read(FILE, |text| optional(text, |path| StaticToken::read(Path::new(path))));
    let warning = typed.read(WARNING, warning);
    let sunset = typed.read(SUNSET, |text| optional(text, day));
    if mode == Some(AuthMode::OAuth) && typed.is_typed(FILE) {
        typed.mistake(format!(
            "{FILE}: the token is not taken while RESOURCE_AUTH_MODE is oauth; set that to both or api_key"
        ));
    }
    if typed.is_typed(SUNSET) && warning == Some(Warning::Off) {
        typed.mistake(format!("{SUNSET}: nobody is told of it unless {WARNING} is true"));
    }
    if let (Some(Warning::Since(since)), Some(Some(sunset))) = (warning, sunset)
        && sunset < since
    {
        typed.mistake(format!("{SUNSET}: must not be before {WARNING} (RFC 9745 section 4)"));
    }
    Some(ApiKeySettings {
        mode: mode?,
        static_token: static_token?,
        warning: warning?,
        sunset: sunset?,
    })
}

fn warning(text: &str) -> Result<Warning, String> {
    match text {
        "false" | "0" => Ok(Warning::Off),
        "true" | "1" => Ok(Warning::SinceStart),
        _ => day(text)
            .map(Warning::Since)
            .map_err(|_| "must be true, false or a day like 2027-01-31".to_owned()),
    }
}

/// The beginning of a day, in UTC.
pub fn day(text: &str) -> Result<NumericDate, String> {
    let day: NaiveDate = text.parse().map_err(|_| "must be a day like 2027-01-31".to_owned())?;
    Ok(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp())
}

#[cfg(test)]
#[path = "api_keys_tests.rs"]
mod tests;
