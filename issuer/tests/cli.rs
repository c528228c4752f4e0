//! The command line: what it shows, and one clear line when it cannot.

use std::net::TcpListener;
use std::path::Path;

use issuer::config::SETTINGS;
use serde_json::{Value, json};

use crate::support::program::{complaint, free_address, program, run, said};
use crate::support::{TestIssuer, text};

#[test]
fn help_names_every_setting_and_command() {
    let help = said(&run(&["--help"], &[]));
    for setting in SETTINGS {
        assert!(help.contains(setting.name), "{help}");
        assert!(help.contains(&format!("--{}", setting.flag)), "{help}");
    }
    for command in ["serve", "config", "healthcheck", "client"] {
        assert!(help.contains(command), "{help}");
    }
    assert!(said(&run(&["client", "list", "--help"], &[])).contains("--json"));
}

#[test]
fn the_effective_settings_are_shown_with_their_origin_and_without_secrets() {
    let variables = [
        ("ISSUER_DATABASE_URL", "postgres://u:planted@h/d"),
        ("ISSUER_CODE_SECONDS", "60"),
        ("ISSUER_GRANT_DAYS", "7"),
    ];
    let output = run(&["config", "--grant-days", "8"], &variables);
    let shown = said(&output);
    assert!(output.status.success());
    for line in [
        "ISSUER_CODE_SECONDS=60  (variable)",
        "ISSUER_GRANT_DAYS=8  (flag)",
        "ISSUER_SIGNING_ALGORITHM=ES256  (default)",
        "ISSUER_DATABASE_URL=(hidden)  (variable)",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in:\n{shown}");
    }
    assert_eq!(shown.lines().count(), SETTINGS.len());
    assert!(!shown.contains("planted"));
}

#[test]
fn mistakes_are_told_all_at_once_and_by_config_beside_what_holds() {
    let variables = [
        ("ISSUER_LISTNE", "x"),
        ("ISSUER_SIGNING_ALGORITHM", "HS256"),
        ("PATH", "/"),
    ];
    for command in ["serve", "config", "healthcheck", "client list"] {
        let arguments: Vec<&str> = command.split(' ').collect();
        let output = run(&arguments, &variables);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(told.contains("did you mean ISSUER_LISTEN?"), "{told}");
        assert!(told.contains("ISSUER_SIGNING_ALGORITHM=HS256"), "{told}");
        assert_eq!(said(&output).contains("ISSUER_CODE_SECONDS=120"), command == "config");
    }
    for unknown in [["--nowhere", "x"].as_slice(), &["sing"], &["client"]] {
        assert_eq!(run(unknown, &[]).status.code(), Some(2), "{unknown:?}");
    }
}

#[test]
fn what_keeps_it_from_starting_is_said_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let line = complaint(&run(&["serve"], &[("ISSUER_LISTEN", &taken)]));
    assert!(
        line.starts_with("issuer: cannot listen on") && line.contains("ISSUER_LISTEN"),
        "{line}"
    );

    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.db");
    std::fs::write(&damaged, "not a database".repeat(1000)).unwrap();
    let here = free_address();
    let at = |path: &Path| format!("sqlite:{}", path.display());
    for (setting, value, words) in [
        ("ISSUER_DATABASE_URL", at(&damaged), ["damaged.db", "backup"]),
        (
            "ISSUER_DATABASE_URL",
            at(&damaged.join("issuer.db")),
            ["damaged.db", "cannot make the folder"],
        ),
        (
            "ISSUER_KEYS_DIR",
            damaged.join("keys").display().to_string(),
            ["damaged.db/keys", "ISSUER_KEYS_DIR"],
        ),
    ] {
        let line = complaint(&run(&[], &[("ISSUER_LISTEN", &here), (setting, &value)]));
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
    }
}

#[actix_web::test]
async fn clients_are_listed_beside_the_running_issuer_the_last_used_first() {
    let issuer = TestIssuer::start().await;
    let url = issuer.database.url();
    let list = |more: &[&str]| {
        let arguments = [&["client", "list"], more].concat();
        let output = run(&arguments, &[("ISSUER_DATABASE_URL", &url)]);
        assert!(output.status.success(), "{output:?}");
        said(&output)
    };
    assert_eq!(list(&[]), "no client has been allowed yet\n");
    assert_eq!(list(&["--json"]), "");

    for (name, uri) in [
        ("First", "http://localhost:1/cb"),
        ("Se\u{1b}[2Jcond\n", "cursor://a/cb"),
    ] {
        let client_id = issuer.client_named(name, &[uri]).await;
        issuer.remember(&client_id).await;
        issuer.advance(90_000);
    }
    let listed = list(&["--json"]);
    let listed: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = listed.iter().map(|client| text(client, "client_name")).collect();
    assert_eq!(
        names,
        ["Se[2Jcond", "First"],
        "the last used first, without what a terminal would obey"
    );
    assert_eq!(listed[0]["redirect_uris"], json!(["cursor://a/cb"]));
    let lines = list(&[]);
    let first = lines.lines().last().unwrap();
    assert!(
        first.contains(text(&listed[1], "client_id")) && first.contains("2026-01-01"),
        "{first}"
    );
    assert!(
        first.contains("First") && first.contains("http://localhost:1/cb"),
        "{first}"
    );
}

#[actix_web::test]
async fn healthcheck_says_whether_it_can_serve() {
    let issuer = TestIssuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let address = issuer.url.strip_prefix("http://").unwrap();
    let check = |address: &str| {
        let mut command = program(&["healthcheck"], &[("ISSUER_LISTEN", address)], folder.path());
        actix_web::rt::task::spawn_blocking(move || command.output().unwrap())
    };
    assert!(check(address).await.unwrap().status.success());
    let line = complaint(&check(&free_address()).await.unwrap());
    assert!(line.starts_with("issuer: "), "{line}");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "it makes nothing");
}
