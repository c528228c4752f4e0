//! No secret is left behind: RFC 9700 sections 4.2 and 4.3, RFC 6749 section 10.3.

use std::io::{Read, Seek};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::random;

use crate::dpop::ProofKey;
use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, Person, Shown, authorize};
use crate::support::process::Process;
use crate::support::signer::{Signer, TYPE};
use crate::support::{REDIRECT_URI, TestCode, TestIssuer, client, read, refresh_form, text};

#[actix_web::test]
async fn neither_the_log_nor_the_database_holds_a_secret() {
    let issuer = TestIssuer::now(TestDatabase::of_this_run()).await;
    let client_id = issuer.client().await;
    let code = issuer.code(&client_id).await;
    let replayed = issuer.code(&client_id).await;
    let issuer = issuer.stop().await;
    let mut log = tempfile::tempfile().unwrap();
    let process = Process::start(&issuer, &[("RUST_LOG", "trace")], log.try_clone().unwrap()).await;

    let planted = random::token().unwrap();
    let secrets = use_them(&process, &code, &replayed, &planted).await;
    drop(process);

    let mut written = Vec::new();
    log.rewind().unwrap();
    log.read_to_end(&mut written).unwrap();
    assert!(contains(&written, "refresh_reuse"), "the log is there");
    let stored = issuer.database.bytes().await;
    assert!(contains(&stored, &code.grant_id.to_string()), "the database is there");
    written.extend(stored);
    assert_eq!(secrets.len(), 11);
    for secret in secrets {
        assert!(!contains(&written, &secret), "{secret} was left behind");
    }
}

/// Everything the token endpoint can do with these codes, and every secret that was on the way.
async fn use_them(process: &Process, code: &TestCode, replayed: &TestCode, planted: &str) -> Vec<String> {
    let url = format!("{}/oauth/token", process.url);
    let post = async |form: &[(&str, &str)]| {
        let answer = client().post(&url).form(form).send().await.unwrap();
        read(answer).await
    };
    let (_, first) = post(&code.form()).await;
    let (_, second) = post(&refresh_form(&code.client_id, text(&first, "refresh_token"))).await;
    let (_, third) = post(&refresh_form(&code.client_id, text(&second, "refresh_token"))).await;
    let dead = post(&refresh_form(&code.client_id, text(&first, "refresh_token"))).await;
    assert_eq!(dead.0, 400);
    for _ in 0..2 {
        post(&replayed.form()).await;
    }
    for name in ["code", "code_verifier", "client_secret", "client_id", "resource"] {
        post(&[
            ("client_id", &code.client_id),
            ("grant_type", "authorization_code"),
            (name, planted),
        ])
        .await;
    }
    post(&refresh_form(&code.client_id, &format!("rt1_{planted}"))).await;
    let basic = client().post(&url).basic_auth(&code.client_id, Some(planted));
    basic.form(&code.form()).send().await.unwrap();

    let tokens = [&first, &second, &third];
    let access = tokens.map(|answer| signature(text(answer, "access_token")));
    let refresh = tokens.map(|answer| text(answer, "refresh_token").to_owned());
    let codes = [code, replayed].map(|code| [code.code.clone(), code.verifier.clone()]);
    let all = access.into_iter().chain(refresh).chain(codes.into_iter().flatten());
    all.chain([planted.to_owned()]).collect()
}

/// What must be nowhere, and what must not be in the log.
#[derive(Default)]
struct Planted {
    nowhere: Vec<String>,
    not_in_the_log: Vec<String>,
}

impl Planted {
    /// A new secret, noted.
    fn new_one(&mut self) -> String {
        let planted = random::token().unwrap();
        self.nowhere.push(planted.clone());
        planted
    }

    fn page(&mut self, page: &Shown) {
        self.nowhere.push(page.field("csrf"));
        self.nowhere.push(page.field("request"));
    }
}

/// Somebody who signs in, mistypes, allows, changes the password and goes away; gives the code.
async fn person(process: &Process, client_id: &str, planted: &mut Planted) -> String {
    let mut alex = Person::of(&process.url);
    let (state, nonce) = (random::token().unwrap(), random::token().unwrap());
    let link = authorize(client_id, REDIRECT_URI, &format!("&scope=openid&nonce={nonce}")).replace("st4te", &state);
    let page = alex.visit(&link).await;
    planted.page(&page);
    let wrong = planted.new_one();
    assert_eq!(alex.sign_in(&page, "alex", &wrong).await.status, 422);
    let answer = alex.sign_in(&page, "alex", PASSWORD).await;
    let page = alex.visit(&answer.location()).await;
    planted.page(&page);
    let allowed = alex.decide(&page, "allow").await;
    let (new, query) = (planted.new_one(), planted.new_one());
    let csrf = alex.visit(&format!("/account?password={query}")).await.field("csrf");
    let form = [
        ("csrf", csrf.as_str()),
        ("password", PASSWORD),
        ("new", &new),
        ("repeat", &new),
    ];
    planted.nowhere.extend(alex.cookies.values().cloned());
    assert_eq!(alex.post("/account/password", &form).await.status, 303);
    planted.nowhere.extend(alex.cookies.values().cloned());
    planted
        .nowhere
        .extend([PASSWORD.to_owned(), csrf, allowed.answer("code").unwrap()]);
    planted.not_in_the_log.extend([state, nonce]);
    allowed.answer("code").unwrap()
}

/// Clients of every kind, with what proves who they are; gives one that has a secret.
async fn clients(process: &Process, planted: &mut Planted) -> (String, String) {
    let url = |path: &str| format!("{}{path}", process.url);
    let register = async |metadata: Value| -> Value {
        let request = client().post(url("/oauth/register")).json(&metadata);
        request.send().await.unwrap().json().await.unwrap()
    };
    let told =
        register(json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "client_secret_basic"})).await;
    let (client_id, secret) = (
        text(&told, "client_id").to_owned(),
        text(&told, "client_secret").to_owned(),
    );
    let token = text(&told, "registration_access_token").to_owned();
    let managed = client()
        .get(url(&format!("/oauth/register/{client_id}")))
        .bearer_auth(&token);
    assert_eq!(managed.send().await.unwrap().status(), 200);
    let (mut signer, jwk) = Signer::with_key("", "k1");
    let told = register(json!({"redirect_uris": [REDIRECT_URI], "jwks": {"keys": [jwk]},
        "token_endpoint_auth_method": "private_key_jwt"}))
    .await;
    text(&told, "client_id").clone_into(&mut signer.client_id);
    let now = shared::clock::Clock::System.now();
    let jti = random::token().unwrap();
    let claims =
        json!({"iss": signer.client_id, "sub": signer.client_id, "aud": process.url, "exp": now + 300, "jti": jti});
    let assertion = signer.sign(&json!({"alg": "ES256", "kid": "k1"}), &claims);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    let answer = client().post(url("/oauth/token")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 400, "the client is known, and its token is none");
    for wrong in [planted.new_one(), planted.new_one()] {
        let request = client()
            .post(url("/oauth/introspect"))
            .basic_auth(&client_id, Some(&wrong));
        assert_eq!(
            request
                .form(&[("token", &planted.new_one())])
                .send()
                .await
                .unwrap()
                .status(),
            401
        );
    }
    planted.nowhere.push(STANDARD.encode(format!("{client_id}:{secret}")));
    planted
        .nowhere
        .extend([secret.clone(), token, signature(&assertion), jti]);
    (client_id, secret)
}

/// What becomes of the code: tokens bound to a key, refreshed, shown to who may see them, given back.
async fn tokens(process: &Process, client_id: &str, secret: &str, code: &str, planted: &mut Planted) {
    let url = |path: &str| format!("{}{path}", process.url);
    let key = ProofKey::new();
    let proof = |path: &str, planted: &mut Planted| {
        let now = shared::clock::Clock::System.now();
        let jti = planted.new_one();
        let proof = key.proof(&json!({"jti": jti, "htm": "POST", "htu": url(path), "iat": now}));
        planted.nowhere.push(signature(&proof));
        proof
    };
    let post = async |form: &[(&str, &str)], proof: String| {
        let request = client().post(url("/oauth/token")).basic_auth(client_id, Some(secret));
        let (status, body) = read(request.header("dpop", proof).form(form).send().await.unwrap()).await;
        assert_eq!(status, 200, "{body}");
        body
    };
    let verifier = crate::support::person::VERIFIER;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", verifier),
    ];
    let first = post(&form, proof("/oauth/token", planted)).await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&first, "refresh_token")),
    ];
    let second = post(&form, proof("/oauth/token", planted)).await;
    let hint = text(&second, "id_token");
    let left = format!("/oauth/end-session?id_token_hint={hint}&client_id={client_id}");
    client().get(url(&left)).send().await.unwrap();
    let bearer = client()
        .get(url("/oauth/userinfo"))
        .bearer_auth(text(&second, "access_token"));
    assert_eq!(bearer.send().await.unwrap().status(), 401, "it is bound");
    let form = [("token", text(&second, "refresh_token"))];
    let request = client()
        .post(url("/oauth/revoke"))
        .basic_auth(client_id, Some(secret))
        .form(&form);
    assert_eq!(request.send().await.unwrap().status(), 200);
    for answer in [&first, &second] {
        planted.nowhere.push(text(answer, "refresh_token").to_owned());
        planted.nowhere.push(signature(text(answer, "access_token")));
        planted.nowhere.push(signature(text(answer, "id_token")));
    }
}

/// threats.md B36, with everything that is secret on the way from the registration to signing out.
#[actix_web::test]
async fn a_whole_run_leaves_none_of_thirty_secrets() {
    let issuer = TestIssuer::now(TestDatabase::of_this_run()).await;
    let user_id = issuer.account("alex").await;
    let issuer = issuer.stop().await;
    let mut log = tempfile::tempfile().unwrap();
    let process = Process::start(&issuer, &[("RUST_LOG", "trace")], log.try_clone().unwrap()).await;
    let mut planted = Planted::default();
    let (client_id, secret) = clients(&process, &mut planted).await;
    let code = person(&process, &client_id, &mut planted).await;
    tokens(&process, &client_id, &secret, &code, &mut planted).await;
    let odd = "/oauth/authorize?client_id=odd%0a%1b[2J&response_type=code";
    let odd = client().get(format!("{}{odd}", process.url)).send().await.unwrap();
    let request_id = odd.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(odd.text().await.unwrap().contains(&request_id), "the page says it");
    drop(process);

    let mut lines = Vec::new();
    log.rewind().unwrap();
    log.read_to_end(&mut lines).unwrap();
    for there in [&user_id, "grant_revoked", &request_id] {
        assert!(contains(&lines, there), "{there} is not in the log");
    }
    assert!(
        lines.iter().all(|byte| *byte >= b' ' || *byte == b'\n'),
        "control characters are escaped"
    );
    let stored = issuer.database.bytes().await;
    assert!(contains(&stored, &user_id), "the database is there");
    planted.nowhere.sort_unstable();
    planted.nowhere.dedup();
    assert!(planted.nowhere.len() >= 30, "{}", planted.nowhere.len());
    for secret in &planted.nowhere {
        assert!(secret.len() >= 10, "{secret:?}");
        assert!(
            !contains(&lines, secret) && !contains(&stored, secret),
            "{secret} was left behind"
        );
    }
    for secret in &planted.not_in_the_log {
        assert!(!contains(&lines, secret), "{secret} is in the log");
    }
}

fn signature(jwt: &str) -> String {
    jwt.rsplit('.').next().unwrap().to_owned()
}

pub fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}
