//! `issuer audit [--user NAME] [--since TIME|DURATION] [--follow] [--json]`: what happened, oldest first.
//!
//! Easy to get wrong: following by time. Several entries have the same second, and one whose transaction ended later
//! stands before one that was already shown. So the log is followed by place, looking back a little, and what
//! was shown is not shown again.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use shared::clock::{Clock, NumericDate};

use super::json_flag;
use crate::account::UserName;
use crate::store::Store;
use crate::store::audit_log::{AuditEntry, AuditFilter, PAGE};

/// How often the log is looked at when it is followed.
const LOOK: Duration = Duration::from_millis(500);
/// How many places a follower looks back.
const BACK: i64 = PAGE / 2;

/// The sub-command.
pub(super) fn command() -> Command {
    let user = Arg::new("user").long("user").value_name("NAME");
    let since = Arg::new("since")
        .long("since")
        .value_name("TIME")
        .value_parser(value_parser!(Since));
    let follow = Arg::new("follow").long("follow").action(ArgAction::SetTrue);
    Command::new("audit")
        .about("Show what happened: sign-ins, decisions, grants, keys, and what was done at the command line")
        .arg(user.help("What is about an account: its name, or its user_id when it was deleted"))
        .arg(since.help("2026-01-31, 2026-01-31T12:00:00Z, or how long ago: 90s, 15m, 12h, 7d"))
        .arg(follow.help("Wait for more until interrupted"))
        .arg(json_flag())
}

/// Runs it.
pub(super) async fn run(matches: &ArgMatches, store: &Store) -> Result<(), String> {
    let failed = |error| format!("cannot read the audit log: {error}");
    let since = matches
        .get_one::<Since>("since")
        .map_or(0, |since| since.at(Clock::System.now()));
    let filter = AuditFilter {
        user_id: user_id(matches, store).await?,
        since,
    };
    let mut reader = Reader {
        behind: store.audit_place(since).await.map_err(failed)?,
        shown: BTreeSet::new(),
        as_json: matches.get_flag("json"),
    };
    loop {
        let page = store.audit_entries(&filter, reader.behind).await.map_err(failed)?;
        let is_full = i64::try_from(page.len()).is_ok_and(|count| count == PAGE);
        if reader.show(page).is_err() || !(is_full || matches.get_flag("follow")) {
            return Ok(());
        }
        if !is_full {
            actix_web::rt::time::sleep(LOOK).await;
        }
    }
}

/// The account of this name; else what was typed, which may be the identifier of one that is gone.
async fn user_id(matches: &ArgMatches, store: &Store) -> Result<Option<String>, String> {
    let Some(typed) = matches.get_one::<String>("user") else {
        return Ok(None);
    };
    let found = match UserName::parse(typed) {
        Ok(name) => super::account(store, &name).await.ok(),
        Err(_) => None,
    };
    Ok(Some(found.map_or_else(|| typed.clone(), |user| user.user_id)))
}

/// Where it is, and what was shown near there.
struct Reader {
    behind: i64,
    shown: BTreeSet<i64>,
    as_json: bool,
}

impl Reader {
    /// Shows what was not shown; an error is a reader of ours that went away.
    fn show(&mut self, page: Vec<AuditEntry>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for entry in page {
            if self.shown.insert(entry.place) {
                writeln!(out, "{}", self.line(&entry)?)?;
            }
        }
        // A full page would come again and again.
        let last = self.shown.last().copied().unwrap_or_default();
        self.behind = self.behind.max(last - BACK);
        self.shown = self.shown.split_off(&self.behind);
        out.flush()
    }

    fn line(&self, entry: &AuditEntry) -> io::Result<String> {
        if self.as_json {
            return serde_json::to_string(entry).map_err(io::Error::other);
        }
        let named = |name: &str, value: &Option<String>| {
            let value = value.as_ref().map(|value| format!("  {name} {value}"));
            value.unwrap_or_default()
        };
        let user = entry.user_name.as_ref().or(entry.user_id.as_ref()).cloned();
        let by = entry
            .actor
            .as_ref()
            .map_or_else(String::new, |actor| format!("  by {actor}"));
        let detail = entry
            .detail
            .as_ref()
            .map_or_else(String::new, |detail| format!("  ({detail})"));
        let about = [
            named("user", &user),
            named("client", &entry.client_id),
            named("grant", &entry.grant_id),
        ]
        .concat();
        Ok(format!("{}  {:<16}{about}{by}{detail}", time(entry.at), entry.kind))
    }
}

fn time(at: NumericDate) -> String {
    DateTime::from_timestamp(at, 0).map_or_else(|| at.to_string(), |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// From when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    Time(NumericDate),
    /// Seconds ago.
    Ago(NumericDate),
}

impl Since {
    fn at(self, now: NumericDate) -> NumericDate {
        match self {
            Self::Time(at) => at,
            Self::Ago(seconds) => now.saturating_sub(seconds),
        }
    }
}

impl std::str::FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp();
        let time = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp());
        let time = time.or_else(|_| text.parse().map(midnight)).ok().map(Self::Time);
        time.or_else(|| ago(text).map(Self::Ago))
            .ok_or_else(|| "is no time: write 2026-01-31, 2026-01-31T12:00:00Z, 90s, 15m, 12h or 7d".to_owned())
    }
}

fn ago(text: &str) -> Option<NumericDate> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let number: u32 = number.parse().ok()?;
    Some(NumericDate::from(number) * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_day_a_moment_or_how_long_ago() {
        let read = |text: &str| text.parse::<Since>().map(|since| since.at(1_000_000));
        assert_eq!(read("1970-01-02"), Ok(86_400));
        assert_eq!(read("1970-01-01T01:00:00+01:00"), Ok(0));
        assert_eq!(
            ["90s", "1m", "2h", "1d"].map(read),
            [999_910, 999_940, 992_800, 913_600].map(Ok)
        );
        for bad in ["", "d", "-1d", "1w", "1.5h", "yesterday", "12", "é", "99999999999d"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
