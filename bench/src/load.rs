//! The load: so many connections, each sending its next request when the last was answered.
//!
//! Easy to get wrong: counting requests that failed. An answer with another status than the one that is expected ends
//! the round with what the server said.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

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
}

impl Driver for Same {
    fn request(&mut self) -> &[u8] {
        &self.request
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        must_be(self.status, answer)
    }
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

/// Lets the drivers work for this long, each on a connection of its own, and gives them back.
pub async fn run<D: Driver>(address: SocketAddr, drivers: Vec<D>, span: Duration) -> Result<(Load, Vec<D>), String> {
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for driver in drivers {
        running.spawn(drive(address, driver, begun + span));
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

async fn drive<D: Driver>(address: SocketAddr, mut driver: D, end: Instant) -> Result<(D, Vec<Duration>), String> {
    let failed = |error: io::Error| format!("{address}: {error}");
    let mut connection = Connection::open(address).await.map_err(failed)?;
    let mut latencies = Vec::new();
    let mut begun = Instant::now();
    while begun < end {
        let answer = connection.send(driver.request()).await.map_err(failed)?;
        driver.answered(&answer)?;
        let now = Instant::now();
        latencies.push(now - begun);
        begun = now;
    }
    Ok((driver, latencies))
}
