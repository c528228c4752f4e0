//! A time as people say it, and as machines read it (HTML `time`).
//!
//! The server does not know the person's time zone, so a time is told by how long ago it was; days and dates
//! are those of UTC.

use std::fmt;

use chrono::DateTime;
use shared::clock::NumericDate;

const MINUTE: NumericDate = 60;
const HOUR: NumericDate = 3600;
const DAY: NumericDate = 86_400;

/// A time in the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// `2026-01-01T00:00:00Z`.
    pub iso: String,
    words: String,
}

impl Moment {
    /// How `at` is called at `now`.
    pub(super) fn of(at: NumericDate, now: NumericDate) -> Self {
        let date = DateTime::from_timestamp(at, 0).unwrap_or_default();
        let words = match now.saturating_sub(at) {
            ago if ago < MINUTE => "just now".to_owned(),
            ago if ago < HOUR => in_units(ago / MINUTE, "minute"),
            ago if ago < DAY => in_units(ago / HOUR, "hour"),
            ago if ago < 30 * DAY => in_units(ago / DAY, "day"),
            _ => date.format("on %-d %B %Y").to_string(),
        };
        Self {
            iso: date.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            words,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

fn in_units(count: i64, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_by_how_long_ago_it_was_and_later_by_its_date() {
        let now = 1_767_225_600;
        let told = |ago| Moment::of(now - ago, now).to_string();
        assert_eq!(
            [-5, 0, 59, 60, 3599, 3600, DAY, 29 * DAY].map(told),
            [
                "just now",
                "just now",
                "just now",
                "1 minute ago",
                "59 minutes ago",
                "1 hour ago",
                "1 day ago",
                "29 days ago"
            ]
        );
        assert_eq!(told(30 * DAY), "on 2 December 2025");
        assert_eq!(Moment::of(now, now).iso, "2026-01-01T00:00:00Z");
    }
}
