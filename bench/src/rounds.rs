//! Rounds in turns: a baseline and what is measured against it, one after the other, again and again, so that a
//! machine that is slower for a while is slower for both.

use std::time::Duration;

use crate::load::{Driver, run};
use crate::report::{Round, Series};
use crate::server::Server;

/// How long and how often is measured, and with how many connections.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Rounds of each subject.
    pub rounds: usize,
    /// The time of one.
    pub span: Duration,
    /// Connections at a time.
    pub connections: usize,
}

/// A server under the load of some drivers.
#[derive(Debug)]
pub struct Loaded<'a, D> {
    name: String,
    server: &'a Server,
    drivers: Vec<D>,
}

impl<'a, D: Driver> Loaded<'a, D> {
    /// A server with its drivers, one for each connection.
    pub fn new(name: &str, server: &'a Server, drivers: Vec<D>) -> Self {
        let name = name.to_owned();
        Self { name, server, drivers }
    }

    /// A round that counts.
    pub async fn round(&mut self, span: Duration) -> Result<Round, String> {
        let before = self.server.processor_time()?;
        let drivers = std::mem::take(&mut self.drivers);
        let (load, drivers) = run(self.server.address, drivers, span)
            .await
            .map_err(|error| format!("{}: {error}", self.name))?;
        self.drivers = drivers;
        Ok(Round::of(&load, self.server.processor_time()?.saturating_sub(before)))
    }

    /// An empty series of its name.
    pub fn series(&self) -> Series {
        Series {
            name: self.name.clone(),
            rounds: Vec::new(),
        }
    }
}

/// Lets the subjects take turns; each warms up for a fifth of a round first.
#[macro_export]
macro_rules! in_turns {
    ($plan:expr, $($subject:expr),+ $(,)?) => {{
        let plan: $crate::rounds::Plan = $plan;
        let mut all = Vec::new();
        $($subject.round(plan.span / 5).await?; all.push($subject.series());)+
        for _ in 0..plan.rounds {
            let mut at = all.iter_mut();
            $(if let Some(series) = at.next() { series.rounds.push($subject.round(plan.span).await?); })+
        }
        all
    }};
}
