//! The issuer's endpoints, beside a handler with a fixed body; and on a database that grew.

use std::path::Path;

use super::resident;
use crate::in_turns;
use crate::issuer_server::IssuerServer;
use crate::load::Same;
use crate::report::{Figure, Scenario, Series};
use crate::rounds::{Loaded, Plan};
use crate::server::{Server, Start, free_address};
use crate::tokens::{self, Connecting, OURS, Refreshing};
use crate::wire::get;

pub(super) async fn issuer(plan: Plan) -> Result<Scenario, String> {
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
        holds: None,
    };
    let connecting = (0..plan.connections)
        .map(|_| Connecting::new(client_id, &browser.cookies))
        .collect();
    let many = |same: Same| vec![same; plan.connections];
    let server = &issuer.server;
    let mut fixed = Loaded::new("raw actix-web handler, fixed body", &raw, many(fixed));
    let mut refresh = Loaded::new("refresh", server, refreshing);
    let mut alone = Loaded::new("refresh, one connection", server, one);
    let mut services = Loaded::new(
        "client_credentials",
        server,
        many(tokens::client_credentials(OURS, &service, "food:read")),
    );
    let mut told = Loaded::new(
        "introspection",
        server,
        many(tokens::introspection(OURS, &asking, &token)),
    );
    let mut codes = Loaded::new("authorization and code, requests (two a flow)", server, connecting);
    let series = in_turns!(plan, fixed, refresh, alone, services, told, codes);
    let figure = resident(&issuer.server, "issuer, after the load")?;
    Ok((series, vec![figure]))
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

/// People, clients and families of a database that grew.
const GROWN: (i64, i64, i64) = (1_000_000, 100_000, 10_000);

/// The same load on an empty database and on a large one.
pub(super) async fn growth(plan: Plan) -> Result<Scenario, String> {
    let empty = IssuerServer::start("empty", "0").await?;
    let grown = IssuerServer::start("grown", "0").await?;
    let (families, clients, users) = GROWN;
    grown
        .grow(plan.rows(families), plan.rows(clients), plan.rows(users))
        .await?;
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
        let services = many(tokens::client_credentials(OURS, &service, "food:read"));
        loads.push((
            Loaded::new(&format!("refresh, {name}"), server, refreshing),
            Loaded::new(&format!("client_credentials, {name}"), server, services),
            Loaded::new(
                &format!("introspection, {name}"),
                server,
                many(tokens::introspection(OURS, &asking, &token)),
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
