//! Settings against requests that come slowly and connections that come in masses; both programs have them.
//!
//! Easy to get wrong: the server's library counts connections for each worker, so the limit of all is divided.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::settings::{Setting, Typed, whole_number};

/// How long and how many connections may be.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// How long the head of a request may take to arrive.
    pub head_time: Duration,
    /// How long a connection is kept without a request.
    pub keep_alive: Duration,
    most: usize,
}

/// The rows that a program's table of settings has for [`Connections`]: the prefix of its variables, the seconds that it
/// gives a body, and how many connections it takes unless told otherwise.
#[macro_export]
macro_rules! connection_settings {
    ($prefix:literal, body: $body:literal, most: $most:literal) => {
        [
            $crate::settings::Setting::new(
                concat!($prefix, "_HEAD_SECONDS"),
                "head-seconds",
                "10",
                concat!(
                    "How long the head of a request may take to arrive, 1 to 120 seconds; its body may take ",
                    $body,
                    "."
                ),
            ),
            $crate::settings::Setting::new(
                concat!($prefix, "_KEEP_ALIVE_SECONDS"),
                "keep-alive-seconds",
                "75",
                "How long a connection is kept without a request, 0 to 600 seconds; longer than a proxy in front keeps its own. 0: one request a connection.",
            ),
            $crate::settings::Setting::new(
                concat!($prefix, "_MAX_CONNECTIONS"),
                "max-connections",
                $most,
                "Connections at once, 2 to 1000000; further ones wait. The process must be allowed as many open files.",
            ),
        ]
    };
}

impl Connections {
    /// Gives the rows of [`crate::connection_settings`] their meaning.
    pub fn read(typed: &mut Typed, [head, keep_alive, most]: &[Setting; 3]) -> Option<Self> {
        let head_time = typed.read(head.name, |text| seconds(text, 1..=120));
        let keep_alive = typed.read(keep_alive.name, |text| seconds(text, 0..=600));
        let most = typed.read(most.name, |text| {
            usize::try_from(whole_number(2..=1_000_000)(text)?).map_err(|error| error.to_string())
        });
        Some(Self {
            head_time: head_time?,
            keep_alive: keep_alive?,
            most: most?,
        })
    }

    /// How many each of so many workers takes.
    pub fn of_a_worker(&self, workers: usize) -> usize {
        self.most.div_ceil(workers.max(1))
    }
}

fn seconds(text: &str, range: RangeInclusive<i64>) -> Result<Duration, String> {
    let seconds = whole_number(range)(text)?;
    let seconds = u64::try_from(seconds).map_err(|error| error.to_string())?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [Setting; 3] = crate::connection_settings!("X", body: "20", most: "7");

    fn read(variables: &[(&str, &str)]) -> Result<Connections, usize> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut typed = Typed::gather(&ROWS, &["X_"], variables, []);
        let connections = Connections::read(&mut typed, &ROWS);
        typed.finish(|| connections).map_err(|mistakes| mistakes.0.len())
    }

    #[test]
    fn the_rows_have_the_names_of_the_program_and_valid_defaults() {
        assert_eq!(
            ROWS.map(|row| row.name),
            ["X_HEAD_SECONDS", "X_KEEP_ALIVE_SECONDS", "X_MAX_CONNECTIONS"]
        );
        assert!(ROWS[0].help.ends_with("its body may take 20."));
        let connections = read(&[]).unwrap();
        assert_eq!(
            (connections.head_time.as_secs(), connections.keep_alive.as_secs()),
            (10, 75)
        );
        assert_eq!(
            [1, 2, 7, 8].map(|workers| connections.of_a_worker(workers)),
            [7, 4, 1, 1]
        );
    }

    #[test]
    fn what_would_serve_nobody_is_a_mistake() {
        let mistakes = [
            ("X_HEAD_SECONDS", "0"),
            ("X_KEEP_ALIVE_SECONDS", "-1"),
            ("X_MAX_CONNECTIONS", "1"),
        ];
        assert_eq!(read(&mistakes).unwrap_err(), 3);
    }
}
