//! Behind proxies, and before people who pretend to be one: RFC 7239.

use crate::support::TestIssuer;
use crate::support::database::TestDatabase;
use crate::support::person::PASSWORD;

/// Header sets that make careless servers build links to somebody else's host.
const FORGED: [&[(&str, &str)]; 20] = [
    &[("host", "evil.example")],
    &[("host", "evil.example:8080")],
    &[("host", "localhost@evil.example")],
    &[("x-forwarded-host", "evil.example")],
    &[("x-forwarded-host", "evil.example, localhost")],
    &[("x-forwarded-proto", "https")],
    &[("x-forwarded-scheme", "https"), ("x-forwarded-ssl", "on")],
    &[("x-forwarded-port", "1234")],
    &[("x-forwarded-prefix", "/evil")],
    &[("x-forwarded-server", "evil.example")],
    &[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-host", "evil.example")],
    &[("forwarded", "for=203.0.113.9;host=evil.example;proto=https")],
    &[("forwarded", "host=\"evil.example\"")],
    &[("x-host", "evil.example")],
    &[("x-original-host", "evil.example")],
    &[("x-original-url", "/evil"), ("x-rewrite-url", "/evil")],
    &[("x-http-host-override", "evil.example")],
    &[("x-real-ip", "203.0.113.9"), ("x-client-ip", "203.0.113.9")],
    &[("origin", "https://evil.example"), ("referer", "https://evil.example/")],
    &[
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
    ],
];

const BELIEVING: &[(&str, &str)] = &[("ISSUER_TRUSTED_PROXIES", "127.0.0.0/8")];

/// threats.md B41.
#[actix_web::test]
async fn no_header_changes_a_byte_of_the_metadata() {
    for settings in [&[][..], BELIEVING] {
        let issuer = TestIssuer::with(TestDatabase::of_this_run(), settings).await;
        for path in [
            "/.well-known/oauth-authorization-server",
            "/.well-known/openid-configuration",
        ] {
            let honest = issuer.request("GET", path).send().await.unwrap().bytes().await.unwrap();
            for forged in FORGED {
                let request = forged
                    .iter()
                    .fold(issuer.request("GET", path), |request, (name, value)| {
                        request.header(*name, *value)
                    });
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 200, "{forged:?}");
                assert_eq!(answer.bytes().await.unwrap(), honest, "{forged:?}");
            }
        }
    }
}

/// Guesses at accounts that do not exist, each with an address of its own in the header; how many are looked at.
async fn guesses(issuer: &TestIssuer, tries: usize, address: impl Fn(usize) -> String) -> usize {
    let mut mallory = issuer.person();
    let csrf = mallory.visit("/sign-in").await.field("csrf");
    let mut looked_at = 0;
    for n in 0..tries {
        let name = format!("user{n}");
        let form = [
            ("csrf", csrf.as_str()),
            ("username", &name),
            ("password", "wrong password"),
        ];
        let answer = mallory
            .post_with("/sign-in", &form, &[("x-forwarded-for", &address(n))])
            .await;
        looked_at += usize::from(answer.status == 422);
    }
    looked_at
}

#[actix_web::test]
async fn a_forged_address_gives_no_further_guesses() {
    let distinct = |n: usize| format!("203.0.113.{n}");
    let issuer = TestIssuer::start().await;
    assert_eq!(guesses(&issuer, 40, distinct).await, 20, "nobody is believed");
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), BELIEVING).await;
    let behind = |n: usize| format!("203.0.113.{n}, 198.51.100.7");
    assert_eq!(
        guesses(&issuer, 40, behind).await,
        20,
        "the address that the proxy saw counts"
    );
}

#[actix_web::test]
async fn guesses_from_one_address_behind_a_proxy_do_not_slow_another() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), BELIEVING).await;
    issuer.account("alex").await;
    guesses(&issuer, 25, |_| "203.0.113.5".to_owned()).await;
    let mut alex = issuer.person();
    let csrf = alex.visit("/sign-in").await.field("csrf");
    let form = [("csrf", csrf.as_str()), ("username", "alex"), ("password", PASSWORD)];
    let slowed = alex
        .post_with("/sign-in", &form, &[("x-forwarded-for", "203.0.113.5")])
        .await;
    assert_eq!(slowed.status, 429);
    let elsewhere = alex
        .post_with("/sign-in", &form, &[("x-forwarded-for", "203.0.113.6")])
        .await;
    assert_eq!(elsewhere.status, 303);
}
