//! A line typed at the terminal that is not shown.
//!
//! Echo is switched with `stty`, which every system with a terminal has; doing it by system call would
//! need unsafe code. Easy to get wrong: leaving echo off when something fails in between.

use std::io::{self, Write};
use std::process::{Command, Stdio};

/// Asks, reads a line without echo, and switches echo on again whatever happened.
pub(super) fn hidden_line(prompt: &str) -> Result<String, String> {
    let refused = "cannot hide what is typed here; use --password-stdin";
    eprint!("{prompt}");
    drop(io::stderr().flush());
    let _shown_again = Hidden::begin().ok_or(refused)?;
    let mut line = String::new();
    io::stdin()
        .read_line(&mut line)
        .map_err(|_| "cannot read from the terminal")?;
    eprintln!();
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// While this lives, the terminal does not echo.
struct Hidden;

impl Hidden {
    fn begin() -> Option<Self> {
        stty("-echo").then_some(Self)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        stty("echo");
    }
}

fn stty(argument: &str) -> bool {
    let status = Command::new("stty").arg(argument).stdin(Stdio::inherit()).status();
    status.is_ok_and(|status| status.success())
}
