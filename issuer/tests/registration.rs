//! The client registration endpoint: RFC 7591, with what real clients send.

use serde_json::{Value, json};

use crate::support::{TestIssuer, error, text};

async fn register(issuer: &TestIssuer, body: &Value) -> (u16, Value) {
    let answer = issuer
        .request("POST", "/oauth/register")
        .json(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// What clients send, by name.
fn clients() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Claude Code",
            json!({"client_name": "Claude Code (food)", "redirect_uris": ["http://localhost:51234/callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "application_type": "native", "scope": "food:read food:write"}),
        ),
        (
            "claude.ai",
            json!({"client_name": "Claude", "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "scope": "claudeai", "client_uri": "https://claude.ai"}),
        ),
        (
            "VS Code",
            json!({"client_name": "Visual Studio Code", "client_uri": "https://code.visualstudio.com",
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
            "response_types": ["code"], "application_type": "native",
            "redirect_uris": ["https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://localhost/",
                "http://127.0.0.1/", "http://localhost:33418/", "http://127.0.0.1:33418/"]}),
        ),
        (
            "Cursor",
            json!({"client_name": "Cursor", "application_type": "web", "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "redirect_uris": ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback"]}),
        ),
        (
            "Inspector",
            json!({"client_name": "MCP Inspector", "client_uri": "https://github.com/modelcontextprotocol/inspector",
            "redirect_uris": ["http://localhost:6274/oauth/callback"], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "scope": ""}),
        ),
        (
            "mcp-remote",
            json!({"client_name": "MCP CLI Proxy", "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
            "redirect_uris": ["http://localhost:13383/oauth/callback"], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d", "software_version": "0.15.1"}),
        ),
        (
            "Codex",
            json!({"client_name": "Codex", "redirect_uris": ["http://127.0.0.1:43021/callback/abc"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none", "application_type": "native"}),
        ),
        (
            "opencode",
            json!({"client_name": "OpenCode", "client_uri": "https://opencode.ai", "client_id": "ignored",
            "redirect_uris": ["http://127.0.0.1:19876/mcp/oauth/callback"], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"]}),
        ),
        (
            "a client of the web that does not say how it authenticates",
            json!({"redirect_uris": ["https://example.com/cb"]}),
        ),
        (
            "a client that says almost nothing",
            json!({"redirect_uris": ["http://[::1]:1/cb"]}),
        ),
    ]
}

#[actix_web::test]
async fn every_known_client_registers_at_the_first_try() {
    let issuer = TestIssuer::start().await;
    for (name, body) in clients() {
        let (status, answer) = register(&issuer, &body).await;
        assert_eq!(status, 201, "{name}: {answer}");
        assert_eq!(
            answer["redirect_uris"], body["redirect_uris"],
            "{name}: kept byte for byte"
        );
        assert_eq!(answer["token_endpoint_auth_method"], "none", "{name}");
        assert_eq!(
            answer["grant_types"],
            json!(["authorization_code", "refresh_token"]),
            "{name}"
        );
        assert!(
            answer.get("client_secret").is_none(),
            "{name}: no secret for a public client"
        );
        assert!(
            answer.as_object().unwrap().values().all(|value| !value.is_null()),
            "{name}: {answer}"
        );
        assert_eq!(answer["client_id_issued_at"], issuer.clock.now(), "{name}");
        assert!(
            (20..=512).contains(&text(&answer, "client_id").len()),
            "{name}: {answer}"
        );
    }
}

#[actix_web::test]
async fn two_registrations_that_differ_are_two_clients() {
    let issuer = TestIssuer::start().await;
    let body = |name: &str| json!({"client_name": name, "redirect_uris": ["http://localhost/cb"]});
    let (a, b) = (
        register(&issuer, &body("a")).await.1,
        register(&issuer, &body("b")).await.1,
    );
    assert_ne!(text(&a, "client_id"), text(&b, "client_id"));
}

#[actix_web::test]
async fn what_is_wrong_is_told_as_rfc_7591_says() {
    let issuer = TestIssuer::start().await;
    let cases = [
        (json!({}), "invalid_redirect_uri"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (
            json!({"redirect_uris": ["http://example.com/cb"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["http://localhost/cb", "javascript:alert(1)"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": "http://localhost/cb"}),
            "invalid_client_metadata",
        ),
        (json!({"redirect_uris": [1]}), "invalid_client_metadata"),
        (json!(["http://localhost/cb"]), "invalid_client_metadata"),
        (
            json!({"redirect_uris": ["http://localhost/cb"], "response_types": ["token"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["http://localhost/cb"], "grant_types": ["implicit"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["http://localhost/cb"], "token_endpoint_auth_method": "x"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["http://localhost/cb"], "logo_uri": "javascript:x"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["http://localhost/cb"], "client_name": 7}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": "\u{202e}\"é".repeat(10_000)}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["http://exämple.com/\"\\\n"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": vec!["http://localhost/cb"; 21]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["http://localhost/cb"], "contacts": vec!["a@example.com"; 11]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": ["http://localhost/cb"], "software_id": "a".repeat(2049)}),
            "invalid_client_metadata",
        ),
    ];
    for (body, code) in cases {
        let (status, answer) = register(&issuer, &body).await;
        assert_eq!((status, text(&answer, "error")), (400, code), "{body}");
        let description = text(&answer, "error_description");
        assert!((10..=500).contains(&description.len()), "{answer}");
        assert!(description.bytes().all(|c| (b' '..=b'~').contains(&c)), "{answer}");
    }
}

#[actix_web::test]
async fn of_several_redirect_uris_the_one_that_is_wrong_is_named_and_nothing_is_kept() {
    let issuer = TestIssuer::start().await;
    let uris = [
        "http://localhost/cb",
        "cursor://a/cb",
        "http://192.168.1.2/cb",
        "https://h/cb",
    ];
    let (status, answer) = register(&issuer, &json!({"redirect_uris": uris})).await;
    assert_eq!(status, 400);
    let description = text(&answer, "error_description");
    assert!(
        description.contains(uris[2]) && description.contains("use https"),
        "{description}"
    );
    assert_eq!(issuer.database.count("SELECT COUNT(*) FROM clients").await, 0);
}

#[actix_web::test]
async fn other_media_types_broken_json_and_large_bodies_are_json_errors() {
    let issuer = TestIssuer::start().await;
    let large = format!(r#"{{"client_name": "{}"}}"#, "a".repeat(70_000));
    for (media_type, body) in [
        ("application/x-www-form-urlencoded", "redirect_uris=x"),
        ("text/plain", "{}"),
        ("application/json", "{"),
        ("application/json", ""),
        ("application/json", "\u{0}"),
        ("application/json", &large),
    ] {
        let request = issuer
            .request("POST", "/oauth/register")
            .header("content-type", media_type);
        let answer = request.body(body.to_owned()).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (400, &"application/json".parse().unwrap())
        );
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"], "invalid_client_metadata", "{answer}");
    }
}

#[actix_web::test]
async fn what_is_stored_of_a_stranger_is_small() {
    let issuer = TestIssuer::start().await;
    let uris: Vec<_> = (0..18)
        .map(|n| format!("https://client.example/{n}/{}", "a".repeat(1000)))
        .collect();
    for method in ["none", "client_secret_basic"] {
        let body = json!({"redirect_uris": uris, "token_endpoint_auth_method": method});
        assert_eq!(
            error(&register(&issuer, &body).await),
            (400, "invalid_client_metadata"),
            "{method}"
        );
    }
    assert_eq!(issuer.database.count("SELECT COUNT(*) FROM clients").await, 0);
}

/// RFC 7591 section 2.3: a server may pass it over. Then nothing of it holds, and the answer does not say that it does.
#[actix_web::test]
async fn a_software_statement_is_passed_over_and_not_told_back() {
    let issuer = TestIssuer::start().await;
    let plain = json!({"client_name": "Plain", "redirect_uris": ["http://localhost/cb"]});
    let mut stated = plain.clone();
    // {"alg":"none"}, {"client_name":"Stated","redirect_uris":["https://evil.example/cb"]}
    stated["software_statement"] = json!(
        "eyJhbGciOiJub25lIn0.eyJjbGllbnRfbmFtZSI6IlN0YXRlZCIsInJlZGlyZWN0X3VyaXMiOlsiaHR0cHM6Ly9ldmlsLmV4YW1wbGUvY2IiXX0."
    );
    let (status, told) = register(&issuer, &stated).await;
    assert_eq!((status, told.get("software_statement")), (201, None), "{told}");
    assert_eq!(register(&issuer, &plain).await, (status, told));
}
