//! The command line: `resource serve` (default), `config`, `healthcheck`, `doctor`, `key`, `foods`.

mod doctor;
mod foods;
mod key;

use std::ffi::OsString;
use std::pin::pin;
use std::process::ExitCode;

use actix_web::dev::Server;
use actix_web::web;
use clap::{ArgMatches, Command};
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use shared::clock::Clock;
use shared::command_line;
use shared::http::health::healthcheck;
use shared::logging;
use shared::settings::{self, Typed};
use shared::shutdown::asked_to_end;

use crate::app::App;
use crate::config::{Config, SETTINGS};
use crate::food::catalogue::{Catalogue, nutrient_definitions};
use crate::food::pack::PackError;
use crate::food::shipped::Shipped;
use crate::{scrape, server};

/// Runs the program with these arguments (the first is its name). One clear line on stderr, and a
/// failing exit code, when it cannot.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    command_line::run(command(), arguments, dispatch)
}

fn command() -> Command {
    let command = Command::new("resource")
        .about("A food-tracking MCP server that checks JWT access tokens locally")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand(Command::new("serve").about("Serve (the default)"))
        .subcommand(Command::new("config").about("Show the effective settings, secrets hidden"))
        .subcommand(Command::new("healthcheck").about("Ask the running resource server whether it can serve"))
        .subcommand(doctor::command())
        .subcommand(key::command())
        .subcommand(foods::command());
    settings::flags(command, SETTINGS)
}

async fn dispatch(matches: &ArgMatches) -> Result<(), String> {
    let flags = settings::given_flags(matches.subcommand().map_or(matches, |(_, matches)| matches), SETTINGS);
    let typed = Config::typed(settings::variables(), flags);
    match matches.subcommand_name() {
        Some("config") => show(typed),
        Some("doctor") => doctor::run(matches.subcommand_matches("doctor"), || read(typed)).await,
        Some("key") => match matches.subcommand_matches("key") {
            Some(matches) => key::run(matches, &read(typed)?).await,
            None => Ok(()),
        },
        Some("foods") => match matches.subcommand_matches("foods") {
            Some(matches) => foods::run(matches, &read(typed)?).await,
            None => Ok(()),
        },
        Some("healthcheck") => check_health(&read(typed)?).await,
        _ => serve(read(typed)?, Catalogue::load).await,
    }
}

async fn check_health(config: &Config) -> Result<(), String> {
    healthcheck(&config.listen, config.tls.is_some()).await
}

fn read(typed: Typed) -> Result<Config, String> {
    Config::read(typed).map_err(|mistakes| mistakes.to_string())
}

fn show(typed: Typed) -> Result<(), String> {
    for (name, value, origin) in typed.effective() {
        println!("{name}={value}  ({})", format!("{origin:?}").to_lowercase());
    }
    let config = read(typed)?;
    for issuer in &config.issuers {
        println!(
            "issuer: {} (audience: {})",
            issuer.issuer,
            issuer.audiences.join(" or ")
        );
    }
    if config.api_keys.mode.takes_tokens() {
        println!("metadata: {}", config.public_url.metadata_url());
    }
    Ok(())
}

/// Serves from the first moment on; what needs the foods waits until `load` has them.
async fn serve(
    config: Config,
    load: impl FnOnce() -> Result<Catalogue, PackError> + Send + 'static,
) -> Result<(), String> {
    logging::start();
    for warning in config.warnings() {
        log::warn!("{warning}");
    }
    let listeners = config
        .listen
        .bind("RESOURCE_LISTEN")
        .map_err(|error| error.to_string())?;
    let of_metrics = config
        .metrics_listen
        .as_ref()
        .map(|listen| listen.bind("RESOURCE_METRICS_LISTEN"));
    let of_metrics = of_metrics.transpose().map_err(|error| error.to_string())?;
    let nutrients = nutrient_definitions().map_err(|error| error.to_string())?;
    let (shipped, unpacked) = Shipped::unpack(nutrients, load).map_err(|error| error.to_string())?;
    let app = web::Data::new(App::open(config, Clock::System, shipped).await?);
    let stop = asked_to_end().map_err(|error| error.to_string())?;
    let server = server::start(&app, listeners, stop).map_err(|error| error.to_string())?;
    if let Some(listeners) = of_metrics {
        let server = scrape::start(&app, listeners).map_err(|error| error.to_string())?;
        actix_web::rt::spawn(server);
    }
    let issuers: Vec<_> = app.config.issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
    log::info!(resource = app.config.public_url.as_str(), issuers = issuers.join(" "); "serving");
    let ended = ended(server, unpacked).await;
    app.saved_foods.close().await;
    ended
}

/// When the server ends: as it was asked to, or because the foods cannot be read.
async fn ended(server: Server, unpacked: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let server = server.map(|ended| ended.map_err(|error| error.to_string()));
    let server = pin!(server);
    match select(server, pin!(unpacked)).await {
        Either::Left((ended, _)) => ended,
        Either::Right((Ok(()), server)) => server.await,
        Either::Right((failed, _)) => failed,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[actix_web::test]
    async fn foods_that_cannot_be_read_end_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("resource.db").display());
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let settings = [("RESOURCE_LISTEN", free), ("RESOURCE_DATABASE_URL", database)];
        let typed = Config::typed(settings.map(|(name, value)| (name.to_owned(), value)), []);
        let served = serve(Config::read(typed).unwrap(), || Err(PackError::Truncated)).await;
        assert_eq!(served, Err("the pack is cut short".to_owned()));
    }
}
