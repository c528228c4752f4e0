//! Telling those who still use keys that this will end: RFC 9745 (`Deprecation`), RFC 8594 (`Sunset`).
//!
//! `Deprecation` is a date of structured fields, `@` and seconds; `Sunset` is the date of HTTP. Easy to get wrong: the
//! sunset must not be before the deprecation (RFC 9745 section 4), and it refuses nobody by itself: a key ends with
//! its own date.

use std::time::{Duration, SystemTime};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, HttpDate};
use shared::clock::NumericDate;

/// What every answer to the user of a key says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// Since when keys should no longer be used.
    pub since: NumericDate,
    /// When they are expected to stop.
    pub sunset: Option<NumericDate>,
}

impl Deprecation {
    /// Adds the headers.
    pub fn tell(self, headers: &mut HeaderMap) {
        let since = self.sunset.map_or(self.since, |sunset| self.since.min(sunset));
        insert(headers, "deprecation", &format!("@{since}"));
        if let Some(sunset) = self.sunset.and_then(|sunset| u64::try_from(sunset).ok()) {
            let sunset = SystemTime::UNIX_EPOCH + Duration::from_secs(sunset);
            insert(headers, "sunset", &HttpDate::from(sunset).to_string());
        }
    }
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(since: NumericDate, sunset: Option<NumericDate>) -> (String, Option<String>) {
        let mut headers = HeaderMap::new();
        Deprecation { since, sunset }.tell(&mut headers);
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        (text("deprecation").unwrap(), text("sunset"))
    }

    #[test]
    fn the_headers_are_written_as_in_the_examples_of_the_specifications() {
        assert_eq!(told(1_688_169_599, None), ("@1688169599".to_owned(), None));
        let sunset = "Sun, 30 Jun 2024 23:59:59 GMT".to_owned();
        assert_eq!(told(1_688_169_599, Some(1_719_791_999)).1, Some(sunset));
    }

    #[test]
    fn the_sunset_is_never_before_the_deprecation() {
        assert_eq!(told(2_000, Some(1_000)).0, "@1000");
    }
}
