//! Resources of a file: their scopes, words, lifetimes and audiences, from the metadata to the tokens
//! (RFC 8707, RFC 6749 section 3.3).

use std::fs;

use issuer::tokens::id_token::{IdTokenClaims, TYP};
use serde_json::{Value, json};
use shared::claims::AccessTokenClaims;
use tempfile::TempDir;

use crate::confidential::Confidential;
use crate::confidential::command_line::client_with;
use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, authorize, code_form};
use crate::support::{RESOURCE, TestIssuer, error, refresh_form, text};

pub const NOTES: &str = "https://notes.example.com/mcp";
pub const MAIL: &str = "https://mail.example.com/mcp";
const LOCAL: &str = "http://localhost/callback";

pub const FILE: &str = r#"
together = [["https://notes.example.com/mcp", "http://localhost:8081/mcp"]]

[[resource]]
identifier = "http://localhost:8081/mcp"
scope = [
  { name = "food:read", text = "look up foods", default = true },
  { name = "food:write", text = "save foods" },
  { name = "food", implies = ["food:read", "food:write"] },
]

[[resource]]
identifier = "https://notes.example.com/mcp"
name = "Notes <of> Example"
access_token_seconds = 600
scope = [
  { name = "notes:read", text = "read your <notes>", default = true },
  { name = "notes:write", text = "write notes" },
]

[[resource]]
identifier = "https://mail.example.com/mcp"
scope = [{ name = "mail", text = "read mail", default = true }]
"#;

/// An issuer with this file; the folder must outlive it.
pub async fn issuer_on(database: TestDatabase) -> (TestIssuer, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("resources.toml");
    fs::write(&path, FILE).unwrap();
    let settings = [("ISSUER_RESOURCES_FILE", path.to_str().unwrap())];
    (TestIssuer::with(database, &settings).await, folder)
}

fn claims(issuer: &TestIssuer, tokens: &Value) -> AccessTokenClaims {
    let token = text(tokens, "access_token");
    issuer.app.keys.signing.verify(shared::claims::TYP, token).unwrap()
}

/// `aud`, `scope` and lifetime of the access token.
pub fn meant(issuer: &TestIssuer, tokens: &Value) -> (String, String, i64) {
    let claims = claims(issuer, tokens);
    assert_eq!(text(tokens, "scope"), claims.scope.to_string());
    assert_eq!(tokens["expires_in"], claims.exp - claims.iat);
    (
        claims.aud.to_string(),
        claims.scope.to_string(),
        claims.exp - claims.iat,
    )
}

pub fn is(aud: &str, scope: &str, seconds: i64) -> (String, String, i64) {
    (aud.to_owned(), scope.to_owned(), seconds)
}

/// What a client asks for, beside what all ask for; without the resource of [`authorize`].
fn asks(client_id: &str, besides: &str) -> String {
    authorize(client_id, LOCAL, besides).replacen(&format!("&resource={RESOURCE}"), "", 1)
}

/// A client that signs in and asks for this: the consent page's text, and its tokens.
pub async fn consents(issuer: &TestIssuer, besides: &str, resources: &[&str]) -> (String, String, Value) {
    issuer.account("alex").await;
    let client_id = issuer.client_named("Test", &[LOCAL]).await;
    let mut person = issuer.person();
    let page = person.visit(&asks(&client_id, besides)).await;
    let signed_in = person.sign_in(&page, "alex", PASSWORD).await;
    let page = person.visit(&signed_in.location()).await;
    let answer = person.decide(&page, "allow").await;
    let code = answer.answer("code").unwrap();
    let mut form = code_form(&client_id, &code);
    form.extend(resources.iter().map(|resource| ("resource", *resource)));
    let (status, tokens) = issuer.post_token(&form).await;
    assert_eq!(status, 200, "{tokens}");
    (page.text, client_id, tokens)
}

async fn refreshed(issuer: &TestIssuer, client_id: &str, token: &str, asked: &[(&str, &str)]) -> (u16, Value) {
    let mut form = refresh_form(client_id, token);
    form.extend(asked);
    issuer.post_token(&form).await
}

#[actix_web::test]
async fn the_metadata_lists_the_resources_of_the_file_and_their_scopes() {
    let (issuer, _folder) = issuer_on(TestDatabase::of_this_run()).await;
    let path = "/.well-known/oauth-authorization-server";
    let document: Value = issuer.request("GET", path).send().await.unwrap().json().await.unwrap();
    let scopes = [
        "food:read",
        "food:write",
        "food",
        "notes:read",
        "notes:write",
        "mail",
        "openid",
        "profile",
        "email",
    ];
    assert_eq!(document["scopes_supported"], json!(scopes));
    assert_eq!(document["protected_resources"], json!([RESOURCE, NOTES, MAIL]));
}

#[actix_web::test]
async fn a_token_has_the_audience_the_scopes_and_the_lifetime_of_its_resource() {
    for database in TestDatabase::each() {
        let (issuer, _folder) = issuer_on(database).await;
        let asked = format!("&resource={NOTES}&scope=notes:write%20food:read%20openid");
        let (page, client_id, tokens) = consents(&issuer, &asked, &[NOTES]).await;
        assert_eq!(meant(&issuer, &tokens), is(NOTES, "notes:write openid", 600));
        assert!(page.contains("Notes &#60;of&#62; Example"), "{page}");
        assert!(
            page.contains("<li>write notes</li>") && !page.contains("look up foods"),
            "{page}"
        );
        assert!(page.contains("know who you are"), "{page}");
        let token = text(&tokens, "refresh_token");
        let (_, tokens) = refreshed(&issuer, &client_id, token, &[("scope", "notes:read")]).await;
        assert_eq!(
            meant(&issuer, &tokens),
            is(NOTES, "notes:write openid", 600),
            "never given"
        );
    }
}

#[actix_web::test]
async fn an_id_token_ends_with_the_access_token_beside_it() {
    let (issuer, _folder) = issuer_on(TestDatabase::of_this_run()).await;
    let both = format!("&resource={NOTES}&resource={RESOURCE}&scope=openid%20food:read%20notes:read");
    let (_, client_id, tokens) = consents(&issuer, &both, &[]).await;
    let seconds = |tokens: &Value| {
        let signing = &issuer.app.keys.signing;
        let id_token: IdTokenClaims = signing.verify(TYP, text(tokens, "id_token")).unwrap();
        assert_eq!(id_token.exp - id_token.iat, tokens["expires_in"]);
        id_token.exp - id_token.iat
    };
    assert_eq!(seconds(&tokens), 600);
    let (_, tokens) = refreshed(
        &issuer,
        &client_id,
        text(&tokens, "refresh_token"),
        &[("resource", RESOURCE)],
    )
    .await;
    assert_eq!(seconds(&tokens), 3600);
}

#[actix_web::test]
async fn nothing_asked_is_the_default_of_the_resource_and_a_scope_brings_what_it_implies() {
    let (issuer, _folder) = issuer_on(TestDatabase::of_this_run()).await;
    let (page, ..) = consents(&issuer, &format!("&resource={NOTES}"), &[]).await;
    assert!(
        page.contains("read your &#60;notes&#62;") && !page.contains("write notes"),
        "{page}"
    );
    let (issuer, _folder) = issuer_on(TestDatabase::of_this_run()).await;
    let (page, client_id, tokens) = consents(&issuer, "&scope=food", &[]).await;
    assert_eq!(meant(&issuer, &tokens), is(RESOURCE, "food food:read food:write", 3600));
    assert!(page.contains("look up foods") && page.contains("save foods"), "{page}");
    let token = text(&tokens, "refresh_token");
    let (_, tokens) = refreshed(&issuer, &client_id, token, &[("scope", "food:write")]).await;
    assert_eq!(meant(&issuer, &tokens), is(RESOURCE, "food:write", 3600));
}

#[actix_web::test]
async fn resources_that_belong_together_share_a_token_which_may_be_narrowed_to_one() {
    for database in TestDatabase::each() {
        let (issuer, _folder) = issuer_on(database).await;
        let both = format!("&resource={NOTES}&resource={RESOURCE}&scope=food:read%20notes:read%20notes:write");
        let (page, client_id, tokens) = consents(&issuer, &both, &[]).await;
        assert!(page.contains(RESOURCE) && page.contains(NOTES), "{page}");
        let aud = format!("{RESOURCE} {NOTES}");
        assert_eq!(
            meant(&issuer, &tokens),
            is(&aud, "food:read notes:read notes:write", 600)
        );
        let payload: Value = issuer
            .app
            .keys
            .signing
            .verify("at+jwt", text(&tokens, "access_token"))
            .unwrap();
        assert_eq!(payload["aud"], json!([RESOURCE, NOTES]));
        let mut token = text(&tokens, "refresh_token").to_owned();
        let asked: [(&[(&str, &str)], _); 5] = [
            (&[("resource", NOTES)], is(NOTES, "notes:read notes:write", 600)),
            (
                &[("resource", NOTES), ("scope", "notes:read food:read")],
                is(NOTES, "notes:read", 600),
            ),
            (&[("resource", RESOURCE)], is(RESOURCE, "food:read", 3600)),
            (
                &[("resource", RESOURCE), ("resource", NOTES)],
                is(&aud, "food:read notes:read notes:write", 600),
            ),
            (&[], is(&aud, "food:read notes:read notes:write", 600)),
        ];
        for (asked, expected) in asked {
            let (status, tokens) = refreshed(&issuer, &client_id, &token, asked).await;
            assert_eq!(status, 200, "{asked:?}: {tokens}");
            assert_eq!(meant(&issuer, &tokens), expected, "{asked:?}");
            token = text(&tokens, "refresh_token").to_owned();
        }
        let answer = refreshed(&issuer, &client_id, &token, &[("resource", MAIL)]).await;
        assert_eq!(error(&answer), (400, "invalid_target"));
        assert_eq!(issuer.refresh(&client_id, &token).await.0, 200, "that used nothing up");
    }
}

#[actix_web::test]
async fn a_code_for_two_resources_gives_a_token_for_one_and_a_grant_for_both() {
    let (issuer, _folder) = issuer_on(TestDatabase::of_this_run()).await;
    let both = format!("&resource={RESOURCE}&resource={NOTES}");
    let (_, client_id, tokens) = consents(&issuer, &both, &[RESOURCE]).await;
    assert_eq!(meant(&issuer, &tokens), is(RESOURCE, "food:read", 3600));
    let token = text(&tokens, "refresh_token");
    let (_, tokens) = refreshed(&issuer, &client_id, token, &[("resource", NOTES)]).await;
    assert_eq!(meant(&issuer, &tokens), is(NOTES, "notes:read", 600));
}

#[actix_web::test]
async fn resources_that_nobody_put_together_are_refused() {
    let (issuer, _folder) = issuer_on(TestDatabase::of_this_run()).await;
    let client_id = issuer.client_named("Test", &[LOCAL]).await;
    let mut person = issuer.person();
    for (one, other) in [(NOTES, MAIL), (RESOURCE, MAIL), (NOTES, "https://x.example/mcp")] {
        let asked = asks(&client_id, &format!("&resource={one}&resource={other}"));
        let answer = person.get(&asked).await;
        assert_eq!(
            answer.answer("error").as_deref(),
            Some("invalid_target"),
            "{one} {other}"
        );
        assert_eq!(answer.answer("code"), None);
    }
}

#[actix_web::test]
async fn each_resource_server_is_told_of_tokens_for_it_and_services_get_tokens_for_each() {
    let (issuer, folder) = issuer_on(TestDatabase::of_this_run()).await;
    let file = folder.path().join("resources.toml");
    let settings = [("ISSUER_RESOURCES_FILE", file.to_str().unwrap())];
    let added = |arguments: &[&str]| Confidential::of(&client_with(&issuer, arguments, &settings));
    let (_, _, tokens) = consents(&issuer, &format!("&resource={RESOURCE}&resource={NOTES}"), &[]).await;
    for (resource, active) in [(RESOURCE, true), (NOTES, true), (MAIL, false)] {
        let server = added(&["add", "Server", "--resource", resource]);
        let form = [("token", text(&tokens, "access_token"))];
        let (status, told) = server.basic(&issuer, "/oauth/introspect", &form).await;
        assert_eq!((status, &told["active"]), (200, &json!(active)), "{resource}: {told}");
    }
    let service = added(&[
        "add",
        "Nightly",
        "--scope",
        "notes:write food",
        "--scope-at",
        RESOURCE,
        "--scope-at",
        NOTES,
    ]);
    let token = async |besides: &[(&str, &str)]| {
        let form = [&[("grant_type", "client_credentials")], besides].concat();
        service.basic(&issuer, "/oauth/token", &form).await
    };
    let (_, tokens) = token(&[("resource", NOTES)]).await;
    assert_eq!(meant(&issuer, &tokens), is(NOTES, "notes:write", 600));
    let (_, tokens) = token(&[("scope", "food:read notes:write")]).await;
    assert_eq!(meant(&issuer, &tokens), is(RESOURCE, "food:read", 3600));
    assert_eq!(error(&token(&[("resource", MAIL)]).await), (400, "invalid_target"));
    let before = "UPDATE service_clients SET scope = 'food notes:write'";
    issuer.database.execute(before, &[]).await;
    let (_, tokens) = token(&[("resource", RESOURCE)]).await;
    assert_eq!(
        meant(&issuer, &tokens).1,
        "food",
        "what the file implies since then was not allowed"
    );
    let pair = [("resource", MAIL), ("resource", NOTES)];
    assert_eq!(error(&token(&pair).await), (400, "invalid_target"));
}
