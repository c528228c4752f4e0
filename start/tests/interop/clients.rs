//! OAuth clients from npm and PyPI: registration, code with PKCE, refresh, client credentials, introspection and
//! revocation at our issuer, and a tool of our resource server.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::installed::{Language, program};
use crate::e2e::pair::{PASSWORD, Pair};

/// Runs a client that does everything, and looks whether what it gave back is refused.
async fn completes(client: Option<Command>) {
    let Some(mut client) = client else { return };
    let pair = Pair::start().await;
    pair.add_user("alice");
    let service = pair.issuer_says(&["client", "add", "Nightly", "--scope", "food:read", "--json"]);
    let asker = pair.issuer_says(&["client", "add", "Food", "--resource", &pair.mcp_url, "--json"]);
    let of = |client: &Value, member: &str| client[member].as_str().unwrap().to_owned();
    let output = client
        .envs([("ISSUER", pair.issuer("")), ("RESOURCE", pair.mcp_url.clone())])
        .envs([("USERNAME", "alice"), ("PASSWORD", PASSWORD)])
        .envs([
            ("SERVICE_ID", of(&service, "client_id")),
            ("SERVICE_SECRET", of(&service, "client_secret")),
        ])
        .envs([
            ("ASKER_ID", of(&asker, "client_id")),
            ("ASKER_SECRET", of(&asker, "client_secret")),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}{}",
        String::from_utf8_lossy(&output.stderr),
        pair.logs()
    );
    let report: Value = serde_json::from_str(&said).unwrap();
    let revoked: Vec<String> = serde_json::from_value(report["revoked"].clone()).unwrap();
    assert_eq!(revoked.len(), 2);
    for token in revoked {
        let status = pair.wait_for_status(&token, 401, Duration::from_secs(30)).await;
        assert_eq!(status, 401, "revoked, and still taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oauth4webapi_completes_every_flow() {
    completes(program(Language::Node, "oauth4webapi.mjs")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_completes_every_flow() {
    completes(program(Language::Node, "openid-client.mjs")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_completes_every_flow() {
    completes(program(Language::Python, "authlib_client.py")).await;
}

/// The same program that goes to other people's issuers, at ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_knows_one_address_binds_its_tokens_to_a_key_and_gives_them_back() {
    let Some(mut client) = program(Language::Node, "any-issuer.mjs") else {
        return;
    };
    let pair = Pair::start().await;
    pair.add_user("alice");
    let fields = format!(r#"{{"username": "alice", "password": "{PASSWORD}"}}"#);
    let settings = [
        ("RESOURCE", pair.mcp_url.as_str()),
        ("CLIENT", "registered"),
        ("SCOPE", "openid food:read"),
    ];
    let output = client
        .envs(settings)
        .envs([("DPOP", "yes"), ("REVOKE", "yes"), ("FIELDS", &fields)])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{}", pair.logs());
}
