//! `resource key ...`: what is shown, and that a running server takes the key.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use shared::fetch::Fetch;
use shared::http::health::is_ready;

use super::{Running, complaint, free_address, program, text};
use crate::http::tools_list;
use crate::support::{client, eventually};

fn key(arguments: &[&str], folder: &Path) -> Output {
    let arguments: Vec<&str> = ["key"].iter().chain(arguments).copied().collect();
    program(&arguments, &[("AUTH_MODE", "api_key")], folder)
        .output()
        .unwrap()
}

async fn status(url: &str, key: &str) -> u16 {
    let request = client()
        .post(url)
        .bearer_auth(key)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(tools_list().to_string());
    request.send().await.unwrap().status().as_u16()
}

#[actix_web::test]
async fn a_key_is_added_listed_used_and_revoked_beside_a_running_server() {
    let (folder, address, of_metrics) = (tempfile::tempdir().unwrap(), free_address(), free_address());
    let public = format!("http://{address}/mcp");
    let variables = [
        ("RESOURCE_LISTEN", address.as_str()),
        ("RESOURCE_PUBLIC_URL", &public),
        ("RESOURCE_METRICS_LISTEN", &of_metrics),
        ("AUTH_MODE", "api_key"),
    ];
    let _running = Running(program(&["serve"], &variables, folder.path()).spawn().unwrap());
    let (fetch, listen) = (Fetch::new().unwrap(), address.parse().unwrap());
    eventually("ready", async || is_ready(&fetch, &listen, false).await.is_ok()).await;

    let arguments = ["add", "ci", "--scope", "food:read", "--days", "30", "--user", "ann"];
    let added = key(&arguments, folder.path());
    let shown = text(&added.stdout).trim_end().to_owned();
    assert!(added.status.success() && shown.starts_with("mcpkey_") && shown.lines().count() == 1);
    assert!(text(&added.stderr).contains("the only time") && !text(&added.stderr).contains(&shown));
    eventually("the key is known", async || status(&public, &shown).await == 200).await;

    let list = || text(&key(&["list", "--json"], folder.path()).stdout);
    eventually("its use is seen", async || row(&list())["last_used_at"].is_i64()).await;
    let listed = row(&list());
    let expected = (&json!("ci"), &json!("ann"), &json!("food:read"), &Value::Null);
    assert_eq!(
        (
            &listed["name"],
            &listed["user"],
            &listed["scope"],
            &listed["revoked_at"]
        ),
        expected
    );
    let days = listed["expires_at"].as_i64().unwrap() - listed["created_at"].as_i64().unwrap();
    assert_eq!(days, 30 * 86_400);
    let told = client()
        .get(format!("http://{of_metrics}/metrics"))
        .send()
        .await
        .unwrap();
    assert!(told.text().await.unwrap().contains("api_key_uses_total{key=\"ci\"} "));

    assert!(key(&["revoke", "ci"], folder.path()).status.success());
    eventually("the key is refused", async || status(&public, &shown).await == 401).await;
    assert!(complaint(&key(&["revoke", "ci"], folder.path())).contains("resource key list"));
    let listed = text(&key(&["list"], folder.path()).stdout);
    assert!(
        listed.contains("  ci  revoked ") && !listed.contains(&shown[20..]),
        "{listed}"
    );
}

fn row(listed: &str) -> Value {
    assert_eq!(listed.lines().count(), 1, "{listed}");
    serde_json::from_str(listed).unwrap()
}

#[test]
fn a_key_that_could_not_work_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: [(&[&str], &str); 6] = [
        (&["add", "a b", "--scope", "food:read"], "is not a name"),
        (&["add", "a", "--scope", "food:red"], "choose from food:read food:write"),
        (&["add", "a", "--scope", ""], "choose from food:read food:write"),
        (
            &["add", "a", "--scope", "food:read", "--until", "tomorrow"],
            "2027-01-31",
        ),
        (
            &["add", "a", "--scope", "food:read", "--until", "2020-01-01"],
            "must be to come",
        ),
        (&["add", "a", "--scope", "food:read", "--user", ""], "--user"),
    ];
    for (arguments, told) in wrong {
        let line = complaint(&key(arguments, folder.path()));
        assert!(line.contains(told), "{line}");
    }
    let doctor = program(&["doctor"], &[("AUTH_MODE", "api_key")], folder.path())
        .output()
        .unwrap();
    assert!(complaint(&doctor).contains("RESOURCE_AUTH_MODE is api_key"));
    let both = [
        "add",
        "a",
        "--scope",
        "food:read",
        "--days",
        "1",
        "--until",
        "2099-01-01",
    ];
    for usage in [
        &both[..],
        &["add", "a"],
        &["add", "a", "--scope", "food:read", "--days", "0"],
    ] {
        assert_eq!(key(usage, folder.path()).status.code(), Some(2), "{usage:?}");
    }
    assert!(text(&key(&["list"], folder.path()).stdout).contains("no key has been added yet"));
    let add = ["add", "a", "--scope", "food:read food:write"];
    assert!(key(&add, folder.path()).status.success());
    assert!(complaint(&key(&add, folder.path())).contains("revoke it"));
}
