//! A consent is to the client as the person saw it.

use sqlx::{Connection, SqliteConnection};

use crate::support::TestIssuer;
use crate::support::database::TestDatabase;
use crate::support::documents::{DocumentServer, LOOPBACK};
use crate::support::person::{Person, authorize};

const WEB: &str = "https://client.example/cb";

/// An issuer, a signed-in person, and a server whose client is called so.
struct Stage {
    issuer: TestIssuer,
    person: Person,
    server: DocumentServer,
    client_id: String,
}

impl Stage {
    async fn begin(database: TestDatabase) -> Self {
        let issuer = TestIssuer::with(database, &[LOOPBACK]).await;
        issuer.account("alex").await;
        let person = issuer.signed_in_person("alex").await;
        let server = DocumentServer::start();
        let client_id = server.client_id("/client");
        Self {
            issuer,
            person,
            server,
            client_id,
        }
    }

    /// From a minute later on the client is called so.
    fn publish(&self, name: &str) {
        self.server
            .publish("/client", name, &[WEB], &[("cache-control", "max-age=0")]);
        self.issuer.advance(60);
    }

    async fn allow(&mut self) {
        let page = self.person.visit(&authorize(&self.client_id, WEB, "")).await;
        assert_eq!(self.person.decide(&page, "allow").await.status, 303);
    }

    /// Whether the person would be asked.
    async fn is_asked(&mut self) -> bool {
        let silent = authorize(&self.client_id, WEB, "&prompt=none");
        let error = self.person.get(&silent).await.answer("error");
        assert!(matches!(error.as_deref(), None | Some("consent_required")), "{error:?}");
        error.is_some()
    }
}

#[actix_web::test]
async fn to_an_older_document_it_is_none_to_the_newer_one() {
    for database in TestDatabase::each() {
        let mut stage = Stage::begin(database).await;
        stage.publish("A client");
        stage.allow().await;
        let open = authorize(&stage.client_id, WEB, "&prompt=consent");
        let page = stage.person.visit(&open).await;
        stage.publish("Your Bank");
        assert!(stage.is_asked().await, "what is stored is the newer one");
        assert!(page.text.contains("A client"), "{}", page.text);
        assert_eq!(stage.person.decide(&page, "allow").await.status, 303);
        assert!(stage.is_asked().await, "nobody allowed the newer one");
        stage.allow().await;
        assert!(!stage.is_asked().await);
    }
}

#[actix_web::test]
async fn a_clock_that_is_late_makes_it_none_to_another_document() {
    for database in TestDatabase::each() {
        let mut stage = Stage::begin(database).await;
        stage.publish("A client");
        stage.allow().await;
        assert!(!stage.is_asked().await);
        stage.issuer.advance(-3600);
        stage.publish("Your Bank");
        assert!(stage.is_asked().await);
    }
}

/// A clock that was ahead stored the client from later. On SQLite somebody else's lock shows who wants to write.
#[actix_web::test]
async fn a_document_that_seems_older_than_what_is_stored_is_no_reason_to_write() {
    let mut stage = Stage::begin(TestDatabase::sqlite()).await;
    stage.publish("A client");
    stage.allow().await;
    stage.issuer.advance(-3600);
    stage.publish("Your Bank");
    let url = stage.issuer.database.url();
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    assert!(stage.is_asked().await, "that it is another is seen all the same");
    held.rollback().await.unwrap();
}

/// From before it was kept what the page showed.
#[actix_web::test]
async fn one_that_counts_no_more_is_not_in_the_list_either() {
    for database in TestDatabase::each() {
        let mut stage = Stage::begin(database).await;
        stage.publish("A client");
        stage.allow().await;
        let consents = "SELECT COUNT(*) FROM consents";
        assert!(stage.issuer.database.count(consents).await > 0);
        for from_before in [
            "ALTER TABLE consents DROP COLUMN metadata_hash",
            "DELETE FROM _sqlx_migrations WHERE version = 14",
        ] {
            stage.issuer.database.execute(from_before, &[]).await;
        }
        let issuer = stage.issuer.restart().await;
        assert_eq!(issuer.database.count(consents).await, 0);
    }
}

/// The list says of each whether it would be asked about again.
#[actix_web::test]
async fn the_list_tells_which_one_counts_no_more_and_it_can_be_forgotten() {
    for database in TestDatabase::each() {
        let mut stage = Stage::begin(database).await;
        let (counts, outdated) = ("it would not be asked about again", "you would be asked again");
        stage.publish("A client");
        stage.allow().await;
        let list = stage.person.visit("/account").await.text;
        assert!(list.contains(counts) && !list.contains(outdated), "{list}");
        let open = authorize(&stage.client_id, WEB, "&prompt=consent");
        let page = stage.person.visit(&open).await;
        stage.publish("Your Bank");
        assert!(stage.is_asked().await);
        let list = stage.person.visit("/account").await.text;
        assert!(list.contains("No program may use your account"), "{list}");
        assert_eq!(
            stage.person.decide(&page, "allow").await.status,
            303,
            "of the older one"
        );
        let list = stage.person.visit("/account").await.text;
        assert!(list.contains(outdated) && !list.contains(counts), "{list}");
        stage.allow().await;
        let list = stage.person.visit("/account").await.text;
        assert!(list.contains(counts) && !list.contains(outdated), "{list}");
        stage.issuer.advance(60);
        assert!(
            issuer::client::block(&stage.issuer.app, &stage.client_id)
                .await
                .unwrap()
        );
        let list = stage.person.visit("/account").await.text;
        assert!(
            list.contains(outdated) && !list.contains(counts),
            "a blocked one: {list}"
        );
        let client_id = stage.client_id.clone();
        stage.person.press("/account/apps", &[("client_id", &client_id)]).await;
        assert_eq!(stage.issuer.database.count("SELECT COUNT(*) FROM consents").await, 0);
    }
}
