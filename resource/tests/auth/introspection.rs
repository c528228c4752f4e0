//! Tokens that the issuer is asked about: RFC 7662; Google's tokeninfo; storms that must not come.

use std::time::Duration;

use resource::auth::refusal::{Got, Refusal};
use resource::auth::trust::{AudMode, Introspection, Issuer, Mode};
use resource::auth::verifier::Verifier;
use serde_json::{Value, json};
use shared::clock::Clock;

use super::AUDIENCE;
use crate::support::{Answer, NOW, Question, TestIssuer, Token, eventually, verifier};

const OPAQUE: &str = "mat_Zm9vZC1iYXI";

fn endpoint(issuer: &TestIssuer) -> Introspection {
    Introspection {
        url: format!("{}/introspect", issuer.url).parse().unwrap(),
        client: Some(("food server".to_owned(), "s3cret:%".to_owned().into())),
        cache_s: 30,
        negative_cache_s: 5,
    }
}

fn asked_about(issuer: &TestIssuer, change: impl FnOnce(&mut Issuer)) -> Verifier {
    let mut trusted = issuer.trusted_for(AUDIENCE);
    trusted.mode = Mode::Introspection;
    trusted.introspection = Some(endpoint(issuer));
    change(&mut trusted);
    verifier(vec![trusted], &Clock::fixed(NOW))
}

fn active() -> Value {
    json!({"active": true, "sub": "user-1", "client_id": "client-1", "scope": "food:read", "aud": AUDIENCE,
        "token_type": "Bearer", "exp": NOW + 3600})
}

fn with(name: &str, value: Value) -> Answer {
    let mut answer = active();
    answer[name] = value;
    Answer::Json(answer)
}

fn without(name: &str) -> Answer {
    let mut answer = active();
    answer.as_object_mut().unwrap().remove(name);
    Answer::Json(answer)
}

#[actix_web::test]
async fn an_opaque_token_is_asked_about_once_with_our_credentials() {
    let issuer = TestIssuer::start();
    issuer.answer_about_tokens(Answer::Json(active()));
    let verifier = asked_about(&issuer, |_| ());
    assert!(verifier.is_ready());
    for _ in 0..100 {
        let passed = verifier.verify(OPAQUE).await.unwrap();
        let principal = &passed.principal;
        assert_eq!(
            (principal.iss.as_str(), principal.sub.as_str()),
            (issuer.url.as_str(), "user-1")
        );
        assert_eq!(
            (principal.client_id.as_deref(), passed.exp),
            (Some("client-1"), NOW + 3600)
        );
        assert_eq!(principal.scope.to_string(), "food:read");
    }
    // "food+server:s3cret%3A%25"
    let expected = Question {
        authorization: Some("Basic Zm9vZCtzZXJ2ZXI6czNjcmV0JTNBJTI1".to_owned()),
        form: format!("token={OPAQUE}&token_type_hint=access_token"),
    };
    assert_eq!(issuer.asked(), [expected]);
    assert_eq!(issuer.fetches(), 0, "keys are not needed");
}

#[actix_web::test]
async fn no_issuer_is_shown_an_api_key() {
    let issuer = TestIssuer::start();
    issuer.answer_about_tokens(Answer::Json(active()));
    for mode in [Mode::Introspection, Mode::Tokeninfo] {
        let verifier = asked_about(&issuer, |trusted| trusted.mode = mode);
        for key in ["mcpkey_Zm9vZC1iYXI", "MCPKEY_Zm9vZC1iYXI", "mcpkey_a.b.c"] {
            let refused = verifier.verify(key).await.unwrap_err();
            assert_eq!(refused.name(), "api_key_not_taken", "{key}");
        }
    }
    assert_eq!(issuer.asked(), []);
}

#[actix_web::test]
async fn answers_are_judged_like_claims() {
    let issuer = TestIssuer::start();
    let wrong = |name: &'static str| Refusal::WrongType(name.into());
    let cases = [
        (Answer::Json(json!({"active": false})), Refusal::Inactive),
        (
            with("iss", json!("https://evil.example")),
            Refusal::Issuer {
                expected: issuer.url.clone(),
                got: Got::new("https://evil.example"),
            },
        ),
        (
            with("aud", json!("https://other.example")),
            Refusal::Audience {
                expected: AUDIENCE.to_owned(),
                got: Got::new("https://other.example"),
            },
        ),
        (without("aud"), Refusal::Missing("aud".into())),
        (without("sub"), Refusal::Missing("sub".into())),
        (
            with("exp", json!(NOW - 60)),
            Refusal::Expired {
                exp: NOW - 60,
                now: NOW,
            },
        ),
        (with("exp", json!("soon")), wrong("exp")),
        (with("scope", json!({})), wrong("scope")),
        (
            with("token_type", json!("refresh_token")),
            Refusal::TokenType(Got::new("refresh_token")),
        ),
        (with("token_use", json!("refresh_token")), Refusal::IdToken("token_use")),
        (with("cnf", json!({"x5t#S256": "x"})), Refusal::BoundOtherwise),
    ];
    for (answer, why) in cases {
        issuer.answer_about_tokens(answer);
        assert_eq!(asked_about(&issuer, |_| ()).verify(OPAQUE).await, Err(why));
    }
    for answer in [
        with("iss", json!(issuer.url)),
        with("aud", json!(["x", AUDIENCE])),
        without("exp"),
    ] {
        issuer.answer_about_tokens(answer);
        assert!(asked_about(&issuer, |_| ()).verify(OPAQUE).await.is_ok());
    }
    issuer.answer_about_tokens(without("aud"));
    let by_client = |client: &'static str| {
        asked_about(&issuer, move |issuer| {
            issuer.aud_mode = AudMode::None;
            issuer.clients = vec![client.to_owned()];
        })
    };
    assert!(by_client("client-1").verify(OPAQUE).await.is_ok());
    assert!(by_client("client-2").verify(OPAQUE).await.is_err());
}

#[actix_web::test]
async fn many_who_bring_one_token_wait_for_one_answer() {
    let issuer = TestIssuer::start();
    for (answer, good) in [
        (Answer::Json(active()), true),
        (Answer::Json(json!({"active": false})), false),
    ] {
        let before = issuer.asked().len();
        issuer.answer_about_tokens(answer);
        let verifier = asked_about(&issuer, |_| ());
        let all = futures_util::future::join_all((0..200).map(|_| verifier.verify(OPAQUE))).await;
        assert!(all.iter().all(|one| one.is_ok() == good));
        assert!(verifier.verify(OPAQUE).await.is_ok() == good);
        assert_eq!(issuer.asked().len(), before + 1);
    }
}

#[actix_web::test]
async fn what_was_answered_counts_for_seconds_and_a_refusal_for_fewer() {
    let issuer = TestIssuer::start();
    let verifier = asked_about(&issuer, |issuer| {
        let endpoint = issuer.introspection.as_mut().unwrap();
        (endpoint.cache_s, endpoint.negative_cache_s) = (2, 1);
    });
    assert_eq!(verifier.verify(OPAQUE).await, Err(Refusal::Inactive));
    issuer.answer_about_tokens(Answer::Json(active()));
    assert_eq!(verifier.verify(OPAQUE).await, Err(Refusal::Inactive), "remembered");
    eventually("the refusal is forgotten", async || {
        verifier.verify(OPAQUE).await.is_ok()
    })
    .await;
    let asked = issuer.asked().len();
    issuer.answer_about_tokens(Answer::Json(json!({"active": false})));
    assert!(verifier.verify(OPAQUE).await.is_ok(), "remembered");
    eventually("the revocation is seen", async || {
        verifier.verify(OPAQUE).await.is_err()
    })
    .await;
    assert_eq!((asked, issuer.asked().len()), (2, 3));
}

#[actix_web::test]
async fn an_answer_counts_no_longer_than_the_token() {
    let issuer = TestIssuer::start();
    issuer.answer_about_tokens(with("exp", json!(NOW + 1)));
    let verifier = asked_about(&issuer, |_| ());
    assert!(verifier.verify(OPAQUE).await.is_ok());
    issuer.answer_about_tokens(Answer::Json(json!({"active": false})));
    eventually("it is asked about again", async || {
        verifier.verify(OPAQUE).await.is_err()
    })
    .await;
}

/// 500 different tokens while the endpoint fails: a handful of questions, and no client is told to drop its token.
#[actix_web::test]
async fn an_endpoint_that_fails_is_left_alone_for_a_moment() {
    let issuer = TestIssuer::start();
    for answer in [
        Answer::Status(500),
        Answer::Status(401),
        Answer::Status(302),
        Answer::Text("<html>".to_owned()),
        Answer::Text("x".repeat(100_000)),
        Answer::Json(json!({})),
        Answer::Json(json!({"active": "true"})),
        Answer::Json(json!([{"active": true}])),
    ] {
        let before = issuer.asked().len();
        issuer.answer_about_tokens(answer.clone());
        let verifier = asked_about(&issuer, |_| ());
        let begun = std::time::Instant::now();
        for n in 0..500 {
            let refused = verifier.verify(&format!("opaque-{n}")).await.unwrap_err();
            assert_eq!(refused, Refusal::IntrospectionUnavailable, "{answer:?}");
        }
        let most = 1 + usize::try_from(begun.elapsed().as_secs()).unwrap();
        assert!(issuer.asked().len() <= before + most, "{answer:?}");
        issuer.answer_about_tokens(Answer::Json(active()));
        eventually("it is asked again", async || verifier.verify("opaque-1").await.is_ok()).await;
    }
}

#[actix_web::test]
async fn an_endpoint_that_hangs_holds_only_so_many_questions() {
    let issuer = TestIssuer::start();
    issuer.answer_about_tokens(Answer::Hang);
    let verifier = asked_about(&issuer, |_| ());
    let tokens: Vec<String> = (0..500).map(|n| format!("opaque-{n}")).collect();
    let all = futures_util::future::join_all(tokens.iter().map(|token| verifier.verify(token)));
    let outcome = tokio::time::timeout(Duration::from_mins(1), all).await.unwrap();
    assert!(
        outcome
            .iter()
            .all(|one| one.clone().unwrap_err() == Refusal::IntrospectionUnavailable)
    );
    assert!(issuer.asked().len() <= 32, "{}", issuer.asked().len());
}

#[actix_web::test]
async fn in_mode_both_our_jwts_are_checked_here_and_the_rest_is_asked_about() {
    let issuer = TestIssuer::start();
    issuer.answer_about_tokens(Answer::Json(active()));
    let verifier = asked_about(&issuer, |issuer| issuer.mode = Mode::Both);
    eventually("the keys are known", async || issuer.fetches() == 1).await;
    let good = Token::good(&issuer.key, &issuer.url, AUDIENCE);
    eventually("a JWT passes", async || {
        verifier.verify(&good.sign(&issuer.key)).await.is_ok()
    })
    .await;
    let strange = good
        .clone()
        .claim("iss", json!("https://evil.example"))
        .sign(&issuer.key);
    assert!(matches!(verifier.verify(&strange).await, Err(Refusal::Issuer { .. })));
    let expired = good.claim("exp", json!(0)).sign(&issuer.key);
    assert!(matches!(verifier.verify(&expired).await, Err(Refusal::Expired { .. })));
    assert_eq!(issuer.asked(), [], "no JWT leaves the house");
    for opaque in [OPAQUE, "a.b.c", "a.b.c.d.e"] {
        assert!(verifier.verify(opaque).await.is_ok(), "{opaque}");
    }
    assert_eq!(issuer.asked().len(), 3);
}

#[actix_web::test]
async fn tokeninfo_is_asked_as_google_wants_it() {
    let issuer = TestIssuer::start();
    let answer = json!({"azp": "1.apps.googleusercontent.com", "aud": "1.apps.googleusercontent.com",
        "sub": "110248495921238986420", "scope": "openid https://www.googleapis.com/auth/userinfo.email",
        "exp": (NOW + 3599).to_string(), "expires_in": "3599", "access_type": "online"});
    issuer.answer_about_tokens(Answer::Json(answer));
    let google = || {
        asked_about(&issuer, |issuer| {
            issuer.mode = Mode::Tokeninfo;
            issuer.introspection.as_mut().unwrap().client = None;
            issuer.audiences = vec!["1.apps.googleusercontent.com".to_owned()];
            issuer
                .scope_map
                .insert("openid".to_owned(), vec!["food:read".to_owned()]);
        })
    };
    let passed = google().verify("ya29.a0Af").await.unwrap();
    assert_eq!(
        (passed.principal.sub.as_str(), passed.exp),
        ("110248495921238986420", NOW + 3599)
    );
    assert!(passed.principal.scope.contains("food:read"));
    let expected = Question {
        authorization: None,
        form: "access_token=ya29.a0Af".to_owned(),
    };
    assert_eq!(issuer.asked(), [expected]);
    issuer.answer_about_tokens(Answer::Status(400));
    assert_eq!(google().verify("ya29.a0Af").await, Err(Refusal::Inactive));
}
