//! RFC 7592: changes and deletions at the same moment, on both databases.

use futures_util::future::{join, join_all};
use issuer::client::secret::FreshSecret;
use serde_json::json;

use super::management::managed;
use crate::support::database::TestDatabase;
use crate::support::signer::new_key;
use crate::support::{TestIssuer, text};

#[actix_web::test]
async fn of_changes_and_a_deletion_at_once_the_deletion_is_the_last_word() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        for _ in 0..5 {
            let (client, _) = managed(&issuer).await;
            let steps = (0..20).map(|n| {
                let (client, issuer) = (&client, &issuer);
                async move {
                    if n % 10 == 5 {
                        return client.send(issuer, "DELETE", None).await;
                    }
                    let body = client.body("client_name", json!(n.to_string()));
                    client.send(issuer, "PUT", Some(&body)).await
                }
            });
            let answers = join_all(steps).await;
            let with = |status| answers.iter().filter(|answer| answer.0 == status).count();
            assert_eq!((with(204), with(200) + with(401)), (1, 19), "{answers:?}");
            assert_eq!(issuer.database.count("SELECT COUNT(*) FROM clients").await, 0);
            assert_eq!(issuer.database.count("SELECT COUNT(*) FROM client_secrets").await, 0);
        }
    }
}

#[actix_web::test]
async fn of_changes_at_once_one_holds_as_a_whole() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client, _) = managed(&issuer).await;
        let bodies: Vec<_> = (0..20)
            .map(|n| {
                let mut body = client.body("client_name", json!(n.to_string()));
                body["redirect_uris"] = json!([format!("https://client.example/{n}")]);
                body
            })
            .collect();
        let answers = join_all(bodies.iter().map(|body| client.send(&issuer, "PUT", Some(body)))).await;
        assert!(answers.iter().all(|answer| answer.0 == 200), "{answers:?}");
        let (_, told) = client.send(&issuer, "GET", None).await;
        let uri = format!("https://client.example/{}", text(&told, "client_name"));
        assert_eq!(told["redirect_uris"], json!([uri]));
        assert!(client.has_a_secret(&issuer).await);
    }
}

/// Secrets change the row of their client, so who changes both takes them in one order: on PostgreSQL two would end in a
/// deadlock else.
#[actix_web::test]
async fn changes_of_a_client_and_of_its_secrets_at_once_all_succeed() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client, registered) = managed(&issuer).await;
        let (store, now) = (&issuer.app.store, issuer.clock.now());
        let client_id = text(&registered, "client_id");
        let jwks = json!({"keys": [new_key("k1").1]});
        for round in 0..10 {
            let changes = join_all((0..10).map(|n| {
                let mut body = client.body("jwks", jwks.clone());
                if n % 2 == 0 {
                    body["token_endpoint_auth_method"] = json!("private_key_jwt");
                }
                let (client, issuer) = (&client, &issuer);
                async move { client.send(issuer, "PUT", Some(&body)).await.0 }
            }));
            let secrets = join_all((0..10).map(|_| async {
                let secret = FreshSecret::random().unwrap();
                store.add_secret(client_id, secret.kept(), now + 60, now).await.unwrap()
            }));
            let (changes, secrets) = join(changes, secrets).await;
            assert!(changes.iter().all(|status| *status == 200), "{round} {changes:?}");
            assert!(secrets.iter().all(|added| *added), "{round} {secrets:?}");
        }
    }
}
