//! How long writes take: from asking for the connection until the statement or the transaction has ended, well or not.

use std::time::Instant;

use prometheus_client::metrics::histogram::Histogram;

/// Upper ends in seconds: from a statement in memory to the longest wait for another writer.
const BUCKETS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 5.0];

/// The times of one database's writes; clones count together.
#[derive(Clone, Debug)]
pub struct WriteTimes(Histogram);

/// A write that runs; it ends when this is dropped, also where somebody gives up waiting for it.
#[derive(Debug)]
pub struct Write<'a> {
    begun: Instant,
    times: &'a WriteTimes,
}

impl Default for WriteTimes {
    fn default() -> Self {
        Self(Histogram::new(BUCKETS))
    }
}

impl WriteTimes {
    /// Begins to measure one.
    pub fn begin(&self) -> Write<'_> {
        let (begun, times) = (Instant::now(), self);
        Write { begun, times }
    }

    /// What was measured, to be registered.
    pub fn histogram(&self) -> Histogram {
        self.0.clone()
    }
}

impl Drop for Write<'_> {
    fn drop(&mut self) {
        self.times.0.observe(self.begun.elapsed().as_secs_f64());
    }
}
