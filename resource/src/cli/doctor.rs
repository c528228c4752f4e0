//! `resource doctor [MCP-URL]`: shows what MCP clients will meet there.

use clap::{Arg, ArgAction, ArgMatches, Command};
use shared::clock::Clock;
use shared::fetch::Fetch;

use crate::config::Config;
use crate::doctor::examine;
use crate::doctor::report::Report;

const URL: &str = "MCP-URL";
const JSON: &str = "json";

pub(super) fn command() -> Command {
    Command::new("doctor")
        .about("Examine an MCP server and its issuer as MCP clients meet them")
        .long_about(
            "Makes the requests that MCP clients make before anybody signs in, and shows for each client what works, \
             what does not, and what to change. Registers nothing. Fails when something is broken for some client.",
        )
        .arg(Arg::new(URL).help("The URL that people type into their client [default: RESOURCE_PUBLIC_URL]"))
        .arg(
            Arg::new(JSON)
                .long(JSON)
                .action(ArgAction::SetTrue)
                .help("Print JSON instead of a table"),
        )
}

/// The settings are read only when no URL is given.
pub(super) async fn run(
    matches: Option<&ArgMatches>,
    config: impl FnOnce() -> Result<Config, String>,
) -> Result<(), String> {
    let url = match matches.and_then(|matches| matches.get_one::<String>(URL)) {
        Some(url) => url.clone(),
        None => own(&config()?)?,
    };
    let fetch = Fetch::new().map_err(|error| error.to_string())?;
    let progress = |request: &str| eprintln!("{request}");
    let report = examine(&url, &fetch, &Clock::System, &progress).await;
    let report = report.map_err(|error| format!("{url:?} is not a URL: {error}"))?;
    let json = matches.is_some_and(|matches| matches.get_flag(JSON));
    println!("{}", shown(&report, json));
    if report.is_broken() {
        return Err(format!("{url}: something is broken; the report says what to change"));
    }
    Ok(())
}

/// Our own server, where it has something to do with OAuth.
fn own(config: &Config) -> Result<String, String> {
    if config.api_keys.mode.takes_tokens() {
        return Ok(config.public_url.as_str().to_owned());
    }
    Err(format!(
        "RESOURCE_AUTH_MODE is api_key, so nobody signs in at {}, and clients find nothing of OAuth there on purpose; \
         give them a key: --header \"Authorization: Bearer KEY\"",
        config.public_url.as_str()
    ))
}

fn shown(report: &Report, json: bool) -> String {
    if json {
        format!("{:#}", report.to_json())
    } else {
        report.to_string()
    }
}
