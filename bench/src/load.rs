//! The load: so many connections, each sending its next request when the last was answered.
//!
//! Of several addresses each request goes to the next, as a balancer without sticky sessions does it.
//!
//! Easy to get wrong: counting requests that failed. An answer with another status than the one that is expected ends
//! the round with what the server said. And of requests that are sent at a pace: one that had to wait for the answer
//! before it took as long as it waited, too.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::wire::{Answer, Connection};

/// What one connection does, one request after the other.
pub trait Driver: Send + 'static {
    /// The next request.
    fn request(&mut self) -> &[u8];
    /// What was answered. An error is told, and ends the round.
    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String>;
}

/// The same request again and again, answered with this status.
#[derive(Clone, Debug)]
pub struct Same {
    /// The request.
    pub request: Vec<u8>,
    /// The status that its answer must have.
    pub status: u16,
    /// The member that its body must have, and how its value must begin; `None` for any body.
    pub holds: Option<(&'static str, &'static str)>,
}

impl Driver for Same {
    fn request(&mut self) -> &[u8] {
        &self.request
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        must_be(self.status, answer)?;
        let Some((name, value)) = self.holds else { return Ok(()) };
        if member(answer.body, name).is_some_and(|found| found.starts_with(value)) {
            return Ok(());
        }
        Err(format!(
            "no {name} as it must be: {}",
            String::from_utf8_lossy(answer.body)
        ))
    }
}

/// What is behind the name of a member, found without reading the rest; some put a space in between.
pub fn member<'a>(body: &'a [u8], name: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(body).ok()?;
    let mut all = text.match_indices(name).map(|(at, _)| at);
    all.find_map(|at| {
        let (before, behind) = (text.get(..at)?, text.get(at + name.len()..)?);
        let value = behind.strip_prefix("\":").filter(|_| before.ends_with('"'))?;
        Some(value.trim_start())
    })
}

/// Tells of another status than this one.
pub fn must_be(status: u16, answer: &Answer<'_>) -> Result<(), String> {
    if answer.status == status {
        return Ok(());
    }
    let body = String::from_utf8_lossy(answer.body);
    Err(format!("status {}, not {status}: {body}", answer.status))
}

/// What came of a round.
#[derive(Debug)]
pub struct Load {
    /// How long it took.
    pub time: Duration,
    /// How long each request took, sorted.
    pub latencies: Vec<Duration>,
}

impl Load {
    /// The latency that so many percent of the requests were within.
    pub fn percentile(&self, percent: usize) -> Duration {
        let at = self.latencies.len().saturating_sub(1) * percent / 100;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

/// Where requests go, for how long, and at what pace.
#[derive(Clone, Debug)]
pub struct Aim {
    /// The servers; each request of a driver goes to the next.
    pub addresses: Vec<SocketAddr>,
    /// How long.
    pub span: Duration,
    /// From one request of a driver to its next; `None` for as soon as it was answered.
    pub pace: Option<Duration>,
    /// The most requests of a driver.
    pub times: usize,
}

impl Aim {
    /// So many requests of each driver, however long that takes.
    pub fn times(address: SocketAddr, times: usize) -> Self {
        Self {
            addresses: vec![address],
            span: LONGEST,
            pace: None,
            times,
        }
    }
}

/// What is counted rather than timed ends after this all the same.
const LONGEST: Duration = Duration::from_mins(5);

/// Lets the drivers work, each on connections of its own, and gives them back.
pub async fn run<D: Driver>(aim: &Aim, drivers: Vec<D>) -> Result<(Load, Vec<D>), String> {
    let begun = Instant::now();
    let count = u32::try_from(drivers.len()).unwrap_or(u32::MAX);
    let mut running = JoinSet::new();
    for (at, driver) in (0_u32..).zip(drivers) {
        // Those that keep a pace do not all begin at once.
        let first = begun + aim.pace.map_or(Duration::ZERO, |pace| pace * at / count);
        running.spawn(drive(aim.clone(), driver, first, begun + aim.span));
    }
    let (mut latencies, mut drivers) = (Vec::new(), Vec::new());
    while let Some(ended) = running.join_next().await {
        let (driver, of_one) = ended.map_err(|error| error.to_string())??;
        latencies.extend(of_one);
        drivers.push(driver);
    }
    let time = begun.elapsed();
    latencies.sort_unstable();
    Ok((Load { time, latencies }, drivers))
}

async fn drive<D: Driver>(
    aim: Aim,
    mut driver: D,
    mut due: Instant,
    end: Instant,
) -> Result<(D, Vec<Duration>), String> {
    let mut connections = Vec::new();
    for address in &aim.addresses {
        let connection = Connection::open(*address).await;
        connections.push(connection.map_err(|error| format!("{address}: {error}"))?);
    }
    let mut latencies = Vec::new();
    while due < end && latencies.len() < aim.times {
        let at = latencies.len() % connections.len().max(1);
        let connection = connections.get_mut(at).ok_or("no address")?;
        let begun = begin(due).await;
        let answer = connection.send(driver.request()).await;
        driver.answered(&answer.map_err(|error| failed(&error))?)?;
        let now = Instant::now();
        latencies.push(now - begun);
        due = aim.pace.map_or(now, |pace| due + pace);
    }
    Ok((driver, latencies))
}

/// Waits until it is due; a timer that wakes late is not the server's fault, an answer that came late is.
async fn begin(due: Instant) -> Instant {
    if due <= Instant::now() {
        return due;
    }
    sleep_until(due.into()).await;
    Instant::now()
}

fn failed(error: &io::Error) -> String {
    format!("the connection: {error}")
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
