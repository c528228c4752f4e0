//! How long a document may be used without asking again: RFC 9111 section 4.2, within bounds of ours.

use std::time::SystemTime;

use actix_web::http::header::HttpDate;
use shared::clock::NumericDate;

/// Less would let a document make us fetch it for every request.
const LEAST: NumericDate = 30;
/// More would let a withdrawn redirect URI live on.
const MOST: NumericDate = 86_400;
/// When the server says nothing.
const UNSAID: NumericDate = 3600;

/// Seconds of freshness left, from the headers of an answer.
pub(crate) fn seconds<'a>(header: impl Fn(&'static str) -> Option<&'a str>) -> NumericDate {
    let directives = || header("cache-control").unwrap_or_default().split(',').map(str::trim);
    let forbids = |name: &str| name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache");
    if directives().any(forbids) {
        return LEAST;
    }
    let told = |name: &str| directives().find_map(|directive| number(directive, name));
    let age = header("age").and_then(|age| age.trim().parse().ok()).unwrap_or(0);
    let lifetime = told("s-maxage").or_else(|| told("max-age"));
    let left = lifetime.map(|lifetime| lifetime.saturating_sub(age));
    left.or_else(|| until_expiry(header("expires")?, header("date")?))
        .unwrap_or(UNSAID)
        .clamp(LEAST, MOST)
}

/// The value of `name=5` or `name="5"`; a number too large is very large.
fn number(directive: &str, name: &str) -> Option<NumericDate> {
    let (found, value) = directive.split_once('=')?;
    let value = value.trim().trim_matches('"');
    let digits = !value.is_empty() && value.bytes().all(|c| c.is_ascii_digit());
    (found.trim().eq_ignore_ascii_case(name) && digits).then(|| value.parse().unwrap_or(MOST))
}

/// An `Expires` that is no date means "already" (RFC 9111 section 5.3). Both times are the server's own.
fn until_expiry(expires: &str, date: &str) -> Option<NumericDate> {
    let read = |text: &str| text.parse::<HttpDate>().ok().map(SystemTime::from);
    let date = read(date)?;
    let left = read(expires).and_then(|expires| expires.duration_since(date).ok());
    Some(left.map_or(0, |left| NumericDate::try_from(left.as_secs()).unwrap_or(MOST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_is_what_the_headers_say_within_bounds() {
        let date = "Thu, 01 Jan 2026 00:00:00 GMT";
        for (headers, expected) in [
            (vec![], UNSAID),
            (vec![("cache-control", "max-age=600")], 600),
            (vec![("cache-control", "public, Max-Age=\"600\" , immutable")], 600),
            (vec![("cache-control", "max-age=600, s-maxage=900")], 900),
            (vec![("cache-control", "max-age=600"), ("age", "500")], 100),
            (vec![("cache-control", "max-age=600"), ("age", "900")], LEAST),
            (vec![("cache-control", "max-age=0")], LEAST),
            (vec![("cache-control", "no-store, max-age=600")], LEAST),
            (vec![("cache-control", "NO-CACHE")], LEAST),
            (vec![("cache-control", "max-age=31536000")], MOST),
            (vec![("cache-control", "max-age=99999999999999999999999")], MOST),
            (vec![("cache-control", "max-age=-5")], UNSAID),
            (vec![("cache-control", "max-age=x"), ("age", "y")], UNSAID),
            (vec![("expires", "Thu, 01 Jan 2026 00:10:00 GMT"), ("date", date)], 600),
            (vec![("expires", "0"), ("date", date)], LEAST),
            (
                vec![("expires", "Wed, 31 Dec 2025 00:00:00 GMT"), ("date", date)],
                LEAST,
            ),
            (vec![("expires", "Thu, 01 Jan 2026 00:10:00 GMT")], UNSAID),
            (
                vec![("cache-control", "max-age=60"), ("expires", "0"), ("date", date)],
                60,
            ),
        ] {
            let header = |name| {
                headers
                    .iter()
                    .find(|(found, _)| *found == name)
                    .map(|(_, value)| *value)
            };
            assert_eq!(seconds(header), expected, "{headers:?}");
        }
    }
}
