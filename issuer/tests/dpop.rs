//! Bound tokens: RFC 9449 sections 5, 7.1, 8 and 10, over HTTP and on both databases.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::confidential::Confidential;
use crate::confidential::command_line::client;
use crate::support::database::TestDatabase;
use crate::support::person::{authorize, code_form};
use crate::support::{Answer, BEGIN, REDIRECT_URI, RESOURCE, TestIssuer, error, read, refresh_form, text};

/// A client's key.
pub struct ProofKey {
    key: EncodingKey,
    jwk: Jwk,
}

impl ProofKey {
    pub fn new() -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = EncodingKey::from_ec_der(pkcs8.as_ref());
        let jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        Self { key, jwk }
    }

    pub fn thumbprint(&self) -> String {
        self.jwk.thumbprint(ThumbprintHash::SHA256).unwrap()
    }

    pub fn proof(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some("dpop+jwt".to_owned());
        header.jwk = Some(self.jwk.clone());
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// A proof for the token endpoint.
    pub fn for_token(&self, issuer: &TestIssuer, jti: &str) -> String {
        self.proof(&json!({"jti": jti, "htm": "POST", "htu": format!("{}/oauth/token", issuer.url), "iat": issuer.clock.now()}))
    }
}

async fn post(issuer: &TestIssuer, form: &[(&str, &str)], proofs: &[&str]) -> Answer {
    let mut request = issuer.request("POST", "/oauth/token").form(form);
    for proof in proofs {
        request = request.header("dpop", *proof);
    }
    read(request.send().await.unwrap()).await
}

fn claims(access_token: &str) -> Value {
    use base64::Engine;
    let payload = access_token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[actix_web::test]
async fn the_tokens_of_a_public_client_are_bound_to_the_key_it_proves() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (key, other) = (ProofKey::new(), ProofKey::new());
        let (user, client) = (issuer.user().await, issuer.client().await);
        let code = issuer.code_for(&client, &user, "food:read").await;
        let (status, tokens) = post(&issuer, &code.form(), &[&key.for_token(&issuer, "1")]).await;
        assert_eq!((status, text(&tokens, "token_type")), (200, "DPoP"), "{tokens}");
        assert_eq!(
            claims(text(&tokens, "access_token"))["cnf"],
            json!({"jkt": key.thumbprint()})
        );

        let form = refresh_form(&client, text(&tokens, "refresh_token"));
        for proofs in [&[][..], &[other.for_token(&issuer, "2")]] {
            let proofs: Vec<_> = proofs.iter().map(String::as_str).collect();
            assert_eq!(error(&post(&issuer, &form, &proofs).await), (400, "invalid_grant"));
        }
        let (status, renewed) = post(&issuer, &form, &[&key.for_token(&issuer, "3")]).await;
        assert_eq!(status, 200, "a thief without the key changed nothing: {renewed}");
        assert_eq!(
            claims(text(&renewed, "access_token"))["cnf"],
            json!({"jkt": key.thumbprint()})
        );
    }
}

/// RFC 9449 section 6.2.
#[actix_web::test]
async fn introspection_tells_the_key_to_which_a_token_is_bound() {
    let issuer = TestIssuer::start().await;
    let server = Confidential::of(&client(&issuer, &["add", "Server", "--resource", RESOURCE]));
    let (key, client_id) = (ProofKey::new(), issuer.client().await);
    let code = issuer.code(&client_id).await;
    let (_, tokens) = post(&issuer, &code.form(), &[&key.for_token(&issuer, "1")]).await;
    for (member, token_type) in [("access_token", json!("DPoP")), ("refresh_token", Value::Null)] {
        let form = [("token", text(&tokens, member)), ("token_type_hint", member)];
        let (_, told) = server.basic(&issuer, "/oauth/introspect", &form).await;
        assert_eq!(told["cnf"], json!({"jkt": key.thumbprint()}), "{told}");
        assert_eq!(
            (&told["active"], &told["token_type"]),
            (&json!(true), &token_type),
            "{told}"
        );
    }
}

#[actix_web::test]
async fn nobody_needs_a_proof_who_did_not_ask_for_it() {
    let issuer = TestIssuer::start().await;
    let (_, tokens) = issuer.signed_in().await;
    assert_eq!(text(&tokens, "token_type"), "Bearer");
    assert_eq!(claims(text(&tokens, "access_token")).get("cnf"), None);
}

#[actix_web::test]
async fn a_proof_is_for_one_request_also_when_twenty_come_at_once() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let key = ProofKey::new();
        let (client, tokens) = issuer.signed_in().await;
        let form = refresh_form(&client, text(&tokens, "refresh_token"));
        let proof = key.for_token(&issuer, "once");
        let proofs = [proof.as_str()];
        let calls = (0..20).map(|_| post(&issuer, &form, &proofs));
        let answers = futures_util::future::join_all(calls).await;
        let good = answers.iter().filter(|(status, _)| *status == 200).count();
        assert_eq!(good, 1, "{answers:?}");
        let others = answers.iter().filter(|(status, _)| *status != 200);
        others.for_each(|answer| assert_eq!(error(answer), (400, "invalid_dpop_proof")));
    }
}

#[actix_web::test]
async fn a_bad_proof_costs_nothing_but_the_answer() {
    let issuer = TestIssuer::start().await;
    let key = ProofKey::new();
    let (user, client) = (issuer.user().await, issuer.client().await);
    let code = issuer.code_for(&client, &user, "food:read").await;
    let good = key.for_token(&issuer, "good");
    let url = format!("{}/oauth/token", issuer.url);
    let old = key.proof(&json!({"jti": "o", "htm": "POST", "htu": url, "iat": BEGIN - 121}));
    let elsewhere =
        key.proof(&json!({"jti": "e", "htm": "POST", "htu": format!("{}/oauth/revoke", issuer.url), "iat": BEGIN}));
    for proofs in [&[old.as_str()][..], &[&elsewhere], &["x"], &[""], &[&good, &good]] {
        let answer = post(&issuer, &code.form(), proofs).await;
        assert_eq!(error(&answer), (400, "invalid_dpop_proof"), "{proofs:?}");
    }
    assert_eq!(post(&issuer, &code.form(), &[&good]).await.0, 200);
}

#[actix_web::test]
async fn a_code_that_is_bound_to_a_key_needs_that_key() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (key, other) = (ProofKey::new(), ProofKey::new());
        let client = issuer.client_named("Bound", &[REDIRECT_URI]).await;
        issuer.account("alex").await;
        let mut person = issuer.signed_in_person("alex").await;
        let jkt = key.thumbprint();
        let shown = person
            .visit(&authorize(&client, REDIRECT_URI, &format!("&dpop_jkt={jkt}")))
            .await;
        let answered = person.decide(&shown, "allow").await;
        let code = answered.answer("code").unwrap();
        let form = code_form(&client, &code);
        assert_eq!(error(&post(&issuer, &form, &[]).await), (400, "invalid_grant"));
        assert_eq!(
            error(&post(&issuer, &form, &[&other.for_token(&issuer, "2")]).await),
            (400, "invalid_grant")
        );
        let (status, tokens) = post(&issuer, &form, &[&key.for_token(&issuer, "3")]).await;
        assert_eq!(status, 200, "{tokens}");
    }
}

#[actix_web::test]
async fn a_client_may_register_for_nothing_but_bound_tokens() {
    let issuer = TestIssuer::start().await;
    let body = json!({"redirect_uris": [REDIRECT_URI], "dpop_bound_access_tokens": true});
    let registered = issuer
        .request("POST", "/oauth/register")
        .json(&body)
        .send()
        .await
        .unwrap();
    let status = registered.status().as_u16();
    let registered: Value = registered.json().await.unwrap();
    assert_eq!((status, &registered["dpop_bound_access_tokens"]), (201, &json!(true)));
    let (user, client) = (issuer.user().await, text(&registered, "client_id").to_owned());
    let code = issuer.code_for(&client, &user, "food:read").await;
    assert_eq!(
        error(&post(&issuer, &code.form(), &[]).await),
        (400, "invalid_dpop_proof")
    );
    let proof = ProofKey::new().for_token(&issuer, "1");
    assert_eq!(post(&issuer, &code.form(), &[&proof]).await.0, 200);
}

#[actix_web::test]
async fn a_nonce_is_asked_for_when_the_settings_say_so() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[("ISSUER_DPOP_NONCE", "on")]).await;
    let key = ProofKey::new();
    let (user, client) = (issuer.user().await, issuer.client().await);
    let code = issuer.code_for(&client, &user, "food:read").await;
    let url = format!("{}/oauth/token", issuer.url);
    let without = issuer.request("POST", "/oauth/token").form(&code.form());
    let refused = without
        .header("dpop", key.for_token(&issuer, "1"))
        .send()
        .await
        .unwrap();
    let nonce = refused
        .headers()
        .get("dpop-nonce")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(error(&read(refused).await), (400, "use_dpop_nonce"));
    let with = |nonce: &str, jti: &str| {
        key.proof(&json!({"jti": jti, "htm": "POST", "htu": url, "iat": issuer.clock.now(), "nonce": nonce}))
    };
    assert_eq!(
        error(&post(&issuer, &code.form(), &[&with("made up", "2")]).await),
        (400, "use_dpop_nonce")
    );
    assert_eq!(post(&issuer, &code.form(), &[&with(&nonce, "3")]).await.0, 200);
    issuer.advance(301);
    let (client, tokens) = issuer.signed_in().await;
    let form = refresh_form(&client, text(&tokens, "refresh_token"));
    assert_eq!(
        error(&post(&issuer, &form, &[&with(&nonce, "4")]).await),
        (400, "use_dpop_nonce")
    );
}

#[actix_web::test]
async fn userinfo_takes_a_bound_token_with_its_proof_alone() {
    let issuer = TestIssuer::start().await;
    let (key, other) = (ProofKey::new(), ProofKey::new());
    let (user, client) = (issuer.user().await, issuer.client().await);
    let code = issuer.code_for(&client, &user, "openid").await;
    let (_, tokens) = post(&issuer, &code.form(), &[&key.for_token(&issuer, "1")]).await;
    let token = text(&tokens, "access_token");
    let url = format!("{}/oauth/userinfo", issuer.url);
    let proof = |key: &ProofKey, jti: &str, token: &str| {
        key.proof(&json!({"jti": jti, "htm": "GET", "htu": url, "iat": BEGIN, "ath": shared::dpop::ath(token)}))
    };
    let ask = async |scheme: &str, proof: &str| {
        let request = issuer
            .request("GET", "/oauth/userinfo")
            .header("authorization", format!("{scheme} {token}"));
        read(request.header("dpop", proof).send().await.unwrap()).await.0
    };
    assert_eq!(ask("DPoP", &proof(&key, "a", token)).await, 200);
    assert_eq!(ask("DPoP", &proof(&key, "a", token)).await, 401, "used before");
    assert_eq!(ask("Bearer", &proof(&key, "b", token)).await, 401);
    assert_eq!(ask("DPoP", &proof(&other, "c", token)).await, 401);
    assert_eq!(ask("DPoP", &proof(&key, "d", "another")).await, 401);
    let plain = issuer.request("GET", "/oauth/userinfo").bearer_auth(token);
    assert_eq!(read(plain.send().await.unwrap()).await.0, 401);
}

/// RFC 9449 sections 7.1 and 9: a client looks for the nonce, and for what is wrong, in a challenge.
#[actix_web::test]
async fn userinfo_says_in_a_challenge_what_is_wrong_with_a_proof() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[("ISSUER_DPOP_NONCE", "on")]).await;
    let key = ProofKey::new();
    let (user, client) = (issuer.user().await, issuer.client().await);
    let code = issuer.code_for(&client, &user, "openid").await;
    let url = |path: &str| format!("{}{path}", issuer.url);
    let of_token = json!({"jti": "0", "htm": "POST", "htu": url("/oauth/token"), "iat": BEGIN});
    let refused = issuer.request("POST", "/oauth/token").form(&code.form());
    let refused = refused.header("dpop", key.proof(&of_token)).send().await.unwrap();
    let nonce = refused.headers()["dpop-nonce"].to_str().unwrap().to_owned();
    let with = |mut claims: Value, jti: &str, nonce: &str| {
        claims["nonce"] = json!(nonce);
        claims["jti"] = json!(jti);
        key.proof(&claims)
    };
    let (_, tokens) = post(&issuer, &code.form(), &[&with(of_token, "1", &nonce)]).await;
    let token = text(&tokens, "access_token");
    let of_userinfo =
        json!({"htm": "GET", "htu": url("/oauth/userinfo"), "iat": BEGIN, "ath": shared::dpop::ath(token)});
    let ask = async |proof: &str| {
        let request = issuer.request("GET", "/oauth/userinfo").header("dpop", proof);
        let request = request.header("authorization", format!("DPoP {token}"));
        let answer = request.send().await.unwrap();
        let challenges = answer.headers().get_all("www-authenticate").iter();
        let challenges: Vec<_> = challenges.map(|value| value.to_str().unwrap().to_owned()).collect();
        let nonce = answer
            .headers()
            .get("dpop-nonce")
            .map(|nonce| nonce.to_str().unwrap().to_owned());
        (answer.status().as_u16(), challenges.join(", "), nonce)
    };
    let (status, challenge, told) = ask(&with(of_userinfo.clone(), "2", "made up")).await;
    assert!(
        status == 401 && challenge.starts_with("DPoP error=\"use_dpop_nonce\", algs=\""),
        "{status} {challenge}"
    );
    assert_eq!(told.as_ref(), Some(&nonce));
    let (status, challenge, told) = ask(&with(of_userinfo.clone(), "3", &nonce)).await;
    assert_eq!((status, challenge.as_str(), told), (200, "", Some(nonce.clone())));
    let (status, challenge, _) = ask(&with(of_userinfo, "3", &nonce)).await;
    assert!(
        status == 401 && challenge.starts_with("DPoP error=\"invalid_dpop_proof\", "),
        "{status} {challenge}"
    );
    let nothing = issuer.request("GET", "/oauth/userinfo").send().await.unwrap();
    let challenges = nothing
        .headers()
        .get_all("www-authenticate")
        .iter()
        .map(|value| value.to_str().unwrap());
    let challenges: Vec<_> = challenges.collect();
    assert!(
        challenges[0].starts_with("Bearer ") && challenges[1].starts_with("DPoP algs="),
        "{challenges:?}"
    );
}
