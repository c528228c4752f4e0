//! The front door, in front of servers that are not ours.

mod example;

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body, read_body_json};
use actix_web::{App, Responder, web};
use resource::auth::anonymous::Anonymous;
use resource::principal::Principal;
use resource::protect::{BadProtection, Protection};
use serde_json::Value;
use shared::clock::Clock;
use shared::scope::Scope;

use crate::support::{NOW, TestIssuer, Token, eventually};

const NOTES: &str = "http://localhost/notes";

async fn notes(caller: Principal) -> impl Responder {
    caller.sub
}

async fn protection(issuer: &TestIssuer, anonymous: Anonymous) -> Protection {
    let protection = Protection::builder(NOTES)
        .issuer(issuer.trusted_for(NOTES))
        .anonymous(anonymous, Scope::default())
        .clock(Clock::fixed(NOW))
        .build()
        .unwrap();
    eventually("the keys are known", async || protection.is_ready()).await;
    protection
}

fn request(token: Option<&str>) -> TestRequest {
    let request = TestRequest::with_uri("/notes").insert_header(("host", "localhost"));
    match token {
        Some(token) => request.insert_header(("authorization", format!("Bearer {token}"))),
        None => request,
    }
}

#[actix_web::test]
async fn a_handler_learns_who_calls_and_nobody_else_gets_there() {
    let issuer = TestIssuer::start();
    for anonymous in [Anonymous::None, Anonymous::Tools] {
        let protection = protection(&issuer, anonymous).await;
        let endpoint = web::resource("/notes").wrap(protection).to(notes);
        let app = init_service(App::new().service(endpoint)).await;
        let good = Token::good(&issuer.key, &issuer.url, NOTES);
        let answer = call_service(&app, request(Some(&good.sign(&issuer.key))).to_request()).await;
        assert_eq!(read_body(answer).await, "user-1");

        let other = good.claim("aud", "http://localhost/other".into()).sign(&issuer.key);
        for (token, error) in [(None, Value::Null), (Some(other.as_str()), "invalid_token".into())] {
            let answer = call_service(&app, request(token).to_request()).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
            assert!(answer.headers().contains_key("www-authenticate"));
            let body: Value = read_body_json(answer).await;
            assert_eq!(body["error"], error, "{body}");
            assert_eq!(
                body["request_id"].as_str().unwrap().len(),
                16,
                "also without a log: {body}"
            );
        }
        let elsewhere = request(None).insert_header(("host", "evil.example")).to_request();
        let answer = call_service(&app, elsewhere).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let told: Value = read_body_json(answer).await;
        let told = told["error_description"].as_str().unwrap();
        assert!(!told.contains("RESOURCE_"), "a setting of the food server: {told}");
    }
}

#[actix_web::test]
async fn a_handler_that_wants_a_principal_and_has_no_door_in_front_serves_nobody() {
    let app = init_service(App::new().route("/notes", web::get().to(notes))).await;
    let answer = call_service(&app, request(Some("any")).to_request()).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[actix_web::test]
async fn a_door_that_cannot_be_built_says_why() {
    let issuer = TestIssuer::prepare();
    let trusted = || issuer.trusted_for(NOTES);
    let slash = Protection::builder("http://localhost/notes/").issuer(trusted()).build();
    let told = slash.unwrap_err().to_string();
    assert!(told.contains("trailing slash"), "{told}");
    assert!(matches!(
        Protection::builder(NOTES).build(),
        Err(BadProtection::NoIssuer)
    ));
    let file = tempfile::NamedTempFile::new().unwrap();
    let folder = Some(file.path().join("keys"));
    let built = Protection::builder(NOTES).issuer(trusted()).jwks_cache(folder).build();
    assert!(matches!(built, Err(BadProtection::JwksCache { .. })));
}
