//! The scenarios: what takes turns with what.

mod calls;
mod flood;
mod limits;
mod peers;
mod replicas;
mod saved;
mod signins;
mod small;
mod tokens;

use crate::peers::Peers;
use crate::report::{Figure, Scenario};
use crate::rounds::Plan;
use crate::server::Server;

/// What can be named on the command line, in the order in which it runs.
pub const NAMES: [&str; 11] = [
    "limits", "issuer", "tools", "search", "flood", "saved", "signins", "growth", "replicas", "peers", "small",
];

/// Runs the scenario of this name.
pub async fn run(name: &str, plan: Plan, installed: Peers<'_>) -> Result<Scenario, String> {
    match name {
        "limits" => limits::limits(),
        "issuer" => tokens::issuer(plan).await,
        "tools" => calls::tools_call(plan).await,
        "search" => calls::search(plan).await,
        "flood" => flood::flood(plan).await,
        "saved" => saved::saved(plan).await,
        "signins" => signins::signins(plan).await,
        "replicas" => replicas::replicas(plan).await,
        "peers" => peers::peers(plan, installed).await,
        "growth" => tokens::growth(plan).await,
        _ => small::small().await,
    }
}

fn resident(server: &Server, name: &str) -> Result<Figure, String> {
    let mebibytes = u32::try_from(server.resident_kib()?).map(|kib| f64::from(kib) / 1024.0);
    Ok(Figure {
        name: format!("{name}, resident memory"),
        value: mebibytes.map_err(|error| error.to_string())?,
        unit: "MiB",
    })
}
