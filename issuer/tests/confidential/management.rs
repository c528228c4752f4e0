//! RFC 7592: clients that read, replace and delete their registration.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Confidential, register};
use crate::support::database::TestDatabase;
use crate::support::person::authorize;
use crate::support::signer::new_key;
use crate::support::{Answer, REDIRECT_URI, TestIssuer, error, read, refresh_form, text};

/// A client that registered, and what it manages that with.
pub(super) struct Managed {
    pub(super) client: Confidential,
    token: String,
    path: String,
}

pub(super) async fn managed(issuer: &TestIssuer) -> (Managed, Value) {
    let answer = register(
        issuer,
        json!({"token_endpoint_auth_method": "client_secret_basic", "scope": "food:read"}),
    )
    .await;
    let client = Confidential::of(std::slice::from_ref(&answer));
    let path = text(&answer, "registration_client_uri")
        .strip_prefix(&issuer.url)
        .unwrap()
        .to_owned();
    let token = text(&answer, "registration_access_token").to_owned();
    (Managed { client, token, path }, answer)
}

impl Managed {
    pub(super) async fn send(&self, issuer: &TestIssuer, method: &str, body: Option<&Value>) -> Answer {
        let mut request = issuer.request(method, &self.path).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        if answer.status() == 204 {
            return (204, Value::Null);
        }
        read(answer).await
    }

    /// A good body with this member besides.
    pub(super) fn body(&self, name: &str, value: Value) -> Value {
        let mut body = json!({"client_id": self.client.client_id, "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": "client_secret_basic"});
        body.as_object_mut().unwrap().insert(name.to_owned(), value);
        body
    }

    /// Whether its secret gets it in.
    pub(super) async fn has_a_secret(&self, issuer: &TestIssuer) -> bool {
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let answer = self.client.basic(issuer, "/oauth/token", &form).await;
        error(&answer) == (400, "invalid_grant")
    }
}

#[actix_web::test]
async fn a_client_reads_its_registration_with_its_token_and_nobody_else_does() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client, registered) = managed(&issuer).await;
        let (status, mut told) = client.send(&issuer, "GET", None).await;
        assert_eq!(
            (status, told.get("client_secret")),
            (200, None),
            "what is kept is its hash"
        );
        for name in ["client_secret", "client_secret_expires_at"] {
            told[name] = registered[name].clone();
        }
        assert_eq!(told, registered);

        let (other, _) = managed(&issuer).await;
        let public = issuer.client().await;
        for path in [
            &other.path,
            "/oauth/register/unknown",
            "/oauth/register/a%00b",
            &format!("/oauth/register/{public}"),
        ] {
            for method in ["GET", "PUT", "DELETE"] {
                let request = issuer.request(method, path).bearer_auth(&client.token).json(&json!({}));
                let answer = request.send().await.unwrap();
                assert_eq!(
                    answer.headers()["www-authenticate"],
                    "Bearer error=\"invalid_token\"",
                    "{path}"
                );
                assert_eq!(error(&read(answer).await), (401, "invalid_token"), "{path}");
            }
        }
        let answer = issuer.request("GET", &client.path).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["www-authenticate"]),
            (401, &"Bearer realm=\"issuer\"".parse().unwrap())
        );
        let answer = issuer
            .request("GET", &client.path)
            .basic_auth(&client.client.client_id, Some(&client.client.secret));
        assert_eq!(
            answer.send().await.unwrap().status(),
            401,
            "the secret is no such token"
        );
        issuer::client::block(&issuer.app, &client.client.client_id)
            .await
            .unwrap();
        assert_eq!(
            client.send(&issuer, "DELETE", None).await.0,
            401,
            "a blocked client changes nothing"
        );
        let sql = "SELECT token_hash FROM registration_tokens WHERE client_id = $1";
        let kept = issuer.database.text(sql, &[&client.client.client_id]).await;
        assert!(!kept.contains(&client.token));
    }
}

#[actix_web::test]
async fn public_clients_and_added_ones_have_nothing_to_manage() {
    let issuer = TestIssuer::start().await;
    let answer = register(&issuer, json!({"token_endpoint_auth_method": "none"})).await;
    let added = &super::command_line::client(&issuer, &["add", "Nightly", "--scope", "food:read"])[0];
    for client in [&answer, added] {
        for name in ["registration_client_uri", "registration_access_token"] {
            assert!(client.get(name).is_none(), "{client}");
        }
    }
}

#[actix_web::test]
async fn a_registration_is_replaced_as_a_whole_and_the_secret_stays() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client, _) = managed(&issuer).await;
        let mut body = client.body("client_name", json!("Renamed"));
        body["client_secret"] = json!(client.client.secret);
        body["redirect_uris"] = json!(["https://client.example/new"]);
        let (status, told) = client.send(&issuer, "PUT", Some(&body)).await;
        assert_eq!((status, text(&told, "client_name")), (200, "Renamed"));
        assert_eq!(told["redirect_uris"], json!(["https://client.example/new"]));
        assert!(told.get("scope").is_none(), "what is left out is gone: {told}");
        assert!(told.get("client_secret").is_none());
        assert_eq!(client.send(&issuer, "GET", None).await.1, told);
        assert!(client.has_a_secret(&issuer).await);
        let person = issuer
            .person()
            .get(&authorize(&client.client.client_id, REDIRECT_URI, ""))
            .await;
        assert_eq!(person.status, 400, "the redirect URI of before");
    }
}

#[actix_web::test]
async fn what_may_not_stand_in_an_update_changes_nothing() {
    let issuer = TestIssuer::start().await;
    let (client, _) = managed(&issuer).await;
    let (_, before) = client.send(&issuer, "GET", None).await;
    for (name, value, code) in [
        ("client_id", json!("other"), "invalid_client_metadata"),
        ("client_id", Value::Null, "invalid_client_metadata"),
        ("client_secret", json!("my own choice"), "invalid_client_metadata"),
        (
            "registration_access_token",
            json!(client.token),
            "invalid_client_metadata",
        ),
        (
            "registration_client_uri",
            json!("https://h/"),
            "invalid_client_metadata",
        ),
        ("client_secret_expires_at", json!(0), "invalid_client_metadata"),
        ("client_id_issued_at", json!(0), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("none"), "invalid_client_metadata"),
        ("token_endpoint_auth_method", Value::Null, "invalid_client_metadata"),
        (
            "token_endpoint_auth_method",
            json!("private_key_jwt"),
            "invalid_client_metadata",
        ),
        ("redirect_uris", json!(["http://h.example/"]), "invalid_redirect_uri"),
        ("redirect_uris", Value::Null, "invalid_redirect_uri"),
        ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
        ("client_name", json!(1), "invalid_client_metadata"),
    ] {
        let answer = client
            .send(&issuer, "PUT", Some(&client.body(name, value.clone())))
            .await;
        assert_eq!(error(&answer), (400, code), "{name}: {value}");
    }
    assert_eq!(client.send(&issuer, "GET", None).await.1, before);
    let answer = issuer
        .request("POST", &client.path)
        .bearer_auth(&client.token)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["allow"]),
        (405, &"GET, PUT, DELETE".parse().unwrap())
    );
}

#[actix_web::test]
async fn a_secret_ends_with_its_method_and_a_new_one_is_the_issuers() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (mut client, _) = managed(&issuer).await;
        let mut signing = client.body("jwks", json!({"keys": [new_key("k1").1]}));
        signing["token_endpoint_auth_method"] = json!("private_key_jwt");
        assert_eq!(client.send(&issuer, "PUT", Some(&signing)).await.0, 200);
        let plain = client.body("x", json!(1));
        let answers = join_all((0..12).map(|_| client.send(&issuer, "PUT", Some(&plain)))).await;
        let new: Vec<_> = answers
            .iter()
            .filter_map(|(_, told)| told.get("client_secret")?.as_str())
            .collect();
        assert!(answers.iter().all(|(status, _)| *status == 200), "{answers:?}");
        assert_eq!(new.len(), 1, "of many at once one made the secret");
        assert!(!client.has_a_secret(&issuer).await, "the secret of before");
        client.client.secret = new[0].to_owned();
        assert!(client.has_a_secret(&issuer).await);
    }
}

#[actix_web::test]
async fn a_client_that_is_another_is_asked_about_again() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut alex = issuer.signed_in_person("alex").await;
    let (client, _) = managed(&issuer).await;
    let uri = "https://client.example/cb";
    let mut body = client.body("redirect_uris", json!([uri]));
    assert_eq!(client.send(&issuer, "PUT", Some(&body)).await.0, 200);
    let page = alex.visit(&authorize(&client.client.client_id, uri, "")).await;
    alex.decide(&page, "allow").await;
    let silent = async |alex: &mut crate::support::person::Person| {
        let answer = alex
            .visit(&authorize(&client.client.client_id, uri, "&prompt=none"))
            .await;
        answer.answer("error")
    };
    assert_eq!(client.send(&issuer, "PUT", Some(&body)).await.0, 200);
    assert_eq!(silent(&mut alex).await, None, "nothing is another");
    body["client_name"] = json!("Your Bank");
    assert_eq!(client.send(&issuer, "PUT", Some(&body)).await.0, 200);
    assert_eq!(silent(&mut alex).await.as_deref(), Some("consent_required"));

    let page = alex.visit(&authorize(&client.client.client_id, uri, "")).await;
    body["client_name"] = json!("Your Friend");
    assert_eq!(client.send(&issuer, "PUT", Some(&body)).await.0, 200);
    let answer = alex.decide(&page, "allow").await;
    assert_eq!(answer.status, 409, "the page named another: {}", answer.text);
    assert_eq!(silent(&mut alex).await.as_deref(), Some("consent_required"));
    // What nobody is shown asks nobody again.
    let page = alex.visit(&authorize(&client.client.client_id, uri, "")).await;
    assert_eq!(alex.decide(&page, "allow").await.status, 303);
    body["software_version"] = json!("2.0");
    assert_eq!(client.send(&issuer, "PUT", Some(&body)).await.0, 200);
    assert_eq!(silent(&mut alex).await, None);
}

#[actix_web::test]
async fn with_a_client_goes_everything_that_was_issued_to_it() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client, _) = managed(&issuer).await;
        let (tokens, _) = client.client.tokens(&issuer).await;
        let revoked = "SELECT COUNT(*) FROM status_entries WHERE revoked = 1";
        assert_eq!(issuer.database.count(revoked).await, 0);
        assert_eq!(client.send(&issuer, "DELETE", None).await.0, 204);
        assert_eq!(issuer.database.count(revoked).await, 1, "seen in the status list");
        for table in [
            "SELECT COUNT(*) FROM clients",
            "SELECT COUNT(*) FROM registration_tokens",
            "SELECT COUNT(*) FROM client_secrets",
        ] {
            assert_eq!(issuer.database.count(table).await, 0, "{table}");
        }
        let form = refresh_form(&client.client.client_id, text(&tokens, "refresh_token"));
        let refused = client.client.basic(&issuer, "/oauth/token", &form).await;
        assert_eq!(error(&refused), (401, "invalid_client"));
        assert_eq!(client.send(&issuer, "DELETE", None).await.0, 401);
    }
}

#[actix_web::test]
async fn what_becomes_of_a_registration_is_in_the_audit_log() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client, _) = managed(&issuer).await;
        let renamed = client.body("client_name", json!("Renamed"));
        assert_eq!(client.send(&issuer, "PUT", Some(&renamed)).await.0, 200);
        assert_eq!(client.send(&issuer, "DELETE", None).await.0, 204);
        let client_id = Some(client.client.client_id.as_str());
        let log = issuer.audit_log().await;
        let of_client = log.iter().filter(|entry| entry.client_id.as_deref() == client_id);
        let kinds: Vec<_> = of_client.map(|entry| entry.kind.as_str()).collect();
        assert_eq!(kinds, ["client_added", "client_changed", "client_removed"]);
    }
}
