//! `issuer client ...`: the clients that are stored, for people and (`--json`) for programs.
//!
//! All work beside a running issuer. Registrations come by themselves; `add` is for a client that should not
//! register, or that gets more than a registration gives.

mod add;
mod block;
mod secret;

use clap::{Arg, ArgMatches, Command};
use serde::Serialize;
use serde_json::{Value, json};
use shared::clock::Clock;

use super::json_flag;
use crate::client::{self, Client};
use crate::config::Config;
use crate::redirect_uri::RedirectUri;
use crate::store::Store;
use crate::store::audit::Actor;

/// The sub-command and its own sub-commands.
pub(super) fn command() -> Command {
    let list = Command::new("list")
        .about("List the stored clients, the last used first")
        .arg(json_flag());
    let show = Command::new("show")
        .about("Show what is known of a client")
        .arg(id())
        .arg(json_flag());
    let delete = Command::new("delete")
        .about("Delete a client, and end everything that was issued to it")
        .arg(id())
        .arg(json_flag());
    Command::new("client")
        .about("Add, show, block and delete clients, and exchange their secrets")
        .subcommand_required(true)
        .subcommands([add::command(), list, show, delete, secret::command()])
        .subcommands(block::commands())
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, config: Config) -> Result<(), String> {
    if let Some((verb @ ("block" | "unblock"), matches)) = matches.subcommand() {
        return block::run(verb, matches, config).await;
    }
    run_on_store(matches, &super::open(&config).await?, &config).await
}

async fn run_on_store(matches: &ArgMatches, store: &Store, config: &Config) -> Result<(), String> {
    match matches.subcommand() {
        Some(("add", matches)) => add::run(matches, store, config).await,
        Some(("show", matches)) => show(matches, store).await,
        Some(("delete", matches)) => delete(matches, store).await,
        Some(("secret", matches)) => secret::run(matches, store).await,
        Some((_, matches)) => list(matches.get_flag("json"), store).await,
        None => Ok(()),
    }
}

async fn list(as_json: bool, store: &Store) -> Result<(), String> {
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
        "token_endpoint_auth_method": client.metadata.token_endpoint_auth_method,
        "created_at": client.created_at,
        "last_used_at": client.last_used_at,
        "blocked_at": client.blocked_at,
    })
    .to_string()
}

fn as_line(client: &Client) -> String {
    let uris: Vec<&str> = client.metadata.redirect_uris.iter().map(RedirectUri::as_str).collect();
    let (id, name) = (client.client_id.as_str(), client.metadata.name());
    format!("{id}  {}  {name}  {}", super::day(client.last_used_at), uris.join(" "))
}

#[derive(Serialize)]
struct Shown<'a> {
    client_id: &'a str,
    created_at: i64,
    last_used_at: i64,
    blocked_at: Option<i64>,
    #[serde(flatten)]
    metadata: &'a client::ClientMetadata,
}

async fn show(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let client = found(store, client_id(matches)).await?;
    let shown = Shown {
        client_id: client.client_id.as_str(),
        created_at: client.created_at,
        last_used_at: client.last_used_at,
        blocked_at: client.blocked_at,
        metadata: &client.metadata,
    };
    told(&shown, matches.get_flag("json"))
}

async fn delete(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let client_id = client_id(matches);
    let deleted = store
        .delete_client(client_id, Actor::CommandLine, Clock::System.now())
        .await
        .map_err(|error| format!("cannot delete the client: {error}"))?;
    if !deleted {
        let row = store.find_client(client_id).await.map_err(|error| error.to_string())?;
        return Err(row.map_or_else(
            || unknown(client_id),
            |_| {
                format!(
                    "{client_id} is blocked, and deleting it would let it in again; `issuer client unblock` it first"
                )
            },
        ));
    }
    if matches.get_flag("json") {
        println!("{}", json!({"client_id": client_id, "deleted": true}));
    } else {
        println!("deleted {client_id}");
    }
    Ok(())
}

/// Tells all members: one JSON object in one line, or a line for each.
fn told(what: &impl Serialize, as_json: bool) -> Result<(), String> {
    let object = serde_json::to_value(what).map_err(|error| error.to_string())?;
    match object {
        Value::Object(members) if !as_json => members.iter().for_each(|(name, value)| match value {
            Value::String(text) => println!("{name}: {text}"),
            other => println!("{name}: {other}"),
        }),
        object => println!("{object}"),
    }
    Ok(())
}

/// The client, or words for people.
async fn found(store: &Store, client_id: &str) -> Result<Client, String> {
    let row = store.find_client(client_id).await;
    let client = row.and_then(|row| row.map(Client::try_from).transpose());
    client
        .map_err(|error| format!("cannot read the clients: {error}"))?
        .ok_or_else(|| unknown(client_id))
}

fn unknown(client_id: &str) -> String {
    format!("no client {client_id:?} is stored; `issuer client list` shows all")
}

fn id() -> Arg {
    let id = Arg::new("client").value_name("CLIENT_ID").required(true);
    id.help("Its client_id, as `client list` shows it")
}

fn client_id(matches: &ArgMatches) -> &str {
    matches.get_one::<String>("client").map_or("", String::as_str)
}
