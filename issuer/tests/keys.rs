//! Keys over the life of an issuer: RFC 7517 section 5, RFC 9068 section 4.

use std::fs;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use futures_util::future::join_all;
use issuer::config::SigningAlgorithm;
use issuer::keys::Keys;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};
use shared::clock::Clock;

use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::program::{complaint, free_address, run};
use crate::support::{TestIssuer, client, error, text};

/// One identifier, wherever the issuer listens after a restart.
const PUBLIC_URL: (&str, &str) = ("ISSUER_PUBLIC_URL", "https://id.example.com");

async fn jwks(url: &str) -> JwkSet {
    let answer = client().get(format!("{url}/.well-known/jwks.json")).send().await;
    answer.unwrap().json().await.unwrap()
}

/// The header of a token that verifies with the published key that it names, as a resource server checks it.
async fn header_of(issuer: &TestIssuer, tokens: &Value) -> jsonwebtoken::Header {
    let token = text(tokens, "access_token");
    let header = jsonwebtoken::decode_header(token).unwrap();
    let jwks = jwks(&issuer.url).await;
    let jwk = jwks.find(header.kid.as_deref().unwrap()).unwrap();
    let algorithm = jwk.common.key_algorithm.unwrap().to_string().parse().unwrap();
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_jwk(jwk).unwrap();
    jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap();
    header
}

async fn userinfo(issuer: &TestIssuer, tokens: &Value) -> u16 {
    let request = issuer.request("GET", "/oauth/userinfo");
    let request = request.bearer_auth(text(tokens, "access_token"));
    request.send().await.unwrap().status().as_u16()
}

/// The only signing key in a folder.
fn pem_in(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut pem: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|e| e == "pem"))
        .collect();
    assert_eq!(pem.len(), 1);
    pem.remove(0)
}

/// A new key in this file, made as the issuer makes its own.
fn write_new_key(file: &Path, algorithm: SigningAlgorithm) {
    let elsewhere = tempfile::tempdir().unwrap();
    Keys::open(elsewhere.path(), algorithm, &Clock::fixed(0)).unwrap();
    fs::copy(pem_in(elsewhere.path()), file).unwrap();
}

#[actix_web::test]
async fn tokens_of_every_algorithm_verify_with_what_is_published() {
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let settings = [("ISSUER_SIGNING_ALGORITHM", algorithm)];
        let issuer = TestIssuer::with(TestDatabase::of_this_run(), &settings).await;
        let (_, tokens) = issuer.signed_in().await;
        assert!(
            text(&tokens, "access_token").len() < 1500,
            "clients keep it in small stores"
        );
        assert_eq!(format!("{:?}", header_of(&issuer, &tokens).await.alg), algorithm);
        assert_eq!(jwks(&issuer.url).await.keys.len(), 1);
    }
}

#[actix_web::test]
async fn a_new_key_signs_the_old_one_still_verifies_and_when_it_is_gone_its_tokens_end() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[PUBLIC_URL]).await;
    let client_id = issuer.client().await;
    let code = issuer.code_for(&client_id, &issuer.user().await, "openid").await;
    let (_, old) = issuer.exchange(&code).await;
    let first = pem_in(&issuer.keys_dir());
    assert_eq!(first.file_name().unwrap(), "signing-20260101T000000Z-ES256.pem");

    write_new_key(
        &issuer.keys_dir().join("signing-20260101T000001Z.pem"),
        SigningAlgorithm::EdDSA,
    );
    let issuer = issuer.restart().await;
    issuer.advance(1);
    assert_eq!(jwks(&issuer.url).await.keys.len(), 2);
    assert_eq!(userinfo(&issuer, &old).await, 200);
    let (_, new) = issuer.refresh(&client_id, text(&old, "refresh_token")).await;
    let (before, after) = (header_of(&issuer, &old).await, header_of(&issuer, &new).await);
    assert_eq!(after.alg, jsonwebtoken::Algorithm::EdDSA);
    assert_ne!(before.kid, after.kid);

    fs::remove_file(first).unwrap();
    let issuer = issuer.restart().await;
    assert_eq!(
        (userinfo(&issuer, &old).await, userinfo(&issuer, &new).await),
        (401, 200)
    );
    let refreshed = issuer.refresh(&client_id, text(&new, "refresh_token")).await;
    assert_eq!(refreshed.0, 200, "refresh tokens do not depend on signing keys");
}

#[actix_web::test]
async fn with_another_mac_key_or_none_it_does_not_start_until_somebody_accepts_that() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[PUBLIC_URL]).await;
        let (client_id, tokens) = issuer.signed_in().await;
        let (file, elsewhere) = (issuer.keys_dir().join("mac.key"), issuer.keys_dir().join("moved"));
        let issuer = issuer.stop().await;
        fs::rename(&file, &elsewhere).unwrap();
        let line = complaint(&issuer.run_with(&["serve", "--listen", &free_address()], ""));
        assert!(
            line.contains("mac.key is missing") && line.contains("issuer key accept-mac"),
            "{line}"
        );
        assert!(!file.exists(), "none is made, so the right one can come back");
        fs::write(&file, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap();
        let line = complaint(&issuer.run_with(&["serve", "--listen", &free_address()], ""));
        assert!(line.contains("is not the one"), "{line}");

        fs::copy(&elsewhere, &file).unwrap();
        assert_eq!(issuer.command_json(&["key", "accept-mac"]), json!({"accepted": false}));
        let issuer = issuer.restart().await;
        let (status, tokens) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(status, 200, "the right key came back, and nothing was lost");

        let issuer = issuer.stop().await;
        fs::remove_file(&file).unwrap();
        assert_eq!(issuer.command_json(&["key", "accept-mac"]), json!({"accepted": true}));
        let issuer = issuer.restart().await;
        let refused = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(error(&refused), (400, "invalid_grant"));
        let code = issuer.code(&client_id).await;
        assert_eq!(issuer.exchange(&code).await.0, 200, "the client is still known");
        let accepted = issuer
            .audit_log()
            .await
            .into_iter()
            .filter(|entry| entry.kind == "mac_key_accepted");
        assert_eq!(accepted.count(), 1);
    }
}

#[actix_web::test]
async fn four_processes_that_start_at_once_on_an_empty_folder_have_the_same_keys() {
    let issuer = TestIssuer::start().await.stop().await;
    fs::remove_dir_all(issuer.keys_dir()).unwrap();
    issuer.database.execute("DELETE FROM key_checks", &[]).await;
    let log = || tempfile::tempfile().unwrap();
    let processes = join_all((0..4).map(|_| Process::start(&issuer, &[], log()))).await;
    let sets = join_all(processes.iter().map(|process| jwks(&process.url))).await;
    assert_eq!(sets[0].keys.len(), 1);
    assert!(sets.iter().all(|set| set == &sets[0]), "{sets:#?}");
    pem_in(&issuer.keys_dir());
}

#[actix_web::test]
async fn a_setting_that_the_newest_key_does_not_follow_is_told() {
    let issuer = TestIssuer::start().await.stop().await;
    for (algorithm, told) in [("EdDSA", true), ("ES256", false)] {
        let mut log = tempfile::tempfile().unwrap();
        let settings = [("ISSUER_SIGNING_ALGORITHM", algorithm)];
        drop(Process::start(&issuer, &settings, log.try_clone().unwrap()).await);
        let mut lines = String::new();
        log.rewind().unwrap();
        log.read_to_string(&mut lines).unwrap();
        assert_eq!(lines.contains("tokens are signed with ES256"), told, "{lines}");
    }
}

#[test]
fn a_damaged_key_among_good_ones_stops_the_start_and_is_named() {
    let cases = [
        ("mac.key", "c2hvcnQ="),
        ("mac.key", ""),
        (
            "an-old-one.pem",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ),
        ("an-old-one.pem", "\u{0}"),
        (
            "certificate.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ),
    ];
    for (file, content) in cases {
        let folder = tempfile::tempdir().unwrap();
        Keys::open(folder.path(), SigningAlgorithm::ES256, &Clock::fixed(0)).unwrap();
        fs::write(folder.path().join(file), content).unwrap();
        let keys_dir = folder.path().display().to_string();
        let settings = [("ISSUER_LISTEN", &*free_address()), ("ISSUER_KEYS_DIR", &keys_dir)];
        let line = complaint(&run(&["serve"], &settings));
        for word in [file, "damaged", "restore it from a backup"] {
            assert!(line.contains(word), "{line}");
        }
    }
}
