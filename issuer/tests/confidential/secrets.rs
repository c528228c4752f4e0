//! `client_secret_basic` and `client_secret_post`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{join, join_all};
use issuer::client::secret::FreshSecret;
use issuer::hash::SecretHash;
use issuer::store::audit::Actor;
use serde_json::json;

use super::{Confidential, confidential, register};
use crate::support::database::TestDatabase;
use crate::support::{TestIssuer, error, read, text};

const TOKEN: &str = "/oauth/token";

#[actix_web::test]
async fn a_secret_is_given_only_to_who_asks_for_a_method_that_needs_one() {
    let issuer = TestIssuer::start().await;
    for method in ["client_secret_basic", "client_secret_post"] {
        let answer = register(&issuer, json!({"token_endpoint_auth_method": method})).await;
        assert_eq!(answer["token_endpoint_auth_method"], method);
        assert_eq!(answer["client_secret_expires_at"], 0);
        assert!(text(&answer, "client_secret").len() >= 43, "256 bits: {answer}");
        assert!(answer.as_object().unwrap().values().all(|value| !value.is_null()));
    }
    for metadata in [
        json!({}),
        json!({"token_endpoint_auth_method": "none"}),
        json!({"application_type": "web"}),
    ] {
        let answer = register(&issuer, metadata).await;
        assert_eq!(answer["token_endpoint_auth_method"], "none");
        assert!(answer.get("client_secret").is_none() && answer.get("client_secret_expires_at").is_none());
    }
    let (one, two) = (
        confidential(&issuer, "client_secret_post").await,
        confidential(&issuer, "client_secret_post").await,
    );
    assert!(one.client_id != two.client_id && one.secret != two.secret);
}

#[actix_web::test]
async fn the_method_that_was_chosen_works_and_the_other_does_not() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (basic, post) = (
            confidential(&issuer, "client_secret_basic").await,
            confidential(&issuer, "client_secret_post").await,
        );
        let of_basic = issuer.code(&basic.client_id).await;
        assert_eq!(
            error(&basic.post(&issuer, TOKEN, &of_basic.form_but("client_id", "")).await),
            (401, "invalid_client")
        );
        assert_eq!(basic.basic(&issuer, TOKEN, &of_basic.form()).await.0, 200);
        let of_post = issuer.code(&post.client_id).await;
        assert_eq!(
            error(&post.basic(&issuer, TOKEN, &of_post.form()).await),
            (401, "invalid_client")
        );
        assert_eq!(
            post.post(&issuer, TOKEN, &of_post.form_but("client_id", "")).await.0,
            200
        );
    }
}

#[actix_web::test]
async fn without_its_secret_or_with_a_wrong_one_it_gets_nothing_and_its_code_stays() {
    let issuer = TestIssuer::start().await;
    let client = confidential(&issuer, "client_secret_basic").await;
    let other = confidential(&issuer, "client_secret_basic").await;
    let code = issuer.code(&client.client_id).await;
    assert_eq!(error(&issuer.exchange(&code).await), (401, "invalid_client"));
    let cut = &client.secret[..client.secret.len() - 1];
    for wrong in [
        cut,
        &other.secret,
        &format!("{}A", client.secret),
        &client.secret.to_uppercase(),
        "x",
        " ",
    ] {
        let client = Confidential {
            secret: wrong.to_owned(),
            ..client.clone()
        };
        assert_eq!(
            error(&client.basic(&issuer, TOKEN, &code.form()).await),
            (401, "invalid_client"),
            "{wrong}"
        );
    }
    assert_eq!(client.basic(&issuer, TOKEN, &code.form()).await.0, 200);
}

#[actix_web::test]
async fn a_refused_header_is_answered_with_a_challenge() {
    let issuer = TestIssuer::start().await;
    let client = confidential(&issuer, "client_secret_basic").await;
    let request = issuer
        .request("POST", TOKEN)
        .basic_auth(&client.client_id, Some("wrong"));
    let answer = request.form(&[("grant_type", "refresh_token")]).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(
        answer.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
    assert_eq!(error(&read(answer).await), (401, "invalid_client"));
}

#[actix_web::test]
async fn one_way_to_authenticate_at_a_time() {
    let issuer = TestIssuer::start().await;
    let client = confidential(&issuer, "client_secret_basic").await;
    let code = issuer.code(&client.client_id).await;
    let mut form = code.form();
    form.push(("client_secret", &client.secret));
    assert_eq!(
        error(&client.basic(&issuer, TOKEN, &form).await),
        (400, "invalid_request")
    );
    let form = code.form_but("client_id", "somebody-else");
    assert_eq!(
        error(&client.basic(&issuer, TOKEN, &form).await),
        (401, "invalid_client")
    );
}

/// RFC 6749 section 2.3.1 encodes inside Basic; Claude Code and many others do not.
#[actix_web::test]
async fn basic_is_read_with_and_without_percent_encoding() {
    let issuer = TestIssuer::start().await;
    let client = confidential(&issuer, "client_secret_basic").await;
    let encoded = |text: &str| -> String {
        let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
        bytes.collect::<Vec<_>>().concat()
    };
    for (id, secret) in [
        (client.client_id.clone(), client.secret.clone()),
        (encoded(&client.client_id), encoded(&client.secret)),
    ] {
        let credentials = STANDARD.encode(format!("{id}:{secret}"));
        for scheme in ["Basic", "basic", "BASIC"] {
            let code = issuer.code(&client.client_id).await;
            let request = issuer
                .request("POST", TOKEN)
                .header("authorization", format!("{scheme} {credentials}"));
            let (status, body) = read(request.form(&code.form_but("client_id", "")).send().await.unwrap()).await;
            assert_eq!(status, 200, "{body}");
        }
    }
}

#[actix_web::test]
async fn a_refresh_and_a_revocation_need_the_secret_too() {
    let issuer = TestIssuer::start().await;
    let client = confidential(&issuer, "client_secret_basic").await;
    let (tokens, grant_id) = client.tokens(&issuer).await;
    let token = text(&tokens, "refresh_token");
    assert_eq!(
        error(&issuer.refresh(&client.client_id, token).await),
        (401, "invalid_client")
    );
    let form = [("client_id", client.client_id.as_str()), ("token", token)];
    let refused = issuer
        .request("POST", "/oauth/revoke")
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    assert!(issuer.audit(grant_id).await.is_empty(), "nothing ended");
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    assert_eq!(client.basic(&issuer, TOKEN, &form).await.0, 200);
    let revoke = issuer.request("POST", "/oauth/revoke");
    let revoke = revoke
        .basic_auth(&client.client_id, Some(&client.secret))
        .form(&[("token", token)]);
    assert_eq!(revoke.send().await.unwrap().status(), 200);
    assert_eq!(issuer.audit(grant_id).await, ["grant_revoked"]);
}

#[actix_web::test]
async fn a_secret_is_exchanged_while_the_one_before_still_works() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let old = confidential(&issuer, "client_secret_basic").await;
        let fresh = FreshSecret::random().unwrap();
        let (store, now) = (&issuer.app.store, issuer.clock.now());
        assert!(
            store
                .add_secret(&old.client_id, fresh.kept(), now + 3600, now)
                .await
                .unwrap()
        );
        assert!(
            !store
                .add_secret("nobody", FreshSecret::random().unwrap().kept(), now, now)
                .await
                .unwrap()
        );
        let new = Confidential {
            secret: fresh.text.clone(),
            ..old.clone()
        };
        let works = async |client: &Confidential| {
            let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
            error(&client.basic(&issuer, TOKEN, &form).await) == (400, "invalid_grant")
        };
        assert!(works(&old).await && works(&new).await);
        issuer.advance(3600);
        assert!(!works(&old).await && works(&new).await, "its time is over");
        let (store, now) = (&issuer.app.store, issuer.clock.now());
        assert!(
            store
                .retire_secret(&old.client_id, &fresh.secret_id, now)
                .await
                .unwrap()
        );
        assert!(
            !store
                .retire_secret(&old.client_id, &fresh.secret_id, now)
                .await
                .unwrap(),
            "once"
        );
        assert!(!works(&new).await);
        assert_eq!(store.secrets_of(&old.client_id).await.unwrap().len(), 2);
    }
}

#[actix_web::test]
async fn what_is_kept_of_a_secret_is_its_hash() {
    let issuer = TestIssuer::start().await;
    let client = confidential(&issuer, "client_secret_post").await;
    let store = &issuer.app.store;
    let kept = store.find_stored_client(&client.client_id, issuer.clock.now()).await;
    let secrets = kept.unwrap().unwrap().secrets;
    let hashes: Vec<_> = secrets.into_iter().map(|secret| secret.hash).collect();
    assert_eq!(hashes, [SecretHash::of(&client.secret).as_str()]);
}

#[actix_web::test]
async fn deleting_a_client_ends_what_was_issued_to_it() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let client = confidential(&issuer, "client_secret_basic").await;
        let (_, grant_id) = client.tokens(&issuer).await;
        let code = issuer.code(&client.client_id).await;
        let (store, now) = (&issuer.app.store, issuer.clock.now());
        assert!(
            store
                .delete_client(&client.client_id, Actor::CommandLine, now)
                .await
                .unwrap()
        );
        assert!(
            !store
                .delete_client(&client.client_id, Actor::CommandLine, now)
                .await
                .unwrap(),
            "once"
        );
        assert_eq!(
            error(&client.basic(&issuer, TOKEN, &code.form()).await),
            (401, "invalid_client")
        );
        assert!(store.user_of_grant(grant_id, now).await.unwrap().is_none());
        assert_eq!(issuer.database.count("SELECT COUNT(*) FROM client_secrets").await, 0);
    }
}

#[actix_web::test]
async fn no_grant_outlives_a_client_that_is_deleted_while_its_codes_are_exchanged() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        for _ in 0..15 {
            let client = confidential(&issuer, "client_secret_basic").await;
            let codes = join_all((0..12).map(|_| issuer.code(&client.client_id))).await;
            let exchanges = join_all(
                codes
                    .iter()
                    .map(|code| async { client.basic(&issuer, TOKEN, &code.form()).await.0 }),
            );
            let delete = issuer
                .app
                .store
                .delete_client(&client.client_id, Actor::Itself, issuer.clock.now());
            let (exchanged, deleted) = join(exchanges, delete).await;
            assert!(deleted.unwrap(), "{exchanged:?}");
            let living = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL";
            assert_eq!(issuer.database.count(living).await, 0, "{exchanged:?}");
        }
    }
}
