//! Keys over real HTTP: rotation, an issuer that is away, late, hostile or somebody else.

use std::cell::Cell;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use resource::auth::refusal::Refusal;
use resource::auth::status::Policy;
use resource::auth::verifier::{Means, Trusted, Verifier};
use serde_json::json;
use shared::clock::Clock;
use shared::jwk::Algorithms;

use super::{AUDIENCE, Bench};
use crate::support::{Answer, NOW, SigningKey, TestIssuer, TestResource, Token, eventually, means, verifier};

#[actix_web::test]
async fn a_new_key_of_the_issuer_is_taken_at_the_first_token_that_names_it() {
    let bench = Bench::start().await;
    let next = SigningKey::es256("key-2");
    bench.issuer.publish(&[&bench.issuer.key, &next]);
    let token = bench.good_by(&next).sign(&next);
    assert!(bench.verify(&token).await.is_ok());
    assert_eq!(bench.issuer.fetches(), 2);
    assert!(bench.verify_signed(&bench.good()).await.is_ok(), "the old key stays");
}

#[actix_web::test]
async fn a_flood_of_made_up_kids_is_one_request_to_the_issuer() {
    let bench = Bench::start().await;
    for n in 0..2_000 {
        let token = bench.good().header("kid", json!(format!("made-up-{n}")));
        let refused = bench.verify_signed(&token).await.unwrap_err();
        assert!(matches!(refused, Refusal::UnknownKey(_)), "{refused}");
    }
    assert!(bench.verify_signed(&bench.good()).await.is_ok());
    assert_eq!(bench.issuer.fetches(), 2, "the first, and one for the flood");
}

#[actix_web::test]
async fn tokens_that_could_not_pass_anyway_cause_no_request() {
    let bench = Bench::start().await;
    for token in [
        bench
            .good()
            .header("kid", json!("made-up"))
            .claim("iss", json!("https://evil.example")),
        bench
            .good()
            .header("kid", json!("made-up"))
            .claim("aud", json!("https://evil.example")),
        bench.good().header("kid", json!("made-up")).claim("exp", json!(0)),
        bench.good().header("kid", json!("made-up")).header("typ", json!("JWT")),
        bench
            .good()
            .header("kid", json!("made-up"))
            .header("alg", json!("none")),
    ] {
        assert!(bench.verify_signed(&token).await.is_err());
    }
    assert_eq!(bench.issuer.fetches(), 1);
}

/// Each bad answer comes at a fetch that a made-up kid causes; the keys stay in use all the same.
#[actix_web::test]
async fn answers_that_fail_are_empty_or_too_large_keep_the_keys() {
    let oct = json!({"keys": [{"kty": "oct", "kid": "key-1", "k": "c2VjcmV0", "alg": "HS256"}]});
    let answers = [
        Answer::Status(500),
        Answer::Status(404),
        Answer::Status(301),
        Answer::Json(json!({})),
        Answer::Json(json!({"keys": []})),
        Answer::Json(oct),
        Answer::Text("<html>".to_owned()),
        Answer::Text(String::new()),
        Answer::Text("x".repeat(10 << 20)),
        Answer::Text(format!("{{\"keys\":[],\"x\":\"{}\"}}", "y".repeat(600 << 10))),
    ];
    for answer in answers {
        let bench = Bench::start().await;
        bench.issuer.answer(answer.clone());
        let unknown = bench.good().header("kid", json!("made-up"));
        assert!(matches!(
            bench.verify_signed(&unknown).await,
            Err(Refusal::UnknownKey(_))
        ));
        assert_eq!(bench.issuer.fetches(), 2);
        assert!(bench.verify_signed(&bench.good()).await.is_ok());
    }
}

#[actix_web::test]
async fn an_answer_that_never_comes_makes_nobody_wait_but_those_who_need_it() {
    let bench = Bench::start().await;
    bench.issuer.answer(Answer::Hang);
    let unknown = bench.good().header("kid", json!("made-up")).sign(&bench.issuer.key);
    let known_is_answered = Cell::new(false);
    let waiting = async { (bench.verify(&unknown).await, known_is_answered.get()) };
    let known = async {
        eventually("the fetch is under way", async || bench.issuer.fetches() == 2).await;
        let verdict = bench.verify_signed(&bench.good()).await;
        known_is_answered.set(true);
        verdict
    };
    let (waiting, known) = tokio::join!(waiting, known);
    assert!(matches!(waiting, (Err(Refusal::UnknownKey(_)), true)), "{waiting:?}");
    assert!(known.is_ok());
}

#[actix_web::test]
async fn the_resource_starts_before_its_issuer_and_then_takes_its_tokens() {
    let resource = TestResource::launch(TestIssuer::prepare(), &[]).await;
    let ready = resource.get("/readyz").await;
    assert_eq!(
        (ready.status, ready.json()["parts"]["keys"].clone()),
        (503, json!(false))
    );
    assert_eq!(resource.get("/healthz").await.status, 200);
    let early = resource.post(&resource.signed(), &json!({}), &[]).await;
    assert_eq!(early.status, 503);
    assert!(early.header("retry-after").is_some() && early.header("www-authenticate").is_none());
    assert_eq!(early.json()["error"], "temporarily_unavailable");
    resource.issuer.serve();
    resource.ready().await;
    let listed = resource.post(&resource.signed(), &crate::http::tools_list(), &[]).await;
    assert_eq!(listed.status, 200, "{}", listed.text());
}

#[actix_web::test]
async fn metadata_of_another_issuer_gives_no_keys() {
    let issuer = TestIssuer::start();
    let with_slash = format!("{}/", issuer.url);
    issuer.call_itself(&with_slash);
    let resource = TestResource::launch(issuer, &[]).await;
    let refused = resource.post(&resource.signed(), &json!({}), &[]).await;
    assert_eq!(refused.status, 503);
    assert_eq!(resource.issuer.fetches(), 0);
    resource.issuer.call_itself(&resource.issuer.url);
    resource.ready().await;
}

#[actix_web::test]
async fn an_address_for_the_keys_takes_the_place_of_the_metadata() {
    let issuer = TestIssuer::start();
    issuer.call_itself("https://nobody.example");
    let jwks_uri = issuer.jwks_uri();
    let resource = TestResource::launch(issuer, &[("OAUTH_JWKS_URI", &jwks_uri)]).await;
    resource.ready().await;
    let listed = resource.post(&resource.signed(), &crate::http::tools_list(), &[]).await;
    assert_eq!(listed.status, 200);
}

/// Keys that are kept on disk serve at once when both start anew and the issuer does not; too old ones do not.
#[actix_web::test]
async fn kept_keys_serve_a_restart_while_the_issuer_is_away() {
    let issuer = TestIssuer::start();
    let clock = Clock::fixed(NOW);
    let folder = tempfile::tempdir().unwrap();
    let means = Means {
        jwks_cache: Some(folder.path().to_owned()),
        status_list: Policy::FailOpen,
        ..means(&clock)
    };
    let started = || {
        let trusted = Trusted::new(issuer.trusted_for(AUDIENCE), &means);
        let keys = trusted.keys().unwrap();
        actix_web::rt::spawn(async move { keys.keep_fresh().await });
        Verifier::new(vec![trusted], &means)
    };
    let token = |exp: i64| {
        let token = Token::good(&issuer.key, &issuer.url, AUDIENCE);
        token.claim("exp", json!(exp)).sign(&issuer.key)
    };
    let first = started();
    let is_kept = || {
        let mut files = std::fs::read_dir(folder.path()).unwrap();
        files.any(|file| file.unwrap().path().extension().is_some_and(|ending| ending == "json"))
    };
    eventually("the keys are kept", async || first.is_ready() && is_kept()).await;
    issuer.answer(Answer::Status(503));
    clock.advance(23 * 3600);
    let second = started();
    assert!(second.is_ready());
    assert!(second.verify(&token(NOW + 24 * 3600)).await.is_ok());
    clock.advance(3601);
    let third = started();
    assert!(!third.is_ready(), "older than a day");
    assert_eq!(
        third.verify(&token(NOW + 25 * 3600)).await,
        Err(Refusal::KeysUnavailable)
    );
}

#[actix_web::test]
async fn keys_of_other_algorithms_than_the_settings_take_are_none() {
    let issuer = TestIssuer::start();
    let mut trusted = issuer.trusted_for(AUDIENCE);
    trusted.algorithms = Algorithms::parse(["RS256"]).unwrap();
    let verifier = verifier(vec![trusted], &Clock::fixed(NOW));
    eventually("they were fetched", async || issuer.fetches() > 0).await;
    assert!(!verifier.is_ready());
    let pair = SigningKey::new("key-2", jsonwebtoken::Algorithm::RS256);
    issuer.publish(&[&issuer.key, &pair]);
    eventually("one of them can be used", async || verifier.is_ready()).await;
    let good = Token::good(&pair, &issuer.url, AUDIENCE).sign(&pair);
    assert!(verifier.verify(&good).await.is_ok());
}

/// B19 of the list of attacks: while a hundred thousand tokens name keys that there are not, good ones pass.
#[actix_web::test]
async fn a_hundred_thousand_made_up_kids_are_one_request_and_good_tokens_pass_all_the_while() {
    let bench = Bench::start().await;
    let good = bench.good().sign(&bench.issuer.key);
    let claims = good.split('.').nth(1).unwrap();
    let begun = std::time::Instant::now();
    for n in 0..100_000 {
        let header = json!({"typ": "at+jwt", "alg": "ES256", "kid": format!("made-up-{n}")});
        let token = format!("{}.{claims}.AAAA", URL_SAFE_NO_PAD.encode(header.to_string()));
        let refused = bench.verify(&token).await.unwrap_err();
        assert!(matches!(refused, Refusal::UnknownKey(_)), "{refused}");
        if n % 100 == 0 {
            assert!(bench.verifier.check(&good).await.is_ok());
        }
    }
    let most = 2 + usize::try_from(begun.elapsed().as_secs() / 30).unwrap();
    assert!(
        bench.issuer.fetches() <= most,
        "{} fetches, {most} at most",
        bench.issuer.fetches()
    );
}
