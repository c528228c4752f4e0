//! Requests as clients send them, and answers as clients read them.

use reqwest::Response;
use serde_json::Value;

/// A token answer: status and body.
pub type Answer = (u16, Value);

/// The refresh request of a well-behaved client.
pub fn refresh_form<'a>(client_id: &'a str, refresh_token: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "refresh_token"),
        ("client_id", client_id),
        ("refresh_token", refresh_token),
    ]
}

/// Checks what holds for every answer of the token endpoint, and reads it.
pub async fn read(response: Response) -> Answer {
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("cache-control").as_deref(), Some("no-store"), "{response:?}");
    assert_eq!(header("pragma").as_deref(), Some("no-cache"), "{response:?}");
    assert_eq!(
        header("content-type").as_deref(),
        Some("application/json"),
        "{response:?}"
    );
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    assert!(body.is_object());
    (status, body)
}

/// The text of a member.
pub fn text<'a>(body: &'a Value, member: &str) -> &'a str {
    body[member].as_str().unwrap_or_else(|| panic!("no {member} in {body}"))
}

/// The error code of an answer, with its status.
pub fn error(answer: &Answer) -> (u16, &str) {
    (answer.0, text(&answer.1, "error"))
}

/// A client that follows no redirects and knows no proxy.
#[expect(clippy::disallowed_methods, reason = "a test, on loopback")]
pub fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.no_proxy().build().unwrap()
}
