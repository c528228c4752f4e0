//! The issuer's metadata as clients read it: RFC 8414, OpenID Connect Discovery 1.0, RFC 7591, RFC 9207.
//!
//! Easy to get wrong: a place without a document must be 404. A 200 with something else is taken for the document, and
//! a 500 ends the search.

use serde_json::Value;
use url::Url;

use super::check::{Check, Finding};
use super::seen::Answer;
use super::{Seen, list, text};

const NONE: &str = "there is no metadata of the issuer";

/// A check of the metadata alone.
type OfDocument = fn(Check, &Value) -> Finding;

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    let document = seen.issuer_document();
    let of_document: [(Check, OfDocument); 7] = [
        (Check::Members, members),
        (Check::Pkce, pkce),
        (Check::PublicClients, public_clients),
        (Check::Registration, registration),
        (Check::DynamicRegistration, dynamic_registration),
        (Check::ClientDocuments, client_documents),
        (Check::Iss, iss),
    ];
    let of_document = of_document.iter().map(|(check, examine)| match &document {
        Some(document) => examine(*check, document),
        None => check.unknown(NONE),
    });
    [server_metadata(seen), issuer(seen)]
        .into_iter()
        .chain(of_document)
        .collect()
}

fn server_metadata(seen: &Seen) -> Finding {
    let check = Check::ServerMetadata;
    let Some(issuer) = &seen.issuer else {
        return check.unknown("the resource metadata names no issuer");
    };
    let summaries: Vec<_> = seen.issuer_metadata.iter().map(Answer::summary).collect();
    let Some(first) = seen.issuer_document() else {
        return check.broken(
            format!("of {issuer:?}: {}", summaries.join("; ")),
            "let the issuer serve its metadata at the first of these places",
        );
    };
    for (at, answer) in seen.issuer_metadata.iter().enumerate() {
        if let Some(finding) = misleading(answer) {
            return finding;
        }
        let differs = answer.document().is_some_and(|other| !says_the_same(&first, &other));
        if at > 0 && differs {
            return check.broken(
                format!("{} says otherwise than the first", answer.url),
                "serve the same document at every place",
            );
        }
    }
    check.ok(summaries.join("; "))
}

/// A place that is neither the document nor a plain "not here".
fn misleading(answer: &Answer) -> Option<Finding> {
    let check = Check::ServerMetadata;
    let remedy = "answer 404 where there is no document";
    match answer.status() {
        None => Some(check.broken(answer.summary(), "let the issuer answer there")),
        Some(200) if answer.document().is_none() => Some(check.broken(answer.summary(), remedy)),
        // The TypeScript SDK tries the next place after a 502.
        Some(500 | 501 | 503..) => Some(check.broken(answer.summary(), remedy)),
        Some(300..=399) => Some(check.warning(format!("{} (a redirect)", answer.summary()), remedy)),
        Some(_) => None,
    }
}

fn says_the_same(one: &Value, other: &Value) -> bool {
    let members = ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"];
    members.iter().all(|member| one.get(member) == other.get(member))
}

fn issuer(seen: &Seen) -> Finding {
    let check = Check::Issuer;
    let (Some(expected), Some(document)) = (&seen.issuer, seen.issuer_document()) else {
        return check.unknown(NONE);
    };
    match text(&document, "issuer") {
        Some(issuer) if issuer == expected => check.ok(issuer),
        issuer => check.broken(
            format!(
                "the resource metadata says {expected:?}, the issuer calls itself {:?}",
                issuer.unwrap_or_default()
            ),
            "write both the same, byte for byte; a slash at the end counts",
        ),
    }
}

fn members(check: Check, document: &Value) -> Finding {
    let nulls = document
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.is_null());
    let nulls: Vec<_> = nulls.map(|(name, _)| name.as_str()).collect();
    if !nulls.is_empty() {
        return check.broken(
            format!("null: {}", nulls.join(", ")),
            "leave out members without a value; clients refuse the whole document",
        );
    }
    let wanted = [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "response_types_supported",
    ];
    let missing: Vec<_> = wanted.into_iter().filter(|name| document.get(name).is_none()).collect();
    if missing.is_empty() {
        check.ok("none is null, none is missing")
    } else {
        check.broken(
            format!("missing: {}", missing.join(", ")),
            "put them in (RFC 8414 section 2)",
        )
    }
}

fn pkce(check: Check, document: &Value) -> Finding {
    let methods = list(document, "code_challenge_methods_supported");
    match methods {
        Some(methods) if methods.contains(&"S256") => check.ok("S256"),
        methods => check.broken(
            format!("code_challenge_methods_supported is {methods:?}"),
            "list S256 in code_challenge_methods_supported; MCP clients refuse an issuer without it",
        ),
    }
}

fn public_clients(check: Check, document: &Value) -> Finding {
    match list(document, "token_endpoint_auth_methods_supported") {
        Some(methods) if methods.contains(&"none") => check.ok("none is listed"),
        Some(methods) => check.broken(
            format!("only {}", methods.join(", ")),
            "list none in token_endpoint_auth_methods_supported and take clients without a secret",
        ),
        None => check.broken(
            "token_endpoint_auth_methods_supported is missing, which means client_secret_basic",
            "list none in it and take clients without a secret",
        ),
    }
}

fn takes_documents(document: &Value) -> bool {
    document.get("client_id_metadata_document_supported") == Some(&Value::Bool(true))
}

fn registration(check: Check, document: &Value) -> Finding {
    match (takes_documents(document), text(document, "registration_endpoint")) {
        (true, Some(_)) => check.ok("by a document and dynamically"),
        (true, None) => check.ok("by a document"),
        (false, Some(_)) => check.ok("dynamically"),
        (false, None) => check.broken(
            "neither client_id_metadata_document_supported nor registration_endpoint",
            "offer one of them, or give people a client_id that they put in their client's settings",
        ),
    }
}

fn dynamic_registration(check: Check, document: &Value) -> Finding {
    match text(document, "registration_endpoint") {
        Some(endpoint) => check.ok(endpoint),
        None => check.broken(
            "there is no registration_endpoint",
            "offer dynamic registration (RFC 7591), or give people of these clients a client_id",
        ),
    }
}

fn client_documents(check: Check, document: &Value) -> Finding {
    let public = public_clients(Check::PublicClients, document);
    match (takes_documents(document), public.change.is_empty()) {
        (true, true) => check.ok("offered"),
        (true, false) => check.warning(
            "offered, but none is not in token_endpoint_auth_methods_supported, so clients pass it over",
            "list none",
        ),
        (false, _) => check.warning(
            "not offered, so a client is registered anew for each connection",
            "offer client_id_metadata_document_supported",
        ),
    }
}

/// Without `iss` a client with several issuers cannot tell whose answer it is (RFC 9207 section 1).
fn iss(check: Check, document: &Value) -> Finding {
    let member = "authorization_response_iss_parameter_supported";
    let change = format!("send iss with every authorization response, and say so with {member}");
    let origin = |name: &str| {
        text(document, name)
            .and_then(|url| Url::parse(url).ok())
            .map(|url| url.origin())
    };
    if document.get(member) == Some(&Value::Bool(true)) {
        check.ok("sent with every authorization response")
    } else if origin("issuer") == origin("authorization_endpoint") {
        check.warning("authorization responses do not say whose they are", change)
    } else {
        check.broken(
            "authorization responses do not say whose they are, and come from another origin than the issuer's",
            change,
        )
    }
}
