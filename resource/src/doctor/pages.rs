//! Whether a page may call: the Fetch standard's CORS protocol.
//!
//! Easy to get wrong: `*` in `Access-Control-Allow-Headers` does not mean `Authorization`; and an answer without the
//! headers is invisible to the page, whatever its status.

use super::Seen;
use super::check::{Check, Finding};
use super::seen::{Answer, PAGE, PREFLIGHT_HEADERS, PREFLIGHT_HEADERS_OF_DISCOVERY};

pub(super) fn finding(seen: &Seen) -> Finding {
    let check = Check::Cors;
    let challenge = &seen.challenge_of_page;
    if challenge.status() == Some(403) {
        return check.warning(
            format!("requests of pages from {PAGE} are refused with 403"),
            format!("if people use the Inspector in a browser, allow the origin {PAGE} (RESOURCE_ALLOWED_ORIGINS)"),
        );
    }
    let documents = seen.resource_metadata.iter().chain(&seen.issuer_metadata);
    let documents = documents.filter(|answer| answer.document().is_some());
    let unreadable = documents
        .chain([challenge])
        .filter(|answer| !is_readable(answer))
        .map(|answer| answer.url.clone());
    let unreadable: Vec<_> = unreadable.collect();
    if !unreadable.is_empty() {
        return check.broken(
            format!("pages cannot read {}", unreadable.join(", ")),
            "send Access-Control-Allow-Origin: * on every status",
        );
    }
    if !names(challenge, "access-control-expose-headers", "www-authenticate") {
        return check.broken(
            "pages cannot read the challenge",
            "send Access-Control-Expose-Headers: WWW-Authenticate with the 401",
        );
    }
    preflights(seen)
}

fn preflights(seen: &Seen) -> Finding {
    for (at, answer) in seen.preflights.iter().enumerate() {
        let wanted = if at == 0 {
            PREFLIGHT_HEADERS
        } else {
            PREFLIGHT_HEADERS_OF_DISCOVERY
        };
        let refused: Vec<_> = wanted
            .split(',')
            .filter(|header| !names(answer, "access-control-allow-headers", header))
            .collect();
        let ok = answer.status().is_some_and(|status| (200..300).contains(&status));
        if !ok || !is_readable(answer) || !refused.is_empty() {
            return Check::Cors.broken(
                format!(
                    "preflight of {}; headers that are not allowed: {refused:?}",
                    answer.summary()
                ),
                "answer OPTIONS without a token: 204, Access-Control-Allow-Origin, -Methods, and -Headers with these",
            );
        }
    }
    Check::Cors.ok("pages can read every answer")
}

fn is_readable(answer: &Answer) -> bool {
    matches!(answer.header("access-control-allow-origin"), Some("*" | PAGE))
}

/// Whether the list in this header has the name; `*` stands for all but `Authorization`.
fn names(answer: &Answer, header: &str, name: &str) -> bool {
    let Some(list) = answer.header(header) else {
        return false;
    };
    let mut listed = list.split(',').map(str::trim);
    listed.any(|listed| listed.eq_ignore_ascii_case(name) || (listed == "*" && name != "authorization"))
}
