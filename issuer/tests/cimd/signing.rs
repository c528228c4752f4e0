//! Documents of clients that sign (`private_key_jwt`): draft-ietf-oauth-client-id-metadata-document, "Client
//! Authentication".

use serde_json::{Value, json};

use super::{REDIRECT_URI, VERIFIER, WITH_PORT};
use crate::support::database::TestDatabase;
use crate::support::documents::{DocumentServer, LOOPBACK, Served};
use crate::support::person::{CHALLENGE, Person, authorize};
use crate::support::signer::{Signer, TYPE, passed, send};
use crate::support::{Answer, RESOURCE, TestIssuer, error, read, text};

/// Puts a document with these members besides at `/client`, fresh for a minute; its client identifier.
fn publish(server: &DocumentServer, members: &Value) -> String {
    let client_id = server.client_id("/client");
    let mut document = json!({"client_id": client_id, "client_name": "Signer", "redirect_uris": [REDIRECT_URI]});
    document
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    server.serve("/client", Served::json(&document, &[("cache-control", "max-age=60")]));
    client_id
}

async fn scene(database: TestDatabase) -> (TestIssuer, DocumentServer, Person) {
    let issuer = TestIssuer::with(database, &[LOOPBACK]).await;
    issuer.account("alex").await;
    let person = issuer.signed_in_person("alex").await;
    (issuer, DocumentServer::start(), person)
}

/// Allows the client in the browser; the code.
async fn code(person: &mut Person, client_id: &str) -> String {
    let page = person.visit(&authorize(client_id, WITH_PORT, "")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    person.decide(&page, "allow").await.answer("code").unwrap()
}

/// A token request with the assertion, or with only the `client_id`.
async fn token(issuer: &TestIssuer, client_id: &str, assertion: Option<&str>, grant: &[(&str, &str)]) -> Answer {
    let mut form = grant.to_vec();
    match assertion {
        Some(assertion) => form.extend([("client_assertion_type", TYPE), ("client_assertion", assertion)]),
        None => form.push(("client_id", client_id)),
    }
    issuer.post_token(&form).await
}

fn with_code(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", WITH_PORT),
    ]
}

fn with_refresh(token: &str) -> [(&str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

#[actix_web::test]
async fn a_document_that_offers_only_signing_makes_a_confidential_client() {
    for inline in [true, false] {
        for database in TestDatabase::each() {
            let (issuer, server, mut person) = scene(database).await;
            let (signer, jwk) = Signer::with_key(&server.client_id("/client"), "k1");
            let jwks = json!({"keys": [jwk]});
            server.serve("/jwks", Served::json(&jwks, &[]));
            let keys = if inline {
                json!({"jwks": jwks})
            } else {
                json!({"jwks_uri": server.client_id("/jwks")})
            };
            let mut members = json!({"token_endpoint_auth_method": "private_key_jwt"});
            members
                .as_object_mut()
                .unwrap()
                .extend(keys.as_object().unwrap().clone());
            let client_id = publish(&server, &members);
            let code = code(&mut person, &client_id).await;
            let refused = token(&issuer, &client_id, None, &with_code(&code)).await;
            assert_eq!(error(&refused), (401, "invalid_client"), "it must sign");
            let assertion = signer.signed_with(&issuer, "k1", "1");
            let (status, tokens) = token(&issuer, &client_id, Some(&assertion), &with_code(&code)).await;
            assert_eq!(status, 200, "{tokens}");
            let refresh_token = text(&tokens, "refresh_token");
            let refused = token(&issuer, &client_id, None, &with_refresh(refresh_token)).await;
            assert_eq!(error(&refused), (401, "invalid_client"));
            let again = token(&issuer, &client_id, Some(&assertion), &with_refresh(refresh_token)).await;
            assert_eq!(error(&again), (401, "invalid_client"), "an assertion counts once");
            let assertion = signer.signed_with(&issuer, "k1", "2");
            let (status, tokens) = token(&issuer, &client_id, Some(&assertion), &with_refresh(refresh_token)).await;
            assert_eq!(status, 200, "{tokens}");
        }
    }
}

#[actix_web::test]
async fn keys_are_those_of_the_document_as_it_is_now_and_the_last_ones_while_it_is_away() {
    let (issuer, server, mut person) = scene(TestDatabase::of_this_run()).await;
    let (old, old_jwk) = Signer::with_key(&server.client_id("/client"), "k1");
    let (new, new_jwk) = Signer::with_key(&server.client_id("/client"), "k2");
    let with = |jwk: &Value| json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk]}});
    let client_id = publish(&server, &with(&old_jwk));
    let code = code(&mut person, &client_id).await;
    let assertion = old.signed_with(&issuer, "k1", "1");
    assert_eq!(
        token(&issuer, &client_id, Some(&assertion), &with_code(&code)).await.0,
        200
    );

    publish(&server, &with(&new_jwk));
    issuer.advance(60);
    assert!(passed(&send(&issuer, &new.signed_with(&issuer, "k2", "2")).await));
    let withdrawn = send(&issuer, &old.signed_with(&issuer, "k1", "3")).await;
    assert_eq!(error(&withdrawn), (401, "invalid_client"), "a key that was taken away");

    server.serve("/client", Served::status(500));
    issuer.advance(60);
    assert!(
        passed(&send(&issuer, &new.signed_with(&issuer, "k2", "4")).await),
        "the last that were seen"
    );
    let issuer = issuer.restart().await;
    assert!(
        passed(&send(&issuer, &new.signed_with(&issuer, "k2", "5")).await),
        "also after a restart"
    );
    let withdrawn = send(&issuer, &old.signed_with(&issuer, "k1", "6")).await;
    assert_eq!(error(&withdrawn), (401, "invalid_client"));
    server.serve("/client", Served::status(404));
    issuer.advance(60);
    let gone = send(&issuer, &new.signed_with(&issuer, "k2", "7")).await;
    assert_eq!(
        error(&gone),
        (401, "invalid_client"),
        "there is no such client any more"
    );
}

#[actix_web::test]
async fn of_a_choice_the_client_may_sign_or_be_public() {
    let (issuer, server, mut person) = scene(TestDatabase::of_this_run()).await;
    let (signer, jwk) = Signer::with_key(&server.client_id("/client"), "k1");
    let client_id = publish(
        &server,
        &json!({"token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "none"], "jwks": {"keys": [jwk]}}),
    );
    let public = code(&mut person, &client_id).await;
    assert_eq!(token(&issuer, &client_id, None, &with_code(&public)).await.0, 200);
    let signed = code(&mut person, &client_id).await;
    let assertion = signer.signed_with(&issuer, "k1", "1");
    assert_eq!(
        token(&issuer, &client_id, Some(&assertion), &with_code(&signed))
            .await
            .0,
        200
    );
    let (stranger, _) = Signer::with_key(&client_id, "k1");
    let forged = send(&issuer, &stranger.signed_with(&issuer, "k1", "2")).await;
    assert_eq!(
        error(&forged),
        (401, "invalid_client"),
        "a signature is checked when there is one"
    );
}

#[actix_web::test]
async fn a_client_that_nobody_allowed_yet_pushes_its_first_request() {
    let (issuer, server, mut person) = scene(TestDatabase::of_this_run()).await;
    let (signer, jwk) = Signer::with_key(&server.client_id("/client"), "k1");
    let client_id = publish(
        &server,
        &json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk]}}),
    );
    let push = async |assertion: Option<&str>| {
        let mut form = vec![
            ("client_id", client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", WITH_PORT),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("resource", RESOURCE),
        ];
        if let Some(assertion) = assertion {
            form.extend([("client_assertion_type", TYPE), ("client_assertion", assertion)]);
        }
        read(issuer.request("POST", "/oauth/par").form(&form).send().await.unwrap()).await
    };
    assert_eq!(error(&push(None).await), (401, "invalid_client"));
    let (status, pushed) = push(Some(&signer.signed_with(&issuer, "k1", "1"))).await;
    assert_eq!(status, 201, "{pushed}");
    let request_uri = text(&pushed, "request_uri");
    let link = format!("/oauth/authorize?client_id={client_id}&request_uri={request_uri}");
    let page = person.visit(&link).await;
    let code = person.decide(&page, "allow").await.answer("code").unwrap();
    let assertion = signer.signed_with(&issuer, "k1", "2");
    assert_eq!(
        token(&issuer, &client_id, Some(&assertion), &with_code(&code)).await.0,
        200
    );

    server.serve("/gone", Served::status(404));
    let gone = issuer
        .request("POST", "/oauth/par")
        .form(&[("client_id", server.client_id("/gone"))]);
    let gone = read(gone.send().await.unwrap()).await;
    assert_eq!(error(&gone), (401, "invalid_client"));
    assert!(text(&gone.1, "error_description").contains("status 404"), "{}", gone.1);
}
