//! Settings of connections, against requests that come slowly and connections that come in masses.

use std::ops::RangeInclusive;
use std::time::Duration;

use shared::settings::{Setting, Typed, whole_number};

/// How long and how many connections may be.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// How long the head of a request may take to arrive.
    pub head_time: Duration,
    /// How long a connection is kept without a request.
    pub keep_alive: Duration,
    /// At once.
    pub most: usize,
}

pub(super) const HEAD_SECONDS: Setting = setting(
    "RESOURCE_HEAD_SECONDS",
    "head-seconds",
    "10",
    "How long the head of a request may take to arrive, 1 to 120 seconds; its body may take 20.",
);
pub(super) const KEEP_ALIVE_SECONDS: Setting = setting(
    "RESOURCE_KEEP_ALIVE_SECONDS",
    "keep-alive-seconds",
    "75",
    "How long a connection is kept without a request, 0 to 600 seconds; longer than a proxy in front keeps its own. 0: one request a connection.",
);
pub(super) const MAX_CONNECTIONS: Setting = setting(
    "RESOURCE_MAX_CONNECTIONS",
    "max-connections",
    "20000",
    "Connections at once, 2 to 1000000; further ones wait. The process must be allowed as many open files.",
);

const fn setting(name: &'static str, flag: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        flag,
        default,
        help,
        secret: false,
    }
}

impl Connections {
    pub(super) fn read(typed: &mut Typed) -> Option<Self> {
        let head_time = typed.read(HEAD_SECONDS.name, |text| seconds(text, 1..=120));
        let keep_alive = typed.read(KEEP_ALIVE_SECONDS.name, |text| seconds(text, 0..=600));
        let most = typed.read(MAX_CONNECTIONS.name, |text| {
            usize::try_from(whole_number(2..=1_000_000)(text)?).map_err(|error| error.to_string())
        });
        Some(Self {
            head_time: head_time?,
            keep_alive: keep_alive?,
            most: most?,
        })
    }
}

fn seconds(text: &str, range: RangeInclusive<i64>) -> Result<Duration, String> {
    let seconds = whole_number(range)(text)?;
    let seconds = u64::try_from(seconds).map_err(|error| error.to_string())?;
    Ok(Duration::from_secs(seconds))
}
