//! No kind of client gets an answer anywhere but where it registered: threats of RFC 9700 section 4.1.

use issuer::client::{Client, Sought, find_for_authorization};
use serde_json::json;

use crate::support::TestIssuer;
use crate::support::database::TestDatabase;
use crate::support::documents::{DocumentServer, LOOPBACK};
use crate::support::person::authorize;
use crate::support::text;

const CLAUDE_CODE: &str = "https://claude.ai/oauth/claude-code-client-metadata";
/// What parsers, browsers and people read differently.
const PIECES: &[&str] = &[
    "@",
    "\\",
    "/",
    "//",
    "%2f",
    "%5c",
    "%40",
    "..",
    "/../",
    ".",
    "#",
    "?",
    "&",
    "%00",
    "%0a",
    "\t",
    "\n",
    " ",
    ":",
    ":80",
    ":443",
    ":65536",
    ":-1",
    ";",
    "*",
    "[",
    "]",
    "A",
    "a",
    "%61",
    "\u{430}",
    "\u{3002}",
    "\u{ff0f}",
    "\u{200b}",
    "x.",
    ".evil.example",
    "evil.example@",
    "evil.example/",
    "http://",
    "localhost",
    "%2e%2e/",
    "https://",
    "127.1",
    "0x7f.1",
    "2130706433",
    "[::1]",
];

/// Every piece at every place: put in, and in the place of one, two or four characters.
fn mutations(good: &str) -> Vec<String> {
    let chars: Vec<char> = good.chars().collect();
    let mut all = Vec::new();
    for at in 0..=chars.len() {
        let (before, after) = chars.split_at(at);
        for piece in PIECES {
            for gone in [0, 1, 2, 4] {
                let rest: String = after.iter().skip(gone).collect();
                all.push(format!("{}{piece}{rest}", before.iter().collect::<String>()));
            }
        }
    }
    all
}

/// Whether it is the registered text, or the same on another port of this computer.
fn is_where_it_registered(registered: &str, requested: &str) -> bool {
    let split = |uri: &str| {
        let host = ["http://localhost", "http://127.0.0.1", "http://[::1]"]
            .into_iter()
            .find(|host| uri.starts_with(host))?;
        let rest = &uri[host.len()..];
        let path = rest
            .strip_prefix(':')
            .map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        Some((host, path.to_owned()))
    };
    registered == requested || split(registered).is_some_and(|registered| split(requested) == Some(registered))
}

async fn client(issuer: &TestIssuer, client_id: &str) -> Client {
    match find_for_authorization(&issuer.app, client_id).await {
        Ok(Sought::Found(client)) => *client,
        other => panic!("{client_id}: {other:?}"),
    }
}

#[actix_web::test]
async fn ten_thousand_addresses_near_a_registered_one_are_refused_for_every_kind_of_client() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[LOOPBACK]).await;
    let server = DocumentServer::start();
    let web = "https://client.example:8443/oauth/callback?tenant=a";
    let many: Vec<_> = (0..18)
        .map(|n| format!("{web}&n={n}"))
        .chain([web.to_owned()])
        .collect();
    let large = json!({"redirect_uris": many, "client_name": "Large"});
    let answer = issuer
        .request("POST", "/oauth/register")
        .json(&large)
        .send()
        .await
        .unwrap();
    let stored = text(&answer.json().await.unwrap(), "client_id").to_owned();
    let kinds = [
        (issuer.client_named("Web", &[web]).await, web),
        (stored, web),
        (
            issuer
                .client_named("Program", &["http://localhost:3118/callback"])
                .await,
            "http://localhost:3118/callback",
        ),
        (
            issuer
                .client_named("Scheme", &["cursor://anysphere.cursor-mcp/oauth/callback"])
                .await,
            "cursor://anysphere.cursor-mcp/oauth/callback",
        ),
        (server.publish("/web", "Web", &[web], &[]), web),
        (
            server.publish("/program", "Program", &["http://127.0.0.1/callback"], &[]),
            "http://127.0.0.1/callback",
        ),
        (CLAUDE_CODE.to_owned(), "http://localhost/callback"),
    ];
    let mut tried = 0;
    for (client_id, good) in &kinds {
        let client = client(&issuer, client_id).await;
        assert!(client.metadata.redirect_uri(good).is_some(), "{good}");
        let registered: Vec<_> = client
            .metadata
            .redirect_uris
            .iter()
            .map(|uri| uri.as_str().to_owned())
            .collect();
        let mut refused = Vec::new();
        for requested in mutations(good) {
            tried += 1;
            if client.metadata.redirect_uri(&requested).is_none() {
                refused.push(requested);
            } else {
                assert!(
                    registered.iter().any(|uri| is_where_it_registered(uri, &requested)),
                    "{good}: {requested}"
                );
            }
        }
        for requested in refused.iter().step_by(refused.len() / 20) {
            let encoded: String = url::form_urlencoded::byte_serialize(requested.as_bytes()).collect();
            let page = issuer
                .person()
                .get(&authorize(client_id, &encoded.replace('%', "\u{1}"), "").replace('\u{1}', "%"))
                .await;
            assert_eq!(
                (page.status, page.location().as_str()),
                (400, ""),
                "{good}: {requested}"
            );
        }
    }
    assert!(tried > 10_000 * 5, "{tried}");
}
