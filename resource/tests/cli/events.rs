//! Security events in the log, of the program as people run it: their form is in deploy/README.md.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::dpop::ath;
use shared::fetch::Fetch;
use shared::http::health::is_ready;
use shared::jwk::{Algorithms, VerificationKey};

use super::{Running, program};
use crate::support::{SigningKey, TestIssuer, Token, client, eventually, free_address, sign_text};

/// The running program, and what it wrote.
struct Logged {
    issuer: TestIssuer,
    url: String,
    folder: tempfile::TempDir,
    _running: Running,
}

impl Logged {
    async fn start() -> Self {
        let (issuer, folder, address) = (TestIssuer::start(), tempfile::tempdir().unwrap(), free_address());
        let url = format!("http://{address}/mcp");
        let variables = [
            ("RESOURCE_LISTEN", address.as_str()),
            ("RESOURCE_PUBLIC_URL", &url),
            ("OAUTH_ISSUER", &issuer.url),
        ];
        let mut command = program(&["serve"], &variables, folder.path());
        command.stderr(std::fs::File::create(folder.path().join("log")).unwrap());
        let running = Running(command.spawn().unwrap());
        let (fetch, listen) = (Fetch::new().unwrap(), address.parse().unwrap());
        eventually("ready", async || is_ready(&fetch, &listen, false).await.is_ok()).await;
        Self {
            issuer,
            url,
            folder,
            _running: running,
        }
    }

    fn token(&self) -> Token {
        let now = Clock::System.now();
        let token = Token::good(&self.issuer.key, &self.issuer.url, &self.url);
        token.claim("iat", now.into()).claim("exp", (now + 600).into())
    }

    async fn send(&self, token: &str, headers: &[(&str, &str)]) -> Response {
        let call = json!({"name": "save_food", "arguments": {}});
        let message = crate::http::legacy("tools/call", call);
        let mut request = client().post(&self.url).body(message.to_string());
        request = request
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if !headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The security event with this member.
    fn event(&self, member: &str, value: &str) -> Value {
        let log = self.log();
        let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut events = events.filter(|event| event["target"] == "security" && event[member] == value);
        events.next().unwrap_or_else(|| panic!("no {value} in {log}"))
    }

    /// The refusal must be told in the answer and in the log under the same id.
    async fn is_told(&self, answer: Response, status: u16, reason: &str, message: &str) {
        assert_eq!(answer.status(), status);
        let header = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(body["request_id"], header.as_str());
        let event = self.event("request_id", &header);
        assert_eq!((&event["kind"], &event["reason"]), (&json!("refused"), &json!(reason)));
        let told = event["message"].as_str().unwrap();
        assert!(told.starts_with("refused: ") && told.contains(message), "{told}");
    }
}

#[actix_web::test]
async fn every_refusal_has_one_form_and_its_id_is_in_the_answer() {
    let logged = Logged::start().await;
    let key = &logged.issuer.key;
    let other = logged.token().claim("aud", "https://other.example".into()).sign(key);
    let answer = logged.send(&other, &[]).await;
    let expected = format!("aud: expected {}, got https://other.example", logged.url);
    logged.is_told(answer, 401, "aud", &expected).await;

    let reader = logged.token().claim("scope", "food:read".into()).sign(key);
    let answer = logged.send(&reader, &[]).await;
    logged
        .is_told(
            answer,
            403,
            "insufficient_scope",
            "scope: expected food:write, got food:read",
        )
        .await;

    let good = logged.token().sign(key);
    let answer = logged.send(&good, &[("host", "evil.example")]).await;
    logged
        .is_told(answer, 403, "misaddressed", "RESOURCE_ALLOWED_HOSTS")
        .await;
    assert_eq!(logged.event("reason", "misaddressed")["host"], "evil.example");
    let long = format!("{}.example", "e".repeat(1000));
    let origin = format!("https://{long}");
    let answer = logged.send(&good, &[("host", &long), ("origin", &origin)]).await;
    logged
        .is_told(answer, 403, "misaddressed", "RESOURCE_ALLOWED_HOSTS")
        .await;
    let log = logged.log();
    assert!(log.contains(&"e".repeat(100)) && !log.contains(&"e".repeat(121)));

    for token in [other, reader, good] {
        assert!(
            token.split('.').all(|part| !logged.log().contains(part)),
            "no token is logged"
        );
    }
}

#[actix_web::test]
async fn a_proof_that_comes_twice_and_keys_that_change_are_told() {
    let logged = Logged::start().await;
    let changed = logged.event("kind", "keys_changed");
    assert_eq!(changed["issuer"], logged.issuer.url.as_str());
    assert!(changed["message"].as_str().unwrap().contains("key-1"), "{changed}");

    let holder = SigningKey::es256("client");
    let public = VerificationKey::from_jwk(&holder.jwk(), &Algorithms::default()).unwrap();
    let cnf = json!({"jkt": public.thumbprint().unwrap()});
    let token = logged.token().claim("cnf", cnf).sign(&logged.issuer.key);
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": holder.jwk()});
    let claims = json!({"jti": "1", "htm": "POST", "htu": logged.url, "iat": Clock::System.now(), "ath": ath(&token)});
    let proof = sign_text(&header.to_string(), &claims.to_string(), &holder);
    let authorization = format!("DPoP {token}");
    let headers = [("authorization", authorization.as_str()), ("dpop", proof.as_str())];
    assert_eq!(logged.send(&token, &headers).await.status(), 200);
    let again = logged.send(&token, &headers).await;
    logged.is_told(again, 401, "dpop_proof_reused", "was used before").await;
    assert!(proof.split('.').skip(1).all(|part| !logged.log().contains(part)));
}

/// Whoever sends nonsense leaves nothing where people look for errors.
#[actix_web::test]
async fn nonsense_from_strangers_is_no_error_in_the_log() {
    let logged = Logged::start().await;
    let address = logged.url.trim_start_matches("http://").trim_end_matches("/mcp");
    let nonsense: [&[u8]; 6] = [
        b"\0\0\0\0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS client\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /mcp HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST /mcp HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ];
    for bytes in nonsense {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(bytes).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        drop(stream.read_to_end(&mut Vec::new()));
    }
    assert_eq!(logged.send("x", &[]).await.status(), 401, "it serves on");
    let log = logged.log();
    assert!(!log.contains("\"level\":\"ERROR\""), "{log}");
}
