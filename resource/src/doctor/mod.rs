//! `resource doctor`: what MCP clients will meet at a server and its issuer, before anybody signs in.
//!
//! 1. `seen` makes the requests that clients make: the challenge, both places of the resource's metadata (RFC 9728
//!    section 3), every place of the issuer's (RFC 8414 section 3, OpenID Connect Discovery section 4), the keys,
//!    preflights.
//! 2. `resource`, `server_metadata`, `exchange` and `pages` hold what came against the specifications; each
//!    check has one finding.
//! 3. `clients` says which findings matter to which client, and `report` tells it.
//!
//! 4. Where a person wants it, `login` goes on from there, through the browser to a tool.
//!
//! Before that nothing is registered and nobody is signed in. Of several authorization servers the first is examined, for it is
//! the one that clients take. Knows nothing of food and nothing of the running server: any MCP URL can be examined.

pub mod check;
pub mod clients;
mod exchange;
pub mod login;
mod pages;
pub mod report;
mod resource;
mod seen;
mod server_metadata;
mod www_authenticate;

use serde_json::Value;
use shared::clock::Clock;
use shared::fetch::Fetch;
use url::Url;

use self::check::Finding;
use self::login::Way;
use self::report::Report;
use self::seen::{Answer, Asker, PREFLIGHT_HEADERS, PREFLIGHT_HEADERS_OF_DISCOVERY};

/// Everything that came.
struct Seen {
    url: Url,
    /// The URL as it was typed.
    typed: String,
    challenge: Answer,
    /// The same request, of a page.
    challenge_of_page: Answer,
    /// The protected resource metadata: where the challenge says, and the well-known places.
    resource_metadata: Vec<Answer>,
    /// The issuer that clients take.
    issuer: Option<String>,
    issuer_metadata: Vec<Answer>,
    jwks: Option<Answer>,
    preflights: Vec<Answer>,
}

impl Seen {
    /// The first protected resource metadata in the order in which clients look.
    fn resource_document(&self) -> Option<Value> {
        self.resource_metadata.iter().find_map(Answer::document)
    }

    /// The first metadata of the issuer in the order in which clients look.
    fn issuer_document(&self) -> Option<Value> {
        self.issuer_metadata.iter().find_map(Answer::document)
    }
}

/// Examines the MCP server at this URL and its issuer. `progress` is told of each request.
pub async fn examine(
    typed: &str,
    fetch: &Fetch,
    clock: &Clock,
    progress: &dyn Fn(&str),
) -> Result<Report, url::ParseError> {
    let examined = examine_with_way(typed, fetch, clock, progress).await;
    examined.map(|(report, _)| report)
}

/// The same, and where a client has to go from there if all that it needs was found.
pub async fn examine_with_way(
    typed: &str,
    fetch: &Fetch,
    clock: &Clock,
    progress: &dyn Fn(&str),
) -> Result<(Report, Option<Way>), url::ParseError> {
    let url = Url::parse(typed)?;
    let asker = Asker { fetch, clock, progress };
    let seen = look(typed, url, &asker).await;
    let parts = [
        resource::findings(&seen),
        server_metadata::findings(&seen),
        exchange::findings(&seen),
        vec![pages::finding(&seen)],
    ];
    let mut findings: Vec<Finding> = parts.concat();
    findings.sort_by_key(|finding| check::Check::ALL.iter().position(|check| *check == finding.check));
    let report = Report {
        url: typed.to_owned(),
        findings,
    };
    Ok((report, way(&seen)))
}

/// The scope is the challenge's, or else the metadata's (MCP 2026-07-28, basic/authorization, "Scope Selection Strategy").
///
/// There is none where a document speaks for somebody else (RFC 9728 section 3.3, RFC 8414 section 3.3): the token
/// would be for a stranger's resource, and this server would get it.
fn way(seen: &Seen) -> Option<Way> {
    let document = seen.resource_document()?;
    let resource = text(&document, "resource").filter(|named| resource::is_of(named, &seen.url))?;
    let metadata = seen.issuer_document()?;
    let issuer = text(&metadata, "issuer").filter(|named| seen.issuer.as_deref() == Some(*named))?;
    let challenged = seen.challenge.challenges();
    let challenged = challenged.iter().find_map(|challenge| challenge.parameter("scope"));
    let listed = || list(&document, "scopes_supported").unwrap_or_default().join(" ");
    Some(Way {
        mcp_url: seen.typed.clone(),
        resource: resource.to_owned(),
        issuer: issuer.to_owned(),
        scope: challenged.map_or_else(listed, str::to_owned),
        metadata,
    })
}

async fn look(typed: &str, url: Url, asker: &Asker<'_>) -> Seen {
    let challenge = asker.mcp(typed, None).await;
    let challenge_of_page = asker.mcp(typed, Some(seen::PAGE)).await;
    let resource_metadata = resource_metadata(&url, &challenge, asker).await;
    let documents = || resource_metadata.iter().filter_map(Answer::document);
    let issuer = documents().find_map(|document| issuer_of(&document));
    let mut issuer_metadata = Vec::new();
    for place in issuer.as_deref().map(seen::issuer_places).unwrap_or_default() {
        issuer_metadata.push(asker.document(&place).await);
    }
    let document = issuer_metadata.iter().find_map(Answer::document);
    let (jwks, preflights) = match &document {
        None => (None, vec![asker.preflight(typed, "POST", PREFLIGHT_HEADERS).await]),
        Some(document) => (keys(document, asker).await, preflights(typed, document, asker).await),
    };
    Seen {
        url,
        typed: typed.to_owned(),
        challenge,
        challenge_of_page,
        resource_metadata,
        issuer,
        issuer_metadata,
        jwks,
        preflights,
    }
}

/// First where the challenge leads, if that is another place.
async fn resource_metadata(url: &Url, challenge: &Answer, asker: &Asker<'_>) -> Vec<Answer> {
    let mut places = seen::metadata_places(url);
    if let Some(told) = resource::told_place(challenge) {
        places.retain(|place| *place != told);
        places.insert(0, told);
    }
    let mut answers = Vec::new();
    for place in places {
        answers.push(asker.document(&place).await);
    }
    answers
}

fn issuer_of(resource_document: &Value) -> Option<String> {
    let first = resource_document.get("authorization_servers")?.get(0)?;
    first.as_str().map(str::to_owned)
}

async fn keys(document: &Value, asker: &Asker<'_>) -> Option<Answer> {
    let url = text(document, "jwks_uri")?;
    Some(asker.document(url).await)
}

async fn preflights(typed: &str, document: &Value, asker: &Asker<'_>) -> Vec<Answer> {
    let mut answers = vec![asker.preflight(typed, "POST", PREFLIGHT_HEADERS).await];
    for member in ["token_endpoint", "registration_endpoint"] {
        if let Some(url) = text(document, member) {
            answers.push(asker.preflight(url, "POST", PREFLIGHT_HEADERS_OF_DISCOVERY).await);
        }
    }
    answers
}

fn text<'a>(document: &'a Value, member: &str) -> Option<&'a str> {
    document.get(member)?.as_str()
}

/// The strings of a list; nothing when the member is missing.
fn list<'a>(document: &'a Value, member: &str) -> Option<Vec<&'a str>> {
    let values = document.get(member)?.as_array()?;
    Some(values.iter().filter_map(Value::as_str).collect())
}
