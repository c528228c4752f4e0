//! Log lines through `env_logger`: one line of JSON per event, or readable text on a terminal.
//!
//! Structured fields (`log`'s key-values) become members of the line. Easy to get wrong: text from
//! outside with line breaks or escape sequences forges lines; both formats escape control characters. And whoever sends
//! nonsense must not fill the log of errors, in which people look for what is wrong here.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use env_logger::fmt::Formatter;
use log::kv::{self, Key, Value, VisitSource};
use log::{LevelFilter, Record};
use serde_json::json;

/// What the fields of a line commonly take, in bytes.
const FIELDS: usize = 512;

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

/// The fields of a record as one text, the values as JSON; absent ones are left out.
struct Fields {
    written: Vec<u8>,
    /// What stands before a name, and behind it. Names are words of the program that logs.
    around: [&'static str; 2],
}

impl Fields {
    fn of(record: &Record<'_>, around: [&'static str; 2]) -> Vec<u8> {
        let written = Vec::with_capacity(FIELDS);
        let mut fields = Self { written, around };
        // A field that cannot be read is left out; the line itself must not be lost.
        drop(record.key_values().visit(&mut fields));
        fields.written
    }
}

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let [before, behind] = self.around;
        let begun = self.written.len();
        for part in [before, key.as_str(), behind] {
            self.written.extend_from_slice(part.as_bytes());
        }
        let named = self.written.len();
        if serde_json::to_writer(&mut self.written, &value).is_err() {
            self.written.truncate(named);
            self.written.extend(json!(value.to_string()).to_string().bytes());
        }
        if self.written.get(named..) == Some(b"null") {
            self.written.truncate(begun);
        }
        Ok(())
    }
}

fn json_line(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let (time, level) = (out.timestamp_millis(), record.level());
    write!(out, r#"{{"time":"{time}","level":"{level}","target":"#)?;
    serde_json::to_writer(&mut *out, record.target())?;
    out.write_all(br#","message":"#)?;
    serde_json::to_writer(&mut *out, &*text(record))?;
    out.write_all(&Fields::of(record, [",\"", "\":"]))?;
    out.write_all(b"}\n")
}

fn readable(out: &mut Formatter, record: &Record<'_>) -> io::Result<()> {
    let (time, level) = (out.timestamp_seconds(), record.level());
    let fields = Fields::of(record, [" ", "="]);
    let (text, fields) = (text(record), String::from_utf8_lossy(&fields));
    writeln!(out, "{time} {level:<5} {}{}", printable(&text), printable(&fields))
}

fn text<'a>(record: &Record<'a>) -> Cow<'a, str> {
    let constant = record.args().as_str().map(Cow::Borrowed);
    constant.unwrap_or_else(|| Cow::Owned(record.args().to_string()))
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
        let (quoted, name) = ("a\"\n\u{1b}b", Some("c"));
        let pairs: &[(&str, Value<'_>)] = &[
            ("status", Value::from(200)),
            ("client_id", Value::from_serde(&absent)),
            ("subject", Value::from_serde(&name)),
            ("reason", Value::from(quoted)),
        ];
        let mut builder = Record::builder();
        let record = builder.key_values(&pairs).build();
        let members = String::from_utf8(Fields::of(&record, [",\"", "\":"])).unwrap();
        assert_eq!(members, r#","status":200,"subject":"c","reason":"a\"\n\u001bb""#);
        let words = String::from_utf8(Fields::of(&record, [" ", "="])).unwrap();
        assert_eq!(words, r#" status=200 subject="c" reason="a\"\n\u001bb""#);
    }
}
