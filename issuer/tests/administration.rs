//! Accounts, clients and grants in the hands of whoever runs the server: at the command line, beside a running issuer.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, authorize};
use crate::support::program::{complaint, program, said};
use crate::support::{TestIssuer, error, text};

const WEB: &str = "https://client.example/cb";

impl TestIssuer {
    /// Runs the program on this issuer's database and keys, with this text on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let folder = tempfile::tempdir().unwrap();
        let (url, keys) = (self.database.url(), self.keys_dir().display().to_string());
        let variables = [("ISSUER_DATABASE_URL", url.as_str()), ("ISSUER_KEYS_DIR", &keys)];
        let mut child = program(arguments, &variables, folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        child.wait_with_output().unwrap()
    }

    /// What a command that succeeds says.
    pub fn command(&self, arguments: &[&str]) -> String {
        let output = self.run_with(arguments, "");
        assert!(output.status.success(), "{output:?}");
        said(&output)
    }

    /// The same as an object.
    pub fn command_json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.command(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// A client with a grant of this account: `client_id` and tokens.
    async fn connected(&self, user_id: &str) -> (String, Value) {
        let client_id = self.client().await;
        let code = self.code_for(&client_id, user_id, "food:read").await;
        let (status, tokens) = self.exchange(&code).await;
        assert_eq!(status, 200, "{tokens}");
        (client_id, tokens)
    }

    async fn is_refused(&self, (client_id, tokens): &(String, Value)) -> bool {
        let answer = self.refresh(client_id, text(tokens, "refresh_token")).await;
        if answer.0 == 200 {
            return false;
        }
        assert_eq!(error(&answer), (400, "invalid_grant"));
        true
    }

    async fn revoked_entries(&self) -> i64 {
        let sql = "SELECT CAST(COUNT(*) AS TEXT) FROM status_entries WHERE revoked <> 0";
        self.database.count(sql).await
    }

    /// The kinds of what was done at the command line.
    async fn done_by_command(&self) -> Vec<String> {
        let log = self.audit_log().await.into_iter();
        let done = log.filter(|entry| entry.actor.as_deref() == Some("command line"));
        done.map(|entry| entry.kind).collect()
    }
}

#[actix_web::test]
async fn a_disabled_account_is_out_at_once_and_comes_back_with_nothing_but_its_password() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (alex, robin) = (issuer.account("Alex").await, issuer.account("robin").await);
        let (of_alex, of_robin) = (issuer.connected(&alex).await, issuer.connected(&robin).await);
        let waiting = issuer.client().await;
        let waiting = issuer.code_for(&waiting, &alex, "food:read").await;
        let mut person = issuer.signed_in_person("alex").await;

        let told = issuer.command_json(&["user", "disable", "ALEX"]);
        let ended =
            json!({"user_id": alex, "name": "Alex", "disabled": true, "sessions_ended": 1, "grants_revoked": 1});
        assert_eq!(told, ended);
        assert!(issuer.is_refused(&of_alex).await && !issuer.is_refused(&of_robin).await);
        assert_eq!(issuer.revoked_entries().await, 1);
        assert_eq!(error(&issuer.exchange(&waiting).await), (400, "invalid_grant"));
        assert_eq!(person.get("/account").await.status, 303, "signed out");
        let page = person.get("/sign-in").await;
        let answer = person.sign_in(&page, "alex", PASSWORD).await;
        assert_eq!(answer.status, 403);
        assert!(answer.text.contains("disabled"), "{}", answer.text);
        let answer = person.sign_in(&page, "alex", "not the right one").await;
        assert!(
            !answer.text.contains("disabled"),
            "only who knows the password hears it"
        );
        assert!(complaint(&issuer.run_with(&["user", "disable", "alex"], "")).contains("disabled already"));
        assert!(issuer.command(&["user", "list"]).contains("Alex  (disabled)"));

        assert_eq!(issuer.command(&["user", "enable", "alex"]), "enabled Alex\n");
        assert!(issuer.is_refused(&of_alex).await, "what ended stays ended");
        issuer.advance(3600);
        issuer.signed_in_person("alex").await;
        let kinds = [
            "user_added",
            "user_added",
            "grant_revoked",
            "user_disabled",
            "user_enabled",
        ];
        assert_eq!(issuer.done_by_command().await, kinds);
    }
}

#[actix_web::test]
async fn a_code_that_was_made_while_its_account_was_disabled_gives_nothing() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let user_id = issuer.account("alex").await;
        let client_id = issuer.client().await;
        issuer.command(&["user", "disable", "alex"]);
        let late = issuer.code_for(&client_id, &user_id, "food:read").await;
        assert_eq!(error(&issuer.exchange(&late).await), (400, "invalid_grant"));
    }
}

#[actix_web::test]
async fn what_people_are_told_programs_are_told_as_json() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let as_json = |arguments: &[&str], input: &str| -> Value {
            let told = issuer.run_with(&[arguments, &["--json"]].concat(), input);
            serde_json::from_str(&said(&told)).unwrap()
        };
        let password = format!("{PASSWORD}\n");
        let added = as_json(&["user", "add", "Alex", "--password-stdin"], &password);
        let user_id = text(&added, "user_id");
        assert_eq!(added, json!({"user_id": user_id, "name": "Alex"}));
        let of_alex = |members: Value| {
            let mut all = added.clone();
            all.as_object_mut()
                .unwrap()
                .extend(members.as_object().unwrap().clone());
            all
        };
        let changed = as_json(&["user", "password", "alex", "--password-stdin"], "another good one\n");
        assert_eq!(changed, of_alex(json!({"sessions_ended": 0})));
        let disabled = of_alex(json!({"disabled": true, "sessions_ended": 0, "grants_revoked": 0}));
        assert_eq!(as_json(&["user", "disable", "alex"], ""), disabled);
        assert_eq!(
            as_json(&["user", "enable", "alex"], ""),
            of_alex(json!({"disabled": false}))
        );
        let client_id = issuer.client().await;
        as_json(&["client", "block", &client_id], "");
        let unblocked = json!({"client_id": client_id, "blocked": false});
        assert_eq!(as_json(&["client", "unblock", &client_id], ""), unblocked);
        assert_eq!(
            as_json(&["user", "delete", "alex"], ""),
            of_alex(json!({"deleted": true}))
        );
    }
}

#[actix_web::test]
async fn a_new_password_ends_the_sessions_and_leaves_the_apps() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let user_id = issuer.account("alex").await;
        let app = issuer.connected(&user_id).await;
        let mut person = issuer.signed_in_person("alex").await;
        let command = ["user", "password", "alex", "--password-stdin"];
        assert!(complaint(&issuer.run_with(&command, "short\n")).contains("at least 8"));
        assert_eq!(person.get("/account").await.status, 200);
        let told = said(&issuer.run_with(&command, "another good one\n"));
        assert_eq!(told, "new password for alex; ended: 1 sessions\n");
        assert_eq!(person.get("/account").await.status, 303);
        let page = person.get("/sign-in").await;
        assert_eq!(person.sign_in(&page, "alex", PASSWORD).await.status, 422);
        assert_eq!(person.sign_in(&page, "alex", "another good one").await.status, 303);
        assert!(!issuer.is_refused(&app).await);
        assert_eq!(issuer.done_by_command().await, ["user_added", "password_changed"]);
    }
}

#[actix_web::test]
async fn a_deleted_account_takes_everything_with_it() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let user_id = issuer.account("alex").await;
        let app = issuer.connected(&user_id).await;
        let mut person = issuer.signed_in_person("alex").await;
        let told = issuer.command_json(&["user", "delete", "alex"]);
        assert_eq!(told, json!({"user_id": user_id, "name": "alex", "deleted": true}));
        assert!(issuer.is_refused(&app).await);
        assert_eq!(issuer.revoked_entries().await, 1, "its access tokens, too");
        assert_eq!(person.get("/account").await.status, 303);
        let line = complaint(&issuer.run_with(&["user", "delete", "alex"], ""));
        assert!(line.contains("there is no account named alex"), "{line}");
        let about = issuer.command(&["audit", "--user", &user_id]);
        assert!(about.lines().last().unwrap().contains("user_deleted"), "{about}");
    }
}

#[actix_web::test]
async fn grants_end_by_account_by_client_one_and_all() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let alex = issuer.account("alex").await;
        let mut apps = Vec::new();
        for user_id in [
            &alex,
            &alex,
            &issuer.user().await,
            &issuer.user().await,
            &issuer.user().await,
        ] {
            apps.push(issuer.connected(user_id).await);
        }
        let log = issuer.audit_log().await;
        let third = log
            .iter()
            .find(|entry| entry.kind == "grant_begun" && entry.client_id.as_ref() == Some(&apps[2].0));
        let grant_id = third.unwrap().grant_id.clone().unwrap();

        assert_eq!(
            issuer.command_json(&["revoke", "--user", "alex"]),
            json!({"grants_revoked": 2})
        );
        assert!(issuer.is_refused(&apps[0]).await && issuer.is_refused(&apps[1]).await);
        assert_eq!(issuer.command(&["revoke", "--grant", &grant_id]), "grants ended: 1\n");
        assert!(issuer.is_refused(&apps[2]).await && !issuer.is_refused(&apps[3]).await);
        assert_eq!(issuer.command(&["revoke", "--client", &apps[3].0]), "grants ended: 1\n");
        assert!(issuer.is_refused(&apps[3]).await && !issuer.is_refused(&apps[4]).await);
        assert_eq!(issuer.revoked_entries().await, 4);
        let waiting = issuer.code(&apps[4].0).await;
        assert_eq!(issuer.command_json(&["revoke", "--all"]), json!({"grants_revoked": 1}));
        assert!(issuer.is_refused(&apps[4]).await);
        assert_eq!(
            error(&issuer.exchange(&waiting).await),
            (400, "invalid_grant"),
            "a code that waits, too"
        );
        assert_eq!(issuer.command_json(&["revoke", "--all"]), json!({"grants_revoked": 0}));
        let told = issuer
            .done_by_command()
            .await
            .into_iter()
            .filter(|kind| kind == "grant_revoked");
        assert_eq!(told.count(), 5, "one entry for each");
    }
}

#[actix_web::test]
async fn a_blocked_client_gets_nothing_whatever_its_identifier_says() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let user_id = issuer.account("alex").await;
        let app = issuer.connected(&user_id).await;
        let unknown = issuer.client_named("Never allowed", &[WEB]).await;
        let url = "https://client.example/metadata.json";

        let told = issuer.command_json(&["client", "block", &app.0]);
        assert_eq!(told, json!({"client_id": app.0, "blocked": true, "grants_revoked": 1}));
        assert_eq!(issuer.revoked_entries().await, 1);
        let answer = issuer.refresh(&app.0, text(&app.1, "refresh_token")).await;
        assert_eq!(error(&answer), (401, "invalid_client"));
        for id in [unknown.as_str(), url] {
            let told = issuer.command(&["client", "block", id]);
            assert_eq!(told, format!("blocked {id}; ended: 0 grants\n"));
            let listed = issuer.command_json(&["client", "show", id]);
            assert!(listed["blocked_at"].is_i64(), "{listed}");
        }
        let mut person = issuer.signed_in_person("alex").await;
        let page = person.visit(&authorize(&unknown, WEB, "")).await;
        assert!(page.status >= 400 && page.field("request").is_empty(), "{}", page.text);
        assert!(complaint(&issuer.run_with(&["client", "block", "nobody"], "")).contains("nobody"));

        assert_eq!(
            issuer.command(&["client", "unblock", &unknown]),
            format!("unblocked {unknown}\n")
        );
        let page = person.visit(&authorize(&unknown, WEB, "")).await;
        assert!(page.title().contains("Allow"), "{}", page.text);
        assert!(complaint(&issuer.run_with(&["client", "unblock", &unknown], "")).contains("not blocked"));
        let done = issuer.done_by_command().await;
        assert_eq!(
            done[1..],
            [
                "client_blocked",
                "grant_revoked",
                "client_blocked",
                "client_blocked",
                "client_unblocked"
            ]
        );
    }
}
