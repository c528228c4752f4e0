//! `issuer client list`: which clients somebody allowed, for people and (`--json`) for programs.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;

use crate::client::{self, Client};
use crate::redirect_uri::RedirectUri;
use crate::store::Store;

/// The sub-command and its own sub-commands.
pub(super) fn command() -> Command {
    let json = Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("One JSON object a line");
    let list = Command::new("list")
        .about("List the clients that somebody allowed, the last used first")
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
        println!("no client has been allowed yet");
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
    let uris: Vec<&str> = client.metadata.redirect_uris.iter().map(RedirectUri::as_str).collect();
    let (id, name) = (client.client_id.as_str(), client.metadata.name());
    format!("{id}  {}  {name}  {}", super::day(client.last_used_at), uris.join(" "))
}
