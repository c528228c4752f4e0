//! Log lines through `env_logger`: one line of JSON per event, or readable text on a terminal.
//!
//! Structured fields (`log`'s key-values) become members of the line. Easy to get wrong: text from
//! outside with line breaks or escape sequences forges lines; both formats escape control characters. And whoever sends
//! nonsense must not fill the log of errors, in which people look for what is wrong here.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

use env_logger::fmt::Formatter;
use log::kv::{self, Key, Value, VisitSource};
use log::{LevelFilter, Record};
use serde_json::{Map, json};

/// Starts logging to stderr. `RUST_LOG` chooses what is shown (default: `info`).
pub fn start() {
    let mut builder = env_logger::Builder::new();
    builder.filter_level(LevelFilter::Info);
    // Its steps of starting and ending mean nothing to the people who run the program.
    builder.filter_module("actix_server", LevelFilter::Warn);
    // It calls it an error when somebody's bytes are no HTTP; `RUST_LOG=actix_http::h1=debug` shows them.
    builder.filter_module("actix_http::h1", LevelFilter::Off);
    builder.parse_default_env();
    if io::stderr().is_terminal() {
        builder.format(readable);
    } else {
        builder.format(json_line);
    }
    // A second start in one process (tests) keeps the first logger.
    drop(builder.try_init());
}

struct Fields(BTreeMap<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let value = serde_json::to_value(&value).unwrap_or_else(|_| json!(value.to_string()));
        if !value.is_null() {
            self.0.insert(key.to_string(), value);
        }
        Ok(())
    }
}

fn fields(record: &Record<'_>) -> BTreeMap<String, serde_json::Value> {
    let mut fields = Fields(BTreeMap::new());
    // A field that cannot be read is left out; the line itself must not be lost.
    drop(record.key_values().visit(&mut fields));
    fields.0
}

fn json_line(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let mut line = Map::new();
    line.insert("time".to_owned(), json!(out.timestamp_millis().to_string()));
    line.insert("level".to_owned(), json!(record.level().as_str()));
    line.insert("target".to_owned(), json!(record.target()));
    line.insert("message".to_owned(), json!(record.args().to_string()));
    line.extend(fields(record));
    writeln!(out, "{}", serde_json::Value::Object(line))
}

fn readable(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let (time, level) = (out.timestamp_seconds(), record.level());
    write!(out, "{time} {level:<5} {}", printable(&record.args().to_string()))?;
    for (key, value) in fields(record) {
        write!(out, " {key}={}", printable(&value.to_string()))?;
    }
    writeln!(out)
}

/// The text with control characters written as escapes.
fn printable(text: &str) -> String {
    let escape = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_cannot_forge_a_line_or_move_the_cursor() {
        assert_eq!(printable("a\n2026 ERROR b\u{1b}[2J"), "a\\n2026 ERROR b\\u{1b}[2J");
    }

    #[test]
    fn fields_keep_their_types_and_absent_ones_are_left_out() {
        let absent: Option<&str> = None;
        let pairs: &[(&str, Value<'_>)] = &[("status", Value::from(200)), ("client_id", Value::from_serde(&absent))];
        let mut builder = Record::builder();
        let record = builder.key_values(&pairs).build();
        assert_eq!(fields(&record), BTreeMap::from([("status".to_owned(), json!(200))]));
    }
}
