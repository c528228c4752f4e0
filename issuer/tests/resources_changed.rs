//! Grants that are older than the settings: a resource that was taken away gets no tokens any more, nor do two that
//! were put apart (RFC 8707 sections 2.2 and 3).

use std::fs;

use tempfile::TempDir;

use crate::confidential::Confidential;
use crate::confidential::command_line::{client, client_with};
use crate::resources::{FILE, NOTES, consents, is, issuer_on, meant};
use crate::support::database::TestDatabase;
use crate::support::{OTHER_RESOURCE, RESOURCE, TestIssuer, error, text};

const TOGETHER: &str = r#"together = [["https://notes.example.com/mcp", "http://localhost:8081/mcp"]]"#;

/// The issuer after its settings changed.
async fn with_file(issuer: TestIssuer, folder: &TempDir, file: &str) -> TestIssuer {
    fs::write(folder.path().join("resources.toml"), file).unwrap();
    issuer.restart().await
}

/// The file without the resource that has this identifier.
fn without(identifier: &str) -> String {
    let (_, resources) = FILE.split_once(TOGETHER).unwrap();
    let kept = resources.split("[[resource]]").skip(1);
    let kept = kept.filter(|part| !part.contains(&format!("identifier = \"{identifier}\"")));
    kept.flat_map(|part| ["[[resource]]", part]).collect()
}

#[actix_web::test]
async fn a_refresh_is_for_the_resources_that_are_left_and_their_scopes() {
    for database in TestDatabase::each() {
        let (issuer, folder) = issuer_on(database).await;
        let both = format!("&resource={NOTES}&resource={RESOURCE}&scope=food:read%20notes:read%20openid");
        let (_, client_id, tokens) = consents(&issuer, &both, &[]).await;
        let both = is(&format!("{RESOURCE} {NOTES}"), "food:read notes:read openid", 600);
        assert_eq!(meant(&issuer, &tokens), both);
        let apart = FILE.replace(TOGETHER, "");
        let no_read = FILE.replace(
            r#"{ name = "notes:read", text = "read your <notes>", default = true },"#,
            "",
        );
        let no_read = no_read.replace(r#"text = "write notes""#, r#"text = "write notes", default = true"#);
        let left = [
            (without(NOTES), is(RESOURCE, "food:read openid", 3600)),
            (without(RESOURCE), is(NOTES, "notes:read openid", 600)),
            (apart, is(RESOURCE, "food:read openid", 3600)),
            (no_read, is(&both.0, "food:read openid", 600)),
            (FILE.to_owned(), both),
        ];
        let (mut issuer, mut token) = (issuer, text(&tokens, "refresh_token").to_owned());
        for (file, expected) in left {
            issuer = with_file(issuer, &folder, &file).await;
            let (status, tokens) = issuer.refresh(&client_id, &token).await;
            assert_eq!(status, 200, "{tokens}");
            assert_eq!(meant(&issuer, &tokens), expected);
            token = text(&tokens, "refresh_token").to_owned();
        }
    }
}

#[actix_web::test]
async fn a_grant_of_which_no_resource_is_left_rests_until_the_settings_know_it_again() {
    for database in TestDatabase::each() {
        let (issuer, folder) = issuer_on(database).await;
        let (_, client_id, tokens) = consents(&issuer, &format!("&resource={NOTES}"), &[]).await;
        let token = text(&tokens, "refresh_token");
        let issuer = with_file(issuer, &folder, &without(NOTES)).await;
        for _ in 0..2 {
            let answer = issuer.refresh(&client_id, token).await;
            assert_eq!(error(&answer), (400, "invalid_grant"));
            assert!(
                text(&answer.1, "error_description").contains("not known here any more"),
                "{answer:?}"
            );
        }
        let counter = "SELECT current_counter FROM grants";
        assert_eq!(issuer.database.count(counter).await, 1, "that used nothing up");
        let issuer = with_file(issuer, &folder, FILE).await;
        assert_eq!(issuer.refresh(&client_id, token).await.0, 200);
    }
}

/// From before it was kept for which resource a service was added.
#[actix_web::test]
async fn a_service_of_an_older_version_stays_at_the_resource_that_was_the_first() {
    let grant = ("grant_type", "client_credentials");
    let other = "[[resource]]\nidentifier = \"http://localhost:8082/mcp\"\nscope = [{ name = \"food:read\", text = \"look up\", default = true }]\n";
    for database in TestDatabase::each() {
        let (issuer, folder) = issuer_on(database).await;
        let service = Confidential::of(&client(&issuer, &["add", "Nightly", "--scope", "food:read"]));
        let (registered, keys) = (issuer.client().await, issuer.keys_dir().display().to_string());
        let from_before = "UPDATE service_clients SET scope_at = NULL";
        issuer.database.execute(from_before, &[]).await;
        // A command may be given in a shell that has other settings.
        for verb in ["block", "unblock"] {
            client_with(&issuer, &[verb, &registered], &[("ISSUER_KEYS_DIR", &keys)]);
        }
        let untied = "SELECT COUNT(*) FROM service_clients WHERE scope_at IS NULL";
        assert_eq!(issuer.database.count(untied).await, 1);
        let issuer = issuer.restart().await;
        let (_, resources) = FILE.split_once(TOGETHER).unwrap();
        let issuer = with_file(issuer, &folder, &format!("{other}{resources}")).await;
        let (status, body) = service.basic(&issuer, "/oauth/token", &[grant]).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(meant(&issuer, &body), is(RESOURCE, "food:read", 3600));
        let elsewhere = [grant, ("resource", OTHER_RESOURCE)];
        let answer = service.basic(&issuer, "/oauth/token", &elsewhere).await;
        assert_eq!(error(&answer), (400, "invalid_target"));
        // An older version may run beside this one for a while, and add some.
        issuer.database.execute(from_before, &[]).await;
        let answer = service.basic(&issuer, "/oauth/token", &[grant]).await;
        assert_eq!(error(&answer), (400, "unauthorized_client"), "until it is known where");
    }
}
