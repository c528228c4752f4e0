//! `resource doctor` over both programs: as it looks at them, and as a client that signs in.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::browser::{self, Decision};
use super::pair::{self, Pair};

fn doctor(pair: &Pair, arguments: &[&str]) -> Child {
    let mut command = pair.command("resource");
    command.arg("doctor").arg(&pair.mcp_url).args(arguments);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What it prints, once it has ended; and whether it is content.
async fn report(mut child: Child) -> (Value, bool) {
    let wait = move || {
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        (text, child.wait().unwrap().success())
    };
    let (text, success) = tokio::task::spawn_blocking(wait).await.unwrap();
    (
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}")),
        success,
    )
}

/// The address that it shows to the person.
async fn address(child: &mut Child) -> String {
    let errors = BufReader::new(child.stderr.take().unwrap());
    let find = move || {
        let mut lines = errors.lines().map(Result::unwrap);
        let shown = lines.find(|line| line.starts_with("http://") && line.contains("code_challenge="));
        // Read to its end, or the program could not write.
        std::thread::spawn(move || lines.for_each(drop));
        shown.unwrap()
    };
    tokio::task::spawn_blocking(find).await.unwrap()
}

/// The steps of a login in which the person decides so.
async fn login(pair: &Pair, decision: Decision, arguments: &[&str]) -> (Value, bool) {
    let all: Vec<_> = ["--json", "--login", "--no-browser"]
        .iter()
        .chain(arguments)
        .copied()
        .collect();
    let mut child = doctor(pair, &all);
    let url = address(&mut child).await;
    let callback = browser::visit(&url, "alice", pair::PASSWORD, decision).await;
    let forged = callback.split('?').next().unwrap().to_owned() + "?code=planted&state=planted";
    for back in [forged, callback] {
        let page = pair::http().get(back).send().await.unwrap();
        assert_eq!(page.status(), 200);
    }
    let (report, success) = report(child).await;
    assert_eq!(report["broken"], !success);
    (report["login"].clone(), success)
}

fn step<'a>(steps: &'a Value, name: &str) -> (&'a str, &'a str) {
    let step = steps.as_array().unwrap().iter().find(|step| step["step"] == name);
    let step = step.unwrap_or_else(|| panic!("no {name} in {steps}"));
    (step["verdict"].as_str().unwrap(), step["saw"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_both_programs_well_and_every_client_can_register() {
    let pair = Pair::start().await;
    let (report, success) = report(doctor(&pair, &["--json", "--register"])).await;
    assert!(success, "{report:#}");
    for finding in report["findings"].as_array().unwrap() {
        let is_local = finding["check"] == "reach";
        let expected = if is_local { "warning" } else { "ok" };
        assert_eq!(finding["verdict"], expected, "{finding}");
    }
    let attempts = report["register"].as_array().unwrap();
    let clients: Vec<_> = attempts
        .iter()
        .map(|attempt| attempt["client"].as_str().unwrap())
        .collect();
    assert_eq!(
        clients,
        [
            "Claude Code",
            "claude.ai",
            "VS Code",
            "Cursor",
            "Codex",
            "Inspector",
            "mcp-remote",
            "opencode"
        ]
    );
    for attempt in attempts {
        assert!(attempt["saw"].as_str().unwrap().starts_with("registered"), "{attempt}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_signs_in_through_the_browser_and_calls_a_tool() {
    let pair = Pair::start().await;
    pair.add_user("alice");
    let (steps, success) = login(&pair, Decision::Allow, &[]).await;
    assert!(success, "{steps:#}");
    assert_eq!(step(&steps, "tool"), ("ok", "4 tools listed, search_food called"));
    let (verdict, token) = step(&steps, "token");
    assert!(verdict == "ok" && token.contains("with a refresh token"), "{token}");
    assert!(token.contains("food:read") && token.contains("food:write"), "{token}");
    assert_eq!(step(&steps, "revocation").0, "ok");
    assert!(!steps.to_string().contains("eyJ"), "no token is shown");

    let call = ["--call", "get_nutrition", "--arguments", "{\"foodId\": \"nothing\"}"];
    let (steps, success) = login(&pair, Decision::Allow, &call).await;
    assert!(!success && step(&steps, "tool").0 == "broken", "{steps:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tells_that_somebody_denied_it() {
    let pair = Pair::start().await;
    pair.add_user("alice");
    let (steps, success) = login(&pair, Decision::Deny, &[]).await;
    assert!(!success);
    let (verdict, saw) = step(&steps, "callback");
    assert!(verdict == "broken" && saw.contains("access_denied"), "{saw}");
    assert!(steps.as_array().unwrap().iter().all(|step| step["step"] != "token"));
}

/// The program ends as soon as it knows, which was at times before the browser had its answer.
#[tokio::test(flavor = "multi_thread")]
async fn the_browser_has_its_answer_before_the_doctor_ends() {
    let pair = Pair::start().await;
    for round in 0..40 {
        let mut child = doctor(&pair, &["--json", "--login", "--no-browser"]);
        let request = url::Url::parse(&address(&mut child).await).unwrap();
        let asked = |name: &str| {
            request
                .query_pairs()
                .find(|(key, _)| key == name)
                .unwrap()
                .1
                .into_owned()
        };
        let mut callback = url::Url::parse(&asked("redirect_uri")).unwrap();
        callback
            .query_pairs_mut()
            .append_pair("state", &asked("state"))
            .append_pair("error", "access_denied");
        let page = pair::http().get(callback).send().await;
        let page = page.unwrap_or_else(|error| panic!("round {round}: {error:?}"));
        assert_eq!(page.status(), 200);
        assert!(!report(child).await.1);
    }
}
