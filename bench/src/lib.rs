//! How fast the two servers are: each scenario as ratios, taken in turns within one run.
//!
//! `cargo run --release -p bench -- [SCENARIO ...]`; see docs/performance.md. Nothing that is measured here decides
//! whether a test passes.

pub mod forged;
pub mod issuer_server;
pub mod load;
pub mod noop;
pub mod peers;
pub mod postgres;
pub mod report;
pub mod roles;
pub mod rounds;
pub mod rows;
pub mod scenarios;
pub mod server;
pub mod tokens;
pub mod tools;
pub mod wire;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use peers::Peers;
use report::Scenario;
use rounds::Plan;

/// Runs what the arguments ask for.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    if let Some(ended) = roles::run(&arguments) {
        return ended;
    }
    let matches = command().get_matches_from(arguments);
    let plan = plan(&matches);
    let chosen = matches.get_many::<String>("scenario").into_iter().flatten();
    let chosen: Vec<&str> = chosen.map(String::as_str).collect();
    let path = |name: &str| matches.get_one::<String>(name).map_or(Path::new(""), Path::new);
    let peers = Peers { folder: path("peers") };
    match measure(&chosen, plan, peers, path("json")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// As long as the arguments say; what they do not say, `--short` does.
fn plan(matches: &ArgMatches) -> Plan {
    let short = matches.get_flag("short");
    let number = |name: &str, otherwise: usize| {
        let said = matches.value_source(name) == Some(ValueSource::CommandLine);
        let number = matches.get_one::<usize>(name).copied();
        number.filter(|_| said || !short).unwrap_or(otherwise)
    };
    Plan {
        rounds: number("rounds", 2),
        span: Duration::from_millis(u64::try_from(number("millis", 400)).unwrap_or_default()),
        connections: number("connections", 64),
        is_short: short,
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
        .arg(number("millis", "2000", "Milliseconds of a round"))
        .arg(number("connections", "64", "Connections at a time"))
        .arg(
            Arg::new("short")
                .long("short")
                .action(ArgAction::SetTrue)
                .help("Two rounds of 400 ms, and a tenth of the rows: whether everything runs, not how fast"),
        )
        .arg(
            Arg::new("peers")
                .long("peers")
                .value_name("FOLDER")
                .default_value("target/peers")
                .help("Where scripts/bench-peers.sh installed the others; without them that scenario is left out"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .value_name("FILE")
                .default_value("target/bench.json")
                .help("Where all figures go as JSON"),
        )
}

fn measure(chosen: &[&str], plan: Plan, peers: Peers<'_>, json: &Path) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    if server::can_pin() {
        server::pin_generator();
        println!("each server on the first processor, the generator on the second");
    } else {
        println!("no processors can be chosen here: servers and generator share what there is");
    }
    let begun = Instant::now();
    let (mut all, mut failed): (Vec<Scenario>, Vec<&str>) = (Vec::new(), Vec::new());
    for name in scenarios::NAMES {
        let is_meant = chosen.is_empty() && (name != "peers" || peers.are_there());
        if !is_meant && !chosen.contains(&name) {
            continue;
        }
        match runtime.block_on(scenarios::run(name, plan, peers)) {
            Ok(scenario) => {
                scenario.print();
                all.push(scenario);
            }
            Err(error) => {
                println!("\n### {name}\n\nfailed: {error}");
                failed.push(name);
            }
        }
        write(&all, json)?;
    }
    println!("\n{} s; all figures: {}", begun.elapsed().as_secs(), json.display());
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("failed: {}", failed.join(", ")))
}

/// After each scenario: what was measured stays when a later one takes the machine down.
fn write(all: &[Scenario], json: &Path) -> Result<(), String> {
    let text = serde_json::to_string_pretty(all).map_err(|error| error.to_string())?;
    if let Some(folder) = json.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    std::fs::write(json, text).map_err(|error| format!("{}: {error}", json.display()))
}
