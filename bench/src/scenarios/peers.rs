//! Other servers under the same load, in the same rounds.

use serde_json::json;

use crate::issuer_server::IssuerServer;
use crate::load::Same;
use crate::noop::RESOURCE;
use crate::peers::{Peer, Peers};
use crate::report::{Scenario, Series};
use crate::rounds::{Loaded, Plan, take_turns};
use crate::tokens::{self, OURS, Refreshing};
use crate::tools::{self, Wire};

pub(super) async fn peers(plan: Plan, peers: Peers<'_>) -> Result<Scenario, String> {
    if !peers.are_there() {
        let folder = peers.folder.display();
        return Err(format!("they are not installed: scripts/bench-peers.sh {folder}"));
    }
    let mut series = authorization_servers(plan, peers).await?;
    series.extend(mcp_servers(plan, peers).await?);
    Ok(Scenario {
        name: "peers".to_owned(),
        series,
        figures: Vec::new(),
    })
}

async fn authorization_servers(plan: Plan, peers: Peers<'_>) -> Result<Vec<Series>, String> {
    let issuer = IssuerServer::start("issuer", "0").await?;
    let others = peers.authorization_servers(plan.connections).await?;
    let mut series = take_turns(plan, refreshing(plan, &issuer, &others).await?).await?;
    series.extend(take_turns(plan, services(plan, &issuer, &others)?).await?);
    series.extend(take_turns(plan, introspection(plan, &issuer, &others).await?).await?);
    Ok(series)
}

async fn refreshing<'a>(
    plan: Plan,
    issuer: &'a IssuerServer,
    others: &'a [Peer],
) -> Result<Vec<Loaded<'a, Refreshing>>, String> {
    let tokens = issuer.refresh_tokens(plan.connections).await?;
    let own = tokens.iter().map(|token| Refreshing::new(&issuer.client_id, token));
    let mut all = vec![Loaded::new("refresh, issuer", &issuer.server, own.collect())];
    for Peer {
        server,
        made,
        endpoints,
        ..
    } in others
    {
        let clients = made.refresh_tokens.iter();
        let clients = clients.map(|token| Refreshing::at(*endpoints, &made.public_client_id, token));
        all.push(Loaded::new(
            &format!("refresh, {}", server.name),
            server,
            clients.collect(),
        ));
    }
    Ok(all)
}

const SCOPE: &str = "food:read";

fn services<'a>(plan: Plan, issuer: &'a IssuerServer, others: &'a [Peer]) -> Result<Vec<Loaded<'a, Same>>, String> {
    let service = issuer.confidential(&["--scope", SCOPE])?;
    let many = |same: Same| vec![same; plan.connections];
    let own = many(tokens::client_credentials(OURS, &service, SCOPE));
    let mut all = vec![Loaded::new("client_credentials, issuer", &issuer.server, own)];
    all.extend(others.iter().map(|peer| {
        let asking = tokens::client_credentials(peer.endpoints, &peer.made.service(), SCOPE);
        let name = format!("client_credentials, {}", peer.server.name);
        Loaded::new(&name, &peer.server, many(asking))
    }));
    Ok(all)
}

async fn introspection<'a>(
    plan: Plan,
    issuer: &'a IssuerServer,
    others: &'a [Peer],
) -> Result<Vec<Loaded<'a, Same>>, String> {
    let asking = issuer.confidential(&["--resource", RESOURCE])?;
    let token = tokens::access_token(issuer).await?;
    let many = |same: Same| vec![same; plan.connections];
    let own = many(tokens::introspection(OURS, &asking, &token));
    let mut all = vec![Loaded::new("introspection, issuer", &issuer.server, own)];
    for peer in others {
        let service = peer.made.service();
        let token = tokens::service_token(peer.server.address, peer.endpoints, &service, SCOPE).await?;
        let asking = many(tokens::introspection(peer.endpoints, &service, &token));
        all.push(Loaded::new(
            &format!("introspection, {}", peer.server.name),
            &peer.server,
            asking,
        ));
    }
    Ok(all)
}

async fn mcp_servers(plan: Plan, peers: Peers<'_>) -> Result<Vec<Series>, String> {
    let issuer = IssuerServer::start("issuer", "1").await?;
    let token = tokens::access_token(&issuer).await?;
    let own = tools::start("guarded-noop", "resource", &issuer, &[]).await?;
    let others = peers.mcp_servers(&issuer).await?;
    let called = || vec![Wire::V2026.call("noop", &json!({}), Some(&token)); plan.connections];
    let servers = std::iter::once(&own).chain(&others);
    let all = servers.map(|server| Loaded::new(&format!("tools/call, {}", server.name), server, called()));
    take_turns(plan, all.collect()).await
}
