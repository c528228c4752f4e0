//! The command line: `issuer serve` (default), `config`, `healthcheck`, `user ...`, `client ...`, `key ...`,
//! `revoke`, `audit`, `backup`, `check`.

mod audit;
mod backup;
mod check;
mod client;
mod key;
mod revoke;
mod terminal;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use actix_web::web;
use chrono::DateTime;
use clap::{Arg, ArgAction, ArgMatches, Command};
use shared::clock::{Clock, NumericDate};
use shared::command_line;
use shared::http::health::healthcheck;
use shared::logging;
use shared::settings::{self, Typed};
use shared::shutdown::asked_to_end;

use crate::account::UserName;
use crate::app::App;
use crate::config::{Config, SETTINGS};
use crate::pages::setup;
use crate::store::Store;
use crate::store::users::Credentials;
use crate::{scrape, server};

/// Runs the program with these arguments (the first is its name). One clear line on stderr, and a
/// failing exit code, when it cannot.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    command_line::run(command(), arguments, dispatch)
}

fn command() -> Command {
    let command = Command::new("issuer")
        .about("An OAuth 2.1 authorization server for MCP")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand(Command::new("serve").about("Serve (the default)"))
        .subcommand(Command::new("config").about("Show the effective settings, secrets hidden"))
        .subcommand(Command::new("healthcheck").about("Ask the running issuer whether it can serve"))
        .subcommand(user::command())
        .subcommand(client::command())
        .subcommand(key::command())
        .subcommand(revoke::command())
        .subcommand(audit::command())
        .subcommand(backup::command())
        .subcommand(check::command());
    settings::flags(command, SETTINGS)
}

async fn dispatch(matches: &ArgMatches) -> Result<(), String> {
    let flags = settings::given_flags(innermost(matches), SETTINGS);
    let typed = Config::typed(settings::variables(), flags);
    match matches.subcommand() {
        Some(("config", _)) => show(typed),
        Some(("healthcheck", _)) => check_health(&read(typed)?).await,
        Some(("user", matches)) => user::run(matches, &store(typed).await?).await,
        Some(("client", matches)) => client::run(matches, read(typed)?).await,
        Some(("backup", matches)) => backup::run(matches, &read(typed)?).await,
        Some(("check", matches)) => check::run(matches, typed).await,
        Some(("revoke", matches)) => revoke::run(matches, &store(typed).await?).await,
        Some(("audit", matches)) => audit::run(matches, &store(typed).await?).await,
        Some(("key", matches)) => keys(matches, &read(typed)?).await,
        _ => serve(read(typed)?).await,
    }
}

/// The matches of the last sub-command: flags may stand before or after it, and end up there.
fn innermost(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, matches)| innermost(matches))
}

/// The storage alone, for commands that work beside a running issuer.
async fn store(typed: Typed) -> Result<Store, String> {
    open(&read(typed)?).await
}

async fn open(config: &Config) -> Result<Store, String> {
    Store::open(&config.database_url)
        .await
        .map_err(|error| error.to_string())
}

async fn keys(matches: &ArgMatches, config: &Config) -> Result<(), String> {
    let store = Store::open(&config.database_url).await;
    key::run(matches, config, &store.map_err(|error| error.to_string())?).await
}

async fn check_health(config: &Config) -> Result<(), String> {
    healthcheck(&config.listen, config.protection.tls.is_some()).await
}

fn read(typed: Typed) -> Result<Config, String> {
    Config::read(typed).map_err(|mistakes| mistakes.to_string())
}

fn show(typed: Typed) -> Result<(), String> {
    for (name, value, origin) in typed.effective() {
        println!("{name}={value}  ({})", format!("{origin:?}").to_lowercase());
    }
    read(typed).map(drop)
}

async fn serve(config: Config) -> Result<(), String> {
    logging::start();
    for warning in config.warnings() {
        log::warn!("{warning}");
    }
    let listeners = config.listen.bind("ISSUER_LISTEN").map_err(|error| error.to_string())?;
    let of_metrics = config
        .metrics_listen
        .as_ref()
        .map(|listen| listen.bind("ISSUER_METRICS_LISTEN"));
    let of_metrics = of_metrics.transpose().map_err(|error| error.to_string())?;
    let app = App::open(config, Clock::System).await?;
    app.settle_services().await?;
    let app = web::Data::new(app);
    let stop = asked_to_end().map_err(|error| error.to_string())?;
    let server = server::start(&app, listeners, stop).map_err(|error| error.to_string())?;
    if let Some(listeners) = of_metrics {
        actix_web::rt::spawn(scrape::start(&app, listeners).map_err(|error| error.to_string())?);
    }
    // The one line on stdout: `start` shows it, and people find it in the output of containers.
    if let Some(link) = setup::link(&app).await? {
        println!("setup-link: {link}");
    }
    log::info!(issuer = app.config.issuer.as_str(); "serving");
    let ended = server.await.map_err(|error| error.to_string());
    app.store.close().await;
    ended
}

/// A day for people.
fn day(at: NumericDate) -> String {
    DateTime::from_timestamp(at, 0).map_or_else(|| at.to_string(), |at| at.format("%Y-%m-%d").to_string())
}

/// The account of this name.
async fn account(store: &Store, name: &UserName) -> Result<Credentials, String> {
    let found = store.find_credentials(name).await;
    found
        .map_err(|error| format!("cannot read the accounts: {error}"))?
        .ok_or_else(|| {
            format!(
                "there is no account named {}; `issuer user list` shows all",
                name.as_str()
            )
        })
}

fn json_flag() -> Arg {
    let json = Arg::new("json").long("json").action(ArgAction::SetTrue);
    json.help("One JSON object a line")
}
