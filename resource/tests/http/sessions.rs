//! Sessions for clients that insist on them: begun, used, listened to and ended by their owner alone.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{legacy, search, tools_list};
use crate::support::{NOW, Reply, TestResource, client};

const LEGACY: (&str, &str) = ("mcp-protocol-version", "2025-06-18");

async fn server() -> TestResource {
    TestResource::start_with(&[("RESOURCE_SESSIONS", "on")]).await
}

fn hello() -> Value {
    let info = json!({"name": "old", "version": "1"});
    legacy(
        "initialize",
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": info}),
    )
}

async fn begin(server: &TestResource, token: &str) -> String {
    let welcome = server.post(token, &hello(), &[]).await;
    assert_eq!(welcome.status, 200, "{}", welcome.text());
    let id = welcome.header("mcp-session-id").unwrap().to_owned();
    assert!(id.len() >= 32 && id.bytes().all(|c| (0x21..=0x7e).contains(&c)));
    id
}

/// A good token of somebody.
fn token(server: &TestResource, sub: &str, client: &str) -> String {
    let token = server
        .token()
        .claim("sub", sub.into())
        .claim("client_id", client.into());
    token.sign(server.key())
}

async fn list(server: &TestResource, token: &str, id: &str) -> u16 {
    server
        .post(token, &tools_list(), &[LEGACY, ("mcp-session-id", id)])
        .await
        .status
}

async fn bare(server: &TestResource, method: Method, token: &str, id: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("accept", "text/event-stream"),
        ("mcp-session-id", id),
        LEGACY,
    ];
    server.send(method, &server.url, &headers, Vec::new()).await
}

/// What the first stream of a session begins with, and every other.
const BEGINS: &str = ":\n\n";
const BEGINS_AGAIN: &str =
    ":\n\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/list_changed\",\"params\":{}}\n\n";

/// A stream that is open, and began with this.
async fn listen(server: &TestResource, token: &str, id: &str, begins: &str) -> Response {
    let request = client()
        .get(&server.url)
        .bearer_auth(token)
        .header("mcp-session-id", id);
    let mut answer = request.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.chunk().await.unwrap().unwrap(), begins);
    answer
}

/// Reads to the end, which must come by itself.
async fn ends(mut answer: Response) {
    let end = async { while let Ok(Some(_)) = answer.chunk().await {} };
    tokio::time::timeout(Duration::from_mins(1), end).await.unwrap();
}

#[actix_web::test]
async fn a_session_is_begun_used_and_ended() {
    let server = server().await;
    let ann = token(&server, "ann", "app");
    let id = begin(&server, &ann).await;
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let with_session = [LEGACY, ("mcp-session-id", id.as_str())];
    assert_eq!(server.post(&ann, &initialized, &with_session).await.status, 202);
    assert_eq!(server.post(&ann, &search(), &with_session).await.status, 200);
    let renewed = server
        .token()
        .claim("sub", "ann".into())
        .claim("client_id", "app".into());
    let renewed = renewed.claim("jti", "token-2".into()).claim("exp", (NOW + 7200).into());
    assert_eq!(
        list(&server, &renewed.sign(server.key()), &id).await,
        200,
        "the next token goes on"
    );
    assert_eq!(bare(&server, Method::DELETE, &ann, &id).await.status, 204);
    assert_eq!(list(&server, &ann, &id).await, 404);
    assert_eq!(bare(&server, Method::DELETE, &ann, &id).await.status, 404);
    assert_eq!(
        list(&server, &ann, &begin(&server, &ann).await).await,
        200,
        "a new one can begin"
    );
}

#[actix_web::test]
async fn a_session_is_404_for_everybody_else_and_so_is_what_is_none() {
    let server = server().await;
    let ann = token(&server, "ann", "app");
    let id = begin(&server, &ann).await;
    for other in [token(&server, "bob", "app"), token(&server, "ann", "other")] {
        let answer = server
            .post(&other, &tools_list(), &[LEGACY, ("mcp-session-id", &id)])
            .await;
        assert_eq!((answer.status, &answer.json()["error"]["code"]), (404, &json!(-32001)));
        assert!(answer.header("www-authenticate").is_none());
        assert_eq!(bare(&server, Method::GET, &other, &id).await.status, 404);
        assert_eq!(bare(&server, Method::DELETE, &other, &id).await.status, 404);
    }
    for made_up in ["", "x", "null", &id[1..], &id.to_lowercase(), &format!("{id}, {id}")] {
        assert_eq!(list(&server, &ann, made_up).await, 404, "{made_up:?}");
    }
    let twice = [LEGACY, ("mcp-session-id", id.as_str()), ("mcp-session-id", id.as_str())];
    assert_eq!(server.post(&ann, &tools_list(), &twice).await.status, 404);
    assert_eq!(
        bare(&server, Method::GET, "x", &id).await.status,
        401,
        "who calls is asked first"
    );
    assert_eq!(list(&server, &ann, &id).await, 200, "and nobody ended it");
    server.clock.advance(1801);
    assert_eq!(list(&server, &ann, &id).await, 404, "idle for too long");
}

#[actix_web::test]
async fn without_a_session_everything_works_and_the_current_revision_has_none() {
    let server = server().await;
    let ann = server.signed();
    assert_eq!(server.post(&ann, &tools_list(), &[LEGACY]).await.status, 200);
    let failed = server.post(&ann, &legacy("initialize", json!({})), &[]).await;
    assert!(failed.header("mcp-session-id").is_none(), "{}", failed.text());
    let current = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/list"),
        ("mcp-session-id", "x"),
    ];
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let listed = server
        .post(&ann, &legacy("tools/list", json!({"_meta": meta})), &current)
        .await;
    assert_eq!(listed.status, 200, "{}", listed.text());
    let off = TestResource::start().await;
    let welcome = off.post(&off.signed(), &hello(), &[]).await;
    assert!(welcome.header("mcp-session-id").is_none());
    assert_eq!(bare(&off, Method::GET, &off.signed(), "x").await.status, 405);
}

#[actix_web::test]
async fn a_stream_ends_with_its_token_with_its_session_and_when_another_takes_its_place() {
    let server = server().await;
    let ann = token(&server, "ann", "app");
    let id = begin(&server, &ann).await;
    let short = server
        .token()
        .claim("sub", "ann".into())
        .claim("client_id", "app".into());
    let short = short.claim("exp", (NOW + 1).into()).sign(server.key());
    let begun = Instant::now();
    ends(listen(&server, &short, &id, BEGINS).await).await;
    assert!(begun.elapsed() >= Duration::from_millis(900), "{:?}", begun.elapsed());
    let first = listen(&server, &ann, &id, BEGINS_AGAIN).await;
    let second = listen(&server, &ann, &id, BEGINS_AGAIN).await;
    ends(first).await;
    assert_eq!(bare(&server, Method::DELETE, &ann, &id).await.status, 204);
    ends(second).await;
    let bearer = format!("Bearer {ann}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("accept", "application/json"),
        ("mcp-session-id", &id),
    ];
    let unwanted = server.send(Method::GET, &server.url, &headers, Vec::new()).await;
    assert_eq!(unwanted.status, 406);
}

#[actix_web::test]
async fn two_owners_that_race_never_meet() {
    let server = server().await;
    let (ann, bob) = (token(&server, "ann", "app"), token(&server, "bob", "app"));
    let one = async |own: &str, other: &str| {
        let id = begin(&server, own).await;
        let race = join_all([list(&server, own, &id), list(&server, other, &id)]).await;
        let stolen = bare(&server, Method::DELETE, other, &id).await.status;
        let ends = join_all((0..4).map(|_| bare(&server, Method::DELETE, own, &id))).await;
        let ended = ends.iter().filter(|answer| answer.status == 204).count();
        assert_eq!(
            (race, stolen, ended, list(&server, own, &id).await),
            (vec![200, 404], 404, 1, 404)
        );
    };
    let races = (0..20).map(|at| if at % 2 == 0 { one(&ann, &bob) } else { one(&bob, &ann) });
    join_all(races).await;
}

#[actix_web::test]
async fn who_begins_too_many_loses_the_oldest_and_nobody_else_does() {
    let server = server().await;
    let (ann, bob) = (token(&server, "ann", "app"), token(&server, "bob", "app"));
    let (of_bob, oldest) = (begin(&server, &bob).await, begin(&server, &ann).await);
    for _ in 0..32 {
        server.clock.advance(1);
        begin(&server, &ann).await;
    }
    assert_eq!(list(&server, &ann, &oldest).await, 404);
    assert_eq!(list(&server, &bob, &of_bob).await, 200);
}
