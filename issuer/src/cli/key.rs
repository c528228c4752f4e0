//! `issuer key list|new|rotate|retire`: the signing keys (`docs/decisions/0008-key-rotation.md`); `key accept-mac`: another
//! MAC key than the database was written with.
//!
//! All work on the folder, beside running issuers, which look into it every minute.

use std::path::Path;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};
use shared::clock::{Clock, NumericDate};

use crate::config::Config;
use crate::keys::{self, KeyFileError, KeyState, LEAD_SECONDS, ListedKey, MAC_KEY_CHECK, Rotated};
use crate::store::Store;
use crate::store::audit::{Actor, AuditEvent, AuditKind};

/// The sub-command and its own sub-commands.
pub(super) fn command() -> Command {
    let flag = |name, help| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help);
    let json = || flag("json", "One JSON object a line");
    let kid = Arg::new("kid")
        .value_name("KID")
        .required(true)
        .help("The key, as `key list` names it; after -- when it begins with a hyphen");
    let list = Command::new("list").about("List the signing keys, what each is for, and until when");
    let new = Command::new("new").about("Make the next key; it is published at once and signs in an hour");
    let rotate = Command::new("rotate").about("Let the next key sign in an hour; one is made when none waits");
    let now = flag(
        "now",
        "Sign with it at once: tokens may be refused until verifiers have fetched the key",
    );
    let retire = Command::new("retire").about("Stop publishing a key that signs no more; its file is kept, renamed");
    let force = flag("force", "Also when tokens under it may live: they end");
    let accept = Command::new("accept-mac")
        .about("Accept the mac.key that is there, or a new one: what the one before made ends");
    Command::new("key")
        .about("List, make, rotate and retire signing keys, and accept another mac.key")
        .subcommand_required(true)
        .subcommand(list.arg(json()))
        .subcommand(new.arg(json()))
        .subcommand(rotate.arg(now).arg(json()))
        .subcommand(retire.arg(kid).arg(force).arg(json()))
        .subcommand(accept.arg(json()))
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, config: &Config, store: &Store) -> Result<(), String> {
    let (folder, now) = (config.keys_dir.as_path(), Clock::System.now());
    let Some((name, matches)) = matches.subcommand() else {
        return Ok(());
    };
    if name == "accept-mac" {
        return accept_mac(folder, store, matches.get_flag("json")).await;
    }
    let changed = match name {
        "new" => made(
            keys::make_next(folder, config.signing_algorithm, 0, now),
            "the next key waits already; `issuer key rotate` makes it sign in an hour",
        )?,
        "rotate" => {
            let at = if matches.get_flag("now") {
                now
            } else {
                now.saturating_add(LEAD_SECONDS)
            };
            let brought = keys::bring_forward(folder, config.signing_algorithm, at, now);
            made(brought, "the next key signs within the hour already")?
        }
        "retire" => retire(folder, matches, now)?,
        _ => None,
    };
    if let Some(event) = changed {
        let written = store.audit(&event.by(Actor::CommandLine)).await;
        written.map_err(|error| format!("it is done, but not in the audit log: {error}"))?;
    }
    list(folder, now, matches.get_flag("json")).map_err(|error| error.to_string())
}

fn made(rotated: Result<Rotated, KeyFileError>, waits: &str) -> Result<Option<AuditEvent>, String> {
    match rotated.map_err(|error| error.to_string())? {
        Rotated::Next(path, at) => {
            let file = path.file_name().unwrap_or_default().display();
            let words = format!("{file} signs from {}", time(at));
            Ok(Some(
                AuditEvent::new(AuditKind::KeyPublished, Clock::System.now()).detail(words),
            ))
        }
        Rotated::Waits(_, at) => Err(format!("{waits} (from {})", time(at))),
        Rotated::NotDue => Ok(None),
    }
}

fn retire(folder: &Path, matches: &ArgMatches, now: NumericDate) -> Result<Option<AuditEvent>, String> {
    let kid = matches.get_one::<String>("kid").map_or("", String::as_str);
    let read = |error: KeyFileError| error.to_string();
    let find = || keys::listed(folder, now).map(|keys| keys.into_iter().find(|key| key.kid == kid));
    let mut next = find().map_err(read)?;
    match next.as_ref().map(|key| key.state) {
        None => return Err(format!("there is no key {kid}; `issuer key list` lists them")),
        Some(KeyState::Signing) => {
            return Err("this key signs; let another one sign first: `issuer key rotate --now`".to_owned());
        }
        Some(KeyState::Retired) => {}
        Some(_) if matches.get_flag("force") => {}
        Some(KeyState::Published) => return Err("this key will sign next; --force takes it away".to_owned()),
        Some(KeyState::Verifying) => {
            return Err("tokens under this key may live; it retires by itself, --force ends them now".to_owned());
        }
    }
    // A copy of the file would come up in its place.
    while let Some(key) = next {
        keys::retire(folder, &key.path).map_err(read)?;
        next = find().map_err(read)?;
    }
    Ok(Some(
        AuditEvent::new(AuditKind::KeyRetired, now).detail(format!("key {kid}")),
    ))
}

async fn accept_mac(folder: &Path, store: &Store, as_json: bool) -> Result<(), String> {
    let key = keys::open_mac_key(folder).map_err(|error| error.to_string())?;
    let accepted = store
        .accept_key(MAC_KEY_CHECK, &key.check_value(), Clock::System.now())
        .await;
    let accepted = accepted.map_err(|error| format!("cannot note which key it is: {error}"))?;
    let words = if accepted {
        "accepted; refresh tokens and client identifiers that the key before made have ended"
    } else {
        "it is the key that the database was written with; nothing changed"
    };
    if as_json {
        println!("{}", json!({"accepted": accepted}));
    } else {
        println!("{words}");
    }
    Ok(())
}

fn list(folder: &Path, now: NumericDate, as_json: bool) -> Result<(), KeyFileError> {
    for key in keys::listed(folder, now)? {
        println!(
            "{}",
            if as_json {
                as_object(&key).to_string()
            } else {
                as_line(&key)
            }
        );
    }
    Ok(())
}

fn as_object(key: &ListedKey) -> Value {
    json!({
        "kid": key.kid,
        "alg": format!("{:?}", key.algorithm),
        "state": key.state.as_str(),
        "signs_from": key.signs_from,
        "signs_until": key.signs_until,
        "published_until": key.published_until,
        "file": key.path,
    })
}

fn as_line(key: &ListedKey) -> String {
    let (state, from) = (key.state.as_str(), time(key.signs_from));
    let until = key
        .published_until
        .map_or_else(String::new, |at| format!(", published until {}", time(at)));
    format!("{}  {:?}  {state:<9}  signs from {from}{until}", key.kid, key.algorithm)
}

/// A time for people.
fn time(at: NumericDate) -> String {
    chrono::DateTime::from_timestamp(at, 0)
        .map_or_else(|| at.to_string(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string())
}
