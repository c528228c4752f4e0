//! The resource's side: its challenge, its metadata and its name (RFC 6750 section 3, RFC 9728 sections 3 and 5.1).
//!
//! Easy to get wrong: clients that read the challenge get their document from there, and those that do not look at the
//! well-known places; both must be told the same.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::check::{Check, Finding};
use super::seen::{Answer, metadata_places};
use super::{Seen, list, text};

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    vec![
        challenge(&seen.challenge),
        resource_metadata(seen),
        resource(seen),
        resource_exact(seen),
        scopes(seen),
    ]
}

/// Where the `Bearer` challenge says that the metadata is.
pub(super) fn told_place(challenge: &Answer) -> Option<String> {
    let challenges = challenge.challenges();
    let bearer = challenges.iter().find(|challenge| is_bearer(&challenge.scheme))?;
    bearer.parameter("resource_metadata").map(str::to_owned)
}

fn is_bearer(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("bearer")
}

fn challenge(answer: &Answer) -> Finding {
    let check = Check::Challenge;
    match answer.status() {
        None => return check.broken(answer.summary(), "let the server answer at this URL"),
        Some(401) => {}
        Some(300..=399) => {
            return check.broken(
                answer.summary(),
                "serve MCP at this very URL, or tell people the other one",
            );
        }
        Some(_) => {
            return check.broken(
                format!("a request without a token: {}", answer.summary()),
                "answer 401 with WWW-Authenticate: Bearer to every request without a token, before anything else",
            );
        }
    }
    match answer.challenges().first() {
        None => check.broken(
            "401 without WWW-Authenticate",
            "send WWW-Authenticate: Bearer with resource_metadata",
        ),
        Some(first) if !is_bearer(&first.scheme) => check.broken(
            format!("the first challenge is {}", first.scheme),
            "put Bearer first; some clients read only the first challenge",
        ),
        Some(_) if told_place(answer).is_none() => check.warning(
            "the challenge has no resource_metadata; clients have to guess the place",
            "add resource_metadata with the address of the protected resource metadata",
        ),
        Some(first) if first.parameter("error").is_some() => check.warning(
            "an error is named although no token was sent",
            "leave error out of the challenge when the request has no token (RFC 6750 section 3.1)",
        ),
        Some(_) => check.ok("401 with a Bearer challenge"),
    }
}

fn resource_metadata(seen: &Seen) -> Finding {
    let check = Check::ResourceMetadata;
    let summaries = || {
        seen.resource_metadata
            .iter()
            .map(Answer::summary)
            .collect::<Vec<_>>()
            .join("; ")
    };
    let Some(document) = seen.resource_document() else {
        return check.broken(
            summaries(),
            "serve protected resource metadata (RFC 9728) at these places",
        );
    };
    if seen.issuer.is_none() {
        return check.broken(
            "authorization_servers is missing or empty",
            "name the issuer in authorization_servers",
        );
    }
    if let Some(told) = told_place(&seen.challenge)
        && let Some(lost) = seen.resource_metadata.iter().find(|answer| answer.url == told)
        && lost.document().is_none()
    {
        return check.broken(
            format!("the challenge leads to {}", lost.summary()),
            "let resource_metadata lead to the document",
        );
    }
    let differing = seen.resource_metadata.iter().find(|answer| {
        let other = answer.document();
        other.is_some_and(|other| !says_the_same(&document, &other))
    });
    if let Some(differing) = differing {
        return check.broken(
            format!("{} names another resource or issuer than the first", differing.url),
            "serve the same document at every place",
        );
    }
    well_known(seen, summaries())
}

fn says_the_same(one: &Value, other: &Value) -> bool {
    let same = |member: &str| one.get(member) == other.get(member);
    same("resource") && same("authorization_servers")
}

/// The places that clients try when they have no challenge at hand.
fn well_known(seen: &Seen, summaries: String) -> Finding {
    let check = Check::ResourceMetadata;
    let has = |place: &String| {
        let mut answers = seen.resource_metadata.iter();
        answers.any(|answer| answer.url == *place && answer.document().is_some())
    };
    let places = metadata_places(&seen.url);
    let missing: Vec<_> = places.iter().filter(|place| !has(place)).cloned().collect();
    if missing.is_empty() {
        check.ok("the same at every place")
    } else if missing.len() == places.len() {
        check.broken(
            summaries,
            "serve it at the well-known places, too: not every client reads the challenge",
        )
    } else {
        check.warning(
            format!("nothing at {}", missing.join(", ")),
            "serve the same document there, too",
        )
    }
}

fn named(seen: &Seen, check: Check) -> Result<String, Finding> {
    let document = seen
        .resource_document()
        .ok_or_else(|| check.unknown("there is no resource metadata"))?;
    let named = text(&document, "resource").map(str::to_owned);
    named.ok_or_else(|| {
        check.broken(
            "resource is missing",
            format!("put \"resource\": \"{}\" in", seen.typed),
        )
    })
}

/// As the TypeScript and Python SDKs compare: the same origin, and a path that begins the URL's.
fn resource(seen: &Seen) -> Finding {
    let check = Check::Resource;
    let named = match named(seen, check) {
        Ok(named) => named,
        Err(finding) => return finding,
    };
    if is_of(&named, &seen.url) {
        check.ok(named)
    } else {
        check.broken(
            format!("resource is {named:?}, the URL {:?}", seen.typed),
            format!(
                "let resource be \"{}\", from a setting and never from the request",
                seen.typed
            ),
        )
    }
}

/// Whether this identifier may stand in the metadata of what is at this URL.
pub(super) fn is_of(named: &str, url: &Url) -> bool {
    Url::parse(named).is_ok_and(|named| covers(&named, url))
}

fn covers(resource: &Url, url: &Url) -> bool {
    let slashed = |url: &Url| format!("{}/", url.path().trim_end_matches('/'));
    resource.origin() == url.origin() && slashed(url).starts_with(&slashed(resource))
}

fn resource_exact(seen: &Seen) -> Finding {
    let check = Check::ResourceExact;
    match named(seen, check) {
        Err(finding) => finding,
        Ok(named) if named == seen.typed => check.ok(named),
        Ok(named) => check.broken(
            format!("resource is {named:?}, the URL {:?}", seen.typed),
            format!("let people type {named}, or let resource be \"{}\"", seen.typed),
        ),
    }
}

/// Some clients ask for the challenge's scope, others for all of the metadata's.
fn scopes(seen: &Seen) -> Finding {
    let check = Check::Scopes;
    let Some(document) = seen.resource_document() else {
        return check.unknown("there is no resource metadata");
    };
    let listed: BTreeSet<String> = strings(list(&document, "scopes_supported").unwrap_or_default());
    let challenged = seen.challenge.challenges();
    let challenged = challenged.iter().find_map(|challenge| challenge.parameter("scope"));
    let challenged: BTreeSet<String> = strings(challenged.unwrap_or_default().split_whitespace());
    let server = seen.issuer_document().unwrap_or_default();
    let of_server = list(&server, "scopes_supported").map(strings);
    if let Some(finding) = offline_access(&listed, &challenged, of_server.as_ref()) {
        return finding;
    }
    if listed != challenged {
        return check.warning(
            format!("the challenge has {challenged:?}, the metadata {listed:?}"),
            "put every scope that a normal user needs in both: clients ask for one or the other",
        );
    }
    let unknown: Vec<_> = listed
        .iter()
        .filter(|scope| of_server.as_ref().is_some_and(|all| !all.contains(*scope)))
        .collect();
    if unknown.is_empty() {
        check.ok(format!("{listed:?}"))
    } else {
        check.warning(
            format!("the issuer does not list {unknown:?}"),
            "let the issuer know the scopes, or clients may be answered invalid_scope",
        )
    }
}

fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    texts.into_iter().map(str::to_owned).collect()
}

fn offline_access(
    listed: &BTreeSet<String>,
    challenged: &BTreeSet<String>,
    of_server: Option<&BTreeSet<String>>,
) -> Option<Finding> {
    let has = |scopes: &BTreeSet<String>| scopes.contains("offline_access");
    if has(listed) || has(challenged) {
        return Some(Check::Scopes.warning(
            "the resource asks for offline_access, which is no scope of a resource",
            "leave offline_access out of the challenge and of the resource's scopes_supported",
        ));
    }
    of_server.is_some_and(has).then(|| {
        Check::Scopes.warning(
            "the issuer lists offline_access, so clients ask for consent at every sign-in",
            "give refresh tokens without it, and leave it out of the issuer's scopes_supported",
        )
    })
}
