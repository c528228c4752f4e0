//! threats.md B18: a database that somebody else holds, and one that may only be read. The client hears when to try again,
//! and loses nothing.

use std::process::Command;
use std::time::{Duration, Instant};

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

/// What clients hold: each a refresh token, and one a code.
struct Held {
    issuer: TestIssuer,
    forms: Vec<Vec<(String, String)>>,
}

impl Held {
    async fn on(database: TestDatabase) -> Self {
        let issuer = TestIssuer::with(database, &[]).await;
        let mut forms = Vec::new();
        let owned = |form: Vec<(&str, &str)>| form.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        for _ in 0..3 {
            let (client_id, tokens) = issuer.signed_in().await;
            forms.push(owned(refresh_form(&client_id, text(&tokens, "refresh_token"))));
        }
        let code = issuer.code(&issuer.client().await).await;
        forms.push(owned(code.form()));
        Self { issuer, forms }
    }

    /// Everybody asks at once, and is told to come again.
    async fn is_refused(&self) {
        let asking = self.forms.iter().map(|form| {
            let request = client().post(format!("{}/oauth/token", self.issuer.url)).form(form);
            request.send()
        });
        for answer in join_all(asking).await {
            let answer = answer.unwrap();
            assert_eq!(answer.headers()["retry-after"], "1");
            let (status, body) = read(answer).await;
            assert_eq!((status, text(&body, "error")), (503, "temporarily_unavailable"));
        }
    }

    /// Everybody gets what that form is good for.
    async fn is_served(&self) {
        for form in &self.forms {
            let form: Vec<_> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let (status, body) = self.issuer.post_token(&form).await;
            assert_eq!(status, 200, "{body}");
        }
    }
}

#[actix_web::test]
async fn it_costs_no_token_and_the_client_hears_when_to_try_again() {
    held_for(Duration::ZERO).await;
}

/// The lock stays at least so long, and clients ask all the time.
pub async fn held_for(time: Duration) {
    for database in TestDatabase::each() {
        let held = Held::on(database).await;
        let begun = Instant::now();
        let holder = hold(&held.issuer.database).await;
        held.is_refused().await;
        while begun.elapsed() < time {
            held.is_refused().await;
        }
        release(holder).await;
        held.is_served().await;
    }
}

/// Files that nobody may write to, not even root and who has them open; until this goes out of scope.
struct Immutable([String; 2]);

impl Immutable {
    fn make(database: &TestDatabase) -> Option<Self> {
        let path = database.url().strip_prefix("sqlite:").unwrap().to_owned();
        // What the connections share in memory (`-shm`) has to stay: a write there would end the process.
        let files = Self(["", "-wal"].map(|end| format!("{path}{end}")));
        files.mark("+i").then_some(files)
    }

    fn mark(&self, mark: &str) -> bool {
        let output = Command::new("chattr").arg(mark).args(&self.0).output();
        output.is_ok_and(|output| output.status.success())
    }
}

impl Drop for Immutable {
    fn drop(&mut self) {
        self.mark("-i");
    }
}

#[actix_web::test]
async fn a_file_that_may_only_be_read_costs_no_token_either() {
    let held = Held::on(TestDatabase::sqlite()).await;
    let Some(immutable) = Immutable::make(&held.issuer.database) else {
        println!("skipped: chattr +i takes root and a file system that knows it");
        return;
    };
    held.is_refused().await;
    drop(immutable);
    held.is_served().await;
}

/// As after a failover to a server that only follows: all connections end, and new ones may not write.
async fn may_write(admin: &mut PgConnection, may: bool) {
    let role = if may {
        "ALTER ROLE follower RESET default_transaction_read_only"
    } else {
        "ALTER ROLE follower SET default_transaction_read_only = on"
    };
    sqlx::raw_sql(role).execute(&mut *admin).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'follower'";
    sqlx::raw_sql(end).execute(admin).await.unwrap();
}

#[actix_web::test]
async fn a_server_that_may_only_be_read_costs_no_token_either() {
    for database in TestDatabase::each() {
        let TestDatabase::Postgres { _server: server, url } = database else {
            continue; // the test above has it
        };
        let mut admin = PgConnection::connect(&url).await.unwrap();
        let role = sqlx::raw_sql("CREATE ROLE follower SUPERUSER LOGIN");
        role.execute(&mut admin).await.unwrap();
        let url = url.replace("//issuer@", "//follower@");
        let held = Held::on(TestDatabase::Postgres { _server: server, url }).await;
        may_write(&mut admin, false).await;
        held.is_refused().await;
        may_write(&mut admin, true).await;
        held.is_served().await;
    }
}
