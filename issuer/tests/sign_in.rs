//! Signing in: limits by the clock, and nothing that tells who has an account.

use std::iter::from_fn;

use futures_util::FutureExt;

use super::support::TestIssuer;
use super::support::person::{PASSWORD, Person, Shown};

async fn guess(person: &mut Person, name: &str, password: &str) -> Shown {
    let page = person.visit("/sign-in").await;
    person.sign_in(&page, name, password).await
}

/// The page without what differs between any two pages: the token, and the name that was typed.
fn bare(page: &Shown, name: &str) -> String {
    page.text.replace(&page.field("csrf"), "TOKEN").replace(name, "NAME")
}

#[actix_web::test]
async fn an_unknown_name_is_answered_like_a_wrong_password() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let wrong = guess(&mut issuer.person(), "alex", "wrong password").await;
    for (name, password) in [
        ("nobody", "wrong password"),
        ("nobody", PASSWORD),
        ("no-body@x", "short"),
        ("alex", "short"),
        ("alex", &*"x".repeat(1025)),
    ] {
        let answer = guess(&mut issuer.person(), name, password).await;
        assert_eq!(answer.status, wrong.status);
        assert_eq!(bare(&answer, name), bare(&wrong, "alex"), "{name}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
    assert!(wrong.text.contains("The user name or the password is wrong.") && wrong.status == 422);
}

/// threats.md B24: each form that waits takes memory, so none waits for what is refused in any case.
#[actix_web::test]
async fn who_comes_while_the_queue_is_full_hears_so_without_waiting_for_a_turn() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut alex = issuer.person();
    let page = alex.get("/sign-in").await;
    let app = &issuer.app;
    let turns: Vec<_> = from_fn(|| app.turns.next().now_or_never()).collect();
    let mut places: Vec<_> = from_fn(|| app.passwords.place().ok()).collect();
    let answer = alex.sign_in(&page, "alex", PASSWORD).await;
    assert_eq!((answer.status, answer.header("retry-after").as_str()), (503, "3"));
    drop((turns, places.pop()));
    assert_eq!(alex.sign_in(&page, "alex", PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn names_are_compared_without_case_and_shown_as_their_owner_writes_them() {
    let issuer = TestIssuer::start().await;
    issuer.account("Alex").await;
    let mut person = issuer.person();
    assert_eq!(guess(&mut person, " aLEX ", PASSWORD).await.status, 303);
    assert!(person.visit("/").await.text.contains("<bdi>Alex</bdi>"));
}

#[actix_web::test]
async fn the_name_stays_in_the_form_and_the_password_never_does() {
    let issuer = TestIssuer::start().await;
    let page = guess(&mut issuer.person(), "<b>\"alex", "planted-password").await;
    assert!(page.text.contains("value=\"&#60;b&#62;&#39;alex\""), "{}", page.text);
    assert!(!page.text.contains("planted-password"));
    let page = guess(&mut issuer.person(), "alex", "").await;
    assert!(page.status == 422 && page.text.contains("Enter your user name and your password."));
}

#[actix_web::test]
async fn guesses_are_slowed_and_the_page_says_until_when() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut mallory = issuer.person();
    for _ in 0..10 {
        assert_eq!(guess(&mut mallory, "alex", "wrong password").await.status, 422);
    }
    let slowed = guess(&mut mallory, "alex", PASSWORD).await;
    assert_eq!(
        (slowed.status, slowed.header("retry-after").as_str()),
        (429, "1"),
        "even the right password waits"
    );
    assert!(slowed.text.contains("Wait 1 second, then try again.") && slowed.text.contains("value=\"alex\""));
    issuer.advance(1);
    assert_eq!(guess(&mut mallory, "alex", "wrong password").await.status, 422);
    assert_eq!(
        guess(&mut mallory, "alex", "wrong password")
            .await
            .header("retry-after"),
        "2"
    );
    issuer.advance(2);
    assert_eq!(guess(&mut mallory, "alex", PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn strangers_do_not_slow_the_browser_that_signed_in_before() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut alex = issuer.signed_in_person("alex").await;
    let csrf = alex.visit("/").await.field("csrf");
    alex.post("/sign-out", &[("csrf", &csrf)]).await;
    // The address is known too by now, so a restart makes it forget; the browser is remembered on disk.
    let issuer = issuer.restart().await;
    let mut alex = alex.at(&issuer);
    let mut mallory = issuer.person();
    for _ in 0..30 {
        guess(&mut mallory, "alex", "wrong password").await;
    }
    assert_eq!(guess(&mut mallory, "alex", PASSWORD).await.status, 429);
    assert_eq!(guess(&mut alex, "alex", PASSWORD).await.status, 303);
}

/// A hundred guesses at one moment must not all be looked at.
#[actix_web::test]
async fn guesses_at_once_are_counted_before_they_are_looked_at() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut mallory = issuer.person();
    let csrf = mallory.visit("/sign-in").await.field("csrf");
    let guesses: Vec<_> = (0..100)
        .map(|n| {
            let (mut mallory, csrf) = (mallory.clone(), csrf.clone());
            actix_web::rt::spawn(async move {
                let password = format!("wrong password {n}");
                mallory
                    .post(
                        "/sign-in",
                        &[("csrf", &csrf), ("username", "alex"), ("password", &password)],
                    )
                    .await
                    .status
            })
        })
        .collect();
    let mut looked_at = 0;
    for guess in guesses {
        looked_at += usize::from(guess.await.unwrap() == 422);
    }
    assert_eq!(looked_at, 10);
}

#[actix_web::test]
async fn a_weaker_hash_is_made_anew_at_sign_in() {
    let issuer = TestIssuer::start().await;
    let user_id = issuer.account("alex").await;
    // The password "correct horse battery" at m=8192, t=1, made with this crate's own argon2.
    let weak = weak_hash(PASSWORD);
    issuer
        .database
        .execute(
            "UPDATE users SET password_hash = $1 WHERE user_id = $2",
            &[&weak, &user_id],
        )
        .await;
    assert_eq!(guess(&mut issuer.person(), "alex", PASSWORD).await.status, 303);
    let strong = issuer
        .database
        .count("SELECT COUNT(*) FROM users WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'")
        .await;
    assert_eq!(strong, 1);
    assert_eq!(guess(&mut issuer.person(), "alex", PASSWORD).await.status, 303);
}

fn weak_hash(password: &str) -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let argon2 = Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(8192, 1, 1, None).unwrap(),
    );
    argon2
        .hash_password_with_salt(password.as_bytes(), b"0123456789abcdef")
        .unwrap()
        .to_string()
}
