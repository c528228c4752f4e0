//! Settings from environment variables and flags: one table per program, all mistakes told at once.
//!
//! 1. A program lists its settings in a table of [`Setting`]; `--help`, the README's table and
//!    `config` are made from it, so they cannot disagree.
//! 2. [`Typed::gather`] takes what was typed: flags before variables before defaults. A variable
//!    with one of the program's prefixes that is not in the table is a typing mistake.
//! 3. [`Typed::read`] gives one value its meaning and notes what is wrong with it.
//! 4. [`Typed::finish`] tells every mistake together, or gives the configuration.
//!
//! Easy to get wrong: Kubernetes and Docker links put variables like `ISSUER_PORT=tcp://10.0.0.1:80`
//! into a container that merely runs beside a service of that name. They are not ours and not refused.

use std::collections::BTreeMap;
use std::fmt;

use clap::{Arg, ArgMatches, Command};

/// One setting: an environment variable and a flag with the same meaning.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The variable: `ISSUER_LISTEN`.
    pub name: &'static str,
    /// The flag without dashes: `listen`.
    pub flag: &'static str,
    /// What holds when nothing was typed; empty for "not set".
    pub default: &'static str,
    /// One sentence for `--help` and the README.
    pub help: &'static str,
    /// Whether the value must not be shown. A secret may also be given as a file: `NAME_FILE`.
    pub secret: bool,
}

impl Setting {
    /// A setting that is no secret.
    pub const fn new(name: &'static str, flag: &'static str, default: &'static str, help: &'static str) -> Self {
        Self {
            name,
            flag,
            default,
            help,
            secret: false,
        }
    }
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody typed it.
    Default,
    /// An environment variable.
    Variable,
    /// The file named by a `..._FILE` variable.
    File,
    /// A flag.
    Flag,
}

/// What was typed, before it has a meaning.
pub struct Typed {
    table: &'static [Setting],
    values: BTreeMap<&'static str, (String, Origin)>,
    mistakes: Vec<String>,
}

/// Everything that is wrong with the settings, a line each.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings have {} mistake(s):", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  - {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

/// A command with one flag for each setting, usable before or after a sub-command.
pub fn flags(command: Command, table: &'static [Setting]) -> Command {
    table.iter().fold(command, |command, setting| {
        let default = match setting.default {
            "" => String::new(),
            default => format!(" [default: {default}]"),
        };
        command.arg(
            Arg::new(setting.name)
                .long(setting.flag)
                .value_name("VALUE")
                .global(true)
                .help(format!("{} [env: {}]{default}", setting.help, setting.name)),
        )
    })
}

/// The process's variables. Text that is not UTF-8 is kept as far as it can be read, so that its
/// setting refuses it with its name, where `std::env::vars` would panic.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}

/// The flags that were given, by the name of their setting.
pub fn given_flags(matches: &ArgMatches, table: &'static [Setting]) -> Vec<(String, String)> {
    let given = |setting: &Setting| {
        Some((
            setting.name.to_owned(),
            matches.get_one::<String>(setting.name)?.clone(),
        ))
    };
    table.iter().filter_map(given).collect()
}

impl Typed {
    /// Puts together what was typed. `prefixes` are those whose variables belong to this program.
    pub fn gather(
        table: &'static [Setting],
        prefixes: &[&str],
        variables: impl IntoIterator<Item = (String, String)>,
        flags: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let defaults = table
            .iter()
            .map(|setting| (setting.name, (setting.default.to_owned(), Origin::Default)));
        let mut typed = Self {
            table,
            values: defaults.collect(),
            mistakes: Vec::new(),
        };
        for (name, value) in variables {
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) && !value.is_empty() {
                typed.variable(&name, value);
            }
        }
        for (name, value) in flags {
            typed.set(&name, value, Origin::Flag);
        }
        typed
    }

    fn variable(&mut self, name: &str, value: String) {
        let secret_file = name
            .strip_suffix("_FILE")
            .filter(|name| self.setting(name).is_some_and(|s| s.secret));
        if let Some(name) = secret_file {
            match std::fs::read_to_string(&value) {
                Ok(text) => self.set(name, text.trim_end_matches(['\r', '\n']).to_owned(), Origin::File),
                Err(error) => self.mistakes.push(format!("{name}_FILE: cannot read {value}: {error}")),
            }
        } else if self.setting(name).is_some() {
            self.set(name, value, Origin::Variable);
        } else if !is_service_link(name, &value) {
            let near = self
                .nearest(name)
                .map(|near| format!("; did you mean {near}?"))
                .unwrap_or_default();
            self.mistakes.push(format!("{name}: there is no such setting{near}"));
        }
    }

    fn set(&mut self, name: &str, value: String, origin: Origin) {
        let Some(setting) = self.setting(name) else { return };
        let before = self.values.get(setting.name).map(|(_, origin)| *origin);
        if matches!(
            (before, origin),
            (Some(Origin::Variable), Origin::File) | (Some(Origin::File), Origin::Variable)
        ) {
            self.mistakes
                .push(format!("{name} and {name}_FILE are both set; keep one"));
        }
        self.values.insert(setting.name, (value, origin));
    }

    fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.table.iter().find(|setting| setting.name == name)
    }

    fn nearest(&self, name: &str) -> Option<&'static str> {
        let distance = |setting: &&Setting| edit_distance(setting.name, name);
        self.table
            .iter()
            .min_by_key(distance)
            .filter(|near| distance(near) <= 3)
            .map(|near| near.name)
    }

    /// Gives one value its meaning. `None`, and a mistake noted, when `parse` refuses it.
    pub fn read<T, E: fmt::Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.values.get(name).map_or("", |(text, _)| text.as_str());
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let shown = if self.setting(name).is_some_and(|s| s.secret) {
                    "(hidden)"
                } else {
                    text
                };
                self.mistakes.push(format!("{name}={shown}: {error}"));
                None
            }
        }
    }

    /// Notes a mistake that concerns several settings together.
    pub fn mistake(&mut self, text: impl Into<String>) {
        self.mistakes.push(text.into());
    }

    /// The value as typed, for messages and for rules that look at two settings.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |(text, _)| text.as_str())
    }

    /// Whether somebody typed it, and it is not the default.
    pub fn is_typed(&self, name: &str) -> bool {
        let origin = self.values.get(name).map(|(_, origin)| *origin);
        origin.is_some_and(|origin| origin != Origin::Default)
    }

    /// The effective settings for people: name, value (secrets hidden), origin.
    pub fn effective(&self) -> Vec<(&'static str, String, Origin)> {
        let row = |setting: &Setting| {
            let (value, origin) = self.values.get(setting.name)?;
            let hide = setting.secret && *origin != Origin::Default;
            Some((
                setting.name,
                if hide { "(hidden)".to_owned() } else { value.clone() },
                *origin,
            ))
        };
        self.table.iter().filter_map(row).collect()
    }

    /// The configuration, or every mistake that was noted.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Mistakes> {
        if !self.mistakes.is_empty() {
            return Err(Mistakes(self.mistakes));
        }
        build().ok_or_else(|| Mistakes(vec!["a setting could not be read".to_owned()]))
    }
}

/// A variable that Kubernetes or a Docker link made for a service, not a setting.
fn is_service_link(name: &str, value: &str) -> bool {
    let link = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT_"]
        .iter()
        .any(|part| name.contains(part));
    link || name.ends_with("_PORT") && value.contains("://")
}

/// A setting that is on or off.
pub fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off".to_owned()),
    }
}

/// A whole number within `range`.
pub fn whole_number(range: std::ops::RangeInclusive<i64>) -> impl FnOnce(&str) -> Result<i64, String> {
    move |text| {
        let number = text.parse().map_err(|_| "must be a whole number".to_owned())?;
        let (least, most) = (range.start(), range.end());
        if range.contains(&number) {
            Ok(number)
        } else {
            Err(format!("must be between {least} and {most}"))
        }
    }
}

/// Edits (insert, delete, replace) between two names.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), i + 1);
        for (j, y) in b.bytes().enumerate() {
            let left = row.get(j).copied().unwrap_or(0);
            let above = row.get(j + 1).copied().unwrap_or(0);
            let best = (diagonal + usize::from(x != y)).min(left + 1).min(above + 1);
            diagonal = above;
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = best;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
