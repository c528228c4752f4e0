//! Three issuers, and three resource servers, on one PostgreSQL, beside one of each.
//!
//! Each request goes to the next replica, so no client stays with any of them. What more replicas can give is what the
//! processors still have to give: generator and database work on the same ones. So the bound is reckoned from what one
//! request of a single replica costs all of them together, and the efficiency is how much of it three reach.
//!
//! Easy to get wrong: a replica that may use all processors needs no others.

use std::time::Duration;

use serde_json::json;
use tempfile::tempdir;

use crate::in_turns;
use crate::issuer_server::IssuerServer;
use crate::load::{Driver, Same};
use crate::postgres::Postgres;
use crate::report::{Figure, Round, Scenario, Series, count, micros};
use crate::rounds::{Loaded, Plan};
use crate::server::{Server, cores, processor_time};
use crate::tokens::{self, OURS, Refreshing};
use crate::tools::{self, Called, Wire};

/// The processor of each replica: of two, as `taskset` counts them.
const CORES: [&str; 3] = ["0", "1", "0"];

pub(super) async fn replicas(plan: Plan) -> Result<Scenario, String> {
    let postgres = Postgres::start().await?;
    let folder = || tempdir().map_err(|error| error.to_string());
    let one = IssuerServer::on("one issuer", &["0"], folder()?, postgres.new_database("one")?).await?;
    let three = IssuerServer::on("three issuers", &CORES, folder()?, postgres.new_database("three")?).await?;
    let mut of_one = refreshing(&one, plan).await?;
    let mut of_three = refreshing(&three, plan).await?;
    let mut series = in_turns!(plan, of_one, of_three);
    let mut figures = efficiency("refresh", plan, &postgres, (&mut of_one, &mut of_three)).await?;
    let (mut of_one, mut of_three) = (services(&one, plan)?, services(&three, plan)?);
    series.extend(in_turns!(plan, of_one, of_three));
    figures.extend(efficiency("client_credentials", plan, &postgres, (&mut of_one, &mut of_three)).await?);
    let (more, told) = resources(plan, &postgres, &one).await?;
    series.extend(more);
    figures.extend(told);
    Ok(Scenario {
        name: "replicas".to_owned(),
        series,
        figures,
    })
}

async fn refreshing(issuer: &IssuerServer, plan: Plan) -> Result<Loaded<'_, Refreshing>, String> {
    let tokens = issuer.refresh_tokens(plan.connections).await?;
    let clients = tokens.iter().map(|token| Refreshing::new(&issuer.client_id, token));
    let name = format!("refresh, {}", issuer.server.name);
    Ok(Loaded::shared(&name, issuer.servers(), clients.collect()))
}

fn services(issuer: &IssuerServer, plan: Plan) -> Result<Loaded<'_, Same>, String> {
    let service = issuer.confidential(&["--scope", "food:read"])?;
    let name = format!("client_credentials, {}", issuer.server.name);
    let drivers = vec![tokens::client_credentials(OURS, &service, "food:read"); plan.connections];
    Ok(Loaded::shared(&name, issuer.servers(), drivers))
}

async fn resources(
    plan: Plan,
    postgres: &Postgres,
    issuer: &IssuerServer,
) -> Result<(Vec<Series>, Vec<Figure>), String> {
    let token = tokens::access_token(issuer).await?;
    let database = postgres.new_database("foods")?;
    let mut servers = Vec::new();
    for (at, cores) in CORES.iter().enumerate() {
        let name = format!("resource {at}");
        let settings = [("RESOURCE_DATABASE_URL", database.as_str())];
        servers.push(tools::start_on(cores, "resource", &name, issuer, &settings).await?);
    }
    let query = json!({"query": "banana, raw"});
    let searching = || vec![Wire::V2026.call("search_food", &query, Some(&token)); plan.connections];
    let loaded = |name, servers: Vec<_>| -> Loaded<'_, Called> { Loaded::shared(name, servers, searching()) };
    let first: Vec<&Server> = servers.iter().take(1).collect();
    let mut of_one = loaded("search_food, one resource server", first);
    let mut of_three = loaded("search_food, three resource servers", servers.iter().collect());
    let series = in_turns!(plan, of_one, of_three);
    let figures = efficiency("search_food", plan, postgres, (&mut of_one, &mut of_three)).await?;
    Ok((series, figures))
}

/// How much of what the processors could give three replicas reach.
async fn efficiency<D: Driver>(
    what: &str,
    plan: Plan,
    postgres: &Postgres,
    (one, three): (&mut Loaded<'_, D>, &mut Loaded<'_, D>),
) -> Result<Vec<Figure>, String> {
    let (of_one, everything) = observed(one, plan, postgres).await?;
    let (of_three, _) = observed(three, plan, postgres).await?;
    let cores = count(cores());
    // A processor each, and no more than all of them together can do.
    let bound = (1e6 * cores / everything).min(3.0 * of_one.rate);
    let named = |text: &str| format!("{what}: {text}");
    Ok(vec![
        Figure::new(
            &named("three replicas, of the rate of one"),
            of_three.rate / of_one.rate,
            "",
        ),
        Figure::new(
            &named("most that the processors allow, of the rate of one"),
            bound / of_one.rate,
            "",
        ),
        Figure::new(&named("efficiency, three replicas of that"), of_three.rate / bound, ""),
        Figure::new(
            &named("processor time of a request, three replicas of one"),
            of_three.cpu_us / of_one.cpu_us,
            "",
        ),
    ])
}

/// A round, and the processor time of everything that took part in it for each request, in microseconds.
async fn observed<D: Driver>(
    loaded: &mut Loaded<'_, D>,
    plan: Plan,
    postgres: &Postgres,
) -> Result<(Round, f64), String> {
    let besides =
        || -> Result<Duration, String> { Ok(processor_time(std::process::id())? + postgres.processor_time()?) };
    let before = besides()?;
    let round = loaded.round(plan.span).await?;
    let besides = besides()?.saturating_sub(before);
    let requests = round.rate * plan.span.as_secs_f64();
    Ok((round, round.cpu_us + micros(besides) / requests))
}
