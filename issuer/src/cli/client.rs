//! `issuer client list`: which clients registered, for people and (`--json`) for programs.

use chrono::DateTime;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use shared::clock::NumericDate;

use crate::client::{self, Client};
use crate::store::Store;

/// The sub-command and its own sub-commands.
pub(super) fn command() -> Command {
    let json = Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("One JSON object a line");
    let list = Command::new("list")
        .about("List the registered clients, the last used first")
        .arg(json);
    Command::new("client")
        .about("Look at the registered clients")
        .subcommand_required(true)
        .subcommand(list)
}

/// Runs `client list`.
pub(super) async fn run(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let as_json = matches.subcommand().is_some_and(|(_, list)| list.get_flag("json"));
    let clients = client::list(store)
        .await
        .map_err(|error| format!("cannot read the clients: {error}"))?;
    for client in &clients {
        println!("{}", if as_json { as_object(client) } else { as_line(client) });
    }
    if clients.is_empty() && !as_json {
        println!("no client has registered yet");
    }
    Ok(())
}

fn as_object(client: &Client) -> String {
    json!({
        "client_id": client.client_id.as_str(),
        "client_name": client.metadata.client_name,
        "redirect_uris": client.metadata.redirect_uris,
        "created_at": client.created_at,
        "last_used_at": client.last_used_at,
    })
    .to_string()
}

fn as_line(client: &Client) -> String {
    let uris: Vec<String> = client.metadata.redirect_uris.iter().map(ToString::to_string).collect();
    let (id, name) = (client.client_id.as_str(), client.metadata.name());
    format!("{id}  {}  {name}  {}", day(client.last_used_at), uris.join(" "))
}

fn day(at: NumericDate) -> String {
    DateTime::from_timestamp(at, 0).map_or_else(|| at.to_string(), |at| at.format("%Y-%m-%d").to_string())
}
