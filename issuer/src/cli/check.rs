//! `issuer check`: whether settings, database, keys and clock are as they should be, beside a running issuer or before
//! its start. It makes and changes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clap::{ArgMatches, Command};
use serde_json::json;
use shared::clock::{Clock, NumericDate};
use shared::settings::Typed;

use super::json_flag;
use crate::config::Config;
use crate::keys::{self, KeyState, MAC_KEY_CHECK, MacKey};
use crate::store::Store;

/// Seconds by which replicas may differ without harm.
const CLOCK_SECONDS: NumericDate = 60;

/// The sub-command.
pub(super) fn command() -> Command {
    Command::new("check")
        .about("Check settings, database, keys and clock; fails when something is wrong")
        .arg(json_flag())
}

/// What came of one look: what is right, what to think about, or what is wrong.
enum Finding {
    Right(String),
    Doubtful(String),
    Wrong(String),
}
use Finding::{Doubtful, Right, Wrong};

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, typed: Typed) -> Result<(), String> {
    let mut wrong = 0;
    let mut tell = |name: &str, finding: Finding| {
        let (state, words) = match finding {
            Right(words) => ("ok", words),
            Doubtful(words) => ("warning", words),
            Wrong(words) => ("failed", words),
        };
        wrong += usize::from(state == "failed");
        if matches.get_flag("json") {
            println!("{}", json!({"check": name, "state": state, "detail": words}));
        } else {
            println!("{state:<7}  {name:<10}  {words}");
        }
    };
    match Config::read(typed) {
        Err(mistakes) => tell("settings", Wrong(mistakes.to_string().replace('\n', "; "))),
        Ok(config) => {
            tell("settings", settings(&config));
            tell("keys", signing_keys(&config));
            match Store::open_as_is(&config.database_url).await {
                Err(error) => tell("database", Wrong(error.to_string())),
                Ok(store) => {
                    tell("database", database(&store).await);
                    tell("tables", tables(&store).await);
                    tell("mac.key", mac_key(&config.keys_dir, &store).await);
                    tell("clock", clock(&store).await);
                    store.close().await;
                }
            }
        }
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err(format!("failed checks: {wrong}"))
    }
}

fn settings(config: &Config) -> Finding {
    let warnings = config.warnings();
    if warnings.is_empty() {
        Right(config.issuer.clone())
    } else {
        Doubtful(warnings.join("; "))
    }
}

/// Reading a key tries out whether what it signs verifies.
fn signing_keys(config: &Config) -> Finding {
    let folder = &config.keys_dir;
    let keys = match keys::listed(folder, Clock::System.now()) {
        Ok(keys) => keys,
        Err(error) => return Wrong(error.to_string()),
    };
    let Some(signing) = keys.iter().find(|key| key.state == KeyState::Signing) else {
        return Wrong(format!("no key in {} signs", folder.display()));
    };
    match readable_by_others(folder) {
        Ok(files) if files.is_empty() => {
            let words = format!(
                "keys: {}; {} ({:?}) signs and verifies",
                keys.len(),
                signing.kid,
                signing.algorithm
            );
            Right(words)
        }
        Ok(files) => Wrong(format!("others can read {}: chmod 600", files.join(", "))),
        Err(error) => Wrong(format!("cannot look into {}: {error}", folder.display())),
    }
}

fn readable_by_others(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut open = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_secret = path
            .extension()
            .is_some_and(|extension| extension == "pem" || extension == "key");
        if is_secret && fs::metadata(&path)?.permissions().mode() & 0o077 != 0 {
            open.push(path.display().to_string());
        }
    }
    Ok(open)
}

async fn database(store: &Store) -> Finding {
    match store.faults().await {
        Ok(faults) if faults.is_empty() => Right("whole".to_owned()),
        Ok(faults) => Wrong(format!("it is damaged ({}); restore a backup", faults.join("; "))),
        Err(error) => Wrong(error.to_string()),
    }
}

async fn tables(store: &Store) -> Finding {
    match store.steps().await {
        Ok((missing, foreign)) if missing.is_empty() && foreign.is_empty() => Right("up to date".to_owned()),
        Ok((missing, foreign)) if foreign.is_empty() => {
            Doubtful(format!("the next start of this program adds {}", missing.join(", ")))
        }
        Ok((_, foreign)) => Wrong(format!(
            "another version of the program made step {}",
            foreign.join(", ")
        )),
        Err(error) => Wrong(error.to_string()),
    }
}

async fn mac_key(folder: &Path, store: &Store) -> Finding {
    let key = match MacKey::read(folder) {
        Ok(key) => key,
        Err(error) => return Wrong(error.to_string()),
    };
    match store.find_key_check(MAC_KEY_CHECK).await {
        Ok(Some(kept)) if kept == key.check_value() => Right("the one that the database was written with".to_owned()),
        Ok(Some(_)) => Wrong(
            "not the one that the database was written with: restore it, or issuer key accept-mac, which ends all refresh \
             tokens"
                .to_owned(),
        ),
        Ok(None) => Doubtful("the next start notes which one it is".to_owned()),
        Err(error) => Doubtful(format!("nothing to compare it with: {error}")),
    }
}

async fn clock(store: &Store) -> Finding {
    let now = Clock::System.now();
    match store.newest_time().await {
        Ok(Some(newest)) if newest > now + CLOCK_SECONDS => Wrong(format!(
            "it is {} seconds behind the newest time in the database: set it (NTP)",
            newest - now
        )),
        Ok(_) => Right(
            chrono::DateTime::from_timestamp(now, 0)
                .unwrap_or_default()
                .to_rfc3339(),
        ),
        Err(error) => Doubtful(format!("nothing to compare it with: {error}")),
    }
}
