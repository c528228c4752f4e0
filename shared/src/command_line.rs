//! What the command lines of both programs do alike: read the arguments, do what they ask for, and tell in one line
//! what went wrong.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ArgMatches, Command};

/// Does what these arguments (the first is the program's name) ask for: nothing but help or usage where clap says so
/// (exit code 2 for a mistake), else `dispatch`. Its error is one line on stderr after the command's name, and a
/// failing exit code.
pub fn run(
    command: Command,
    arguments: impl IntoIterator<Item = OsString>,
    dispatch: impl AsyncFnOnce(&ArgMatches) -> Result<(), String>,
) -> ExitCode {
    let name = command.get_name().to_owned();
    let matches = match command.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let usage = error.use_stderr();
            drop(error.print());
            return if usage { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match actix_web::rt::System::new().block_on(dispatch(&matches)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{name}: {message}");
            ExitCode::FAILURE
        }
    }
}
