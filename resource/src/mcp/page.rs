//! Pages of a list: which part is asked for, and the opaque cursor to the next.
//!
//! A cursor is the offset with a fingerprint of the query, so that it cannot be used on another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::error::ToolError;

/// Hits of a page when no limit is given.
const PAGE: i64 = 10;
/// The most hits of a page.
const MOST_HITS: i64 = 50;

/// Which part of the hits is asked for.
#[derive(Debug)]
pub(super) struct Page {
    /// How many at most.
    pub(super) limit: usize,
    /// How many to leave out at the front.
    pub(super) offset: usize,
    fingerprint: String,
}

impl Page {
    /// Reads a limit and a cursor. `query` is everything that the hits depend on.
    pub(super) fn read(limit: Option<i64>, cursor: Option<&str>, query: &[&str]) -> Result<Self, ToolError> {
        let fingerprint = fingerprint(query);
        let offset = match cursor {
            None => Some(0),
            Some(cursor) => offset(cursor, &fingerprint),
        };
        let wrong = || ToolError::invalid_input("the cursor does not belong to this query; leave it out to begin anew");
        Ok(Self {
            limit: usize::try_from(limit.unwrap_or(PAGE).clamp(1, MOST_HITS)).unwrap_or(1),
            offset: offset.ok_or_else(wrong)?,
            fingerprint,
        })
    }

    /// The cursor to the page after this one; `None` after the last.
    pub(super) fn next(&self, shown: usize, total: usize) -> Option<String> {
        let offset = self.offset.saturating_add(shown);
        (shown > 0 && offset < total).then(|| URL_SAFE_NO_PAD.encode(format!("{offset}.{}", self.fingerprint)))
    }
}

fn fingerprint(query: &[&str]) -> String {
    let hash = Sha256::digest(query.join("\n").as_bytes());
    URL_SAFE_NO_PAD.encode(hash).chars().take(12).collect()
}

fn offset(cursor: &str, fingerprint: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (offset, of) = text.split_once('.')?;
    offset.parse().ok().filter(|_| of == fingerprint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let first = Page::read(Some(2), None, &["egg"]).unwrap();
        let cursor = first.next(2, 3).unwrap();
        let second = Page::read(Some(2), Some(&cursor), &["egg"]).unwrap();
        assert_eq!((second.offset, second.next(1, 3)), (2, None));
        assert!(Page::read(None, Some(&cursor), &["eggs"]).is_err());
        for bad in ["", "%%", "Mg", "LTEuYQ"] {
            assert!(Page::read(None, Some(bad), &["egg"]).is_err(), "{bad}");
        }
    }

    #[test]
    fn limits_are_kept_in_bounds() {
        let limit = |limit| Page::read(limit, None, &[]).unwrap().limit;
        assert_eq!(
            (limit(None), limit(Some(0)), limit(Some(-5)), limit(Some(1000))),
            (10, 1, 1, 50)
        );
    }
}
