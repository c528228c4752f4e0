//! Where a login goes: to the issuer of the resource that was typed, and nowhere else.

use std::cell::Cell;

use resource::doctor::login::{Login, Way, register_as_each};
use serde_json::json;
use shared::fetch::Fetch;

use super::pair::Pair;

const RESOURCE: &str = "oauth-protected-resource";
const ISSUER: &[&str] = &["oauth-authorization-server", "openid-configuration"];

async fn way(change: impl FnOnce(&mut Pair)) -> Option<Way> {
    let mut pair = Pair::healthy();
    change(&mut pair);
    let url = pair.url.clone();
    pair.examined_with_way(&url).await.1
}

#[actix_web::test]
async fn a_healthy_pair_has_a_way() {
    let way = way(|_| ()).await.unwrap();
    assert_eq!(way.resource, way.mcp_url);
    assert_eq!(way.issuer, way.metadata["issuer"]);
}

#[actix_web::test]
async fn no_token_is_asked_for_that_is_for_somebody_elses_resource() {
    for foreign in [
        "https://victim.example/mcp",
        "http://localhost/mcp",
        "mcp",
        "https://victim.example/mcp?x=http://localhost",
    ] {
        let way = way(|pair| pair.set(RESOURCE, "resource", Some(foreign.into()))).await;
        assert!(way.is_none(), "{foreign}: {way:?}");
    }
    let of_neighbor = way(|pair| pair.set(RESOURCE, "resource", Some(format!("{}/other", pair.url).into()))).await;
    assert!(of_neighbor.is_none(), "{of_neighbor:?}");
}

#[actix_web::test]
async fn an_issuer_that_calls_itself_otherwise_is_not_gone_to() {
    for foreign in [Some("https://victim.example".into()), None] {
        let way = way(|pair| ISSUER.iter().for_each(|path| pair.set(path, "issuer", foreign.clone()))).await;
        assert!(way.is_none(), "{foreign:?}: {way:?}");
    }
}

/// A way of which nothing is there; nobody is asked.
fn way_at(mcp_url: &str, endpoint: &str, value: &str) -> Way {
    let mut metadata = json!({
        "authorization_endpoint": "https://issuer.invalid/authorize",
        "token_endpoint": "https://issuer.invalid/token",
        "registration_endpoint": "https://issuer.invalid/register",
    });
    metadata[endpoint] = value.into();
    Way {
        mcp_url: mcp_url.to_owned(),
        resource: mcp_url.to_owned(),
        issuer: "https://issuer.invalid".to_owned(),
        scope: String::new(),
        metadata,
    }
}

/// The last step of a login with a client that is registered already, and what is said of it.
async fn last_step(way: &Way) -> (&'static str, Result<String, String>) {
    let (fetch, opened) = (Fetch::new().unwrap(), Cell::new(false));
    let login = Login {
        fetch: &fetch,
        client_id: Some("client-1"),
        call: None,
        open: &|_| opened.set(true),
    };
    let last = login.go(way).await.all.pop().unwrap();
    assert!(!opened.get(), "{last:?}");
    (last.name, last.outcome)
}

const FAR: &str = "https://food.invalid/mcp";
const NEAR: &str = "http://localhost:1/mcp";

#[actix_web::test]
async fn no_endpoint_in_clear_text_is_sent_anything() {
    for endpoint in ["authorization_endpoint", "token_endpoint", "revocation_endpoint"] {
        for value in ["http://issuer.invalid/x", "ftp://issuer.invalid/x", "x", ""] {
            let (name, outcome) = last_step(&way_at(FAR, endpoint, value)).await;
            let expected = format!("{endpoint} {value:?} is not https");
            assert_eq!((name, outcome), ("addresses", Err(expected)));
        }
    }
    let (name, outcome) = last_step(&way_at("http://food.invalid/mcp", "x", "")).await;
    assert_eq!(name, "addresses");
    assert!(outcome.is_err_and(|why| why.starts_with("the MCP URL ")));
}

#[actix_web::test]
async fn a_far_server_does_not_lead_to_this_computer() {
    for endpoint in ["authorization_endpoint", "token_endpoint", "revocation_endpoint"] {
        for value in ["http://localhost:1/x", "http://127.0.0.1:1/x", "https://[::1]:1/x"] {
            let (name, outcome) = last_step(&way_at(FAR, endpoint, value)).await;
            assert_eq!(name, "addresses");
            assert!(outcome.is_err_and(|why| why.starts_with(endpoint) && why.contains("on this computer")));
        }
    }
}

#[actix_web::test]
async fn nobody_registers_in_clear_text_or_at_this_computer_for_a_far_server() {
    let fetch = Fetch::new().unwrap();
    let cases = [
        (NEAR, "http://issuer.invalid/register", "is not https"),
        (FAR, "http://127.0.0.1:1/register", "is on this computer"),
    ];
    for (mcp_url, value, expected) in cases {
        for attempt in register_as_each(&fetch, &way_at(mcp_url, "registration_endpoint", value)).await {
            assert!(
                attempt.outcome.as_ref().is_err_and(|why| why.contains(expected)),
                "{attempt}"
            );
        }
    }
}
