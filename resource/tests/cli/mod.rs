//! The program as people run it: its commands, and one clear line when it cannot start.

mod events;
mod foods;
mod key;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use shared::clock::Clock;
use shared::fetch::Fetch;
use shared::http::health::is_ready;

use crate::support::{TestIssuer, Token, client, eventually, free_address};

/// The program with nothing in its environment but these variables.
fn program(arguments: &[&str], variables: &[(&str, &str)], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_resource"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    program(arguments, variables, folder.path()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The last line on stderr of a start that failed.
fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    text(&output.stderr).lines().last().unwrap().to_owned()
}

#[test]
fn help_names_every_setting_and_command() {
    let help = text(&run(&["--help"], &[]).stdout);
    for setting in resource::config::SETTINGS {
        assert!(
            help.contains(setting.name) && help.contains(&format!("--{}", setting.flag)),
            "{help}"
        );
    }
    for command in ["serve", "config", "healthcheck", "doctor", "key", "foods"] {
        assert!(help.contains(command));
    }
}

#[test]
fn the_effective_settings_are_shown_without_the_secret() {
    let secret = [("RESOURCE_DATABASE_URL", "postgres://u:planted@h/d")];
    let output = run(&["config", "--public-url", "http://localhost:9000/mcp"], &secret);
    let shown = text(&output.stdout);
    assert!(output.status.success());
    assert!(
        shown.contains("RESOURCE_PUBLIC_URL=http://localhost:9000/mcp  (flag)"),
        "{shown}"
    );
    assert!(shown.contains("audience: http://localhost:9000/mcp"), "{shown}");
    assert!(shown.contains("http://localhost:9000/.well-known/oauth-protected-resource/mcp"));
    assert!(!shown.contains("planted"));
}

#[test]
fn all_mistakes_are_told_and_none_is_served() {
    let output = run(&[], &[("OAUTH_ISUER", "x"), ("RESOURCE_LISTEN", "8081"), ("PATH", "/")]);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told.contains("did you mean OAUTH_ISSUER?") && told.contains("RESOURCE_LISTEN=8081"),
        "{told}"
    );
    let unknown = run(&["--nowhere", "x"], &[]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_taken_port_a_damaged_database_and_a_folder_that_cannot_be_made_say_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let line = complaint(&run(&["serve"], &[("RESOURCE_LISTEN", &taken)]));
    assert!(
        line.starts_with("resource: cannot listen on") && line.contains("RESOURCE_LISTEN"),
        "{line}"
    );

    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.db");
    std::fs::write(&damaged, "not a database".repeat(1000)).unwrap();
    let here = free_address();
    let at = |path: &Path| format!("sqlite:{}", path.display());
    let line = complaint(&run(
        &[],
        &[("RESOURCE_LISTEN", &here), ("RESOURCE_DATABASE_URL", &at(&damaged))],
    ));
    assert!(line.contains("damaged.db") && line.contains("backup"), "{line}");

    let below_a_file = at(&damaged.join("folder").join("resource.db"));
    let line = complaint(&run(
        &[],
        &[("RESOURCE_LISTEN", &here), ("RESOURCE_DATABASE_URL", &below_a_file)],
    ));
    assert!(line.contains("cannot make the folder"), "{line}");
}

/// A program that is ended when the test is, whatever comes of it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[actix_web::test]
async fn it_starts_in_an_empty_folder_says_when_it_is_ready_ends_when_asked_and_starts_again() {
    let (issuer, folder, address) = (TestIssuer::start(), tempfile::tempdir().unwrap(), free_address());
    let public = format!("http://{address}/mcp");
    let variables = [
        ("RESOURCE_LISTEN", address.as_str()),
        ("RESOURCE_PUBLIC_URL", &public),
        ("OAUTH_ISSUER", &issuer.url),
    ];
    let fetch = Fetch::new().unwrap();
    for _ in 0..2 {
        let mut running = Running(program(&["serve"], &variables, folder.path()).spawn().unwrap());
        let listen = address.parse().unwrap();
        eventually("ready", async || is_ready(&fetch, &listen, false).await.is_ok()).await;
        assert!(folder.path().join("data/resource.db").exists());
        let healthcheck = program(&["healthcheck"], &variables, folder.path()).status();
        assert!(healthcheck.unwrap().success());
        let asked = Command::new("kill").arg(running.0.id().to_string()).status().unwrap();
        assert!(asked.success());
        eventually("ended", async || running.0.try_wait().unwrap().is_some()).await;
        assert_eq!(running.0.wait().unwrap().code(), Some(0));
    }
    let healthcheck = program(&["healthcheck"], &variables, folder.path()).output().unwrap();
    assert!(complaint(&healthcheck).contains("readyz"));
}

#[actix_web::test]
async fn metrics_are_told_on_a_listener_of_their_own() {
    let (issuer, folder) = (TestIssuer::start(), tempfile::tempdir().unwrap());
    let (address, of_metrics) = (free_address(), free_address());
    let public = format!("http://{address}/mcp");
    let variables = [
        ("RESOURCE_LISTEN", address.as_str()),
        ("RESOURCE_PUBLIC_URL", &public),
        ("OAUTH_ISSUER", &issuer.url),
        ("RESOURCE_METRICS_LISTEN", &of_metrics),
    ];
    let _running = Running(program(&["serve"], &variables, folder.path()).spawn().unwrap());
    let (fetch, listen) = (Fetch::new().unwrap(), address.parse().unwrap());
    eventually("ready", async || is_ready(&fetch, &listen, false).await.is_ok()).await;
    assert_eq!(client().post(&public).send().await.unwrap().status(), 401);
    let told = client()
        .get(format!("http://{of_metrics}/metrics"))
        .send()
        .await
        .unwrap();
    let told = told.text().await.unwrap();
    let line = "http_requests_total{route=\"/mcp\",method=\"POST\",status=\"401\"} 1";
    assert!(told.lines().any(|told| told == line), "{told}");
    let elsewhere = client().get(format!("http://{address}/metrics")).send().await.unwrap();
    assert_eq!(elsewhere.status(), 404);
}

#[actix_web::test]
async fn no_token_reaches_the_log_at_any_level() {
    let (issuer, folder, address) = (TestIssuer::start(), tempfile::tempdir().unwrap(), free_address());
    let public = format!("http://{address}/mcp");
    let variables = [
        ("RESOURCE_LISTEN", address.as_str()),
        ("RESOURCE_PUBLIC_URL", &public),
        ("OAUTH_ISSUER", &issuer.url),
        ("RUST_LOG", "trace"),
    ];
    let mut command = program(&["serve"], &variables, folder.path());
    let log = folder.path().join("log");
    command.stderr(std::fs::File::create(&log).unwrap());
    let running = Running(command.spawn().unwrap());
    let (fetch, listen) = (Fetch::new().unwrap(), address.parse().unwrap());
    eventually("ready", async || is_ready(&fetch, &listen, false).await.is_ok()).await;
    let now = Clock::System.now();
    let good = Token::good(&issuer.key, &issuer.url, &public).claim("iat", now.into());
    let good = good.claim("exp", (now + 3600).into());
    let refused = good.clone().claim("aud", "https://other.example.com".into());
    let tokens = [good.sign(&issuer.key), refused.sign(&issuer.key)];
    let mut statuses = Vec::new();
    for token in &tokens {
        let request = client()
            .post(&public)
            .bearer_auth(token)
            .header("cookie", format!("a={token}"));
        let request = request
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(crate::http::tools_list().to_string());
        statuses.push(request.send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 401]);
    drop(running);
    let written = std::fs::read_to_string(&log).unwrap();
    assert!(written.contains("\"level\":\"TRACE\""), "everything is written");
    assert!(written.contains("\"route\":\"/mcp\"") && written.contains("\"subject\":\"user-1\""));
    let mut lines = written
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let line = lines
        .find(|line| line["route"] == "/mcp" && line["status"] == 200)
        .unwrap();
    assert_eq!((&line["method"], &line["subject"]), (&"POST".into(), &"user-1".into()));
    for name in ["request_id", "client_id", "time", "level"] {
        assert!(line[name].is_string(), "{name}: {line}");
    }
    assert!(line["duration_us"].is_u64(), "{line}");
    assert!(written.contains("aud: expected") && written.contains("https://other.example.com"));
    for token in &tokens {
        for part in token.split('.') {
            assert!(!written.contains(part), "{part}");
        }
    }
}
