//! `issuer client add NAME`: a client that somebody registers beforehand.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use shared::clock::Clock;

use super::{json_flag, told};
use crate::client::method::AuthMethod;
use crate::client::stored;
use crate::client::{ClientMetadata, metadata::Registration};
use crate::store::Store;
use crate::store::stored_clients::Service;

/// The sub-command.
pub(super) fn command() -> Command {
    let name = Arg::new("name")
        .value_name("NAME")
        .required(true)
        .help("What people see of it");
    let redirect_uri = Arg::new("redirect-uri")
        .long("redirect-uri")
        .value_name("URI")
        .action(ArgAction::Append)
        .required(true)
        .help("Where codes may go; may come several times");
    let method = Arg::new("method")
        .long("method")
        .value_name("METHOD")
        .help("How it authenticates: none, client_secret_basic or client_secret_post; without this, by a secret in either way");
    Command::new("add")
        .about("Add a client; its secret is shown this once")
        .arg(name)
        .arg(redirect_uri)
        .arg(method)
        .arg(json_flag())
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let metadata = metadata(matches)?;
    let now = Clock::System.now();
    let stored = stored::keep(store, &metadata, &Service::default(), now)
        .await
        .map_err(|error| format!("cannot store the client: {error}"))?;
    told(&stored.information(&metadata), matches.get_flag("json"))
}

/// What was typed, by the rules of a registration.
fn metadata(matches: &ArgMatches) -> Result<ClientMetadata, String> {
    let typed = matches.get_one::<String>("method");
    let method = typed.map_or("client_secret_basic", String::as_str);
    if AuthMethod::parse(method).is_none() {
        return Err(format!(
            "--method {method} is not known; known are: {}",
            AuthMethod::listed()
        ));
    }
    let redirect_uris: Vec<&String> = matches.get_many("redirect-uri").into_iter().flatten().collect();
    let name: Option<&String> = matches.get_one("name");
    let registration =
        json!({"client_name": name, "redirect_uris": redirect_uris, "token_endpoint_auth_method": method});
    let registration: Registration = serde_json::from_value(registration).map_err(|error| error.to_string())?;
    let mut metadata = ClientMetadata::try_from(registration).map_err(|error| error.to_string())?;
    metadata.any_secret_method = typed.is_none();
    Ok(metadata)
}
