//! The scenarios: what takes turns with what.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::in_turns;
use crate::issuer_server::IssuerServer;
use crate::load::Same;
use crate::report::{Figure, Scenario, Series, micros, spread};
use crate::rounds::{Loaded, Plan};
use crate::server::{Server, Start, free_address};
use crate::tokens::{self, Connecting, Refreshing};
use crate::tools::{self, Wire};
use crate::wire::get;

/// What can be named on the command line, in the order in which it runs.
pub const NAMES: [&str; 6] = ["limits", "issuer", "tools", "search", "growth", "small"];

/// Runs the scenario of this name.
pub async fn run(name: &str, plan: Plan) -> Result<Scenario, String> {
    match name {
        "limits" => limits(),
        "issuer" => issuer(plan).await,
        "tools" => tools_call(plan).await,
        "search" => search(plan).await,
        "growth" => growth(plan).await,
        _ => small().await,
    }
}

/// What nobody can do without: durable rows and signatures, on one core.
fn limits() -> Result<Scenario, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut figures = Vec::new();
    for rows in ["1", "16", "64"] {
        let file = folder.path().join(format!("{rows}.db")).display().to_string();
        let rate = alone(&["sqlite", rows, &file])?.pop().unwrap_or_default();
        let name = format!("SQLite (WAL, FULL), {rows} rows a commit");
        figures.push(Figure {
            name,
            value: rate,
            unit: "rows/s",
        });
    }
    let rates = alone(&["sign", &folder.path().display().to_string()])?;
    for (name, value) in ["sign ES256", "sign EdDSA"].into_iter().zip(rates) {
        figures.push(Figure {
            name: name.to_owned(),
            value,
            unit: "/s",
        });
    }
    Ok(Scenario {
        name: "limits".to_owned(),
        series: Vec::new(),
        figures,
    })
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

async fn raw(folder: &Path) -> Result<Server, String> {
    let address = free_address()?;
    let start = Start {
        name: "raw actix-web handler, fixed body",
        program: std::env::current_exe().map_err(|error| error.to_string())?,
        arguments: vec!["raw".to_owned(), address.to_string()],
        variables: Vec::new(),
        address,
        ready: "/",
        folder,
        cores: "0",
    };
    start.run().await
}

async fn issuer(plan: Plan) -> Result<Scenario, String> {
    let issuer = IssuerServer::start("issuer", "0").await?;
    let (series, figures) = under_load(plan, &issuer).await?;
    Ok(Scenario {
        name: "issuer".to_owned(),
        series,
        figures,
    })
}

async fn under_load(plan: Plan, issuer: &IssuerServer) -> Result<(Vec<Series>, Vec<Figure>), String> {
    let raw = raw(issuer.folder.path()).await?;
    let service = issuer.confidential(&["--scope", "food:read"])?;
    let asking = issuer.confidential(&["--resource", crate::noop::RESOURCE])?;
    let token = tokens::access_token(issuer).await?;
    let browser = issuer.browser().await?;
    let grants = issuer.refresh_tokens(plan.connections).await?;
    let client_id = &issuer.client_id;
    let refreshing = grants.iter().map(|token| Refreshing::new(client_id, token)).collect();
    let one = issuer
        .refresh_tokens(1)
        .await?
        .iter()
        .map(|token| Refreshing::new(client_id, token))
        .collect();
    let fixed = Same {
        request: get("/", &[]),
        status: 200,
    };
    let connecting = (0..plan.connections)
        .map(|_| Connecting::new(client_id, &browser.cookies))
        .collect();
    let many = |same: Same| vec![same; plan.connections];
    let server = &issuer.server;
    let mut fixed = Loaded::new("raw actix-web handler, fixed body", &raw, many(fixed));
    let mut refresh = Loaded::new("refresh", server, refreshing);
    let mut alone = Loaded::new("refresh, one connection", server, one);
    let mut services = Loaded::new("client_credentials", server, many(tokens::client_credentials(&service)));
    let mut told = Loaded::new("introspection", server, many(tokens::introspection(&asking, &token)));
    let mut codes = Loaded::new("authorization and code, requests (two a flow)", server, connecting);
    let series = in_turns!(plan, fixed, refresh, alone, services, told, codes);
    let figure = resident(&issuer.server, "issuer, after the load")?;
    Ok((series, vec![figure]))
}

async fn tools_call(plan: Plan) -> Result<Scenario, String> {
    let issuer = IssuerServer::start("issuer", "1").await?;
    let token = tokens::access_token(&issuer).await?;
    let bare = tools::start("noop", "rmcp", &issuer, &[]).await?;
    let guarded = tools::start("guarded-noop", "guarded", &issuer, &[]).await?;
    let mut series = Vec::new();
    for wire in Wire::ALL {
        let nothing = json!({});
        let called = |token| vec![wire.call("noop", &nothing, token); plan.connections];
        let mut open = Loaded::new(
            &format!("{}: rmcp, no authentication", wire.name()),
            &bare,
            called(None),
        );
        let name = format!("{}: behind the door, a valid token", wire.name());
        let mut closed = Loaded::new(&name, &guarded, called(Some(&token)));
        series.extend(in_turns!(plan, open, closed));
    }
    Ok(Scenario {
        name: "tools".to_owned(),
        series,
        figures: Vec::new(),
    })
}

async fn search(plan: Plan) -> Result<Scenario, String> {
    let issuer = IssuerServer::start("issuer", "1").await?;
    let token = tokens::access_token(&issuer).await?;
    let bare = tools::start("noop", "rmcp", &issuer, &[]).await?;
    let food = tools::start("resource", "resource", &issuer, &[("RESOURCE_ANONYMOUS", "tools")]).await?;
    let wire = Wire::V2026;
    let query = json!({"query": "banana, raw"});
    let called = |token| vec![wire.call("search_food", &query, token); plan.connections];
    let nothing = vec![wire.call("noop", &json!({}), None); plan.connections];
    let mut noop = Loaded::new("rmcp no-op tool, no authentication", &bare, nothing);
    let mut anonymous = Loaded::new("search_food, without a token", &food, called(None));
    let mut known = Loaded::new("search_food, a valid token", &food, called(Some(&token)));
    let series = in_turns!(plan, noop, anonymous, known);
    Ok(Scenario {
        name: "search".to_owned(),
        series,
        figures: Vec::new(),
    })
}

/// People, clients and families of a database that grew.
const GROWN: (i64, i64, i64) = (1_000_000, 100_000, 10_000);

/// The same load on an empty database and on a large one.
async fn growth(plan: Plan) -> Result<Scenario, String> {
    let empty = IssuerServer::start("empty", "0").await?;
    let grown = IssuerServer::start("grown", "0").await?;
    let (families, clients, users) = GROWN;
    grown.grow(families, clients, users).await?;
    let mut loads = Vec::new();
    for issuer in [&empty, &grown] {
        let asking = issuer.confidential(&["--resource", crate::noop::RESOURCE])?;
        let service = issuer.confidential(&["--scope", "food:read"])?;
        let token = tokens::access_token(issuer).await?;
        let grants = issuer.refresh_tokens(plan.connections).await?;
        let refreshing = grants
            .iter()
            .map(|token| Refreshing::new(&issuer.client_id, token))
            .collect();
        let (name, server) = (&issuer.server.name, &issuer.server);
        let many = |same: Same| vec![same; plan.connections];
        let services = many(tokens::client_credentials(&service));
        loads.push((
            Loaded::new(&format!("refresh, {name}"), server, refreshing),
            Loaded::new(&format!("client_credentials, {name}"), server, services),
            Loaded::new(
                &format!("introspection, {name}"),
                server,
                many(tokens::introspection(&asking, &token)),
            ),
        ));
    }
    let Some(((mut refresh, mut service, mut told), (mut refresh_2, mut service_2, mut told_2))) =
        loads.pop().and_then(|second| loads.pop().map(|first| (first, second)))
    else {
        return Err("no loads".to_owned());
    };
    let mut series = in_turns!(plan, refresh, refresh_2);
    series.extend(in_turns!(plan, service, service_2));
    series.extend(in_turns!(plan, told, told_2));
    let figures = vec![
        resident(&empty.server, "empty, after the load")?,
        resident(&grown.server, "grown, after the load")?,
    ];
    Ok(Scenario {
        name: "growth".to_owned(),
        series,
        figures,
    })
}

/// Starts of one program that are measured.
const STARTS: usize = 9;

/// How soon each program answers when its keys and database are there, and how much memory it takes idle.
async fn small() -> Result<Scenario, String> {
    let mut issuer = IssuerServer::start("issuer", "0").await?;
    let (mut of_issuer, mut of_resource, mut figures) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        issuer = issuer.restart("issuer", "0").await?;
        of_issuer.push(micros(issuer.server.started_in) / 1000.0);
    }
    figures.push(resident(&issuer.server, "issuer, idle")?);
    for at in 0..STARTS {
        let resource = tools::start("resource", "resource", &issuer, &[]).await?;
        if at > 0 {
            of_resource.push(micros(resource.started_in) / 1000.0);
        }
        if at + 1 == STARTS {
            figures.push(resident(&resource, "resource, idle")?);
        }
    }
    for (name, times) in [("issuer", of_issuer), ("resource", of_resource)] {
        let times = spread(times);
        for (which, value) in [("median", times.median), ("most", times.max)] {
            let name = format!("{name}, from its start to its first answer, {which}");
            figures.push(Figure {
                name,
                value,
                unit: "ms",
            });
        }
    }
    figures.extend(["issuer", "resource"].iter().filter_map(|name| size(name)));
    Ok(Scenario {
        name: "small".to_owned(),
        series: Vec::new(),
        figures,
    })
}

fn resident(server: &Server, name: &str) -> Result<Figure, String> {
    let mebibytes = u32::try_from(server.resident_kib()?).map(|kib| f64::from(kib) / 1024.0);
    Ok(Figure {
        name: format!("{name}, resident memory"),
        value: mebibytes.map_err(|error| error.to_string())?,
        unit: "MiB",
    })
}

/// The size of a program that was built beside this one.
fn size(name: &str) -> Option<Figure> {
    let file = std::env::current_exe().ok()?.with_file_name(name);
    let bytes = u32::try_from(std::fs::metadata(file).ok()?.len()).ok()?;
    Some(Figure {
        name: format!("{name}, the program"),
        value: f64::from(bytes) / 1e6,
        unit: "MB",
    })
}
