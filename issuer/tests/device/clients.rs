//! Who may have people type codes: clients of every kind, and what they prove.

use serde_json::{Value, json};

use super::{DEVICE_CODE, Device, ON, ask, headless, offering};
use crate::confidential::command_line::{client_with, complains};
use crate::confidential::{Confidential, register};
use crate::dpop::ProofKey;
use crate::support::database::TestDatabase;
use crate::support::documents::{DocumentServer, LOOPBACK, Served};
use crate::support::signer::{Signer, TYPE};
use crate::support::{Answer, REDIRECT_URI, TestIssuer, error, read, text};

const BOTH: [&str; 3] = ["authorization_code", "refresh_token", DEVICE_CODE];

#[actix_web::test]
async fn a_registration_gets_the_grant_when_it_asks_and_where_it_is_offered() {
    let (on, off) = (offering(TestDatabase::of_this_run()).await, TestIssuer::start().await);
    for (asked, here, elsewhere) in [
        (
            json!({}),
            json!(["authorization_code", "refresh_token"]),
            json!(["authorization_code", "refresh_token"]),
        ),
        (
            json!({"grant_types": BOTH}),
            json!(BOTH),
            json!(["authorization_code", "refresh_token"]),
        ),
    ] {
        assert_eq!(register(&on, asked.clone()).await["grant_types"], here);
        assert_eq!(register(&off, asked).await["grant_types"], elsewhere);
    }
    let alone = json!({"redirect_uris": ["https://client.example/cb"], "response_types": ["code"], "grant_types": [DEVICE_CODE]});
    let answer = register(&on, alone.clone()).await;
    assert_eq!(
        (&answer["redirect_uris"], &answer["response_types"]),
        (&json!([]), &json!([])),
        "no browser comes back to it"
    );
    let refused = off
        .request("POST", "/oauth/register")
        .json(&alone)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 400);
    assert_eq!(
        refused.json::<Value>().await.unwrap()["error"],
        "invalid_client_metadata"
    );
}

#[actix_web::test]
async fn a_client_that_is_added_for_the_grant_gets_tokens_with_and_without_a_secret() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let mut alex = issuer.signed_in_person("alex").await;
        let public = client_with(&issuer, &["add", "Box", "--device", "--method", "none"], &ON).remove(0);
        assert_eq!(
            (
                &public["grant_types"],
                &public["redirect_uris"],
                public.get("client_secret")
            ),
            (&json!(["refresh_token", DEVICE_CODE]), &json!([]), None),
            "{public}"
        );
        let client_id = text(&public, "client_id");
        let device = Device::begin(&issuer, client_id, &[]).await;
        alex.allow_device(&device).await;
        let (status, tokens) = device.poll(&issuer).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(issuer.refresh(client_id, text(&tokens, "refresh_token")).await.0, 200);

        let both = ["add", "Tool", "--device", "--redirect-uri", REDIRECT_URI];
        let added = client_with(&issuer, &both, &ON);
        assert_eq!(added[0]["grant_types"], json!(BOTH));
        let client = Confidential::of(&added);
        assert_eq!(
            error(&ask(&issuer, &[("client_id", &client.client_id)]).await).1,
            "invalid_client"
        );
        let (_, body) = client.basic(&issuer, "/oauth/device_authorization", &[]).await;
        let device = Device::of(&client.client_id, &body);
        alex.allow_device(&device).await;
        let form = [("grant_type", DEVICE_CODE), ("device_code", &device.code)];
        assert_eq!(client.basic(&issuer, "/oauth/token", &form).await.0, 200);
        let code = issuer.code(&client.client_id).await;
        assert_eq!(
            client.basic(&issuer, "/oauth/token", &code.form()).await.0,
            200,
            "and by a browser"
        );
    }
}

#[actix_web::test]
async fn a_client_is_added_for_the_grant_only_where_it_is_offered_and_never_unasked() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let told = complains(&issuer, &["add", "Box", "--device"]);
    assert!(told.contains("ISSUER_DEVICE_GRANT=on"), "{told}");
    assert_eq!(issuer.database.count("SELECT COUNT(*) FROM clients").await, 0);
    for add in [
        &["add", "Web", "--redirect-uri", REDIRECT_URI][..],
        &["add", "Nightly", "--scope", "food:read"],
    ] {
        let client = Confidential::of(&client_with(&issuer, add, &ON));
        let asked = client.basic(&issuer, "/oauth/device_authorization", &[]).await;
        assert_eq!(error(&asked), (400, "unauthorized_client"), "{add:?}");
    }
}

/// Nothing is stored of a client before a person allowed it; it waits for that all the same, also when its server is gone.
#[actix_web::test]
async fn a_client_with_a_document_waits_without_a_row_and_without_being_asked_again() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &[ON[0], LOOPBACK]).await;
    issuer.account("alex").await;
    let server = DocumentServer::start();
    let client_id = server.client_id("/client");
    let document = json!({"client_id": client_id, "client_name": "A client", "token_endpoint_auth_method": "none",
        "grant_types": [DEVICE_CODE, "refresh_token"]});
    server.serve("/client", Served::json(&document, &[]));
    let device = Device::begin(&issuer, &client_id, &[]).await;
    server.serve("/client", Served::status(500));
    let asked = server.asked("/client");
    assert_eq!(error(&device.poll(&issuer).await), (400, "authorization_pending"));
    let rows = "SELECT COUNT(*) FROM clients";
    assert_eq!(issuer.database.count(rows).await, 0);
    let stranger = Device {
        client_id: server.client_id("/other"),
        code: device.code.clone(),
        user_code: String::new(),
    };
    assert_eq!(error(&stranger.poll(&issuer).await), (401, "invalid_client"));
    let mut alex = issuer.signed_in_person("alex").await;
    let page = alex.type_code(&device.user_code).await;
    assert!(
        page.text.contains("by a document of") && page.text.contains("127.0.0.1"),
        "{}",
        page.text
    );
    alex.decide_device(&page, "allow").await;
    assert_eq!(issuer.database.count(rows).await, 1);
    let (status, tokens) = device.poll(&issuer).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.0, 200);
    assert_eq!(server.asked("/client"), asked);
}

#[actix_web::test]
async fn a_client_with_a_secret_or_a_key_proves_itself_at_both_endpoints() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let mut alex = issuer.signed_in_person("alex").await;
    let client = register(
        &issuer,
        json!({"grant_types": BOTH, "token_endpoint_auth_method": "client_secret_basic"}),
    )
    .await;
    let client = Confidential::of(&[client]);
    let place = "/oauth/device_authorization";
    let nothing = ask(&issuer, &[("client_id", &client.client_id)]).await;
    assert_eq!(error(&nothing), (401, "invalid_client"));
    let (status, body) = client.basic(&issuer, place, &[("scope", "food:read")]).await;
    assert_eq!(status, 200, "{body}");
    let device = Device::of(&client.client_id, &body);
    alex.allow_device(&device).await;
    assert_eq!(
        error(&device.poll(&issuer).await),
        (401, "invalid_client"),
        "without the secret"
    );
    let form = [("grant_type", DEVICE_CODE), ("device_code", &device.code)];
    assert_eq!(client.basic(&issuer, "/oauth/token", &form).await.0, 200);

    let (mut signer, key) = Signer::with_key("", "k");
    let metadata =
        json!({"grant_types": BOTH, "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key]}});
    signer.client_id = text(&register(&issuer, metadata).await, "client_id").to_owned();
    let mut claims = signer.claims(&issuer, "1");
    claims["aud"] = json!(format!("{}{place}", issuer.url));
    let assertion = signer.sign(&json!({"alg": "ES256", "kid": "k"}), &claims);
    let form = [
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    assert_eq!(ask(&issuer, &form).await.0, 200, "it may be for this endpoint");
    assert_eq!(error(&ask(&issuer, &form).await), (401, "invalid_client"), "once");
}

fn proof(key: &ProofKey, issuer: &TestIssuer, path: &str, jti: &str) -> String {
    let url = format!("{}{path}", issuer.url);
    key.proof(&json!({"jti": jti, "htm": "POST", "htu": url, "iat": issuer.clock.now()}))
}

async fn with_proof(issuer: &TestIssuer, path: &str, form: &[(&str, &str)], proof: &str) -> Answer {
    let request = issuer.request("POST", path).form(form).header("dpop", proof);
    read(request.send().await.unwrap()).await
}

#[actix_web::test]
async fn a_proof_binds_the_tokens_and_one_at_the_first_request_binds_the_code() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let client_id = headless(&issuer, "Tool").await;
        let mut alex = issuer.signed_in_person("alex").await;
        let (key, other) = (ProofKey::new(), ProofKey::new());
        let token = async |device: &Device, key: &ProofKey, jti: &str| {
            let proof = proof(key, &issuer, "/oauth/token", jti);
            with_proof(&issuer, "/oauth/token", &device.form(), &proof).await
        };
        let unbound = Device::begin(&issuer, &client_id, &[]).await;
        alex.allow_device(&unbound).await;
        let (status, tokens) = token(&unbound, &key, "1").await;
        assert_eq!((status, text(&tokens, "token_type")), (200, "DPoP"), "{tokens}");
        let refreshed = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(
            error(&refreshed),
            (400, "invalid_grant"),
            "its refresh token is bound, too"
        );

        let first = proof(&key, &issuer, "/oauth/device_authorization", "2");
        let (_, body) = with_proof(
            &issuer,
            "/oauth/device_authorization",
            &[("client_id", &client_id)],
            &first,
        )
        .await;
        let bound = Device::of(&client_id, &body);
        alex.allow_device(&bound).await;
        assert_eq!(
            error(&bound.poll(&issuer).await),
            (400, "invalid_grant"),
            "without a proof"
        );
        assert_eq!(
            error(&token(&bound, &other, "3").await),
            (400, "invalid_grant"),
            "of another key"
        );
        assert_eq!(token(&bound, &key, "4").await.0, 200);
        let mismatch = [("client_id", client_id.as_str()), ("dpop_jkt", &other.thumbprint())];
        let mismatch = with_proof(
            &issuer,
            "/oauth/device_authorization",
            &mismatch,
            &proof(&key, &issuer, "/oauth/device_authorization", "5"),
        )
        .await;
        assert_eq!(error(&mismatch), (400, "invalid_request"));
    }
}

/// PostgreSQL cannot be asked for one.
#[actix_web::test]
async fn an_identifier_with_a_nul_is_an_unknown_client_whatever_brings_it() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let mut form = vec![("grant_type", DEVICE_CODE), ("device_code", "x")];
        let request = issuer.request("POST", "/oauth/token");
        let by_basic = request.basic_auth("a%00b", Some("")).form(&form).send().await;
        assert_eq!(error(&read(by_basic.unwrap()).await), (401, "invalid_client"));
        let (signer, _) = Signer::with_key("a\0b", "k1");
        let signed = signer.signed_with(&issuer, "k1", "1");
        form.extend([("client_assertion_type", TYPE), ("client_assertion", &signed)]);
        assert_eq!(error(&issuer.post_token(&form).await), (401, "invalid_client"));
    }
}
