//! The one command: starts the issuer and the resource server as two processes, watches them, ends them.
//!
//! `start` runs both; `start issuer ...` and `start resource ...` are the two programs themselves, so
//! that one binary is enough and neither can be older than the other (docs/decisions/0001).

use std::ffi::OsString;
use std::process::ExitCode;

mod banner;
mod plan;
mod program;
mod supervise;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "\
Starts the issuer and the resource server, and ends them on Ctrl-C.

Usage: start                 start both, with the settings of the environment
       start issuer ...      run the issuer alone (start issuer --help)
       start resource ...    run the resource server alone (start resource --help)";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.first().map(|first| first.to_string_lossy()).as_deref() {
        None => supervise::run(),
        Some("issuer") => issuer::run(arguments),
        Some("resource") => resource::run(arguments),
        Some("--help" | "-h" | "help") => {
            banner::print(USAGE);
            ExitCode::SUCCESS
        }
        Some(other) => {
            eprintln!("start: there is no {other:?}; settings are environment variables here\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}
