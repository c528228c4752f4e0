//! `issuer user disable|enable|password|delete NAME`: accounts that are there.

use clap::{ArgMatches, Command};
use serde_json::{Value, json};
use shared::clock::Clock;

use super::{account_name, json_flag, name, new_password, password_stdin};
use crate::store::Store;
use crate::store::administration::Ended;
use crate::store::users::Credentials;

/// The sub-commands.
pub(super) fn commands() -> [Command; 4] {
    let command = |verb, about| Command::new(verb).about(about).arg(name()).arg(json_flag());
    [
        command(
            "disable",
            "Keep an account from signing in, and end its sessions and grants",
        ),
        command("enable", "Let a disabled account sign in again; what ended stays ended"),
        command("password", "Set an account's password, and end its sessions").arg(password_stdin()),
        command("delete", "Delete an account, with its sessions, grants and consents"),
    ]
}

/// Runs the sub-command of this name.
pub(super) async fn run(verb: &str, matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let user = account(matches, store).await?;
    let (words, members) = match verb {
        "disable" => disable(&user, store).await?,
        "enable" => enable(&user, store).await?,
        "password" => set_password(&user, matches, store).await?,
        _ => delete(&user, store).await?,
    };
    if matches.get_flag("json") {
        let mut line = json!({"user_id": user.user_id, "name": user.name});
        if let (Some(line), Value::Object(members)) = (line.as_object_mut(), members) {
            line.extend(members);
        }
        println!("{line}");
    } else {
        println!("{words}");
    }
    Ok(())
}

type Told = (String, Value);

async fn disable(user: &Credentials, store: &Store) -> Result<Told, String> {
    let ended = store.disable_user(&user.user_id, Clock::System.now());
    let Some(Ended { sessions, grants }) = ended.await.map_err(|error| failed(&error))? else {
        return Err(format!("{} is disabled already", user.name));
    };
    let words = format!("disabled {}; ended: {sessions} sessions, {grants} grants", user.name);
    let members = json!({"disabled": true, "sessions_ended": sessions, "grants_revoked": grants});
    Ok((words, members))
}

async fn enable(user: &Credentials, store: &Store) -> Result<Told, String> {
    let enabled = store.enable_user(&user.user_id, Clock::System.now()).await;
    if !enabled.map_err(|error| failed(&error))? {
        return Err(format!("{} is not disabled", user.name));
    }
    Ok((format!("enabled {}", user.name), json!({"disabled": false})))
}

async fn set_password(user: &Credentials, matches: &ArgMatches, store: &Store) -> Result<Told, String> {
    let hash = new_password(matches).await?;
    let set = store.set_password(&user.user_id, &hash, Clock::System.now());
    let Some(Ended { sessions, .. }) = set.await.map_err(|error| failed(&error))? else {
        return Err(format!("{} was deleted just now", user.name));
    };
    let words = format!("new password for {}; ended: {sessions} sessions", user.name);
    Ok((words, json!({"sessions_ended": sessions})))
}

async fn delete(user: &Credentials, store: &Store) -> Result<Told, String> {
    let deleted = store.delete_user(&user.user_id, Clock::System.now()).await;
    if !deleted.map_err(|error| failed(&error))? {
        return Err(format!("{} was deleted just now", user.name));
    }
    Ok((format!("deleted {}", user.name), json!({"deleted": true})))
}

/// The account that is meant.
async fn account(matches: &ArgMatches, store: &Store) -> Result<Credentials, String> {
    crate::cli::account(store, &account_name(matches)?).await
}

fn failed(error: &sqlx::Error) -> String {
    format!("cannot change the account: {error}")
}
