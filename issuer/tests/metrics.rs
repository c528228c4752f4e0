//! `/metrics`: what a flow leaves there, and that the dashboard and the alerts ask for nothing else.

use std::collections::BTreeSet;
use std::net::TcpListener;

use issuer::scrape;

use crate::support::database::TestDatabase;
use crate::support::documents::{DocumentServer, LOOPBACK};
use crate::support::person::{PASSWORD, authorize};
use crate::support::{TestIssuer, client, refresh_form, text};

const DASHBOARD: &str = include_str!("../../deploy/observability/dashboard.json");
const ALERTS: &str = include_str!("../../deploy/observability/alerts.yml");

/// Serves the metrics of this issuer; where.
fn serve(issuer: &TestIssuer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    actix_web::rt::spawn(scrape::start(&issuer.app, vec![listener]).unwrap());
    url
}

async fn scraped(url: &str) -> String {
    let answer = client().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(
        kind.starts_with("application/openmetrics-text; version=1.0.0"),
        "{kind}"
    );
    answer.text().await.unwrap()
}

/// A sign-in, a wrong password, a code, refreshes, a grace hit, a reuse, an unknown grant.
async fn flow(issuer: &TestIssuer) {
    issuer.account("alex").await;
    issuer.signed_in_person("alex").await;
    let mut mallory = issuer.person();
    let page = mallory.get("/sign-in").await;
    mallory.sign_in(&page, "alex", "wrong password").await;
    let (client_id, tokens) = issuer.signed_in().await;
    let first = text(&tokens, "refresh_token").to_owned();
    let (_, second) = issuer.refresh(&client_id, &first).await;
    assert_eq!(issuer.refresh(&client_id, &first).await.0, 200, "grace");
    let (_, third) = issuer.refresh(&client_id, text(&second, "refresh_token")).await;
    issuer.refresh(&client_id, text(&third, "refresh_token")).await;
    assert_eq!(issuer.refresh(&client_id, &first).await.0, 400, "reuse");
    let mut form = refresh_form(&client_id, &first);
    form.retain(|(name, _)| *name != "grant_type");
    form.push(("grant_type", "password"));
    issuer.post_token(&form).await;
}

#[actix_web::test]
async fn a_flow_is_counted_by_kind_and_outcome_and_names_nobody() {
    let issuer = TestIssuer::start().await;
    let url = serve(&issuer);
    flow(&issuer).await;
    let text = scraped(&url).await;
    for line in [
        "issuer_sign_ins_total{outcome=\"succeeded\"} 1",
        "issuer_sign_ins_total{outcome=\"wrong\"} 1",
        "issuer_sign_ins_total{outcome=\"slowed\"} 0",
        "issuer_registrations_total 1",
        "issuer_grants_total{grant_type=\"authorization_code\",outcome=\"issued\"} 1",
        "issuer_grants_total{grant_type=\"refresh_token\",outcome=\"issued\"} 4",
        "issuer_grants_total{grant_type=\"refresh_token\",outcome=\"invalid_grant\"} 1",
        "issuer_grants_total{grant_type=\"other\",outcome=\"refused\"} 1",
        "issuer_refreshes_total{step=\"rotated\"} 3",
        "issuer_refreshes_total{step=\"repeated\"} 1",
        "issuer_refreshes_total{step=\"reused\"} 1",
        "issuer_password_queue 0",
        "http_requests_total{route=\"/oauth/register\",method=\"POST\",status=\"201\"} 1",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("alex") && !text.contains(PASSWORD) && !text.contains("code="));
    let series = text.lines().filter(|line| !line.starts_with('#')).count();
    assert!(series < 300, "{series} series for one flow");
}

/// The names of metrics in a text, without what a histogram and a counter add to theirs.
fn names(text: &str) -> BTreeSet<&str> {
    let word = |c: char| !(c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
    let ours = |word: &&str| word.starts_with("http_") || word.starts_with("issuer_");
    let bare = |word| {
        let endings = ["_total", "_bucket", "_sum", "_count"];
        endings
            .iter()
            .find_map(|ending| str::strip_suffix(word, ending))
            .unwrap_or(word)
    };
    text.split(word).filter(ours).map(bare).collect()
}

#[actix_web::test]
async fn the_dashboard_and_the_alerts_ask_for_what_is_there() {
    let issuer = TestIssuer::start().await;
    let url = serve(&issuer);
    flow(&issuer).await;
    let text = scraped(&url).await;
    let told: BTreeSet<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 8);
    for asked in [DASHBOARD, ALERTS] {
        let missing: Vec<_> = names(asked).into_iter().filter(|name| !told.contains(name)).collect();
        assert!(
            missing.is_empty() && !names(asked).is_empty(),
            "{missing:?} not in {told:?}"
        );
    }
    let unseen: Vec<_> = told.iter().filter(|name| !names(DASHBOARD).contains(*name)).collect();
    assert!(unseen.is_empty(), "the dashboard does not show {unseen:?}");
}

#[actix_web::test]
async fn live_grants_and_connections_are_looked_up() {
    let issuer = TestIssuer::start().await;
    for _ in 0..3 {
        issuer.signed_in().await;
    }
    let url = serve(&issuer);
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(2);
    while !scraped(&url).await.contains("issuer_live_grants 3\n") {
        assert!(std::time::Instant::now() < deadline, "{}", scraped(&url).await);
    }
    assert!(
        scraped(&url)
            .await
            .contains("issuer_database_connections{state=\"idle\"}")
    );
}

#[actix_web::test]
async fn client_documents_writes_and_the_age_of_the_key_are_told() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[LOOPBACK]).await;
    let url = serve(&issuer);
    let documents = DocumentServer::start();
    let good = documents.publish("/good", "Good", &["http://localhost/callback"], &[]);
    let missing = documents.client_id("/missing");
    let mut person = issuer.person();
    for client_id in [&good, &good, &missing, "https://nowhere.example/client"] {
        person.get(&authorize(client_id, "http://localhost/callback", "")).await;
    }
    issuer.advance(3600);
    let text = scraped(&url).await;
    for line in [
        "issuer_client_document_fetches_total{outcome=\"fetched\"} 1",
        "issuer_client_document_fetches_total{outcome=\"refused\"} 1",
        "issuer_client_document_fetches_total{outcome=\"unreachable\"} 1",
        "issuer_signing_key_age_seconds 3600",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
    }
    let writes = writes(&text);
    issuer.signed_in().await;
    assert!(
        self::writes(&scraped(&url).await) >= writes + 3,
        "code, grant and client"
    );
}

/// How many writes were measured.
fn writes(text: &str) -> u64 {
    let count = text
        .lines()
        .find_map(|line| line.strip_prefix("issuer_database_write_seconds_count "));
    count.unwrap().parse().unwrap()
}
