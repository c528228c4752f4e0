//! The client credentials grant: RFC 6749 section 4.4, and the MCP extension `oauth-client-credentials`.

use issuer::keys::Keys;
use serde_json::json;
use shared::audience::Audience;
use shared::claims::{AccessTokenClaims, TYP};

use super::command_line::{client, client_with, complains};
use super::{Confidential, confidential, register};
use crate::support::database::TestDatabase;
use crate::support::{OTHER_RESOURCE, REDIRECT_URI, RESOURCE, TestIssuer, error, text};

const TOKEN: &str = "/oauth/token";
const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// A client that may have this scope by itself.
fn service(issuer: &TestIssuer, scope: &str) -> Confidential {
    Confidential::of(&client(issuer, &["add", "Nightly", "--scope", scope]))
}

/// One that may have it at these resources.
pub fn service_at(issuer: &TestIssuer, scope: &str, at: &[&str]) -> Confidential {
    let at = at.iter().flat_map(|resource| ["--scope-at", *resource]);
    let add: Vec<_> = ["add", "Nightly", "--scope", scope].into_iter().chain(at).collect();
    let resources = format!("{RESOURCE},{OTHER_RESOURCE}");
    Confidential::of(&client_with(issuer, &add, &[("ISSUER_RESOURCES", &resources)]))
}

/// What a token says; the signature is ours.
fn claims(issuer: &TestIssuer, token: &str) -> AccessTokenClaims {
    let keys: &Keys = &issuer.app.keys;
    keys.signing.verify(TYP, token).unwrap()
}

#[actix_web::test]
async fn a_service_gets_an_access_token_for_itself_and_no_refresh_token() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let service = service_at(&issuer, "food:read food:write", &[RESOURCE, OTHER_RESOURCE]);
        let (status, body) = service
            .post(&issuer, TOKEN, &[GRANT, ("resource", OTHER_RESOURCE)])
            .await;
        assert_eq!(status, 200, "{body}");
        assert!(
            body.get("refresh_token").is_none() && body.get("id_token").is_none(),
            "{body}"
        );
        assert_eq!(
            (text(&body, "token_type"), text(&body, "scope")),
            ("Bearer", "food:read food:write")
        );
        let claims = claims(&issuer, text(&body, "access_token"));
        assert_eq!(
            (&claims.sub, &claims.client_id),
            (&service.client_id, &service.client_id)
        );
        assert_eq!(
            (claims.aud, claims.exp - claims.iat),
            (Audience::one(OTHER_RESOURCE), 3600)
        );
        assert_eq!(body["expires_in"], 3600);
        let (_, body) = service.basic(&issuer, TOKEN, &[GRANT]).await;
        assert_eq!(
            self::claims(&issuer, text(&body, "access_token")).aud,
            Audience::one(RESOURCE),
            "the default"
        );
    }
}

/// Both resources of the tests have the same scopes, and one may be somebody else's.
#[actix_web::test]
async fn a_scope_counts_only_at_the_resources_that_it_was_given_for() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (first, other) = (
            service(&issuer, "food:read"),
            service_at(&issuer, "food:read", &[OTHER_RESOURCE]),
        );
        for (service, own, foreign) in [(&first, RESOURCE, OTHER_RESOURCE), (&other, OTHER_RESOURCE, RESOURCE)] {
            for asked in [&[GRANT][..], &[GRANT, ("resource", own)]] {
                let (status, body) = service.basic(&issuer, TOKEN, asked).await;
                assert_eq!(status, 200, "{body}");
                assert_eq!(claims(&issuer, text(&body, "access_token")).aud, Audience::one(own));
            }
            let answer = service.basic(&issuer, TOKEN, &[GRANT, ("resource", foreign)]).await;
            assert_eq!(error(&answer), (400, "invalid_target"));
            assert!(text(&answer.1, "error_description").ends_with(own), "{answer:?}");
        }
        issuer
            .database
            .execute("UPDATE service_clients SET scope_at = 'https://gone.example/'", &[])
            .await;
        assert_eq!(
            error(&other.basic(&issuer, TOKEN, &[GRANT]).await),
            (400, "invalid_target")
        );
    }
}

#[actix_web::test]
async fn its_scope_is_what_it_was_allowed_and_not_more() {
    let issuer = TestIssuer::start().await;
    let reader = service(&issuer, "food:read");
    for (asked, granted) in [
        ("", "food:read"),
        ("food:read", "food:read"),
        ("food:write food:read", "food:read"),
        ("openid food:read unknown", "food:read"),
    ] {
        let (status, body) = reader.basic(&issuer, TOKEN, &[GRANT, ("scope", asked)]).await;
        assert_eq!((status, text(&body, "scope")), (200, granted), "{asked}");
    }
    for asked in ["food:write", "openid", "\"", "unknown"] {
        let answer = reader.basic(&issuer, TOKEN, &[GRANT, ("scope", asked)]).await;
        assert_eq!(error(&answer), (400, "invalid_scope"), "{asked}");
    }
    let nowhere = [GRANT, ("resource", "https://elsewhere.example/")];
    assert_eq!(
        error(&reader.basic(&issuer, TOKEN, &nowhere).await),
        (400, "invalid_target")
    );
}

#[actix_web::test]
async fn nobody_gets_it_by_registering_or_without_a_secret() {
    let issuer = TestIssuer::start().await;
    let public = issuer.client().await;
    let answer = issuer.post_token(&[GRANT, ("client_id", &public)]).await;
    assert_eq!(error(&answer), (400, "unauthorized_client"));
    let wish = json!({"token_endpoint_auth_method": "client_secret_basic", "scope": "food:read",
        "grant_types": ["authorization_code", "client_credentials"]});
    let registered = register(&issuer, wish).await;
    assert_eq!(registered["grant_types"], json!(["authorization_code"]));
    let registered = Confidential::of(&[registered]);
    assert_eq!(
        error(&registered.basic(&issuer, TOKEN, &[GRANT]).await),
        (400, "unauthorized_client")
    );
    let other = confidential(&issuer, "client_secret_post").await;
    assert_eq!(
        error(&other.post(&issuer, TOKEN, &[GRANT]).await),
        (400, "unauthorized_client")
    );

    let service = service(&issuer, "food:read");
    let without = issuer.post_token(&[GRANT, ("client_id", &service.client_id)]).await;
    assert_eq!(error(&without), (401, "invalid_client"));
}

#[actix_web::test]
async fn a_service_without_a_redirect_uri_sends_nobody_anywhere() {
    let issuer = TestIssuer::start().await;
    let service = service(&issuer, "food:read");
    let path = format!(
        "/oauth/authorize?response_type=code&client_id={}&redirect_uri={REDIRECT_URI}",
        service.client_id
    );
    let answer = issuer.request("GET", &path).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.headers().get("location").is_none());
    let code = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("code_verifier", "x"),
    ];
    assert_eq!(
        error(&service.basic(&issuer, TOKEN, &code).await),
        (400, "unauthorized_client")
    );
}

#[actix_web::test]
async fn the_command_line_refuses_scopes_of_people_and_services_without_a_secret() {
    let issuer = TestIssuer::start().await;
    for scope in ["openid", "food:read profile", "offline_access", "unknown", "", "\""] {
        let told = complains(&issuer, &["add", "A", "--scope", scope]);
        assert!(told.contains("--scope"), "{told}");
    }
    let nowhere = [
        "add",
        "A",
        "--scope",
        "food:read",
        "--scope-at",
        "https://elsewhere.example/",
    ];
    assert!(complains(&issuer, &nowhere).contains("--scope-at https://elsewhere.example/ is none of"));
    let told = complains(&issuer, &["add", "A", "--scope", "food:read", "--method", "none"]);
    assert!(told.contains("must authenticate"), "{told}");
    let both = client(
        &issuer,
        &["add", "A", "--scope", "food:read", "--redirect-uri", REDIRECT_URI],
    );
    assert_eq!(
        both[0]["grant_types"],
        json!(["authorization_code", "refresh_token", "client_credentials"])
    );
    let both = Confidential::of(&both);
    assert_eq!(both.basic(&issuer, TOKEN, &[GRANT]).await.0, 200);
    both.tokens(&issuer).await;
}

#[actix_web::test]
async fn a_token_of_a_service_says_nobody_at_userinfo() {
    let issuer = TestIssuer::start().await;
    let (_, body) = service(&issuer, "food:read").basic(&issuer, TOKEN, &[GRANT]).await;
    let userinfo = issuer
        .request("GET", "/oauth/userinfo")
        .bearer_auth(text(&body, "access_token"));
    assert!(userinfo.send().await.unwrap().status().is_client_error());
}
