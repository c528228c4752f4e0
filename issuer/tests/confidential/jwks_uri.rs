//! `jwks_uri` (RFC 7591 section 2): keys that a client may change, from a real server.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::command_line::{client, complains};
use super::register;
use crate::support::database::TestDatabase;
use crate::support::documents::{DocumentServer, LOOPBACK, Served};
use crate::support::signer::{Signer, new_key, passed, send};
use crate::support::{REDIRECT_URI, TestIssuer, error, text};

const FRESH: &[(&str, &str)] = &[("cache-control", "max-age=3600")];

fn publish(server: &DocumentServer, keys: &[&Value]) {
    server.serve("/jwks", Served::json(&json!({"keys": keys}), FRESH));
}

/// An issuer that fetches from this computer, a server of keys, and a client whose key `k1` is there.
async fn scene(database: TestDatabase) -> (TestIssuer, DocumentServer, Signer, Value) {
    let issuer = TestIssuer::with(database, &[LOOPBACK]).await;
    let server = DocumentServer::start();
    let (mut signer, jwk) = Signer::with_key("", "k1");
    publish(&server, &[&jwk]);
    let jwks_uri = format!("{}/jwks", server.url);
    let metadata = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": jwks_uri});
    let answer = register(&issuer, metadata).await;
    assert_eq!(
        (text(&answer, "jwks_uri"), answer.get("jwks")),
        (jwks_uri.as_str(), None)
    );
    text(&answer, "client_id").clone_into(&mut signer.client_id);
    (issuer, server, signer, jwk)
}

#[actix_web::test]
async fn keys_at_an_address_are_fetched_once_and_used_while_they_are_fresh() {
    for database in TestDatabase::each() {
        let (issuer, server, signer, _) = scene(database).await;
        assert_eq!(server.asked("/jwks"), 0, "registering fetches nothing");
        for n in 0..20 {
            assert!(passed(
                &send(&issuer, &signer.signed_with(&issuer, "k1", &n.to_string())).await
            ));
        }
        assert_eq!(server.asked("/jwks"), 1);
        issuer.advance(3600);
        assert!(passed(
            &send(&issuer, &signer.signed_with(&issuer, "k1", "later")).await
        ));
        assert_eq!(server.asked("/jwks"), 2);
    }
}

#[actix_web::test]
async fn a_new_key_is_found_by_one_fetch_for_all_who_wait() {
    let (issuer, server, signer, jwk) = scene(TestDatabase::of_this_run()).await;
    assert!(passed(&send(&issuer, &signer.signed_with(&issuer, "k1", "0")).await));
    let (new, new_jwk) = Signer::with_key(&signer.client_id, "k2");
    publish(&server, &[&jwk, &new_jwk]);
    issuer.advance(30);
    let assertions: Vec<_> = (1..=20)
        .map(|n| new.signed_with(&issuer, "k2", &n.to_string()))
        .collect();
    let answers = join_all(assertions.iter().map(|assertion| send(&issuer, assertion))).await;
    assert!(answers.iter().all(passed), "{answers:?}");
    assert_eq!(server.asked("/jwks"), 2);

    publish(&server, &[&new_jwk]);
    issuer.advance(3600);
    assert!(passed(&send(&issuer, &new.signed_with(&issuer, "k2", "a")).await));
    let withdrawn = send(&issuer, &signer.signed_with(&issuer, "k1", "b")).await;
    assert_eq!(error(&withdrawn), (401, "invalid_client"), "a key that was taken away");
}

#[actix_web::test]
async fn keys_that_are_made_up_are_no_hammer() {
    let (issuer, server, signer, _) = scene(TestDatabase::of_this_run()).await;
    assert!(passed(&send(&issuer, &signer.signed_with(&issuer, "k1", "0")).await));
    let (stranger, _) = Signer::with_key(&signer.client_id, "x");
    for n in 0..200 {
        let forged = stranger.signed_with(&issuer, &format!("k{n}"), "s");
        assert_eq!(error(&send(&issuer, &forged).await), (401, "invalid_client"));
    }
    assert_eq!(server.asked("/jwks"), 1, "the first fetch was just now");
    for _ in 0..10 {
        issuer.advance(30);
        for kid in ["x", "y", "z"] {
            send(&issuer, &stranger.signed_with(&issuer, kid, "s")).await;
        }
    }
    assert_eq!(server.asked("/jwks"), 11);
    assert!(passed(&send(&issuer, &signer.signed_with(&issuer, "k1", "1")).await));
}

#[actix_web::test]
async fn the_last_good_keys_serve_for_a_day_while_there_are_no_others() {
    let (issuer, server, signer, jwk) = scene(TestDatabase::of_this_run()).await;
    assert!(passed(&send(&issuer, &signer.signed_with(&issuer, "k1", "0")).await));
    let mut private = jwk.clone();
    private["d"] = json!("AA");
    let broken = [
        Served::status(500),
        Served::status(404),
        Served::json(&json!({"keys": []}), FRESH),
        Served::json(&json!({"keys": [private]}), FRESH),
        Served::json(&json!([]), FRESH),
        Served {
            headers: vec![("location", format!("{}/elsewhere", server.url))],
            ..Served::status(302)
        },
        Served {
            body: format!("{}{}", " ".repeat(70_000), json!({"keys": [jwk]})),
            ..Served::json(&json!({}), FRESH)
        },
    ];
    for (n, served) in broken.into_iter().enumerate() {
        server.serve("/jwks", served);
        issuer.advance(3600);
        let asked = server.asked("/jwks");
        let answer = send(&issuer, &signer.signed_with(&issuer, "k1", &format!("b{n}"))).await;
        assert!(passed(&answer), "{n}: {answer:?}");
        assert_eq!(server.asked("/jwks"), asked + 1, "{n}");
    }
    assert_eq!(server.asked("/elsewhere"), 0, "no redirect is followed");
    issuer.advance(86_400);
    let answer = send(&issuer, &signer.signed_with(&issuer, "k1", "z")).await;
    assert_eq!(error(&answer), (401, "invalid_client"));
}

#[actix_web::test]
async fn an_address_that_may_not_be_asked_is_not_registered() {
    let (_, jwk) = new_key("k1");
    let post = async |issuer: &TestIssuer, keys: Value| {
        let mut body = json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "private_key_jwt"});
        body.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        let answer = issuer
            .request("POST", "/oauth/register")
            .json(&body)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let issuer = TestIssuer::start().await;
    for bad in [
        json!({"jwks_uri": "http://client.example/jwks"}),
        json!({"jwks_uri": "https://127.0.0.1/jwks"}),
        json!({"jwks_uri": "http://localhost:1/jwks"}),
        json!({"jwks_uri": "https://intranet/jwks"}),
        json!({"jwks_uri": "https://user@client.example/jwks"}),
        json!({"jwks_uri": "file:///etc/passwd"}),
        json!({"jwks_uri": "https://client.example/jwks", "jwks": {"keys": [jwk]}}),
        json!({}),
    ] {
        let answer = post(&issuer, bad.clone()).await;
        assert_eq!(error(&answer), (400, "invalid_client_metadata"), "{bad}");
    }
    let good = json!({"jwks_uri": "https://client.example/jwks"});
    assert_eq!(post(&issuer, good.clone()).await.0, 201);
    let closed = TestIssuer::with(TestDatabase::of_this_run(), &[("ISSUER_CIMD", "off")]).await;
    let answer = post(&closed, good).await;
    assert_eq!(
        error(&answer),
        (400, "invalid_client_metadata"),
        "nothing is fetched there"
    );
}

#[actix_web::test]
async fn a_service_is_added_with_the_address_of_its_keys() {
    let issuer = TestIssuer::start().await;
    let add = ["add", "Nightly", "--scope", "food:read", "--method", "private_key_jwt"];
    let at = |url: &'static str| [&add[..], &["--jwks-uri", url]].concat();
    assert!(complains(&issuer, &at("http://client.example/jwks")).contains("jwks_uri"));
    let added = client(&issuer, &at("https://client.example/jwks"));
    assert_eq!(text(&added[0], "jwks_uri"), "https://client.example/jwks");
    assert!(added[0].get("client_secret").is_none() && added[0].get("jwks").is_none());
}
