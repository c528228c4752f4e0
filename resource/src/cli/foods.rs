//! `resource foods ...`: a user's saved foods as a file, and back. Both work beside a running server.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use clap::{Arg, ArgMatches, Command};
use shared::clock::Clock;

use crate::auth::api_key;
use crate::config::Config;
use crate::food::catalogue::nutrient_definitions;
use crate::food::custom::Owner;
use crate::food::custom::store::{SavedFoods, StoreError};
use crate::food::custom::transfer::{csv, json};
use crate::food::nutrients::Nutrients;

/// The longest file that is read: some times what the most foods with the longest recipes make.
const MOST_BYTES: u64 = 64 << 20;

/// The sub-command and its own sub-commands.
pub(super) fn command() -> Command {
    let export = Command::new("export")
        .about("Write a user's foods to the standard output")
        .args([user(), issuer(), format().default_value("json")]);
    let file = Arg::new("file")
        .value_name("FILE")
        .required(true)
        .help("The file; - for the standard input");
    let import = Command::new("import")
        .about("Take a user's foods from a file: all of them, or none when one cannot be taken")
        .args([file, user(), issuer(), format()]);
    Command::new("foods")
        .about("Export and import a user's saved foods")
        .subcommand_required(true)
        .subcommands([export, import])
}

fn user() -> Arg {
    let user = Arg::new("user").long("user").value_name("SUBJECT").required(true);
    user.help("Whose foods: `sub` of the user's tokens, or the user of an API key")
}

fn issuer() -> Arg {
    let issuer = Arg::new("issuer").long("issuer").value_name("ISSUER");
    issuer.help("`iss` of the user's tokens, or \"api_key:\"; needed where there are several")
}

fn format() -> Arg {
    let format = Arg::new("format")
        .long("format")
        .value_name("FORMAT")
        .value_parser(["json", "csv"]);
    format.help("json or csv; when reading, csv for a file that is called so, and json otherwise")
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, config: &Config) -> Result<(), String> {
    let definitions = nutrient_definitions().map_err(|error| error.to_string())?;
    let keys = Nutrients::new(&definitions);
    let saved = SavedFoods::open(&config.database_url)
        .await
        .map_err(|error| error.to_string())?;
    let done = match matches.subcommand() {
        Some(("export", matches)) => export(matches, config, &saved, &keys).await,
        Some((_, matches)) => import(matches, config, &saved, &keys).await,
        None => Ok(()),
    };
    saved.close().await;
    done
}

async fn export(matches: &ArgMatches, config: &Config, saved: &SavedFoods, keys: &Nutrients) -> Result<(), String> {
    let owner = owner(matches, config)?;
    let foods = saved.all(owner).await.map_err(|error| error.to_string())?;
    let text = if is_csv(matches) {
        csv::write(&foods, keys).map_err(|error| error.to_string())
    } else {
        json::write(&foods, keys).map_err(|error| error.to_string())
    };
    std::io::stdout()
        .write_all(text?.as_bytes())
        .map_err(|error| format!("cannot write the foods: {error}"))?;
    eprintln!("{} foods of {} ({})", foods.len(), owner.sub, owner.iss);
    Ok(())
}

async fn import(matches: &ArgMatches, config: &Config, saved: &SavedFoods, keys: &Nutrients) -> Result<(), String> {
    let owner = owner(matches, config)?;
    let file = matches.get_one::<String>("file").map_or("", String::as_str);
    let text = read(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let rows = if is_csv(matches) {
        csv::read(&text, keys)
    } else {
        json::read(&text, keys)
    };
    let imported = match rows {
        Ok(rows) => saved.import(owner, &rows, Clock::System.now()).await,
        Err(bad) => Err(StoreError::from(bad)),
    };
    let imported = imported.map_err(|error| format!("nothing was imported:\n{error}"))?;
    println!(
        "{} created, {} updated, {} unchanged for {} ({})",
        imported.created, imported.updated, imported.unchanged, owner.sub, owner.iss
    );
    Ok(())
}

fn is_csv(matches: &ArgMatches) -> bool {
    let named = || {
        let file = matches.try_get_one::<String>("file").ok().flatten()?;
        Path::new(file)
            .extension()
            .map(|ending| ending.eq_ignore_ascii_case("csv"))
    };
    let given = matches.get_one::<String>("format").map(|format| format == "csv");
    given.or_else(named).unwrap_or(false)
}

fn read(file: &str) -> std::io::Result<String> {
    let source: Box<dyn Read> = if file == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(fs::File::open(file)?)
    };
    let mut text = String::new();
    if source.take(MOST_BYTES + 1).read_to_string(&mut text)? > usize::try_from(MOST_BYTES).unwrap_or(usize::MAX) {
        return Err(std::io::Error::other(format!(
            "it has more than {} MiB",
            MOST_BYTES >> 20
        )));
    }
    Ok(text)
}

/// Whose foods. Only where everybody comes from one place does it go without saying which.
fn owner<'a>(matches: &'a ArgMatches, config: &'a Config) -> Result<Owner<'a>, String> {
    let sub = matches.get_one::<String>("user").map_or("", String::as_str);
    let mut known: Vec<&str> = Vec::new();
    if config.api_keys.mode.takes_tokens() {
        known.extend(config.issuers.iter().map(|issuer| issuer.issuer.as_str()));
    }
    if config.api_keys.mode.takes_keys() {
        known.push(api_key::ISS);
    }
    let iss = match (matches.get_one::<String>("issuer"), known.as_slice()) {
        (Some(given), _) => given.as_str(),
        (None, [only]) => only,
        (None, several) => return Err(format!("--issuer: say which: {}", several.join(" or "))),
    };
    let is_bad = |text: &str| text.is_empty() || text.chars().any(char::is_control);
    if is_bad(sub) || is_bad(iss) {
        return Err("--user and --issuer must not be empty, nor have control characters".to_owned());
    }
    if !known.contains(&iss) {
        eprintln!(
            "no token of {iss:?} is taken at present; known are {}",
            known.join(" and ")
        );
    }
    Ok(Owner { iss, sub })
}
