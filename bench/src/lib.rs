//! How fast the two servers are: each scenario as ratios, taken in turns within one run.
//!
//! `cargo run --release -p bench -- [SCENARIO ...]`; see docs/performance.md. Nothing that is measured here decides
//! whether a test passes.

pub mod issuer_server;
pub mod load;
pub mod noop;
pub mod report;
pub mod roles;
pub mod rounds;
pub mod scenarios;
pub mod server;
pub mod tokens;
pub mod tools;
pub mod wire;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Arg, Command, value_parser};

use report::Scenario;
use rounds::Plan;

/// Runs what the arguments ask for.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    if let Some(ended) = roles::run(&arguments) {
        return ended;
    }
    let matches = command().get_matches_from(arguments);
    let number = |name: &str| matches.get_one::<usize>(name).copied().unwrap_or_default();
    let plan = Plan {
        rounds: number("rounds"),
        span: Duration::from_millis(u64::try_from(number("millis")).unwrap_or_default()),
        connections: number("connections"),
    };
    let chosen = matches.get_many::<String>("scenario").into_iter().flatten();
    let chosen: Vec<&str> = chosen.map(String::as_str).collect();
    match measure(&chosen, plan, matches.get_one::<String>("json").map(String::as_str)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        let number = Arg::new(name).long(name).value_parser(value_parser!(usize));
        number.default_value(default).help(help)
    };
    Command::new("bench")
        .about("How fast the two servers are, as ratios taken in one run")
        .arg(
            Arg::new("scenario")
                .num_args(0..)
                .value_parser(scenarios::NAMES)
                .help("Which; all when none is named"),
        )
        .arg(number("rounds", "5", "Rounds of each subject"))
        .arg(number("millis", "3000", "Milliseconds of a round"))
        .arg(number("connections", "64", "Connections at a time"))
        .arg(
            Arg::new("json")
                .long("json")
                .value_name("FILE")
                .help("Where all figures go as JSON"),
        )
}

fn measure(chosen: &[&str], plan: Plan, json: Option<&str>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    if server::can_pin() {
        server::pin_generator();
        println!("each server on the first processor, the generator on the second");
    } else {
        println!("no processors can be chosen here: servers and generator share what there is");
    }
    let mut all: Vec<Scenario> = Vec::new();
    for name in scenarios::NAMES {
        if chosen.is_empty() || chosen.contains(&name) {
            let scenario = runtime.block_on(scenarios::run(name, plan))?;
            scenario.print();
            all.push(scenario);
        }
    }
    let Some(file) = json else { return Ok(()) };
    let text = serde_json::to_string_pretty(&all).map_err(|error| error.to_string())?;
    std::fs::write(file, text).map_err(|error| format!("{file}: {error}"))
}
