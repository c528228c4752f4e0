//! `resource key ...`: the API keys, for people and (`--json`) for programs. All work beside a running server, which
//! learns of a change within seconds.

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};
use serde_json::json;
use shared::clock::{Clock, NumericDate};
use shared::scope::Scope;

use crate::auth::api_key::key::NewKey;
use crate::auth::api_key::store::{Added, Row, Store};
use crate::config::{Config, day};
use crate::food::custom::store::SavedFoods;
use crate::scopes::scopes_supported;

const DAY: NumericDate = 86_400;
/// When a key ends if nobody says so.
const DEFAULT_DAYS: &str = "365";
/// Ten years: a key should end some time.
const MOST_DAYS: i64 = 3650;

/// The sub-command and its own sub-commands.
pub(super) fn command() -> Command {
    let list = Command::new("list")
        .about("List all keys, the revoked ones too")
        .arg(json_flag());
    let revoke = Command::new("revoke")
        .about("End a key; a running server refuses it within seconds")
        .arg(name());
    Command::new("key")
        .about("Add, list and revoke API keys, for programs that cannot sign in")
        .subcommand_required(true)
        .subcommands([add_command(), list, revoke])
}

fn add_command() -> Command {
    let scope = Arg::new("scope")
        .long("scope")
        .value_name("SCOPE")
        .required(true)
        .help("What it may do: scopes, separated by spaces");
    let days = Arg::new("days")
        .long("days")
        .value_name("N")
        .default_value(DEFAULT_DAYS)
        .value_parser(value_parser!(i64).range(1..=MOST_DAYS))
        .help("After how many days it ends");
    let until = Arg::new("until")
        .long("until")
        .value_name("DATE")
        .help("The first day on which it no longer works, such as 2027-12-31 (UTC)");
    let user = Arg::new("user")
        .long("user")
        .value_name("SUBJECT")
        .help("Whose saved foods it works on; without this its name, so that each key has its own");
    Command::new("add")
        .about("Make a key; it is shown this once, alone on the standard output")
        .args([name(), scope, days, until, user])
        .group(ArgGroup::new("end").args(["days", "until"]))
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, config: &Config) -> Result<(), String> {
    let saved = SavedFoods::open(&config.database_url)
        .await
        .map_err(|error| error.to_string())?;
    let (store, clock) = (Store::new(saved.database()), Clock::System);
    let done = match matches.subcommand() {
        Some(("add", matches)) => add(matches, config, &store, clock.now()).await,
        Some(("revoke", matches)) => revoke(matches, &store, clock.now()).await,
        Some((_, matches)) => list(matches.get_flag("json"), &store, clock.now()).await,
        None => Ok(()),
    };
    saved.close().await;
    done
}

async fn add(matches: &ArgMatches, config: &Config, store: &Store, now: NumericDate) -> Result<(), String> {
    let name = given_name(matches)?;
    let sub = matches.get_one::<String>("user").map_or(name, String::as_str);
    if sub.is_empty() || sub.len() > 255 || sub.chars().any(char::is_control) {
        return Err("--user must be 1 to 255 characters, none of them a control character".to_owned());
    }
    let scope = scope(matches, config)?.to_string();
    let expires_at = end(matches, now)?;
    let key = NewKey::draw().map_err(|error| error.to_string())?;
    let added = Added {
        name,
        sub,
        scope: &scope,
        expires_at,
    };
    if !store.add(&key, added, now).await.map_err(|error| in_words(&error))? {
        return Err(format!(
            "there is a key {name:?} already; revoke it, or choose another name"
        ));
    }
    eprintln!(
        "added {name} ({}) for {scope}, until {}. This is the only time that the key is shown:",
        key.id,
        date(expires_at)
    );
    println!("{}", key.text);
    if !config.api_keys.mode.takes_keys() {
        eprintln!("RESOURCE_AUTH_MODE is oauth: no key is taken until it is set to both or api_key");
    }
    Ok(())
}

/// All that is asked for must exist, or the key would be refused later, and nobody would know why.
fn scope(matches: &ArgMatches, config: &Config) -> Result<Scope, String> {
    let asked = matches.get_one::<String>("scope").map_or("", String::as_str);
    let asked = Scope::parse(asked).map_err(|error| error.to_string())?;
    let all = scopes_supported(&config.required_scopes);
    if asked.is_empty() || !all.covers(&asked) {
        return Err(format!(
            "--scope {asked:?}: choose from {all}",
            asked = asked.to_string()
        ));
    }
    if !asked.covers(&config.required_scopes) {
        return Err(format!(
            "--scope: every call needs {} too (OAUTH_REQUIRED_SCOPES)",
            config.required_scopes
        ));
    }
    Ok(asked)
}

fn end(matches: &ArgMatches, now: NumericDate) -> Result<NumericDate, String> {
    let until = if let Some(until) = matches.get_one::<String>("until") {
        day(until).map_err(|mistake| format!("--until {until:?}: {mistake}"))?
    } else {
        let days = matches.get_one::<i64>("days").copied().unwrap_or(1);
        now.saturating_add(days.saturating_mul(DAY))
    };
    if until <= now || until > now.saturating_add(MOST_DAYS * DAY) {
        return Err(format!("--until: must be to come, and at most {MOST_DAYS} days away"));
    }
    Ok(until)
}

async fn revoke(matches: &ArgMatches, store: &Store, now: NumericDate) -> Result<(), String> {
    let name = given_name(matches)?;
    if !store.revoke(name, now).await.map_err(|error| in_words(&error))? {
        return Err(format!(
            "no key {name:?} works any more, or ever did; `resource key list` shows all"
        ));
    }
    println!("revoked {name}");
    Ok(())
}

async fn list(as_json: bool, store: &Store, now: NumericDate) -> Result<(), String> {
    let rows = store.all().await.map_err(|error| in_words(&error))?;
    for row in &rows {
        println!("{}", if as_json { as_object(row) } else { as_line(row, now) });
    }
    if rows.is_empty() && !as_json {
        println!("no key has been added yet");
    }
    Ok(())
}

fn as_object(row: &Row) -> String {
    json!({
        "key_id": row.key_id,
        "name": row.name,
        "user": row.sub,
        "scope": row.scope,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "last_used_at": row.last_used_at,
        "revoked_at": row.revoked_at,
    })
    .to_string()
}

fn as_line(row: &Row, now: NumericDate) -> String {
    let state = match row.revoked_at {
        Some(at) => format!("revoked {}", date(at)),
        None if row.expires_at <= now => format!("ended {}", date(row.expires_at)),
        None => format!("until {}", date(row.expires_at)),
    };
    let used = row
        .last_used_at
        .map_or_else(|| "never used".to_owned(), |at| format!("used {}", date(at)));
    format!(
        "{}  {}  {state}  {used}  {}  user {:?}",
        row.key_id, row.name, row.scope, row.sub
    )
}

fn date(at: NumericDate) -> String {
    chrono::DateTime::from_timestamp(at, 0).map_or_else(|| at.to_string(), |at| at.format("%Y-%m-%d").to_string())
}

fn name() -> Arg {
    let name = Arg::new("name").value_name("NAME").required(true);
    name.help("What it is called: up to 64 letters, digits and ._@-")
}

fn given_name(matches: &ArgMatches) -> Result<&str, String> {
    let name = matches.get_one::<String>("name").map_or("", String::as_str);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
    if (1..=64).contains(&name.len()) && name.chars().all(allowed) {
        Ok(name)
    } else {
        Err(format!("{name:?} is not a name of 1 to 64 letters, digits and ._@-"))
    }
}

fn json_flag() -> Arg {
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue);
    json.help("One JSON object a line")
}

fn in_words(error: &sqlx::Error) -> String {
    format!("cannot use the table of keys: {error}")
}
