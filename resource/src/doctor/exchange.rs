//! What the exchange of tokens rests on: https, addresses that can be reached, keys, and the time.
//!
//! Easy to get wrong: clients take http for exactly `localhost`, `127.0.0.1` and `[::1]`, and for no other name of
//! this computer, such as `food.localhost`.

use serde_json::Value;
use shared::clock::NumericDate;
use shared::fetch::seconds_ahead;
use shared::jwk::{Algorithms, Unusable, VerificationKey};
use url::{Host, Url};

use super::check::{Check, Finding};
use super::seen::Answer;
use super::{Seen, text};
use crate::identifier::is_loopback;

/// What verifiers forgive (60 seconds is usual).
const MOST_SECONDS_APART: i64 = 60;
/// What shows that a clock is not kept, in seconds. The header itself has whole seconds.
const SECONDS_APART: i64 = 5;

pub(super) fn findings(seen: &Seen) -> Vec<Finding> {
    vec![transport(seen), reach(seen), keys(seen), clock(seen)]
}

/// The addresses that clients are sent to, by what they are called in the report.
fn addresses(seen: &Seen) -> Vec<(&'static str, String)> {
    let document = seen.issuer_document().unwrap_or_default();
    let members = [
        "authorization_endpoint",
        "token_endpoint",
        "registration_endpoint",
        "revocation_endpoint",
    ];
    let members = members
        .into_iter()
        .filter_map(|name| Some((name, text(&document, name)?.to_owned())));
    let issuer = seen.issuer.clone().map(|issuer| ("issuer", issuer));
    [("MCP URL", seen.typed.clone())]
        .into_iter()
        .chain(issuer)
        .chain(members)
        .collect()
}

fn transport(seen: &Seen) -> Finding {
    let open = addresses(seen)
        .into_iter()
        .filter(|(_, address)| !is_protected(address));
    let open: Vec<_> = open.map(|(name, address)| format!("{name} {address}")).collect();
    if open.is_empty() {
        Check::Transport.ok("https, or this computer")
    } else {
        Check::Transport.broken(
            format!("tokens and codes would go in clear text: {}", open.join(", ")),
            "use https; plain http is for localhost, 127.0.0.1 and [::1] alone",
        )
    }
}

/// Whether what is sent there cannot be read on the way.
pub(super) fn is_protected(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)))
}

fn reach(seen: &Seen) -> Finding {
    let hidden = addresses(seen).into_iter().filter(|(_, address)| is_local(address));
    let hidden: Vec<_> = hidden.map(|(name, _)| name).collect();
    if hidden.is_empty() {
        Check::Reach.ok("no address is of this computer or of a private network")
    } else {
        Check::Reach.warning(
            format!("on this computer or in a private network: {}", hidden.join(", ")),
            "hosted clients need both servers on the public Internet; leave it if nobody uses them",
        )
    }
}

/// By its spelling; no name is looked up.
fn is_local(address: &str) -> bool {
    let url = Url::parse(address);
    match url.as_ref().ok().and_then(Url::host) {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost") || !name.contains('.'),
        Some(Host::Ipv4(address)) => !shared::fetch::address::is_public(address.into()),
        Some(Host::Ipv6(address)) => !shared::fetch::address::is_public(address.into()),
        None => false,
    }
}

fn keys(seen: &Seen) -> Finding {
    let check = Check::Keys;
    let Some(answer) = &seen.jwks else {
        return check.unknown("no jwks_uri is known; fine for an issuer of opaque tokens");
    };
    let document = answer.document();
    let keys = document
        .as_ref()
        .and_then(|document| document.get("keys"))
        .and_then(Value::as_array);
    let Some(keys) = keys else {
        return check.broken(answer.summary(), "serve {\"keys\": [...]} at jwks_uri");
    };
    let read: Vec<_> = keys
        .iter()
        .map(|key| VerificationKey::from_jwk(key, &Algorithms::default()))
        .collect();
    if read.iter().any(|key| matches!(key, Err(Unusable::Private))) {
        return check.broken(
            "a private key is published; anybody can sign tokens",
            "replace the key at once, and publish public parts only",
        );
    }
    let usable = read.iter().filter(|key| key.is_ok()).count();
    if usable == 0 {
        let why: Vec<_> = read
            .iter()
            .filter_map(|key| key.as_ref().err())
            .map(ToString::to_string)
            .collect();
        return check.broken(
            format!("none of {} keys can be used: {}", keys.len(), why.join("; ")),
            format!("publish a key for one of {}", Algorithms::default()),
        );
    }
    check.ok(format!("{usable} of {} can be used", keys.len()))
}

/// Each server's `Date` against this computer's clock.
fn clock(seen: &Seen) -> Finding {
    let issuer = seen.issuer_metadata.iter().find(|answer| answer.status().is_some());
    let dates = [("the server", Some(&seen.challenge)), ("the issuer", issuer)];
    let apart = dates
        .into_iter()
        .filter_map(|(name, answer)| Some((name, ahead(answer?)?)));
    let Some((name, apart)) = apart.max_by_key(|(_, apart)| apart.abs()) else {
        return Check::Clock.unknown("no answer has a Date");
    };
    let saw = format!("the clock of {name} and this computer's are {} s apart", apart.abs());
    let change = "let every machine keep its clock by NTP; tokens of another time are refused";
    if apart.abs() <= SECONDS_APART {
        Check::Clock.ok(saw)
    } else if apart.abs() <= MOST_SECONDS_APART {
        Check::Clock.warning(saw, change)
    } else {
        Check::Clock.broken(saw, change)
    }
}

/// How far its clock is ahead of ours, in seconds.
fn ahead(answer: &Answer) -> Option<NumericDate> {
    seconds_ahead(answer.header("date")?, answer.at)
}
