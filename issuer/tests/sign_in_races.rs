//! A sign-in that races a change of its account, on both databases: NIST SP 800-63B section 5.1.

use futures_util::future::{join, join_all};
use issuer::account::UserName;
use issuer::hash::SecretHash;
use issuer::store::own_sessions::NewPassword;
use issuer::store::sessions::SignIn;
use shared::random;

use crate::support::TestIssuer;
use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, Person};

const AT_ONCE: usize = 6;
const ROUNDS: usize = 40;

async fn signs_in(mut person: Person) -> (u16, Person) {
    let page = person.get("/sign-in").await;
    let status = person.sign_in(&page, "alex", PASSWORD).await.status;
    (status, person)
}

#[actix_web::test]
async fn no_session_begun_with_the_old_password_survives_its_change() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let user_id = issuer.account("alex").await;
        let name = UserName::parse("alex").unwrap();
        let old = issuer.app.store.find_credentials(&name).await.unwrap().unwrap();
        let nothing = SecretHash::of("no session");
        let change = NewPassword {
            user_id: &user_id,
            old: &old.password_hash,
            new: "a hash of another password",
            session: &nothing,
            browser: &nothing,
        };
        let sign_ins = join_all((0..AT_ONCE).map(|_| signs_in(issuer.person())));
        // Looking at a password takes far longer than changing it, so the change falls into the sign-ins.
        let now = issuer.clock.now();
        let (answers, changed) = join(sign_ins, issuer.app.store.change_password(change, now)).await;
        assert!(changed.unwrap());
        for (status, mut person) in answers {
            assert!([303, 409, 422, 429].contains(&status), "{status}");
            assert_eq!(person.get("/account").await.status, 303, "after {status}");
        }
    }
}

#[actix_web::test]
async fn the_statement_that_begins_a_session_and_the_one_that_ends_all_see_each_other() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let twin = issuer.twin().await;
        let (user_id, now) = (issuer.user().await, issuer.clock.now());
        let mut old = String::new();
        let (browser, mut begun) = (SecretHash::of("browser"), 0);
        for _ in 0..ROUNDS {
            let (session, new) = (SecretHash::of(&random::token().unwrap()), random::token().unwrap());
            let sign_in = SignIn {
                user_id: &user_id,
                password_hash: &old,
                rehash: None,
                session: &session,
                old_session: None,
                browser: &browser,
                browser_words: "a browser",
                request: None,
                at: now,
                expires_at: now + 3600,
                event: None,
            };
            let change = NewPassword {
                user_id: &user_id,
                old: &old,
                new: &new,
                session: &browser,
                browser: &browser,
            };
            let (signed_in, changed) = join(
                issuer.app.store.sign_in(&sign_in),
                twin.app.store.change_password(change, now),
            )
            .await;
            assert!(changed.unwrap());
            begun += usize::from(signed_in.unwrap());
            let living = issuer.app.store.sessions_of(&user_id, now, 0).await.unwrap();
            assert!(living.is_empty(), "{living:?}");
            old = new;
        }
        println!("{begun} of {ROUNDS} sessions began, and ended with the change");
        twin.stop().await;
    }
}
