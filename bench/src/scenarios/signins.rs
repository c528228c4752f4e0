//! Tokens while many people sign in, whose passwords are hashed on the same processors.

use std::time::Duration;

use crate::issuer_server::IssuerServer;
use crate::load::{Aim, Load, run};
use crate::report::{Figure, Scenario, count, micros, spread};
use crate::rounds::{Loaded, Plan};
use crate::tokens::{Refreshing, SigningIn};

/// Browsers that sign in, each this often: fifty a second.
const BROWSERS: usize = 10;
const PACE: Duration = Duration::from_millis(200);
/// How often each of the clients refreshes.
const REFRESH: Duration = Duration::from_millis(100);

pub(super) async fn signins(plan: Plan) -> Result<Scenario, String> {
    let issuer = IssuerServer::start("issuer", "0,1").await?;
    let mut browsers = Vec::new();
    for browser in 0..BROWSERS {
        // Each of somebody else: an account that is tried again and again is made to wait.
        let form = issuer.sign_in_form(&format!("user{browser}")).await?;
        browsers.push(SigningIn::new(&form));
    }
    let tokens = issuer.refresh_tokens(2 * plan.connections).await?;
    let refreshing = |tokens: &[String]| {
        let clients = tokens.iter().map(|token| Refreshing::new(&issuer.client_id, token));
        clients.collect::<Vec<_>>()
    };
    let (some, others) = tokens.split_at(plan.connections);
    let mut alone = Loaded::new("refresh, alone", &issuer.server, refreshing(some)).paced(REFRESH);
    let mut beside = Loaded::new("refresh, beside sign-ins", &issuer.server, refreshing(others)).paced(REFRESH);
    let (mut quiet, mut busy, mut loads) = (alone.series(), beside.series(), Vec::new());
    quiet.is_baseline = true;
    for _ in 0..plan.rounds {
        quiet.rounds.push(alone.round(plan.span).await?);
        let aim = Aim {
            addresses: vec![issuer.server.address],
            span: plan.span,
            pace: Some(PACE),
            times: usize::MAX,
        };
        let (round, signed_in) = tokio::join!(beside.round(plan.span), run(&aim, browsers));
        busy.rounds.push(round?);
        let (load, again) = signed_in?;
        browsers = again;
        loads.push(load);
    }
    Ok(Scenario {
        name: "signins".to_owned(),
        series: vec![quiet, busy],
        figures: figures(&loads),
    })
}

fn figures(loads: &[Load]) -> Vec<Figure> {
    let median = |of: &dyn Fn(&Load) -> f64| spread(loads.iter().map(of).collect()).median;
    let rate = median(&|load| count(load.latencies.len()) / load.time.as_secs_f64());
    let took = median(&|load| micros(load.percentile(50)) / 1000.0);
    vec![
        Figure::new("sign-ins with the right password", rate, "/s"),
        Figure::new("a sign-in, median", took, "ms"),
    ]
}
