//! Odd requests to the token endpoint: RFC 6749 sections 3.2 and 5.2. Whatever comes, the answer is
//! uncached JSON (`support::read` checks that of each) and never 5xx.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::{Answer, TestCode, TestIssuer, error, read};

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(issuer: &TestIssuer, media_type: Option<&str>, body: Vec<u8>) -> Answer {
    let mut request = issuer.request("POST", "/oauth/token").body(body);
    if let Some(media_type) = media_type {
        request = request.header("content-type", media_type);
    }
    read(request.send().await.unwrap()).await
}

fn encoded(code: &TestCode) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(code.form()).finish()
}

#[actix_web::test]
async fn the_media_type_must_be_a_form_and_may_name_utf_8() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    for (media_type, expected) in [
        (Some(FORM), 200),
        (Some("application/x-www-form-urlencoded;charset=UTF-8"), 200),
        (Some("application/x-www-form-urlencoded; charset=iso-8859-1"), 400),
        (Some("application/json"), 400),
        (Some("multipart/form-data; boundary=x"), 400),
        (Some("text/plain"), 400),
        (Some("%"), 400),
        (None, 400),
    ] {
        let code = issuer.code(&client_id).await;
        let answer = post(&issuer, media_type, encoded(&code).into_bytes()).await;
        assert_eq!(answer.0, expected, "{media_type:?}: {}", answer.1);
        if expected == 400 {
            assert_eq!(error(&answer), (400, "invalid_request"));
        }
    }
}

#[actix_web::test]
async fn a_parameter_that_comes_twice_makes_the_request_invalid() {
    let issuer = TestIssuer::start().await;
    let code = issuer.code(&issuer.client().await).await;
    for (name, value) in code.form() {
        let mut form = code.form();
        form.push((name, value));
        let answer = issuer.post_token(&form).await;
        if name == "resource" {
            assert_eq!(
                error(&issuer.exchange(&code).await),
                (400, "invalid_grant"),
                "it was used"
            );
        } else {
            assert_eq!(error(&answer), (400, "invalid_request"), "{name}");
        }
    }
}

#[actix_web::test]
async fn unknown_parameters_and_parameters_without_a_value_are_ignored() {
    let issuer = TestIssuer::start().await;
    let code = issuer.code(&issuer.client().await).await;
    let mut form = code.form();
    form.extend([
        ("audience", "x"),
        ("audience", "y"),
        ("client_secret", ""),
        ("code", ""),
    ]);
    assert_eq!(issuer.post_token(&form).await.0, 200);
}

#[actix_web::test]
async fn the_endpoint_knows_the_grants_that_the_metadata_lists() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client().await;
    let metadata = issuer.request("GET", "/.well-known/oauth-authorization-server");
    let metadata: Value = metadata.send().await.unwrap().json().await.unwrap();
    let listed = metadata["grant_types_supported"].as_array().unwrap();
    assert_eq!(listed.len(), 3);
    for grant_type in listed.iter().map(|grant_type| grant_type.as_str().unwrap()) {
        let answer = issuer
            .post_token(&[("client_id", &client_id), ("grant_type", grant_type)])
            .await;
        let expected = if grant_type == "client_credentials" {
            "unauthorized_client"
        } else {
            "invalid_request"
        };
        assert_eq!(
            error(&answer),
            (400, expected),
            "{grant_type}: its parameters are missing"
        );
    }
    for other in ["password", "Client_credentials", "Authorization_code", "implicit"] {
        let answer = issuer
            .post_token(&[("client_id", &client_id), ("grant_type", other)])
            .await;
        assert_eq!(error(&answer), (400, "unsupported_grant_type"), "{other}");
    }
}

#[actix_web::test]
async fn other_methods_are_refused_in_json() {
    let issuer = TestIssuer::start().await;
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let answer = issuer.request(method, "/oauth/token").send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["allow"]),
            (405, &"POST".parse().unwrap())
        );
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert!(answer.json::<Value>().await.unwrap()["error"].is_string());
    }
}

#[actix_web::test]
async fn parameters_in_the_query_are_none() {
    let issuer = TestIssuer::start().await;
    let code = issuer.code(&issuer.client().await).await;
    let request = issuer.request("POST", &format!("/oauth/token?{}", encoded(&code)));
    let answer = read(request.header("content-type", FORM).send().await.unwrap()).await;
    assert_eq!(error(&answer), (401, "invalid_client"));
}

#[actix_web::test]
async fn bodies_that_are_too_large_or_no_text_are_refused() {
    let issuer = TestIssuer::start().await;
    for body in [
        format!("grant_type={}", "a".repeat(70_000)).into_bytes(),
        b"client_id=a%00b&grant_type=refresh_token".to_vec(),
        b"%00=a".to_vec(),
        vec![0xff; 100],
        b"&&&===&".to_vec(),
        Vec::new(),
    ] {
        let (status, answer) = post(&issuer, Some(FORM), body).await;
        assert!(matches!(status, 400 | 401), "{answer}");
    }
}

/// A request of odd parts around good ones.
#[derive(Clone, Debug)]
pub struct Odd {
    /// The media type of the body.
    pub media_type: String,
    /// The parameters; `CLIENT` stands for a client that there is.
    pub pairs: Vec<(String, String)>,
    /// What comes after them, no text perhaps.
    pub tail: Vec<u8>,
}

/// Odd requests, near enough to good ones to get somewhere.
pub fn odd() -> impl Strategy<Value = Odd> {
    let name = prop_oneof![
        8 => prop::sample::select(vec![
            "grant_type", "client_id", "code", "code_verifier", "redirect_uri", "resource", "scope", "refresh_token",
            "client_secret", "client_assertion", "client_assertion_type", "token", "token_type_hint", "response_type",
            "code_challenge", "code_challenge_method", "state", "nonce", "prompt", "max_age", "request_uri",
            "device_code", "dpop_jkt", "redirect_uris", "client_name", "token_endpoint_auth_method", "jwks", "jwks_uri", "grant_types",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let value = prop_oneof![
        3 => prop::sample::select(vec![
            "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code", "CLIENT", "rt1_", "http://localhost:8081/mcp", "food:read", "",
            "code", "S256", "none", "http://localhost:49152/callback", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "%2500", "%25252f", "a\r\nSet-Cookie: a=b", "\u{feff}", "' OR 1=1 --", "\u{0}",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let media_type = prop_oneof![4 => Just(FORM.to_owned()), 1 => "[ -~]{0,40}"];
    let tail = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(any::<u8>(), 0..40)];
    (media_type, prop::collection::vec((name, value), 0..8), tail).prop_map(|(media_type, pairs, tail)| Odd {
        media_type,
        pairs,
        tail,
    })
}

#[test]
fn whatever_comes_the_answer_is_json_and_no_fault_of_ours() {
    let system = actix_web::rt::System::new();
    for database in TestDatabase::each() {
        let issuer = system.block_on(TestIssuer::with(database, &[]));
        let client_id = system.block_on(issuer.client());
        let mut runner = TestRunner::new(Config {
            cases: 500,
            failure_persistence: None,
            ..Config::default()
        });
        let run = |odd: Odd| {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in &odd.pairs {
                form.append_pair(name, if value == "CLIENT" { &client_id } else { value });
            }
            let body = [form.finish().into_bytes(), odd.tail.clone()].concat();
            let (status, answer) = system.block_on(post(&issuer, Some(&odd.media_type), body));
            prop_assert!((400..500).contains(&status), "{}", answer);
            prop_assert!(answer["error"].is_string());
            Ok(())
        };
        runner.run(&odd(), run).unwrap_or_else(|error| panic!("{error}"));
    }
}
