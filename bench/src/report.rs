//! What was measured, as a table for people and as JSON.

use std::time::Duration;

use serde::Serialize;

use crate::load::Load;

/// One subject's round.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Round {
    /// Requests a second.
    pub rate: f64,
    /// Processor time of the server for each request, in microseconds.
    pub cpu_us: f64,
    /// Half of the requests took at most so long, in microseconds.
    pub p50_us: f64,
    /// 99 of 100 did.
    pub p99_us: f64,
}

impl Round {
    /// What came of a load, and the processor time that the server used for it.
    pub fn of(load: &Load, processor: Duration) -> Self {
        let requests = count(load.latencies.len());
        Self {
            rate: requests / load.time.as_secs_f64(),
            cpu_us: micros(processor) / requests,
            p50_us: micros(load.percentile(50)),
            p99_us: micros(load.percentile(99)),
        }
    }
}

/// All rounds of one subject.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// Whether those behind it took turns with it, and are told as parts of it.
    pub is_baseline: bool,
    /// Its rounds.
    pub rounds: Vec<Round>,
}

/// Median, least and most.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Series {
    /// Of one thing that each round has.
    pub fn spread(&self, of: impl Fn(&Round) -> f64) -> Spread {
        spread(self.rounds.iter().map(of).collect())
    }
}

/// Of some figures.
pub fn spread(mut figures: Vec<f64>) -> Spread {
    figures.sort_by(f64::total_cmp);
    let at = |at: usize| figures.get(at).copied().unwrap_or_default();
    Spread {
        median: at(figures.len() / 2),
        min: at(0),
        max: at(figures.len().saturating_sub(1)),
    }
}

/// A figure that is no series of rounds.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
}

impl Figure {
    /// Of this name.
    pub fn new(name: &str, value: f64, unit: &'static str) -> Self {
        let name = name.to_owned();
        Self { name, value, unit }
    }
}

/// A scenario's results.
#[derive(Clone, Debug, Serialize)]
pub struct Scenario {
    /// What it is called on the command line.
    pub name: String,
    /// The series.
    pub series: Vec<Series>,
    /// Other figures.
    pub figures: Vec<Figure>,
}

impl Scenario {
    /// Prints it as a table (Markdown), each rate beside its baseline's of the same run.
    pub fn print(&self) {
        println!("\n### {}\n", self.name);
        if !self.series.is_empty() {
            println!("| | /s, median (min to max) | of the 1.00 above | CPU µs | p50 µs | p99 µs | p99 / p50 |");
            println!("|---|---|---|---|---|---|---|");
        }
        let mut base = 1.0;
        for series in &self.series {
            if series.is_baseline {
                base = series.spread(|round| round.rate).median;
            }
            print(series, base);
        }
        if !self.series.is_empty() && !self.figures.is_empty() {
            println!();
        }
        for figure in &self.figures {
            println!("- {}: {:.2} {}", figure.name, figure.value, figure.unit);
        }
    }
}

fn print(series: &Series, base: f64) {
    let rate = series.spread(|round| round.rate);
    let [cpu, p50, p99] = [Round::cpu, Round::p50, Round::p99].map(|of| series.spread(of).median);
    println!(
        "| {} | {:.0} ({:.0} to {:.0}) | {:.2} | {cpu:.1} | {p50:.0} | {p99:.0} | {:.2} |",
        series.name,
        rate.median,
        rate.min,
        rate.max,
        rate.median / base,
        series.spread(Round::tail).median,
    );
}

impl Round {
    fn cpu(&self) -> f64 {
        self.cpu_us
    }

    fn p50(&self) -> f64 {
        self.p50_us
    }

    fn p99(&self) -> f64 {
        self.p99_us
    }

    fn tail(&self) -> f64 {
        self.p99_us / self.p50_us
    }
}

/// In microseconds.
pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// As a number to reckon with.
pub fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
