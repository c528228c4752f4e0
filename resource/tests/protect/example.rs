//! `examples/protected_mcp.rs`, run as a program.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use reqwest::Response;
use serde_json::{Value, json};
use shared::clock::Clock;

use crate::http::{legacy, tools_list};
use crate::support::{TestIssuer, Token, client, eventually, free_address};

/// The dice server, which is ended with the test.
struct Dice {
    url: String,
    issuer: TestIssuer,
    process: Child,
}

impl Drop for Dice {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Built beside the programs; by this test only where a single test program was asked for.
fn program() -> PathBuf {
    let programs = PathBuf::from(env!("CARGO_BIN_EXE_resource"));
    let program = programs.with_file_name("examples").join("protected_mcp");
    if !program.exists() {
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--locked",
                "--package",
                "resource",
                "--example",
                "protected_mcp",
            ])
            .status();
        assert!(built.unwrap().success());
    }
    program
}

impl Dice {
    async fn start() -> Self {
        let issuer = TestIssuer::start();
        let port = free_address().rsplit_once(':').unwrap().1.to_owned();
        let url = format!("http://localhost:{port}/mcp");
        let process = Command::new(program())
            .args([&url, &issuer.url])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let dice = Self { url, issuer, process };
        let token = dice.token("dice:roll");
        eventually("the dice are served", async || {
            let request = client().post(&dice.url).bearer_auth(&token).send().await;
            request.is_ok_and(|answer| answer.status() == 415)
        })
        .await;
        dice
    }

    fn token(&self, scope: &str) -> String {
        let now = Clock::System.now();
        let token = Token::good(&self.issuer.key, &self.issuer.url, &self.url);
        let token = token.claim("iat", now.into()).claim("exp", (now + 600).into());
        token.claim("scope", scope.into()).sign(&self.issuer.key)
    }

    async fn post(&self, token: Option<&str>, message: Value) -> Response {
        let request = client()
            .post(&self.url)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(message.to_string());
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.unwrap()
    }

    async fn call(&self, scope: &str, tool: &str) -> Response {
        let params = json!({"name": tool, "arguments": {}});
        self.post(Some(&self.token(scope)), legacy("tools/call", params)).await
    }
}

fn challenge(answer: &Response) -> String {
    let first = answer.headers().get("www-authenticate").unwrap();
    first.to_str().unwrap().to_owned()
}

async fn json(answer: Response) -> Value {
    assert_eq!(answer.status(), 200);
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

#[actix_web::test]
async fn ten_lines_protect_another_mcp_server() {
    let dice = Dice::start().await;
    let answer = dice.post(None, tools_list()).await;
    assert_eq!(answer.status(), 401);
    let origin = dice.url.trim_end_matches("/mcp");
    let places = [
        format!("{origin}/.well-known/oauth-protected-resource/mcp"),
        format!("{origin}/.well-known/oauth-protected-resource"),
    ];
    let expected = format!(
        "Bearer resource_metadata=\"{}\", scope=\"dice:cheat dice:roll\"",
        places[0]
    );
    assert_eq!(challenge(&answer), expected);
    for place in places {
        let document = json(client().get(place).send().await.unwrap()).await;
        assert_eq!(document["resource"], dice.url.as_str());
        assert_eq!(document["authorization_servers"], json!([dice.issuer.url]));
        assert_eq!(document["scopes_supported"], json!(["dice:cheat", "dice:roll"]));
        assert_eq!(document["resource_name"], "Dice");
        assert_eq!(document.get("resource_documentation"), None);
    }

    let listed = json(dice.post(Some(&dice.token("dice:roll")), tools_list()).await).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["cheat", "roll"], "and no food");
    let rolled = json(dice.call("dice:roll", "roll").await).await;
    let number: u8 = rolled["result"]["content"][0]["text"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=6).contains(&number));

    for (scope, tool, needed) in [
        ("dice:roll", "cheat", "scope=\"dice:cheat dice:roll\""),
        ("dice:cheat", "roll", "scope=\"dice:cheat dice:roll\""),
        ("", "roll", "scope=\"dice:roll\""),
    ] {
        let answer = dice.call(scope, tool).await;
        assert_eq!(answer.status(), 403, "{scope} {tool}");
        let challenge = challenge(&answer);
        assert!(
            challenge.starts_with("Bearer error=\"insufficient_scope\""),
            "{challenge}"
        );
        assert!(challenge.ends_with(needed), "{challenge}");
    }
    assert_eq!(
        json(dice.call("dice:cheat dice:roll", "cheat").await).await["result"]["content"][0]["text"],
        "six"
    );
}

#[actix_web::test]
async fn it_takes_no_token_for_another_resource() {
    let dice = Dice::start().await;
    let now = Clock::System.now();
    let other = Token::good(&dice.issuer.key, &dice.issuer.url, "http://localhost:1/mcp");
    let other = other
        .claim("iat", now.into())
        .claim("exp", (now + 600).into())
        .sign(&dice.issuer.key);
    let answer = dice.post(Some(&other), tools_list()).await;
    assert_eq!(answer.status(), 401);
    assert!(challenge(&answer).starts_with("Bearer error=\"invalid_token\""));
}
