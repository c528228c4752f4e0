//! The account page over HTTP: connected apps, signed-in browsers, password, data, deletion.

use serde_json::Value;

use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, Person, authorize, code_form};
use crate::support::{TestIssuer, error, refresh_form, text};

const WEB: &str = "https://client.example/cb";

/// The tokens after this person pressed Allow.
async fn connect(issuer: &TestIssuer, person: &mut Person, client_id: &str, redirect_uri: &str) -> Value {
    let page = person
        .visit(&authorize(client_id, redirect_uri, "&scope=food:read"))
        .await;
    let answer = person.decide(&page, "allow").await;
    issuer.tokens(client_id, &answer).await
}

async fn is_signed_in(person: &mut Person) -> bool {
    person.get("/account").await.status == 200
}

#[actix_web::test]
async fn an_app_is_listed_by_name_host_and_words_and_one_button_signs_it_out() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let client_id = issuer.client_named("Notes", &[WEB]).await;
        let mut alex = issuer.signed_in_person("alex").await;
        let tokens = connect(&issuer, &mut alex, &client_id, WEB).await;
        issuer.advance(2 * 3600);
        let (status, tokens) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(status, 200);
        issuer.advance(300);
        let page = alex.get("/account").await;
        for words in [
            "“Notes”",
            "client.example",
            "look up foods",
            ">2 hours ago<",
            ">5 minutes ago<",
        ] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        let answer = alex.press("/account/apps", &[("client_id", &client_id)]).await;
        assert_eq!((answer.status, answer.location().as_str()), (303, "/account"));
        let refused = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(error(&refused), (400, "invalid_grant"));
        assert!(
            alex.get("/account")
                .await
                .text
                .contains("No program may use your account")
        );
        let asked = alex.visit(&authorize(&client_id, WEB, "&scope=food:read")).await;
        assert!(
            asked.title().contains("Allow"),
            "the consent is forgotten: {}",
            asked.title()
        );
    }
}

#[actix_web::test]
async fn a_code_that_was_not_exchanged_yet_ends_with_the_app() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let client_id = issuer.client_named("Notes", &[WEB]).await;
    let mut alex = issuer.signed_in_person("alex").await;
    let page = alex.visit(&authorize(&client_id, WEB, "")).await;
    let code = alex.decide(&page, "allow").await.answer("code").unwrap();
    alex.press("/account/apps", &[("client_id", &client_id)]).await;
    let form = code_form(&client_id, &code);
    assert_eq!(error(&issuer.post_token(&form).await), (400, "invalid_grant"));
}

#[actix_web::test]
async fn nobody_sees_or_ends_what_is_anothers() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    issuer.account("kim").await;
    let client_id = issuer.client_named("Notes", &[WEB]).await;
    let mut alex = issuer.signed_in_person("alex").await;
    let tokens = connect(&issuer, &mut alex, &client_id, WEB).await;
    let mut kim = issuer.signed_in_person("kim").await;
    assert!(!kim.get("/account").await.text.contains("Notes"));
    kim.press("/account/apps", &[("client_id", &client_id)]).await;
    let mut second = issuer.signed_in_person("alex").await;
    let session = alex.get("/account").await.field("session");
    kim.press("/account/browsers", &[("session", &session)]).await;
    assert!(is_signed_in(&mut alex).await && is_signed_in(&mut second).await);
    let refreshed = issuer
        .post_token(&refresh_form(&client_id, text(&tokens, "refresh_token")))
        .await;
    assert_eq!(refreshed.0, 200);
}

#[actix_web::test]
async fn a_browser_is_signed_out_from_another_and_all_others_at_once() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut here = issuer.signed_in_person("alex").await;
    let mut phone = issuer.signed_in_person("alex").await;
    let page = here.get("/account").await;
    assert_eq!(page.text.matches("this one").count(), 1, "{}", page.text);
    let answer = here
        .press("/account/browsers", &[("session", &page.field("session"))])
        .await;
    assert_eq!(answer.location(), "/account");
    assert!(!is_signed_in(&mut phone).await && is_signed_in(&mut here).await);

    let mut others = [
        issuer.signed_in_person("alex").await,
        issuer.signed_in_person("alex").await,
    ];
    here.press("/account/browsers", &[("session", "others")]).await;
    for other in &mut others {
        assert!(!is_signed_in(other).await);
    }
    assert!(is_signed_in(&mut here).await);
}

fn change<'a>(present: &'a str, new: &'a str, repeat: &'a str) -> [(&'static str, &'a str); 3] {
    [("password", present), ("new", new), ("repeat", repeat)]
}

#[actix_web::test]
async fn the_password_changes_with_the_present_one_and_ends_the_other_browsers() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let mut here = issuer.signed_in_person("alex").await;
        let mut elsewhere = issuer.signed_in_person("alex").await;
        let before = here.clone();
        let new = "another good one";
        for (form, problem) in [
            (change("wrong password", new, new), "not your present password"),
            (change("", new, new), "Enter your present password"),
            (change(PASSWORD, "short", "short"), "at least 8"),
            (change(PASSWORD, new, "something else"), "The two passwords differ"),
        ] {
            let answer = here.press("/account/password", &form).await;
            assert_eq!(answer.status, 422);
            assert!(answer.text.contains(problem), "{problem}: {}", answer.text);
        }
        assert!(is_signed_in(&mut elsewhere).await);
        let answer = here.press("/account/password", &change(PASSWORD, new, new)).await;
        assert_eq!(
            (answer.status, answer.location().as_str()),
            (303, "/account?done=password")
        );
        assert!(
            here.get(&answer.location())
                .await
                .text
                .contains("Your password was changed")
        );
        assert!(!is_signed_in(&mut elsewhere).await);
        assert!(
            !is_signed_in(&mut before.clone()).await,
            "this browser has a new session"
        );
        let mut person = issuer.person();
        let page = person.get("/sign-in").await;
        assert_eq!(person.sign_in(&page, "alex", PASSWORD).await.status, 422);
        let page = person.get("/sign-in").await;
        assert_eq!(person.sign_in(&page, "alex", new).await.status, 303);
    }
}

#[actix_web::test]
async fn guesses_at_the_present_password_are_slowed() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut alex = issuer.signed_in_person("alex").await;
    let guess = change("wrong password", "another good one", "another good one");
    let mut answers = Vec::new();
    for _ in 0..7 {
        answers.push(alex.press("/account/password", &guess).await.text);
    }
    assert!(answers[0].contains("not your present password"));
    assert!(answers[6].contains("too many tries"), "{}", answers[6]);
    let right = change(PASSWORD, "another good one", "another good one");
    let answer = alex.press("/account/password", &right).await;
    assert!(answer.text.contains("too many tries"), "also for the right one");
    issuer.advance(300);
    assert_eq!(alex.press("/account/password", &right).await.status, 303);
}

#[actix_web::test]
async fn the_copy_has_what_is_kept_and_no_secret() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let user_id = issuer.account("alex").await;
        let client_id = issuer.client_named("Notes", &[WEB]).await;
        let mut alex = issuer.signed_in_person("alex").await;
        connect(&issuer, &mut alex, &client_id, WEB).await;
        let copy = alex.get("/account/export").await;
        assert!(copy.header("content-disposition").starts_with("attachment"));
        assert_eq!(copy.header("cache-control"), "no-store");
        let data: Value = serde_json::from_str(&copy.text).unwrap();
        assert_eq!(data["account"]["user_id"], user_id);
        assert_eq!(data["grants"][0]["client_name"], "Notes");
        assert_eq!(data["grants"][0]["redirect_uri"], WEB);
        assert_eq!(data["consents"][0]["scope_token"], "food:read");
        assert_eq!(data["sessions"].as_array().unwrap().len(), 1);
        for secret in ["argon2", "hash", "challenge"] {
            assert!(!copy.text.contains(secret), "{secret}: {}", copy.text);
        }
    }
    let issuer = TestIssuer::start().await;
    assert_eq!(issuer.person().get("/account/export").await.location(), "/sign-in");
}

#[actix_web::test]
async fn an_account_is_deleted_by_its_name_and_password_with_all_that_is_its_own() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let client_id = issuer.client_named("Notes", &[WEB]).await;
        let mut alex = issuer.signed_in_person("alex").await;
        let mut elsewhere = issuer.signed_in_person("alex").await;
        let tokens = connect(&issuer, &mut alex, &client_id, WEB).await;
        for (name, password) in [
            ("kim", PASSWORD),
            ("", PASSWORD),
            ("alex", "wrong password"),
            ("alex", ""),
        ] {
            let fields = [("username", name), ("password", password)];
            let answer = alex.press("/account/delete", &fields).await;
            assert_eq!(answer.status, 422, "{name} {password}");
        }
        assert!(is_signed_in(&mut alex).await);
        let fields = [("username", "Alex"), ("password", PASSWORD)];
        let answer = alex.press("/account/delete", &fields).await;
        assert_eq!((answer.status, answer.location().as_str()), (303, "/account/deleted"));
        assert!(
            alex.get("/account/deleted")
                .await
                .text
                .contains("Your account is deleted")
        );
        assert!(!is_signed_in(&mut alex).await && !is_signed_in(&mut elsewhere).await);
        let refused = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!(error(&refused), (400, "invalid_grant"));
        let mut person = issuer.person();
        let page = person.get("/sign-in").await;
        assert_eq!(person.sign_in(&page, "alex", PASSWORD).await.status, 422);
    }
}

#[actix_web::test]
async fn the_forms_of_the_account_page_are_taken_from_it_alone() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut alex = issuer.signed_in_person("alex").await;
    let own = alex.get("/account").await.field("csrf");
    let foreign = issuer
        .signed_in_person("alex")
        .await
        .get("/account")
        .await
        .field("csrf");
    for path in [
        "/account/apps",
        "/account/browsers",
        "/account/password",
        "/account/delete",
        "/oauth/end-session/confirm",
    ] {
        for (csrf, headers) in [
            ("", vec![]),
            (foreign.as_str(), vec![]),
            (own.as_str(), vec![("origin", "https://evil.example")]),
            (own.as_str(), vec![("sec-fetch-site", "cross-site")]),
        ] {
            let fields = [
                ("csrf", csrf),
                ("session", "others"),
                ("username", "alex"),
                ("password", PASSWORD),
                ("new", "another good one"),
                ("repeat", "another good one"),
            ];
            let answer = alex.post_with(path, &fields, &headers).await;
            assert_eq!(answer.status, 403, "{path} {headers:?}");
        }
        assert_eq!(
            alex.get(path).await.status,
            if path.ends_with("word") || path.ends_with("delete") {
                200
            } else {
                405
            }
        );
        let nobody = issuer.person().get(path).await.status;
        assert!([303, 405].contains(&nobody), "{path}: {nobody}");
    }
    assert!(is_signed_in(&mut alex).await);
}
