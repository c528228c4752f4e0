//! The first start, and the next one.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use shared::fetch::Fetch;

use super::process::Place;

/// The one-time link as a person would copy it.
fn link(printed: &str) -> Option<&str> {
    printed
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("http://") && line.contains("/setup"))
}

async fn fetch(url: &str) -> (u16, String) {
    let fetched = Fetch::new().unwrap().get_any_status(url, 1 << 20).await.unwrap();
    (fetched.status, String::from_utf8(fetched.body).unwrap())
}

#[tokio::test]
async fn a_first_start_makes_everything_and_says_what_to_do() {
    let place = Place::new();
    let running = place.start().await;
    let printed = running.printed();
    let link = link(&printed).unwrap_or_else(|| panic!("no link: {}", running.said()));
    assert!(link.starts_with(&place.issuer("/")), "{link}");
    let (status, page) = fetch(link).await;
    assert!(status == 200 && page.contains("<form"), "{status} {page}");
    assert!(
        printed.contains(&format!("claude mcp add --transport http food {}\n", place.mcp_url())),
        "{printed}"
    );
    for file in ["data/issuer.db", "data/resource.db", "keys"] {
        assert!(place.path(file).exists(), "{file}");
    }
    for folder in ["keys", "data"] {
        for secret in fs::read_dir(place.path(folder)).unwrap() {
            let secret = secret.unwrap();
            let mode = secret.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", secret.path().display());
        }
    }
}

#[tokio::test]
async fn both_programs_answer_and_know_each_other() {
    let place = Place::new();
    let _running = place.start().await;
    let (status, document) = fetch(&place.issuer("/.well-known/oauth-authorization-server")).await;
    assert!(
        status == 200 && document.contains(&place.issuer("/oauth/token")),
        "{document}"
    );
    let (status, _) = fetch(&place.mcp_url()).await;
    assert_eq!(status, 401);
    let ready = format!("http://127.0.0.1:{}/readyz", place.resource_port);
    assert_eq!(fetch(&ready).await.0, 200);
    for program in ["issuer", "resource"] {
        let checked = place.run(&[program, "healthcheck"], "");
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[tokio::test]
async fn a_second_start_finds_keys_and_accounts_again() {
    let place = Place::new();
    let mut running = place.start().await;
    let (_, keys) = fetch(&place.issuer("/.well-known/jwks.json")).await;
    let added = place.run(
        &["issuer", "user", "add", "alice", "--password-stdin"],
        "correct horse battery staple\n",
    );
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    running.signal("INT");
    assert!(running.ended().await.success(), "{}", running.said());

    let running = place.start().await;
    assert_eq!(fetch(&place.issuer("/.well-known/jwks.json")).await.1, keys);
    let printed = running.printed();
    assert!(link(&printed).is_none(), "{printed}");
    assert!(printed.contains("claude mcp add"), "{printed}");
}
