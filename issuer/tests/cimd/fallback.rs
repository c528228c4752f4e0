//! What serves when a client's own document cannot be reached: the one from before, or a seed.

use issuer::client::{Client, Source, find};
use issuer::store::clients::RememberedClient;
use serde_json::json;

use super::{REDIRECT_URI, WITH_PORT, begin, exchange};
use crate::support::TestIssuer;
use crate::support::database::TestDatabase;
use crate::support::documents::{LOOPBACK, Served};
use crate::support::person::authorize;
use crate::support::text;

const CLAUDE_CODE: &str = "https://claude.ai/oauth/claude-code-client-metadata";
const DAY: i64 = 86_400;

#[actix_web::test]
async fn claude_code_signs_in_where_its_document_cannot_be_reached() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut person = issuer.signed_in_person("alex").await;
    let page = person.visit(&authorize(CLAUDE_CODE, WITH_PORT, "")).await;
    assert!(
        page.text.contains("“Claude Code”") && page.text.contains("claude.ai"),
        "{}",
        page.text
    );
    let answer = person.decide(&page, "allow").await;
    let (status, tokens) = exchange(&issuer, CLAUDE_CODE, &answer).await;
    assert_eq!(status, 200, "{tokens}");
    let (status, _) = issuer.refresh(CLAUDE_CODE, text(&tokens, "refresh_token")).await;
    assert_eq!(status, 200);
    let elsewhere = person
        .visit(&authorize(CLAUDE_CODE, "http://localhost:1/other", ""))
        .await;
    assert_eq!(elsewhere.status, 400);
}

#[actix_web::test]
async fn a_seed_serves_only_while_the_live_document_cannot_be_reached() {
    let server = crate::support::documents::DocumentServer::start();
    let client_id = server.client_id("/client");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seeds.json");
    let seed = json!([{"client_id": client_id, "client_name": "The seed", "redirect_uris": [REDIRECT_URI]}]);
    std::fs::write(&path, seed.to_string()).unwrap();
    let settings = [LOOPBACK, ("ISSUER_CIMD_SEED_FILE", path.to_str().unwrap())];
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &settings).await;
    issuer.account("alex").await;
    let mut person = issuer.signed_in_person("alex").await;
    for (served, words, status) in [
        (Served::status(503), "“The seed”", 200),
        (Served::status(404), "status 404", 400),
        (
            Served::json(&json!({"client_id": "https://other.example/a"}), &[]),
            "not its URL",
            400,
        ),
    ] {
        server.serve("/client", served);
        issuer.advance(60);
        let page = person.visit(&authorize(&client_id, WITH_PORT, "")).await;
        assert_eq!(page.status, status);
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    server.publish("/client", "The live one", &[REDIRECT_URI], &[]);
    issuer.advance(60);
    let page = person.visit(&authorize(&client_id, WITH_PORT, "")).await;
    assert!(page.text.contains("“The live one”"), "{}", page.text);
}

#[actix_web::test]
async fn a_document_from_before_serves_for_a_week_unless_it_is_withdrawn() {
    let (issuer, server, mut person) = begin().await;
    let client_id = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    let url = authorize(&client_id, WITH_PORT, "");
    let page = person.visit(&url).await;
    assert_eq!(person.decide(&page, "allow").await.status, 303);
    server.serve("/client", Served::status(502));
    issuer.advance(6 * DAY);
    assert!(person.visit(&url).await.text.contains("“A client”"));
    server.serve("/client", Served::status(410));
    issuer.advance(60);
    assert_eq!(
        person.visit(&url).await.status,
        400,
        "the client's server says that it is gone"
    );
    server.serve("/client", Served::status(502));
    issuer.advance(DAY);
    assert_eq!(person.visit(&url).await.status, 503, "after a week");
}

#[actix_web::test]
async fn a_blocked_client_gets_a_page_no_code_and_no_token() {
    let (issuer, server, mut person) = begin().await;
    let client_id = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    let url = authorize(&client_id, WITH_PORT, "");
    let page = person.visit(&url).await;
    let answer = person.decide(&page, "allow").await;
    let waiting = person.visit(&url).await;
    let client = RememberedClient {
        client_id: &client_id,
        metadata: "{}",
        source: "metadata_document",
        metadata_at: 0,
    };
    issuer.app.store.block_client(client, issuer.clock.now()).await.unwrap();
    assert_eq!(person.decide(&waiting, "allow").await.status, 400);
    let page = person.visit(&url).await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("blocked"), "{}", page.text);
    let (status, body) = exchange(&issuer, &client_id, &answer).await;
    assert_eq!((status, text(&body, "error")), (401, "invalid_client"));
    assert!(
        issuer
            .app
            .store
            .unblock_client(&client_id, issuer.clock.now())
            .await
            .unwrap()
    );
    let back: Client = find(&issuer.app, &client_id).await.unwrap().unwrap();
    assert!(matches!(back.source, Source::MetadataDocument(_)));
    assert_eq!(back.metadata.name(), "A client", "blocking leaves what is known");
}
