//! Rounds in turns: a baseline and what is measured against it, one after the other, again and again, so that a
//! machine that is slower for a while is slower for both.

use std::time::Duration;

use crate::load::{Aim, Driver, run};
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
    /// Whether only is looked at whether it runs.
    pub is_short: bool,
}

impl Plan {
    /// So many rows, or a tenth of them.
    pub fn rows(&self, count: i64) -> i64 {
        if self.is_short { count / 10 } else { count }
    }
}

/// A server, or several that share the load, under the load of some drivers.
#[derive(Debug)]
pub struct Loaded<'a, D> {
    name: String,
    servers: Vec<&'a Server>,
    drivers: Vec<D>,
    pace: Option<Duration>,
}

impl<'a, D: Driver> Loaded<'a, D> {
    /// A server with its drivers, one for each connection.
    pub fn new(name: &str, server: &'a Server, drivers: Vec<D>) -> Self {
        Self::shared(name, vec![server], drivers)
    }

    /// Several servers; each request of a driver goes to the next.
    pub fn shared(name: &str, servers: Vec<&'a Server>, drivers: Vec<D>) -> Self {
        Self {
            name: name.to_owned(),
            servers,
            drivers,
            pace: None,
        }
    }

    /// The same, each driver sending one request in this time.
    #[must_use]
    pub fn paced(self, pace: Duration) -> Self {
        let pace = Some(pace);
        Self { pace, ..self }
    }

    /// A round that counts.
    pub async fn round(&mut self, span: Duration) -> Result<Round, String> {
        let before = self.processor_time()?;
        let aim = Aim {
            addresses: self.servers.iter().map(|server| server.address).collect(),
            span,
            pace: self.pace,
            times: usize::MAX,
        };
        let (load, drivers) = run(&aim, std::mem::take(&mut self.drivers))
            .await
            .map_err(|error| format!("{}: {error}", self.name))?;
        self.drivers = drivers;
        Ok(Round::of(&load, self.processor_time()?.saturating_sub(before)))
    }

    fn processor_time(&self) -> Result<Duration, String> {
        self.servers.iter().map(|server| server.processor_time()).sum()
    }

    /// An empty series of its name.
    pub fn series(&self) -> Series {
        Series {
            name: self.name.clone(),
            is_baseline: false,
            rounds: Vec::new(),
        }
    }
}

/// Lets the subjects take turns; each warms up for a fifth of a round first.
#[macro_export]
macro_rules! in_turns {
    ($plan:expr, $($subject:expr),+ $(,)?) => {{
        let plan: $crate::rounds::Plan = $plan;
        let mut all: Vec<$crate::report::Series> = Vec::new();
        $($subject.round(plan.span / 5).await?; all.push($subject.series());)+
        all.iter_mut().take(1).for_each(|first| first.is_baseline = true);
        for _ in 0..plan.rounds {
            let mut at = all.iter_mut();
            $(if let Some(series) = at.next() { series.rounds.push($subject.round(plan.span).await?); })+
        }
        all
    }};
}

/// The same for as many as there are.
pub async fn take_turns<D: Driver>(plan: Plan, mut subjects: Vec<Loaded<'_, D>>) -> Result<Vec<Series>, String> {
    let mut all: Vec<Series> = subjects.iter().map(Loaded::series).collect();
    all.iter_mut().take(1).for_each(|first| first.is_baseline = true);
    for subject in &mut subjects {
        subject.round(plan.span / 5).await?;
    }
    for _ in 0..plan.rounds {
        for (subject, series) in subjects.iter_mut().zip(&mut all) {
            series.rounds.push(subject.round(plan.span).await?);
        }
    }
    Ok(all)
}
