//! The resource server's calls, beside a tool that does nothing.

use serde_json::json;

use crate::in_turns;
use crate::issuer_server::IssuerServer;
use crate::report::Scenario;
use crate::rounds::{Loaded, Plan};
use crate::tokens;
use crate::tools::{self, Wire};

pub(super) async fn tools_call(plan: Plan) -> Result<Scenario, String> {
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

pub(super) async fn search(plan: Plan) -> Result<Scenario, String> {
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
