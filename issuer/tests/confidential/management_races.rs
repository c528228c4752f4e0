//! RFC 7592: changes and deletions at the same moment, on both databases.

use futures_util::future::join_all;
use serde_json::json;

use super::management::managed;
use crate::support::database::TestDatabase;
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
