//! The first account: one link, one account, however many forms.

use super::support::TestIssuer;
use super::support::database::TestDatabase;
use super::support::person::{PASSWORD, Person, Shown};
use issuer::pages::setup;

async fn link(issuer: &TestIssuer) -> String {
    let url = setup::link(&issuer.app).await.unwrap().unwrap();
    url.strip_prefix(&issuer.url).unwrap().to_owned()
}

async fn make(person: &mut Person, page: &Shown, name: &str, password: &str, repeat: &str) -> Shown {
    let (csrf, link) = (page.field("csrf"), page.field("link"));
    let fields = [
        ("csrf", &*csrf),
        ("link", &link),
        ("username", name),
        ("password", password),
        ("repeat", repeat),
    ];
    person.post("/setup", &fields).await
}

async fn accounts(issuer: &TestIssuer) -> i64 {
    issuer.database.count("SELECT COUNT(*) FROM users").await
}

#[actix_web::test]
async fn the_link_makes_one_account_that_is_signed_in_and_then_dies() {
    let issuer = TestIssuer::start().await;
    assert!(
        issuer
            .person()
            .visit("/")
            .await
            .text
            .contains("There is no account yet.")
    );
    let link = link(&issuer).await;
    let mut person = issuer.person();
    let page = person.visit(&link).await;
    let answer = make(&mut person, &page, "alex", PASSWORD, PASSWORD).await;
    assert_eq!(
        (answer.status, answer.location().as_str()),
        (303, "/"),
        "{}",
        answer.text
    );
    assert!(
        person
            .visit("/")
            .await
            .text
            .contains("claude mcp add --transport http food")
    );
    let again = make(&mut person.clone(), &page, "eve", PASSWORD, PASSWORD).await;
    assert_eq!(again.status, 403, "the form was from before signing in");
    assert_eq!(issuer.person().visit(&link).await.status, 410);
    assert_eq!(setup::link(&issuer.app).await.unwrap(), None);
    assert_eq!(accounts(&issuer).await, 1);
}

#[actix_web::test]
async fn a_new_start_makes_a_new_link_and_ends_the_old_one() {
    let issuer = TestIssuer::start().await;
    let (first, second) = (link(&issuer).await, link(&issuer).await);
    let old = issuer.person().visit(&first).await;
    assert!(old.status == 410 && old.text.contains("setup-link:"));
    assert_eq!(issuer.person().visit(&second).await.status, 200);
    for nonsense in [
        "/setup",
        "/setup?link=",
        "/setup?link=x",
        &format!("/setup?link={}", "x".repeat(43)),
    ] {
        assert_eq!(issuer.person().visit(nonsense).await.status, 410);
    }
}

#[actix_web::test]
async fn an_account_made_in_the_terminal_ends_the_link() {
    let issuer = TestIssuer::start().await;
    let link = link(&issuer).await;
    let mut person = issuer.person();
    let page = person.visit(&link).await;
    issuer.account("alex").await;
    assert_eq!(make(&mut person, &page, "eve", PASSWORD, PASSWORD).await.status, 410);
    assert_eq!(accounts(&issuer).await, 1);
}

/// On both databases: several forms that were all opened in time make one account.
#[actix_web::test]
async fn racing_forms_make_one_account() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let link = link(&issuer).await;
        let mut opened = Vec::new();
        for _ in 0..8 {
            let mut person = issuer.person();
            let page = person.visit(&link).await;
            opened.push((person, page));
        }
        let sent = opened.into_iter().enumerate().map(|(n, (mut person, page))| {
            actix_web::rt::spawn(async move {
                let name = format!("user{n}");
                make(&mut person, &page, &name, PASSWORD, PASSWORD).await.status
            })
        });
        let forms: Vec<_> = sent.collect();
        let mut statuses = Vec::new();
        for form in forms {
            statuses.push(form.await.unwrap());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410, 410, 410, 410, 410, 410, 410]);
        assert_eq!(accounts(&issuer).await, 1);
    }
}

#[actix_web::test]
async fn mistakes_are_named_at_their_fields_and_the_name_is_kept() {
    let issuer = TestIssuer::start().await;
    let link = link(&issuer).await;
    let mut person = issuer.person();
    let page = person.visit(&link).await;
    for (name, password, repeat, ids) in [
        ("", PASSWORD, PASSWORD, vec!["username"]),
        ("a b", "short", "short", vec!["username", "password"]),
        ("alex", PASSWORD, "another one", vec!["repeat"]),
        ("alex", "", "", vec!["password"]),
    ] {
        let shown = make(&mut person, &page, name, password, repeat).await;
        assert_eq!(shown.status, 422);
        for id in ["username", "password", "repeat"] {
            let named =
                shown.text.contains(&format!("id=\"{id}-error\"")) && shown.text.contains(&format!("href=\"#{id}\""));
            assert_eq!(named, ids.contains(&id), "{name} {id}");
        }
        assert!(shown.text.contains(&format!("value=\"{name}\"")) && !shown.text.contains(PASSWORD));
    }
    assert_eq!(accounts(&issuer).await, 0);
}
