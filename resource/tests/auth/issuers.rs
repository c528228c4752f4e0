//! Several issuers, and what their settings change: each token is judged by the rules of the issuer that it names.

use resource::auth::refusal::{Got, Refusal};
use resource::auth::trust::{AudMode, Issuer, Typ};
use serde_json::json;
use shared::clock::Clock;
use shared::jwk::Algorithms;

use super::AUDIENCE;
use crate::support::{NOW, TestIssuer, Token, eventually, verifier};

fn good(issuer: &TestIssuer) -> Token {
    Token::good(&issuer.key, &issuer.url, AUDIENCE)
}

/// What becomes of a token when its issuer is trusted with these settings.
async fn judged(issuer: &TestIssuer, settings: impl FnOnce(&mut Issuer), token: Token) -> Result<String, Refusal> {
    let mut trusted = issuer.trusted_for(AUDIENCE);
    settings(&mut trusted);
    let verifier = verifier(vec![trusted], &Clock::fixed(NOW));
    eventually("the keys are known", async || verifier.is_ready()).await;
    let passed = verifier.verify(&token.sign(&issuer.key)).await?;
    Ok(passed.principal.scope.to_string())
}

#[actix_web::test]
async fn each_issuer_speaks_for_itself_alone() {
    let (one, two) = (TestIssuer::start(), TestIssuer::start());
    let other = "https://other.example.com/mcp";
    let issuers = vec![one.trusted_for(AUDIENCE), two.trusted_for(other)];
    let verifier = verifier(issuers, &Clock::fixed(NOW));
    let of_two = Token::good(&two.key, &two.url, other);
    for (token, issuer) in [(good(&one), &one), (of_two.clone(), &two)] {
        let signed = token.sign(&issuer.key);
        eventually("it passes", async || verifier.verify(&signed).await.is_ok()).await;
        assert_eq!(verifier.verify(&signed).await.unwrap().principal.iss, issuer.url);
    }
    // Both keys have the same name.
    assert_eq!(verifier.verify(&of_two.sign(&one.key)).await, Err(Refusal::Signature));
    assert_eq!(
        verifier.verify(&good(&one).sign(&two.key)).await,
        Err(Refusal::Signature)
    );
    let for_one = good(&two).sign(&two.key);
    let refused = verifier.verify(&for_one).await.unwrap_err();
    assert!(matches!(refused, Refusal::Audience { .. }), "{refused}");
    let strange = good(&one).claim("iss", json!("https://evil.example")).sign(&one.key);
    let expected = Refusal::Issuer {
        expected: format!("{} or {}", one.url, two.url),
        got: Got::new("https://evil.example"),
    };
    assert_eq!(verifier.verify(&strange).await, Err(expected));
}

#[actix_web::test]
async fn a_looser_type_takes_plain_jwts_and_still_no_id_token() {
    let issuer = TestIssuer::start();
    let loose = |issuer: &mut Issuer| issuer.typ = Typ::Jwt;
    let plain = good(&issuer).without_header("typ").without_claim("iat");
    for token in [
        plain.clone(),
        plain.clone().header("typ", json!("JWT")).without_claim("client_id"),
        plain.clone().header("typ", json!("at+jwt")),
    ] {
        assert!(judged(&issuer, loose, token).await.is_ok());
    }
    for (name, value) in [("nonce", json!("n")), ("at_hash", json!("h")), ("c_hash", json!("h"))] {
        let token = plain.clone().claim(name, value);
        assert_eq!(judged(&issuer, loose, token).await, Err(Refusal::IdToken(name)));
    }
    let other = plain.header("typ", json!("dpop+jwt"));
    assert_eq!(
        judged(&issuer, loose, other).await,
        Err(Refusal::Typ(Got::new("dpop+jwt")))
    );
}

#[actix_web::test]
async fn without_an_audience_the_client_decides_and_a_wrong_audience_never_passes() {
    let issuer = TestIssuer::start();
    for mode in [AudMode::ClientId, AudMode::None] {
        let settings = |issuer: &mut Issuer| {
            issuer.typ = Typ::Jwt;
            issuer.aud_mode = mode;
            issuer.clients = vec!["client-1".to_owned()];
        };
        let token = good(&issuer).without_claim("aud");
        assert!(judged(&issuer, settings, token.clone()).await.is_ok());
        let other = token.clone().claim("client_id", json!("client-2"));
        assert_eq!(
            judged(&issuer, settings, other).await,
            Err(Refusal::Client(Got::new("client-2")))
        );
        let nameless = token.clone().without_claim("client_id");
        assert_eq!(
            judged(&issuer, settings, nameless.clone()).await,
            Err(Refusal::Missing("client_id".into()))
        );
        let by_azp = judged(&issuer, settings, nameless.claim("azp", json!("client-1"))).await;
        assert_eq!(by_azp.is_ok(), mode == AudMode::None);
        let elsewhere = judged(
            &issuer,
            settings,
            token.claim("aud", json!("https://other.example.com")),
        )
        .await;
        assert!(matches!(elsewhere, Err(Refusal::Audience { .. })));
    }
}

#[actix_web::test]
async fn required_claims_and_algorithms_narrow_what_is_taken() {
    let issuer = TestIssuer::start();
    let tenant = |issuer: &mut Issuer| {
        issuer.require.insert("tid".to_owned(), json!("t-1"));
    };
    assert!(
        judged(&issuer, tenant, good(&issuer).claim("tid", json!("t-1")))
            .await
            .is_ok()
    );
    for (token, got) in [
        (good(&issuer), Got::nothing()),
        (good(&issuer).claim("tid", json!("t-2")), Got::new("\"t-2\"")),
        (good(&issuer).claim("tid", json!(["t-1"])), Got::new("[\"t-1\"]")),
    ] {
        let expected = Refusal::Required {
            name: "tid".to_owned(),
            expected: "\"t-1\"".to_owned(),
            got,
        };
        assert_eq!(judged(&issuer, tenant, token).await, Err(expected));
    }
    let both = |issuer: &mut Issuer| issuer.algorithms = Algorithms::parse(["ES256", "EdDSA"]).unwrap();
    let refused = judged(&issuer, both, good(&issuer).header("alg", json!("RS256"))).await;
    let expected = Refusal::AlgorithmOfIssuer {
        expected: "ES256, EdDSA".to_owned(),
        got: Got::new("RS256"),
    };
    assert_eq!(refused, Err(expected));
}

#[actix_web::test]
async fn scopes_are_read_from_where_the_issuer_writes_them_and_mean_what_the_settings_say() {
    let issuer = TestIssuer::start();
    let settings = |issuer: &mut Issuer| {
        issuer.scope_from = ["scope", "scp", "roles"].map(str::to_owned).to_vec();
        issuer.scope_strip = "api://food/".to_owned();
        let both = ["food:read", "food:write"].map(str::to_owned).to_vec();
        issuer.scope_map.insert("Food.Write".to_owned(), both);
        issuer
            .scope_map
            .insert("Food Reader".to_owned(), vec!["food:read".to_owned()]);
        issuer
            .scope_map
            .insert("mcp:tools:read".to_owned(), vec!["food:read".to_owned()]);
    };
    let plain = good(&issuer).without_claim("scope");
    for (name, value, expected) in [
        ("scope", json!("api://food/food:read openid"), "food:read openid"),
        ("scope", json!("mcp:tools:read"), "food:read"),
        ("scp", json!(["api://food/Food.Write"]), "food:read food:write"),
        ("scp", json!("Food.Write x"), "food:read food:write x"),
        ("roles", json!(["Food Reader", "Head Cook"]), "food:read"),
        ("roles", json!(["food:read food:write", "a\"b", ""]), ""),
        ("groups", json!(["food:read"]), ""),
        (
            "scope",
            json!("food:readapi://food/food:write"),
            "food:readapi://food/food:write",
        ),
    ] {
        let token = plain.clone().claim(name, value.clone());
        assert_eq!(
            judged(&issuer, settings, token).await.as_deref(),
            Ok(expected),
            "{name} {value}"
        );
    }
    let token = plain.claim("roles", json!({"food:read": true}));
    assert_eq!(
        judged(&issuer, settings, token).await,
        Err(Refusal::WrongType("roles".into()))
    );
}
