//! The resource server's calls, beside a tool that does nothing.

use serde_json::json;

use crate::in_turns;
use crate::issuer_server::IssuerServer;
use crate::report::{Figure, Round, Scenario, Series};
use crate::rounds::{Loaded, Plan};
use crate::tokens;
use crate::tools::{self, Anew, MARKS, Wire};

pub(super) async fn tools_call(plan: Plan) -> Result<Scenario, String> {
    let issuer = IssuerServer::start("issuer", "1").await?;
    let token = tokens::access_token(&issuer).await?;
    let bare = tools::start("noop", "rmcp", &issuer, &[]).await?;
    let open = tools::start("open-noop", "open", &issuer, &[]).await?;
    let guarded = tools::start("guarded-noop", "guarded", &issuer, &[]).await?;
    let (mut series, mut figures) = (Vec::new(), Vec::new());
    for wire in Wire::ALL {
        let (nothing, name) = (json!({}), wire.name());
        let called = |token| vec![wire.call("noop", &nothing, token); plan.connections];
        let mut rmcp = Loaded::new(&format!("{name}: rmcp by itself"), &bare, called(None));
        let without = format!("{name}: the server without authentication");
        let mut without = Loaded::new(&without, &open, called(None));
        let with = format!("{name}: the server, a valid token");
        let mut with = Loaded::new(&with, &guarded, called(Some(&token)));
        let measured = in_turns!(plan, rmcp, without, with);
        figures.extend(price_of_a_token(name, &measured));
        series.extend(measured);
    }
    Ok(Scenario {
        name: "tools".to_owned(),
        series,
        figures,
    })
}

/// What is left of the rate, and of what the processor time buys, when each call has a token.
fn price_of_a_token(wire: &str, measured: &[Series]) -> Vec<Figure> {
    let [_, without, with] = measured else {
        return Vec::new();
    };
    let median = |series: &Series, of: fn(&Round) -> f64| series.spread(of).median;
    let rate = median(with, |round| round.rate) / median(without, |round| round.rate);
    let cpu = median(without, |round| round.cpu_us) / median(with, |round| round.cpu_us);
    vec![
        Figure::new(
            &format!("{wire}: rate with a token"),
            rate,
            "of that without authentication",
        ),
        Figure::new(
            &format!("{wire}: calls for the same processor time"),
            cpu,
            "of those without",
        ),
    ]
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
    let query = json!({"query": format!("banana, raw {MARKS}")});
    let anew = Anew::several(&wire.call("search_food", &query, Some(&token)), plan.connections)?;
    let mut anew = Loaded::new(
        "search_food, a valid token, what nobody searched for before",
        &food,
        anew,
    );
    let series = in_turns!(plan, noop, anonymous, known, anew);
    Ok(Scenario {
        name: "search".to_owned(),
        series,
        figures: Vec::new(),
    })
}
