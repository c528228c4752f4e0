//! threats.md B31: codes that are guessed, sent to somebody else, or brought by the wrong one.

use issuer::hash::SecretHash;

use super::{DEVICE_CODE, Device, ask, headless, offering};
use crate::support::database::TestDatabase;
use crate::support::person::Person;
use crate::support::{REDIRECT_URI, error};

/// Looked-up guesses among these, which are all wrong.
async fn guess(person: &mut Person, csrf: &str, guesses: usize) -> usize {
    let mut looked_up = 0;
    for n in 0..guesses {
        let letter = |n: usize| char::from(*b"BCDFGHJKLMNPQRSTVWXZ".get(n % 20).unwrap());
        let code: String = [n / 8000, n / 400, n / 20, n]
            .map(letter)
            .into_iter()
            .chain("BBBB".chars())
            .collect();
        let page = person.post("/device", &[("csrf", csrf), ("user_code", &code)]).await;
        assert!(matches!(page.status, 422 | 429), "{}", page.text);
        looked_up += usize::from(page.status == 422);
    }
    looked_up
}

#[actix_web::test]
async fn of_ten_thousand_guesses_a_handful_is_looked_up() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let mut mallory = issuer.signed_in_person("alex").await;
    let csrf = mallory.visit("/device").await.field("csrf");
    let mut looked_up = 0;
    // Ten minutes, the life of a code.
    for _ in 0..100 {
        looked_up += guess(&mut mallory, &csrf, 100).await;
        issuer.advance(6);
    }
    assert!((10..=20).contains(&looked_up), "{looked_up}");
    let refused = mallory
        .post("/device", &[("csrf", &csrf), ("user_code", "BCDFGHJK")])
        .await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
}

#[actix_web::test]
async fn other_accounts_at_an_address_do_not_give_it_more_guesses_and_right_codes_cost_none() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let mut looked_up = 0;
    for n in 0..5 {
        let name = format!("user{n}");
        issuer.account(&name).await;
        let mut mallory = issuer.signed_in_person(&name).await;
        let csrf = mallory.visit("/device").await.field("csrf");
        looked_up += guess(&mut mallory, &csrf, 20).await;
    }
    assert_eq!(looked_up, 20, "of one address");

    let issuer = offering(TestDatabase::of_this_run()).await;
    let client_id = headless(&issuer, "Tool").await;
    let mut alex = issuer.signed_in_person("alex").await;
    for _ in 0..30 {
        alex.allow_device(&Device::begin(&issuer, &client_id, &[]).await).await;
    }
}

/// A right code in between does not wipe out the guesses.
#[actix_web::test]
async fn codes_of_ones_own_do_not_buy_guesses() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let client_id = headless(&issuer, "Tool").await;
    let mut mallory = issuer.signed_in_person("alex").await;
    let csrf = mallory.visit("/device").await.field("csrf");
    let mut looked_up = 0;
    for _ in 0..10 {
        looked_up += guess(&mut mallory, &csrf, 2).await;
        let own = Device::begin(&issuer, &client_id, &[]).await;
        mallory
            .post("/device", &[("csrf", &csrf), ("user_code", &own.user_code)])
            .await;
    }
    assert!(looked_up <= 12, "{looked_up}");
}

#[actix_web::test]
async fn a_link_with_the_code_allows_nothing_and_every_page_warns() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let client_id = headless(&issuer, "Your Bank").await;
    let mut alex = issuer.signed_in_person("alex").await;
    // Also for a client that was allowed a moment ago.
    for _ in 0..2 {
        let (_, body) = ask(&issuer, &[("client_id", &client_id), ("scope", "food:read")]).await;
        let device = Device::of(&client_id, &body);
        let page = alex.get(&format!("/device?user_code={}", device.user_code)).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains(&format!("value=\"{}\"", device.user_code)));
        for words in [
            "Compare it letter by letter",
            "Did somebody send or tell you a code",
            "Nothing is allowed before you press Allow",
        ] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert_eq!(
            issuer
                .database
                .count("SELECT COUNT(*) FROM device_authorizations WHERE claim_hash IS NOT NULL AND decided_at IS NULL")
                .await,
            0,
            "a link claims nothing"
        );
        let page = alex.type_code(&device.user_code.to_lowercase().replace('-', "")).await;
        for words in [
            "“Your Bank”",
            "another machine",
            "not in this browser",
            "127.0.0.1",
            "press Deny",
            "their</em> machine",
            "look up foods",
        ] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert!(!page.text.contains("save foods"), "what it did not ask for");
        assert_eq!(error(&device.poll(&issuer).await), (400, "authorization_pending"));
        assert!(alex.decide_device(&page, "allow").await.text.contains("You allowed"));
        assert_eq!(device.poll(&issuer).await.0, 200);
    }
    assert_eq!(
        issuer.database.count("SELECT COUNT(*) FROM consents").await,
        0,
        "nothing is remembered"
    );
}

/// What the client holds already may be on another machine: this one gets what it asked for, and no more.
#[actix_web::test]
async fn a_device_gets_nothing_that_its_client_holds_elsewhere() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let client_id = headless(&issuer, "Tool").await;
    let mut alex = issuer.signed_in_person("alex").await;
    let one = Device::begin(&issuer, &client_id, &[("scope", "food:read food:write")]).await;
    alex.allow_device(&one).await;
    assert_eq!(one.poll(&issuer).await.1["scope"], "food:read food:write");
    let other = Device::begin(&issuer, &client_id, &[("scope", "food:read")]).await;
    alex.allow_device(&other).await;
    assert_eq!(other.poll(&issuer).await.1["scope"], "food:read");
}

#[actix_web::test]
async fn a_code_is_of_use_to_its_own_client_by_its_own_grant_alone() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    let device = Device::begin(&issuer, &headless(&issuer, "Tool").await, &[]).await;
    let thief = headless(&issuer, "Thief").await;
    let stolen = Device {
        client_id: thief,
        code: device.code.clone(),
        user_code: String::new(),
    };
    assert_eq!(
        error(&stolen.poll(&issuer).await),
        (400, "invalid_grant"),
        "while it waits"
    );
    issuer.signed_in_person("alex").await.allow_device(&device).await;
    assert_eq!(
        error(&stolen.poll(&issuer).await),
        (400, "invalid_grant"),
        "once it is allowed"
    );

    let code = device.code.as_str();
    let browser_client = issuer.client().await;
    for client_id in [device.client_id.as_str(), browser_client.as_str()] {
        // The last would open the challenge, were it a verifier.
        let opening = format!("device code\n{}", SecretHash::of(code).as_str());
        for verifier in [code, &format!("device code\n{code}"), &"a".repeat(43), &opening] {
            let form = [
                ("grant_type", "authorization_code"),
                ("client_id", client_id),
                ("code", code),
                ("code_verifier", verifier),
                ("redirect_uri", DEVICE_CODE),
            ];
            let (status, body) = issuer.post_token(&form).await;
            assert!(status == 400 && body["error"] != "server_error", "{body}");
        }
    }
    let by_refresh = issuer.refresh(&device.client_id, code).await;
    assert_eq!(error(&by_refresh), (400, "invalid_grant"));
    assert_eq!(
        device.poll(&issuer).await.0,
        200,
        "none of that cost the right one anything"
    );
}

#[actix_web::test]
async fn a_client_that_did_not_register_for_it_gets_no_code() {
    let issuer = offering(TestDatabase::of_this_run()).await;
    for client_id in [
        issuer.client().await,
        issuer.client_named("Local", &[REDIRECT_URI]).await,
    ] {
        let asked = ask(&issuer, &[("client_id", &client_id)]).await;
        assert_eq!(error(&asked), (400, "unauthorized_client"));
        let form = [
            ("grant_type", DEVICE_CODE),
            ("client_id", client_id.as_str()),
            ("device_code", "x"),
        ];
        assert_eq!(error(&issuer.post_token(&form).await), (400, "unauthorized_client"));
    }
    for form in [&[("client_id", "nobody")][..], &[]] {
        assert_eq!(error(&ask(&issuer, form).await), (401, "invalid_client"));
    }
}
