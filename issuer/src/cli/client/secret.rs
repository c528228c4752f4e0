//! `issuer client secret new|list|retire`: exchanging a client's secret while nobody is locked out.
//!
//! `new` makes one and lets the others live for a while; when the client has the new one everywhere, `retire` ends an
//! old one at once.

use clap::{Arg, ArgMatches, Command, value_parser};
use serde_json::json;
use shared::clock::{Clock, NumericDate};

use super::{client_id, found, id};
use crate::cli::json_flag;
use crate::client::secret::FreshSecret;
use crate::store::Store;
use crate::store::client_secrets::SecretRow;

const HOUR: NumericDate = 3600;

/// The sub-command and its own sub-commands.
pub(super) fn command() -> Command {
    let overlap = Arg::new("overlap")
        .long("overlap")
        .value_name("HOURS")
        .value_parser(value_parser!(i64).range(0..=8760))
        .default_value("24")
        .help("How long the secrets from before still work");
    let secret_id = Arg::new("secret")
        .value_name("SECRET_ID")
        .required(true)
        .help("The name of the secret, as `list` shows it");
    let new = Command::new("new")
        .about("Make a new secret, shown this once")
        .arg(id())
        .arg(overlap)
        .arg(json_flag());
    let list = Command::new("list")
        .about("List the secrets, without what they are")
        .arg(id())
        .arg(json_flag());
    let retire = Command::new("retire")
        .about("End a secret now")
        .arg(id())
        .arg(secret_id)
        .arg(json_flag());
    Command::new("secret")
        .about("Exchange a client's secret")
        .subcommand_required(true)
        .subcommands([new, list, retire])
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    match matches.subcommand() {
        Some(("new", matches)) => new(matches, store).await,
        Some(("retire", matches)) => retire(matches, store).await,
        Some((_, matches)) => list(matches, store).await,
        None => Ok(()),
    }
}

async fn new(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let client = found(store, client_id(matches)).await?;
    if !client.metadata.token_endpoint_auth_method.has_secret() {
        let method = client.metadata.token_endpoint_auth_method.as_str();
        return Err(format!("this client has no secret: it authenticates by {method}"));
    }
    let secret = FreshSecret::random().map_err(|error| error.to_string())?;
    let now = Clock::System.now();
    let others_end_at = now + HOUR * matches.get_one::<i64>("overlap").copied().unwrap_or(24);
    let client_id = client.client_id.as_str();
    let added = store.add_secret(client_id, secret.kept(), others_end_at, now).await;
    if !added.map_err(|error| format!("cannot store the secret: {error}"))? {
        return Err("the client was deleted just now".to_owned());
    }
    if matches.get_flag("json") {
        let line = json!({"client_id": client_id, "secret_id": secret.secret_id, "client_secret": secret.text,
            "client_secret_expires_at": 0});
        println!("{line}");
    } else {
        println!("secret_id: {}\nclient_secret: {}", secret.secret_id, secret.text);
    }
    Ok(())
}

async fn list(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let client = found(store, client_id(matches)).await?;
    let secrets = store
        .secrets_of(client.client_id.as_str())
        .await
        .map_err(|error| format!("cannot read the secrets: {error}"))?;
    let now = Clock::System.now();
    for secret in &secrets {
        if matches.get_flag("json") {
            let line = json!({"secret_id": secret.secret_id, "created_at": secret.created_at,
                "expires_at": secret.expires_at.unwrap_or(0)});
            println!("{line}");
        } else {
            println!("{}", as_line(secret, now));
        }
    }
    if secrets.is_empty() && !matches.get_flag("json") {
        println!("this client has no secret");
    }
    Ok(())
}

fn as_line(secret: &SecretRow, now: NumericDate) -> String {
    let made = crate::cli::day(secret.created_at);
    let end = match secret.expires_at {
        None => "does not end by itself".to_owned(),
        Some(at) if at <= now => format!("ended {}", crate::cli::day(at)),
        Some(at) => format!("ends {}", crate::cli::day(at)),
    };
    format!("{}  made {made}  {end}", secret.secret_id)
}

async fn retire(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let secret_id = matches.get_one::<String>("secret").map_or("", String::as_str);
    let retired = store
        .retire_secret(client_id(matches), secret_id, Clock::System.now())
        .await
        .map_err(|error| format!("cannot end the secret: {error}"))?;
    if !retired {
        return Err("the client has no such secret, or it has ended".to_owned());
    }
    if matches.get_flag("json") {
        println!("{}", json!({"secret_id": secret_id, "retired": true}));
    } else {
        println!("retired {secret_id}");
    }
    Ok(())
}
