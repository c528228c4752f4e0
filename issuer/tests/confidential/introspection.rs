//! The introspection endpoint: RFC 7662, RFC 9701.

use issuer::introspection::{SignedIntrospection, TYP};
use issuer::store::audit::Actor;
use serde_json::{Value, json};

use super::command_line::{client_with, complains};
use super::service::service_at;
use super::{Confidential, confidential};
use crate::support::database::TestDatabase;
use crate::support::{OTHER_RESOURCE, RESOURCE, TestIssuer, error, text};

const PATH: &str = "/oauth/introspect";
const TOKEN: &str = "/oauth/token";
const SIGNED: &str = "application/token-introspection+jwt";

/// A resource server for this resource.
fn server(issuer: &TestIssuer, resource: &str) -> Confidential {
    Confidential::of(&added(issuer, &["add", "Server", "--resource", resource]))
}

fn added(issuer: &TestIssuer, arguments: &[&str]) -> Vec<Value> {
    let resources = format!("{RESOURCE},{OTHER_RESOURCE}");
    client_with(issuer, arguments, &[("ISSUER_RESOURCES", &resources)])
}

impl Confidential {
    /// What the introspection endpoint tells it.
    pub async fn introspect(&self, issuer: &TestIssuer, token: &str) -> Value {
        self.ask(issuer, &[("token", token)]).await
    }

    async fn introspect_refresh(&self, issuer: &TestIssuer, token: &str) -> Value {
        self.ask(issuer, &[("token", token), ("token_type_hint", "refresh_token")])
            .await
    }

    async fn ask(&self, issuer: &TestIssuer, form: &[(&str, &str)]) -> Value {
        let (status, body) = self.basic(issuer, PATH, form).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

fn inactive() -> Value {
    json!({"active": false})
}

#[actix_web::test]
async fn an_access_token_and_a_refresh_token_say_what_they_are() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, tokens) = issuer.signed_in().await;
        let server = server(&issuer, RESOURCE);
        let access = server.introspect(&issuer, text(&tokens, "access_token")).await;
        for (member, expected) in [
            ("active", json!(true)),
            ("client_id", json!(client_id)),
            ("scope", json!("food:read food:write")),
            ("aud", json!(RESOURCE)),
            ("iss", json!(issuer.url)),
            ("token_type", json!("Bearer")),
            ("exp", json!(issuer.clock.now() + 3600)),
            ("iat", json!(issuer.clock.now())),
        ] {
            assert_eq!(access[member], expected, "{member}: {access}");
        }
        let refresh = server.introspect_refresh(&issuer, text(&tokens, "refresh_token")).await;
        assert_eq!((&refresh["active"], &refresh["sub"]), (&json!(true), &access["sub"]));
        assert_eq!(
            (&refresh["scope"], &refresh["aud"]),
            (&access["scope"], &json!(RESOURCE))
        );
        assert!(
            refresh.get("token_type").is_none(),
            "it is no token to send to a resource: {refresh}"
        );
    }
}

/// A resource server that opens its door to whatever is active must not hear of it.
#[actix_web::test]
async fn a_refresh_token_is_active_only_for_who_asks_for_a_refresh_token() {
    let issuer = TestIssuer::start().await;
    let server = server(&issuer, RESOURCE);
    let (_, tokens) = issuer.signed_in().await;
    let refresh = text(&tokens, "refresh_token");
    assert_eq!(server.introspect(&issuer, refresh).await, inactive());
    let form = [("token", refresh), ("token_type_hint", "access_token")];
    assert_eq!(server.ask(&issuer, &form).await, inactive());
    assert_eq!(server.introspect_refresh(&issuer, refresh).await["active"], true);
    let access = text(&tokens, "access_token");
    assert_eq!(
        server.introspect_refresh(&issuer, access).await["active"],
        true,
        "a hint may be wrong (RFC 7662 section 2.1)"
    );
}

#[actix_web::test]
async fn whatever_is_of_no_use_is_inactive_and_nothing_else() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let server = server(&issuer, RESOURCE);
        let (client_id, tokens) = issuer.signed_in().await;
        let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
        let flipped = format!("{}A", &access[..access.len() - 1]);
        for token in [
            "x",
            "a.b.c",
            "rt1_",
            &flipped,
            &refresh[..refresh.len() - 1],
            &refresh.to_uppercase(),
        ] {
            if token != access {
                assert_eq!(server.introspect(&issuer, token).await, inactive(), "{token}");
            }
        }
        issuer.advance(3600);
        assert_eq!(server.introspect(&issuer, access).await, inactive(), "it has ended");
        let (_, next) = issuer.refresh(&client_id, refresh).await;
        let (access, refresh) = (text(&next, "access_token"), text(&next, "refresh_token"));
        assert_eq!(server.introspect(&issuer, access).await["active"], true);
        let form = [("client_id", client_id.as_str()), ("token", refresh)];
        issuer
            .request("POST", "/oauth/revoke")
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(
            server.introspect(&issuer, access).await,
            inactive(),
            "the grant is revoked"
        );
        assert_eq!(
            server.introspect_refresh(&issuer, refresh).await,
            inactive(),
            "the grant is revoked"
        );
    }
}

#[actix_web::test]
async fn a_refresh_token_is_active_as_long_as_a_refresh_with_it_would_succeed() {
    let issuer = TestIssuer::start().await;
    let server = server(&issuer, RESOURCE);
    let (client_id, tokens) = issuer.signed_in().await;
    let first = text(&tokens, "refresh_token").to_owned();
    let (_, second) = issuer.refresh(&client_id, &first).await;
    let second = text(&second, "refresh_token").to_owned();
    assert_eq!(
        server.introspect_refresh(&issuer, &first).await["active"],
        true,
        "a lost answer"
    );
    let (_, third) = issuer.refresh(&client_id, &second).await;
    assert_eq!(
        server.introspect_refresh(&issuer, &first).await,
        inactive(),
        "it would revoke the grant"
    );
    assert_eq!(
        server.introspect_refresh(&issuer, text(&third, "refresh_token")).await["active"],
        true
    );
}

/// Every client with every token: only a resource server sees anything, and only of its own resource.
#[actix_web::test]
async fn nobody_sees_a_token_of_another_resource() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (one, other) = (server(&issuer, RESOURCE), server(&issuer, OTHER_RESOURCE));
        let service = service_at(&issuer, "food:read", &[RESOURCE, OTHER_RESOURCE]);
        let (_, tokens) = issuer.signed_in().await;
        let mut of_one = vec![text(&tokens, "access_token").to_owned()];
        let refresh = text(&tokens, "refresh_token");
        assert_eq!(one.introspect_refresh(&issuer, refresh).await["active"], true);
        assert_eq!(other.introspect_refresh(&issuer, refresh).await, inactive());
        let grant = ("grant_type", "client_credentials");
        let (_, own) = service.basic(&issuer, TOKEN, &[grant, ("resource", RESOURCE)]).await;
        of_one.push(text(&own, "access_token").to_owned());
        let (_, own) = service
            .basic(&issuer, TOKEN, &[grant, ("resource", OTHER_RESOURCE)])
            .await;
        let of_other = text(&own, "access_token");
        for token in &of_one {
            assert_eq!(one.introspect(&issuer, token).await["active"], true);
            assert_eq!(other.introspect(&issuer, token).await, inactive());
        }
        assert_eq!(other.introspect(&issuer, of_other).await["active"], true);
        assert_eq!(one.introspect(&issuer, of_other).await, inactive());
        let confidential = confidential(&issuer, "client_secret_basic").await;
        for client in [&service, &confidential] {
            for token in of_one.iter().map(String::as_str).chain([of_other, "x"]) {
                let answer = client.basic(&issuer, PATH, &[("token", token)]).await;
                assert_eq!(error(&answer), (400, "unauthorized_client"));
            }
        }
    }
}

#[actix_web::test]
async fn who_asks_must_authenticate() {
    let issuer = TestIssuer::start().await;
    let (client_id, tokens) = issuer.signed_in().await;
    let server = server(&issuer, RESOURCE);
    let token = text(&tokens, "access_token");
    let wrong = Confidential {
        secret: "wrong".to_owned(),
        ..server.clone()
    };
    assert_eq!(
        error(&wrong.basic(&issuer, PATH, &[("token", token)]).await),
        (401, "invalid_client")
    );
    for form in [
        vec![("token", token)],
        vec![("token", token), ("client_id", client_id.as_str())],
        vec![("token", token), ("client_id", server.client_id.as_str())],
    ] {
        let answer = issuer.request("POST", PATH).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{form:?}");
        assert!(answer.headers().contains_key("www-authenticate"));
    }
    let bearer = issuer
        .request("POST", PATH)
        .bearer_auth(token)
        .form(&[("token", token)]);
    assert_eq!(bearer.send().await.unwrap().status(), 401);
    assert_eq!(error(&server.basic(&issuer, PATH, &[]).await), (400, "invalid_request"));
}

#[actix_web::test]
async fn browsers_are_told_nothing() {
    let issuer = TestIssuer::start().await;
    let server = server(&issuer, RESOURCE);
    let origin = ("origin", "https://evil.example");
    let request = issuer.request("POST", PATH).header(origin.0, origin.1);
    let request = request
        .basic_auth(&server.client_id, Some(&server.secret))
        .form(&[("token", "x")]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    for method in ["OPTIONS", "GET"] {
        let answer = issuer
            .request(method, PATH)
            .header(origin.0, origin.1)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 405);
        assert!(
            !answer.headers().contains_key("access-control-allow-origin"),
            "{method}"
        );
    }
}

#[actix_web::test]
async fn an_answer_is_signed_for_who_asks_and_passes_for_no_other_token() {
    let issuer = TestIssuer::start().await;
    let (_, tokens) = issuer.signed_in().await;
    let server = server(&issuer, RESOURCE);
    let ask = async |token: &str, accept: &str| {
        let request = issuer
            .request("POST", PATH)
            .basic_auth(&server.client_id, Some(&server.secret));
        let answer = request
            .header("accept", accept)
            .form(&[("token", token)])
            .send()
            .await
            .unwrap();
        let media_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (media_type, answer.text().await.unwrap())
    };
    let token = text(&tokens, "access_token");
    for accept in [SIGNED, "application/json;q=0.5, Application/Token-Introspection+JWT"] {
        let (media_type, signed) = ask(token, accept).await;
        assert_eq!(media_type, SIGNED);
        let claims: SignedIntrospection = issuer.app.keys.signing.verify(TYP, &signed).unwrap();
        assert_eq!(
            (claims.iss, claims.aud, claims.iat),
            (
                issuer.url.clone(),
                [RESOURCE.to_owned(), server.client_id.clone()],
                issuer.clock.now()
            )
        );
        assert!(claims.token_introspection.active);
        let payload: Value = issuer.app.keys.signing.verify(TYP, &signed).unwrap();
        assert!(
            payload.get("sub").is_none() && payload.get("exp").is_none(),
            "{payload}"
        );
        let userinfo = issuer.request("GET", "/oauth/userinfo").bearer_auth(&signed);
        assert_eq!(userinfo.send().await.unwrap().status(), 401);
        assert_eq!(server.introspect(&issuer, &signed).await, inactive());
    }
    let (_, signed) = ask("x", SIGNED).await;
    let payload: Value = issuer.app.keys.signing.verify(TYP, &signed).unwrap();
    assert_eq!(payload["token_introspection"], inactive());
    for accept in [
        "*/*",
        "application/json",
        "application/token-introspection+jwt;q=0, application/json",
    ] {
        assert_eq!(ask(token, accept).await.0, "application/json", "{accept}");
    }
}

#[actix_web::test]
async fn a_token_of_a_service_that_is_given_back_has_ended_by_itself_alone() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let server = server(&issuer, RESOURCE);
        let service = Confidential::of(&added(&issuer, &["add", "Service", "--scope", "food:read"]));
        let other = Confidential::of(&added(&issuer, &["add", "Service", "--scope", "food:read"]));
        let token = async || {
            let (_, body) = service
                .basic(&issuer, TOKEN, &[("grant_type", "client_credentials")])
                .await;
            text(&body, "access_token").to_owned()
        };
        let (one, two) = (token().await, token().await);
        let revoke = async |client: &Confidential, token: &str| {
            let request = issuer.request("POST", "/oauth/revoke").form(&[("token", token)]);
            let request = request.basic_auth(&client.client_id, Some(&client.secret));
            assert_eq!(request.send().await.unwrap().status(), 200);
        };
        revoke(&other, &one).await;
        assert_eq!(server.introspect(&issuer, &one).await["active"], true, "not another's");
        revoke(&service, &one).await;
        revoke(&service, &one).await;
        let entries = "SELECT COUNT(*) FROM audit_events WHERE kind = 'token_revoked'";
        assert_eq!(issuer.database.count(entries).await, 1, "by its own client, once");
        assert_eq!(server.introspect(&issuer, &one).await, inactive());
        assert_eq!(server.introspect(&issuer, &two).await["active"], true);
        issuer
            .app
            .store
            .delete_client(&service.client_id, Actor::CommandLine, issuer.clock.now())
            .await
            .unwrap();
        assert_eq!(server.introspect(&issuer, &two).await, inactive(), "its client is gone");
    }
}

#[actix_web::test]
async fn a_resource_server_is_added_for_a_resource_that_is_known() {
    let issuer = TestIssuer::start().await;
    let told = complains(&issuer, &["add", "A", "--resource", "https://elsewhere.example/"]);
    assert!(told.contains("ISSUER_RESOURCES"), "{told}");
    let told = complains(&issuer, &["add", "A", "--resource", RESOURCE, "--method", "none"]);
    assert!(told.contains("must authenticate"), "{told}");
}

/// RFC 9701 section 7: who asks knows from the metadata what the signature will be.
#[actix_web::test]
async fn an_answer_is_signed_with_an_algorithm_that_the_metadata_names() {
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[("ISSUER_SIGNING_ALGORITHM", algorithm)]).await;
        let (_, tokens) = issuer.signed_in().await;
        let server = server(&issuer, RESOURCE);
        let request = issuer.request("POST", PATH).header("accept", SIGNED);
        let request = request.basic_auth(&server.client_id, Some(&server.secret));
        let form = [("token", text(&tokens, "access_token"))];
        let signed = request.form(&form).send().await.unwrap().text().await.unwrap();

        let document = async |path: &str| -> Value {
            let answer = issuer.request("GET", path).send().await.unwrap();
            answer.json().await.unwrap()
        };
        let metadata = document("/.well-known/oauth-authorization-server").await;
        assert_eq!(
            metadata["introspection_signing_alg_values_supported"],
            json!([algorithm])
        );
        let header = jsonwebtoken::decode_header(&signed).unwrap();
        assert_eq!(format!("{:?}", header.alg), algorithm);
        let key = document("/.well-known/jwks.json").await["keys"][0].take();
        let key = jsonwebtoken::DecodingKey::from_jwk(&serde_json::from_value(key).unwrap()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(header.alg);
        validation.required_spec_claims.clear();
        validation.validate_aud = false;
        let claims: Value = jsonwebtoken::decode(&signed, &key, &validation).unwrap().claims;
        assert_eq!(claims["token_introspection"]["active"], true);
    }
}
