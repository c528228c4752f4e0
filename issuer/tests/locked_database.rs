//! A database that somebody else holds: the client hears when to try again, and loses nothing.

use futures_util::future::join_all;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::support::database::TestDatabase;
use crate::support::{TestIssuer, client, read, refresh_form, text};

/// A connection that holds what a writer needs.
enum Holder {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

async fn hold(database: &TestDatabase) -> Holder {
    if database.is_postgres() {
        let mut connection = PgConnection::connect(&database.url()).await.unwrap();
        sqlx::raw_sql("BEGIN; LOCK TABLE grants, authorization_codes IN ACCESS EXCLUSIVE MODE")
            .execute(&mut connection)
            .await
            .unwrap();
        Holder::Postgres(connection)
    } else {
        let mut connection = SqliteConnection::connect(&database.url()).await.unwrap();
        sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut connection).await.unwrap();
        Holder::Sqlite(connection)
    }
}

async fn release(holder: Holder) {
    match holder {
        Holder::Sqlite(connection) => connection.close().await.unwrap(),
        Holder::Postgres(connection) => connection.close().await.unwrap(),
    }
}

#[actix_web::test]
async fn it_costs_no_token_and_the_client_hears_when_to_try_again() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, tokens) = issuer.signed_in().await;
        let code = issuer.code(&client_id).await;
        let refresh = refresh_form(&client_id, text(&tokens, "refresh_token"));
        let forms = [&refresh, &refresh, &code.form()];

        let holder = hold(&issuer.database).await;
        for answer in join_all(forms.map(|form| send(&issuer, form))).await {
            assert_eq!(answer.headers()["retry-after"], "1");
            let (status, body) = read(answer).await;
            assert_eq!((status, text(&body, "error")), (503, "temporarily_unavailable"));
        }
        release(holder).await;

        for form in forms {
            assert_eq!(issuer.post_token(form).await.0, 200);
        }
    }
}

async fn send(issuer: &TestIssuer, form: &[(&str, &str)]) -> reqwest::Response {
    let request = client().post(format!("{}/oauth/token", issuer.url)).form(form);
    request.send().await.unwrap()
}
