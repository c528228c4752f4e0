//! `/metrics`: what requests leave there, and that the dashboard and the alerts ask for nothing else.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpListener;

use resource::scrape;
use serde_json::json;

use crate::http::{legacy, search, tools_list};
use crate::support::{Answer, NOW, TestIssuer, TestResource, Token, client, eventually};

const DASHBOARD: &str = include_str!("../../deploy/observability/dashboard.json");
const ALERTS: &str = include_str!("../../deploy/observability/alerts.yml");

/// Serves the metrics of this server; where.
fn serve(resource: &TestResource) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    actix_web::rt::spawn(scrape::start(&resource.app, vec![listener]).unwrap());
    url
}

async fn scraped(url: &str) -> String {
    client().get(url).send().await.unwrap().text().await.unwrap()
}

const STATIC: &str = "planted-static-token-of-32-characters-or-more";

async fn start() -> TestResource {
    let issuer = TestIssuer::start();
    let introspection = format!("{}/introspect", issuer.url);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), STATIC).unwrap();
    let settings = [
        ("OAUTH_INTROSPECTION_ENDPOINT", introspection.as_str()),
        ("AUTH_MODE", "both"),
        ("RESOURCE_STATIC_TOKEN_FILE", file.path().to_str().unwrap()),
    ];
    let resource = TestResource::launch(issuer, &settings).await;
    resource.ready().await;
    resource
}

/// A server that can ask about tokens is ready before it has keys.
async fn keys_are_known(url: &str) {
    let fetched = |text: String| {
        let mut lines = text.lines();
        lines.any(|line| line.starts_with("resource_jwks_fetches_total") && line.ends_with("outcome=\"fetched\"} 1"))
    };
    eventually("the keys are known", async || fetched(scraped(url).await)).await;
}

/// Good calls, tools that fail or do not exist, and refusals of several kinds.
async fn traffic(resource: &TestResource) {
    let token = resource.signed();
    for _ in 0..3 {
        assert_eq!(resource.post(&token, &search(), &[]).await.status, 200);
    }
    let unknown = json!({"name": "get_nutrition", "arguments": {"food_id": "usda:0", "amount": 1, "unit": "g"}});
    resource.post(&token, &legacy("tools/call", unknown), &[]).await;
    let no_tool = json!({"name": "planted", "arguments": {}});
    resource.post(&token, &legacy("tools/call", no_tool), &[]).await;
    let write = json!({"name": "save_food", "arguments": {}});
    let reader = resource.signed_for("food:read");
    assert_eq!(
        resource.post(&reader, &legacy("tools/call", write), &[]).await.status,
        403
    );
    let other = resource
        .token()
        .claim("aud", "https://planted.example".into())
        .sign(resource.key());
    assert_eq!(resource.post(&other, &tools_list(), &[]).await.status, 401);
    let stranger = Token::good(resource.key(), "https://planted.example", &resource.url).sign(resource.key());
    assert_eq!(resource.post(&stranger, &tools_list(), &[]).await.status, 401);
    assert_eq!(resource.post("opaque", &tools_list(), &[]).await.status, 401);
    assert_eq!(resource.post(STATIC, &tools_list(), &[]).await.status, 200);
    resource.issuer.answer_about_tokens(Answer::Status(500));
    assert_eq!(resource.post("opaque-2", &tools_list(), &[]).await.status, 503);
    let nobody = resource
        .send(reqwest::Method::POST, &resource.url, &[], Vec::new())
        .await;
    assert_eq!(nobody.status, 401);
    let host = [("host", "planted.example")];
    assert_eq!(resource.post(&token, &tools_list(), &host).await.status, 403);
}

#[actix_web::test]
async fn requests_are_counted_by_method_issuer_and_reason_and_name_nobody() {
    let resource = start().await;
    let url = serve(&resource);
    keys_are_known(&url).await;
    traffic(&resource).await;
    let (text, issuer) = (scraped(&url).await, &resource.issuer.url);
    let authentication = |method: &str, issuer: &str, outcome: &str, count: u32| {
        let labels = format!("method=\"{method}\",issuer=\"{issuer}\",outcome=\"{outcome}\"");
        format!("resource_authentications_total{{{labels}}} {count}")
    };
    for line in [
        authentication("jwt", issuer, "accepted", 6),
        authentication("jwt", issuer, "aud", 1),
        authentication("api_key", "api_key:", "accepted", 1),
        authentication("none", "none", "iss", 1),
        authentication("none", "none", "no_token", 1),
        authentication("introspection", issuer, "inactive", 1),
        authentication("introspection", issuer, "introspection_unavailable", 1),
        "resource_authentication_duration_seconds_count{method=\"jwt\"} 7".to_owned(),
        "resource_verified_token_lookups_total{outcome=\"hit\"} 4".to_owned(),
        "resource_verified_token_lookups_total{outcome=\"miss\"} 6".to_owned(),
        "resource_forbidden_total{outcome=\"insufficient_scope\"} 1".to_owned(),
        "resource_forbidden_total{outcome=\"misaddressed\"} 1".to_owned(),
        format!("resource_jwks_lookups_total{{issuer=\"{issuer}\",outcome=\"hit\"}} 2"),
        format!("resource_jwks_lookups_total{{issuer=\"{issuer}\",outcome=\"miss\"}} 0"),
        format!("resource_jwks_fetches_total{{issuer=\"{issuer}\",outcome=\"fetched\"}} 1"),
        format!("resource_introspections_total{{issuer=\"{issuer}\",outcome=\"answered\"}} 1"),
        format!("resource_introspections_total{{issuer=\"{issuer}\",outcome=\"failed\"}} 1"),
        "resource_tool_calls_total{tool=\"search_food\",outcome=\"ok\"} 3".to_owned(),
        "resource_tool_calls_total{tool=\"get_nutrition\",outcome=\"error\"} 1".to_owned(),
        "resource_tool_calls_total{tool=\"other\",outcome=\"refused\"} 1".to_owned(),
        "resource_tool_call_duration_seconds_count{tool=\"search_food\"} 3".to_owned(),
        "resource_streams 0".to_owned(),
        "http_requests_in_flight 0".to_owned(),
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("planted") && !text.contains("user-1") && !text.contains("client-1"));
    let series = text.lines().filter(|line| !line.starts_with('#')).count();
    assert!(series < 300, "{series} series");
}

/// Who answers a call of a revision's usual form is not who answers another, and neither leaves it to be counted twice.
#[actix_web::test]
async fn each_call_counts_once_whoever_answers_it() {
    let resource = TestResource::start().await;
    let (url, token) = (serve(&resource), resource.signed());
    let version = [("mcp-protocol-version", "2025-11-25")];
    for (headers, tool, arguments) in [
        (&version[..], "search_food", json!({"query": "egg"})),
        (&[], "search_food", json!({"query": "egg"})),
        (&version, "search_food", json!({"query": ""})),
        (
            &version,
            "get_nutrition",
            json!({"foodId": "usda:09040", "amount": 1, "unit": "g"}),
        ),
    ] {
        let call = legacy("tools/call", json!({"name": tool, "arguments": arguments}));
        assert_eq!(resource.post(&token, &call, headers).await.status, 200);
    }
    let text = scraped(&url).await;
    let calls = |line: &&str| line.starts_with("resource_tool_calls_total{");
    let mut told: Vec<&str> = text.lines().filter(calls).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "resource_tool_calls_total{tool=\"get_nutrition\",outcome=\"ok\"} 1",
            "resource_tool_calls_total{tool=\"search_food\",outcome=\"error\"} 1",
            "resource_tool_calls_total{tool=\"search_food\",outcome=\"ok\"} 2",
        ]
    );
}

/// The gauges go up while something is open, and down again.
#[actix_web::test]
async fn what_is_under_way_is_counted_while_it_is() {
    let resource = TestResource::start_with(&[("RESOURCE_SESSIONS", "on")]).await;
    let url = serve(&resource);
    let told = async |line: &str| scraped(&url).await.lines().any(|told| told == line);
    let token = resource.signed();
    let info = json!({"name": "old", "version": "1"});
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": info});
    let welcome = resource.post(&token, &legacy("initialize", hello), &[]).await;
    let request = client()
        .get(&resource.url)
        .bearer_auth(&token)
        .header("accept", "text/event-stream")
        .header("mcp-session-id", welcome.header("mcp-session-id").unwrap());
    let stream = request.send().await.unwrap();
    assert!(told("resource_streams 1").await, "a stream of a session");
    drop(stream);
    eventually("the stream is gone", async || told("resource_streams 0").await).await;

    assert!(told("http_requests_in_flight 0").await);
    let address = resource.origin().replace("http://localhost", "127.0.0.1");
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    );
    let mut waiting = std::net::TcpStream::connect(address).unwrap();
    waiting.write_all(head.as_bytes()).unwrap();
    eventually("it waits for its body", async || {
        told("http_requests_in_flight 1").await
    })
    .await;
    drop(waiting);
    eventually("it was given up", async || told("http_requests_in_flight 0").await).await;
}

/// A token that says where its revocation would be told.
async fn use_a_status_list(resource: &TestResource) {
    let (issuer, key) = (&resource.issuer, resource.key());
    let list = issuer.status_list(NOW, &[]).sign(key);
    issuer.answer_list(Answer::Text(list));
    let status = json!({"status_list": {"idx": 1, "uri": issuer.list_uri()}});
    let token = resource.token().claim("status", status).sign(key);
    assert_eq!(resource.post(&token, &tools_list(), &[]).await.status, 200);
}

/// The names of metrics in a text, without what a histogram and a counter add to theirs.
fn names(text: &str) -> BTreeSet<&str> {
    let word = |c: char| !(c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
    let ours = |word: &&str| {
        ["http_", "resource_", "api_key_"]
            .iter()
            .any(|ours| word.starts_with(ours))
    };
    let bare = |word| {
        let endings = ["_total", "_bucket", "_sum", "_count"];
        let bare = endings.iter().find_map(|ending| str::strip_suffix(word, ending));
        bare.unwrap_or(word)
    };
    text.split(word).filter(ours).map(bare).collect()
}

#[actix_web::test]
async fn the_dashboard_and_the_alerts_ask_for_what_is_there() {
    let resource = start().await;
    let url = serve(&resource);
    traffic(&resource).await;
    use_a_status_list(&resource).await;
    let text = scraped(&url).await;
    let told = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let told: BTreeSet<_> = told.collect();
    for asked in [DASHBOARD, ALERTS] {
        let missing: Vec<_> = names(asked).into_iter().filter(|name| !told.contains(name)).collect();
        let ours = names(asked).iter().any(|name| name.starts_with("resource_"));
        assert!(missing.is_empty() && ours, "{missing:?} not in {told:?}");
    }
    let unseen: Vec<_> = told.iter().filter(|name| !names(DASHBOARD).contains(*name)).collect();
    assert!(unseen.is_empty(), "the dashboard does not show {unseen:?}");
}
