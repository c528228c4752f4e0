//! Which documents are taken, and what the person hears of others.

use serde_json::{Value, json};

use super::{REDIRECT_URI, WITH_PORT, begin};
use crate::support::TestIssuer;
use crate::support::database::TestDatabase;
use crate::support::documents::{DocumentServer, Served};
use crate::support::person::authorize;

fn document(server: &DocumentServer, path: &str) -> Value {
    json!({"client_id": server.client_id(path), "redirect_uris": [REDIRECT_URI]})
}

#[actix_web::test]
async fn what_is_no_good_document_ends_at_a_page_and_nothing_is_sent_anywhere() {
    let (issuer, server, mut person) = begin().await;
    let with = |path: &str, member: &str, value: Value| {
        let mut document = document(&server, path);
        document[member] = value;
        Served::json(&document, &[])
    };
    let redirect = Served {
        headers: vec![("location", server.client_id("/good"))],
        ..Served::status(302)
    };
    let html = Served {
        headers: vec![("content-type", "text/html".to_owned())],
        ..Served::json(&document(&server, "/html"), &[])
    };
    let large = Served {
        body: format!("{}{}", " ".repeat(10_000_000), document(&server, "/large")),
        ..with("/large", "x", json!(1))
    };
    let cases = [
        ("/none", Served::status(404), 400, "status 404"),
        ("/broken", Served::status(500), 503, "status 500"),
        ("/redirect", redirect, 503, "status 302"),
        ("/html", html, 503, "something else than JSON"),
        ("/large", large, 400, "larger than 65536 bytes"),
        (
            "/other",
            with("/other", "client_id", json!(server.client_id("/good"))),
            400,
            "client_id is not its URL",
        ),
        (
            "/secret",
            with("/secret", "client_secret", json!("s3cret")),
            400,
            "client_secret",
        ),
        (
            "/uris",
            with("/uris", "redirect_uris", json!(["http://192.168.0.1/cb"])),
            400,
            "use https",
        ),
        (
            "/long",
            with("/long", "redirect_uris", json!("x".repeat(60_000))),
            400,
            "xxxxxxx…",
        ),
        ("/array", Served::json(&json!([]), &[]), 400, "not client metadata"),
    ];
    server.publish("/good", "A client", &[REDIRECT_URI], &[]);
    for (path, served, status, words) in cases {
        server.serve(path, served);
        issuer.advance(20);
        let page = person.visit(&authorize(&server.client_id(path), WITH_PORT, "")).await;
        assert_eq!(page.status, status, "{path}: {}", page.text);
        let text = page.text.replace("&#39;", "'");
        assert!(
            text.contains(words) && text.contains("Nothing was allowed"),
            "{path}: {text}"
        );
        assert!(!text.contains("s3cret") && text.len() < 10_000, "{path}: {text}");
        assert_eq!(server.asked(path), 1, "{path}");
    }
    assert_eq!(server.asked("/good"), 0, "no redirect is followed");
}

#[actix_web::test]
async fn a_url_that_may_not_be_an_identifier_is_not_fetched() {
    let issuer = TestIssuer::start().await;
    let server = DocumentServer::start();
    server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    let https = server.url.replace("http://", "https://");
    for client_id in [
        server.client_id("/client"),
        format!("{https}/client"),
        "https://client.example".to_owned(),
        "https://client.example/a%23b/../c".to_owned(),
        "https://u@client.example/a".to_owned(),
        "https://localhost/a".to_owned(),
    ] {
        let page = issuer.person().visit(&authorize(&client_id, WITH_PORT, "")).await;
        assert_eq!(page.status, 400, "{client_id}");
        assert!(page.text.contains("claude mcp logout NAME"), "{}", page.text);
    }
    assert_eq!(server.asked_in_all(), 0);
}

#[actix_web::test]
async fn a_document_is_asked_for_again_when_its_time_is_over() {
    let (issuer, server, mut person) = begin().await;
    for (path, cache_control, seconds) in [
        ("/least", "no-store", 30),
        ("/said", "max-age=600", 600),
        ("/most", "max-age=31536000", 86_400),
    ] {
        let client_id = server.publish(path, "A client", &[REDIRECT_URI], &[("cache-control", cache_control)]);
        for (later, asked) in [(0, 1), (seconds - 1, 1), (1, 2)] {
            issuer.advance(later);
            assert_eq!(person.get(&authorize(&client_id, WITH_PORT, "")).await.status, 303);
            assert_eq!(server.asked(path), asked, "{path} after {later}");
        }
    }
}

#[actix_web::test]
async fn a_failure_is_remembered_for_a_moment_only() {
    let (issuer, server, mut person) = begin().await;
    let url = authorize(&server.client_id("/client"), WITH_PORT, "");
    server.serve("/client", Served::status(500));
    for _ in 0..5 {
        assert_eq!(person.get(&url).await.status, 503);
    }
    assert_eq!(server.asked("/client"), 1);
    server.publish("/client", "A client", &[REDIRECT_URI], &[]);
    issuer.advance(15);
    assert_eq!(person.get(&url).await.status, 303);
}

#[actix_web::test]
async fn documents_are_advertised_and_taken_only_when_they_are_on() {
    for (setting, on) in [("on", true), ("off", false)] {
        let settings = [("ISSUER_CIMD", setting), ("ISSUER_CIMD_ALLOW_LOOPBACK", "on")];
        let issuer = TestIssuer::with(TestDatabase::of_this_run(), &settings).await;
        let server = DocumentServer::start();
        let client_id = server.publish("/client", "A client", &[REDIRECT_URI], &[]);
        let answer = issuer
            .request("GET", "/.well-known/oauth-authorization-server")
            .send()
            .await
            .unwrap();
        let metadata: Value = answer.json().await.unwrap();
        let flag = metadata.get("client_id_metadata_document_supported");
        assert_eq!(flag, on.then_some(&json!(true)), "absent, not false");
        let page = issuer.person().get(&authorize(&client_id, WITH_PORT, "")).await;
        assert_eq!(
            (page.status, server.asked_in_all()),
            if on { (303, 1) } else { (400, 0) }
        );
    }
}
