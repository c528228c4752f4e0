//! Many different tokens that are not valid: what each costs, beside one verification; and whether those who have a
//! valid one notice.

use serde_json::json;

use crate::forged::{Kind, Mint, Presenting};
use crate::in_turns;
use crate::issuer_server::IssuerServer;
use crate::load::{Aim, Driver, Load, run};
use crate::report::{Figure, Scenario, Series, count, micros};
use crate::rounds::{Loaded, Plan};
use crate::server::{Server, free_address};
use crate::tools::{self, Called, Wire};
use crate::wire::{Answer, Connection, get};

/// Different invalid tokens of the flood.
const FLOOD: i64 = 100_000;
/// Valid ones that are in use before and after it.
const IN_USE: usize = 1000;

pub(super) async fn flood(plan: Plan) -> Result<Scenario, String> {
    let issuer = IssuerServer::start("issuer", "1").await?;
    let mint = Mint::new(&issuer).await?;
    let metrics = free_address()?.to_string();
    let settings = [("RESOURCE_METRICS_LISTEN", metrics.as_str())];
    let server = tools::start("resource", "resource", &issuer, &settings).await?;
    let presenting = |kind| vec![Presenting::new(&mint, &[kind]); plan.connections];
    let mut first = Loaded::new("a valid token's first use", &server, presenting(Kind::Good));
    let mut signature = Loaded::new("a signature of another token", &server, presenting(Kind::Signature));
    let mut key = Loaded::new("a key that the issuer does not have", &server, presenting(Kind::Key));
    let mut noise = Loaded::new("no JWT", &server, presenting(Kind::Noise));
    let series = in_turns!(plan, first, signature, key, noise);
    let mut figures = each(&series)?;
    figures.extend(in_use(&server, &mint, &metrics, plan).await?);
    Ok(Scenario {
        name: "flood".to_owned(),
        series,
        figures,
    })
}

/// Processor time of each refusal, as a part of what the first use of a valid token takes, and of a verification alone.
fn each(series: &[Series]) -> Result<Vec<Figure>, String> {
    let alone_us = 1e6 / super::limits::verifications()?;
    let processor = |series: &Series| series.spread(|round| round.cpu_us).median;
    let first = series.first().map(processor).unwrap_or_default();
    let mut figures = vec![Figure::new("an ES256 verification by itself", alone_us, "µs")];
    for refused in series.iter().skip(1) {
        let name = format!("{}: processor time, of a valid token's first use", refused.name);
        figures.push(Figure::new(&name, processor(refused) / first, ""));
    }
    Ok(figures)
}

/// The flood itself, and whether the tokens in use are verified again because of it.
async fn in_use(server: &Server, mint: &Mint, metrics: &str, plan: Plan) -> Result<Vec<Figure>, String> {
    let nothing = json!({"query": "banana, raw"});
    let tokens: Result<Vec<String>, String> = (0..IN_USE).map(|_| mint.make(Kind::Good)).collect();
    let called = tokens?
        .iter()
        .map(|token| Wire::V2025.call("search_food", &nothing, Some(token)))
        .collect();
    let mut users = Each { all: called, at: 0 };
    // Twice: what a cache has seen once is the first that it lets go.
    for _ in 0..2 {
        users = once_each(server, users).await?;
    }
    let (load, processor) = send(server, mint, plan).await?;
    let before = lookups(metrics).await?;
    once_each(server, users).await?;
    let after = lookups(metrics).await?;
    let sent = count(load.latencies.len());
    Ok(vec![
        Figure::new("different invalid tokens of the flood, a third of each kind", sent, ""),
        Figure::new("processor time of each", micros(processor) / sent, "µs"),
        Figure::new(
            "tokens in use before the flood, used again after it",
            after.hits - before.hits,
            "remembered",
        ),
        Figure::new("of those, verified again", after.misses - before.misses, ""),
    ])
}

async fn send(server: &Server, mint: &Mint, plan: Plan) -> Result<(Load, std::time::Duration), String> {
    let kinds = [Kind::Signature, Kind::Key, Kind::Noise];
    let each = usize::try_from(plan.rows(FLOOD)).unwrap_or_default() / plan.connections.max(1) + 1;
    let drivers = vec![Presenting::new(mint, &kinds); plan.connections];
    let before = server.processor_time()?;
    let (load, _) = run(&Aim::times(server.address, each), drivers).await?;
    Ok((load, server.processor_time()?.saturating_sub(before)))
}

/// One call after the other, each with a token of its own.
#[derive(Debug)]
struct Each {
    all: Vec<Called>,
    at: usize,
}

impl Driver for Each {
    fn request(&mut self) -> &[u8] {
        let at = self.at % self.all.len().max(1);
        self.all.get_mut(at).map(Driver::request).unwrap_or_default()
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        let at = self.at % self.all.len().max(1);
        self.at += 1;
        self.all.get_mut(at).map_or(Ok(()), |called| called.answered(answer))
    }
}

async fn once_each(server: &Server, users: Each) -> Result<Each, String> {
    let (_, mut users) = run(&Aim::times(server.address, users.all.len()), vec![users]).await?;
    users.pop().ok_or_else(|| "nobody came back".to_owned())
}

/// Looks for tokens among those that passed before.
struct Lookups {
    hits: f64,
    misses: f64,
}

async fn lookups(metrics: &str) -> Result<Lookups, String> {
    let address = metrics.parse().map_err(|_| "no address of metrics")?;
    let mut connection = Connection::open(address).await.map_err(|error| error.to_string())?;
    let answer = connection
        .send(&get("/metrics", &[]))
        .await
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(answer.body).into_owned();
    let of = |outcome: &str| {
        let name = format!("resource_verified_token_lookups_total{{outcome=\"{outcome}\"}} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.and_then(|number| number.trim().parse().ok())
            .ok_or_else(|| format!("no {name}in {text}"))
    };
    Ok(Lookups {
        hits: of("hit")?,
        misses: of("miss")?,
    })
}
