//! What nobody can do without: durable rows and signatures, on one core.

use std::process::Command;

use crate::report::{Figure, Scenario};

/// Durable rows of SQLite, and signatures.
pub(super) fn limits() -> Result<Scenario, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut figures = Vec::new();
    for rows in ["1", "16", "64"] {
        let file = folder.path().join(format!("{rows}.db")).display().to_string();
        let rate = alone(&["sqlite", rows, &file])?.pop().unwrap_or_default();
        let name = format!("SQLite (WAL, FULL), {rows} rows a commit");
        figures.push(Figure::new(&name, rate, "rows/s"));
    }
    let rates = alone(&["sign", &folder.path().display().to_string()])?;
    for (name, value) in ["sign ES256", "sign EdDSA"].into_iter().zip(rates) {
        figures.push(Figure::new(name, value, "/s"));
    }
    figures.push(Figure::new("verify ES256", verifications()?, "/s"));
    Ok(Scenario {
        name: "limits".to_owned(),
        series: Vec::new(),
        figures,
    })
}

/// ES256 verifications a second.
pub(super) fn verifications() -> Result<f64, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let rates = alone(&["verify", &folder.path().display().to_string()])?;
    rates.first().copied().ok_or_else(|| "no rate".to_owned())
}

/// Runs a role of this program on the first processor, and reads the numbers that it prints.
fn alone(arguments: &[&str]) -> Result<Vec<f64>, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = if crate::server::can_pin() {
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(own);
        command
    } else {
        Command::new(own)
    };
    let output = command.args(arguments).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Result<Vec<f64>, _> = text.lines().map(str::parse).collect();
    numbers.map_err(|_| text)
}
