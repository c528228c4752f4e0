//! The authorization endpoint over HTTP: OAuth 2.1 section 4.1, RFC 6749 section 4.1.2.1, RFC 9207.

use super::support::TestIssuer;
use super::support::database::TestDatabase;
use super::support::person::{CHALLENGE, Person, authorize};

const WEB: &str = "https://client.example/cb?tenant=a";
const LOCAL: &str = "http://localhost/callback";

/// Where a request must end.
#[derive(Clone, Copy, Debug)]
enum End {
    /// A page, and nothing sent anywhere.
    Page,
    /// This error, at the client.
    Error(&'static str),
    /// A page of ours goes on.
    GoesOn,
}
use End::{Error, GoesOn, Page};

/// The good request with one parameter changed; an empty value leaves it out, a text with `&` goes in as it is.
fn but(client_id: &str, name: &str, value: &str) -> String {
    let good = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", "https%3A%2F%2Fclient.example%2Fcb%3Ftenant%3Da"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("state", "st%26te%20%2B"),
        ("scope", "food:read"),
    ];
    let mut query: Vec<String> = good
        .iter()
        .filter(|(key, _)| *key != name)
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    if !value.is_empty() {
        query.push(format!("{name}={value}"));
    }
    format!("/oauth/authorize?{}", query.join("&"))
}

const MATRIX: &[(&str, &str, End)] = &[
    ("client_id", "", Page),
    ("client_id", "unknown", Page),
    ("client_id", "%00", Page),
    ("client_id", "a&client_id=b", Page),
    ("client_id", "%3Cscript%3Ealert(1)%3C/script%3E", Page),
    ("redirect_uri", "", Page),
    ("redirect_uri", "https%3A%2F%2Fclient.example%2Fcb", Page),
    ("redirect_uri", "https%3A%2F%2Fclient.example%2Fcb%3Ftenant%3Db", Page),
    (
        "redirect_uri",
        "https%3A%2F%2Fclient.example%2Fcb%3Ftenant%3Da%26x%3Dy",
        Page,
    ),
    (
        "redirect_uri",
        "https%3A%2F%2Fclient.example%2Fcb%3Ftenant%3Da%23f",
        Page,
    ),
    (
        "redirect_uri",
        "https%3A%2F%2Fclient.example%3A443%2Fcb%3Ftenant%3Da",
        Page,
    ),
    ("redirect_uri", "https%3A%2F%2FCLIENT.example%2Fcb%3Ftenant%3Da", Page),
    (
        "redirect_uri",
        "https%3A%2F%2Fclient.example.evil.example%2Fcb%3Ftenant%3Da",
        Page,
    ),
    (
        "redirect_uri",
        "https%3A%2F%2Fclient.example%40evil.example%2Fcb%3Ftenant%3Da",
        Page,
    ),
    (
        "redirect_uri",
        "https%3A%2F%2Fclient.example%5C%40evil.example%2Fcb%3Ftenant%3Da",
        Page,
    ),
    ("redirect_uri", "http%3A%2F%2Fclient.example%2Fcb%3Ftenant%3Da", Page),
    ("redirect_uri", "javascript%3Aalert(1)", Page),
    ("redirect_uri", "%2F%2Fevil.example", Page),
    ("redirect_uri", "http%3A%2F%2Flocalhost%2Fother", Page),
    ("redirect_uri", "http%3A%2F%2F127.0.0.1%2Fcallback", Page),
    ("redirect_uri", "http%3A%2F%2Flocalhost%2Fcallback%0D%0AX%3A%20y", Page),
    (
        "redirect_uri",
        "a&redirect_uri=https%3A%2F%2Fclient.example%2Fcb%3Ftenant%3Da",
        Page,
    ),
    ("response_type", "", Error("invalid_request")),
    ("response_type", "token", Error("unsupported_response_type")),
    ("response_type", "code%20id_token", Error("unsupported_response_type")),
    ("response_type", "code&response_type=code", Error("invalid_request")),
    ("response_mode", "fragment", Error("invalid_request")),
    ("response_mode", "form_post", Error("invalid_request")),
    ("code_challenge", "", Error("invalid_request")),
    ("code_challenge", "short", Error("invalid_request")),
    ("code_challenge_method", "", Error("invalid_request")),
    ("code_challenge_method", "plain", Error("invalid_request")),
    ("scope", "food:read&scope=food:write", Error("invalid_request")),
    ("scope", "%22", Error("invalid_scope")),
    ("resource", "https://other.example/mcp", Error("invalid_target")),
    (
        "resource",
        "http://localhost:8081/mcp&resource=http://localhost:8082/mcp",
        Error("invalid_target"),
    ),
    ("request", "e30.e30.", Error("request_not_supported")),
    ("request_uri", "urn:x", Error("request_uri_not_supported")),
    ("registration", "%7B%7D", Error("registration_not_supported")),
    ("prompt", "none", Error("login_required")),
    ("prompt", "none%20login", Error("invalid_request")),
    ("max_age", "soon", Error("invalid_request")),
    ("state", "a&state=b", Error("invalid_request")),
    ("state", "%FF", Error("invalid_request")),
    ("x", "y", GoesOn),
    ("state", "", GoesOn),
    ("scope", "", GoesOn),
    ("scope", "never%20heard%20of", GoesOn),
    ("prompt", "magic", GoesOn),
    ("prompt", "login&prompt=consent", GoesOn),
    ("prompt", "create", GoesOn),
    (
        "resource",
        "http://localhost:8081/mcp/&resource=http://localhost:8081/mcp",
        GoesOn,
    ),
    ("redirect_uri", "http%3A%2F%2Flocalhost%3A51234%2Fcallback", GoesOn),
    ("login_hint", "%3Cb%3E", GoesOn),
];

#[actix_web::test]
async fn every_mistake_ends_at_a_page_or_at_the_client_with_iss_and_state() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client_named("Client", &[WEB, LOCAL]).await;
    for (name, value, end) in MATRIX {
        let answer = issuer.person().get(&but(&client_id, name, value)).await;
        let row = format!("{name}={value}: {} {}", answer.status, answer.location());
        match end {
            Page => {
                assert!(
                    (400..500).contains(&answer.status) && answer.location().is_empty(),
                    "{row}"
                );
                assert!(
                    answer.text.contains("<h1>") && !answer.text.contains("<script"),
                    "{row}"
                );
            }
            Error(code) => {
                assert_eq!(answer.status, 303, "{row}");
                assert!(answer.location().starts_with(&format!("{WEB}&error=")), "{row}");
                assert_eq!(answer.answer("error").as_deref(), Some(*code), "{row}");
                assert_eq!(answer.answer("iss").as_deref(), Some(issuer.url.as_str()), "{row}");
                let state = (*name != "state").then_some("st&te +");
                assert_eq!(answer.answer("state").as_deref(), state, "{row}");
            }
            GoesOn => assert!(
                answer.status == 303 && answer.location().starts_with("/sign-in?request="),
                "{row}"
            ),
        }
    }
}

#[actix_web::test]
async fn a_get_consumes_nothing_and_works_without_cookies() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client_named("Client", &[LOCAL]).await;
    issuer.account("alex").await;
    let url = authorize(&client_id, "http://localhost:5000/callback", "");
    for _ in 0..3 {
        let without_cookies = issuer.person().get(&url).await;
        assert_eq!(without_cookies.status, 303);
    }
    let mut person = issuer.person();
    for _ in 0..3 {
        assert_eq!(person.visit(&url).await.status, 200);
    }
    assert_eq!(
        issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await,
        0
    );
}

#[actix_web::test]
async fn a_form_at_the_endpoint_is_the_same_as_a_link() {
    let issuer = TestIssuer::start().await;
    let client_id = issuer.client_named("Client", &[LOCAL]).await;
    let url = authorize(&client_id, "http://localhost:5000/callback", "");
    let (_, query) = url.split_once('?').unwrap();
    let pairs: Vec<(String, String)> = reqwest::Url::parse(&format!("http://h/?{query}"))
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    let fields: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut person = issuer.person();
    let answer = person.post("/oauth/authorize", &fields).await;
    assert_eq!(answer.status, 303);
    let shown = person.visit(&answer.location()).await;
    assert_eq!((shown.status, shown.title().starts_with("Sign in")), (200, true));
}

async fn consent(
    issuer: &TestIssuer,
    person: &mut Person,
    besides: &str,
    redirect_uri: &str,
) -> super::support::person::Shown {
    let client_id = issuer.client_named("Client", &[redirect_uri]).await;
    person.visit(&authorize(&client_id, redirect_uri, besides)).await
}

#[actix_web::test]
async fn allow_gives_a_code_that_the_token_endpoint_takes() {
    let issuer = TestIssuer::start().await;
    let user_id = issuer.account("alex").await;
    let mut person = issuer.signed_in_person("alex").await;
    let uri = "http://localhost:5000/callback";
    let client_id = issuer.client_named("Client", &[LOCAL]).await;
    let page = person.visit(&authorize(&client_id, uri, "&scope=food:read")).await;
    let answer = person.decide(&page, "allow").await;
    assert_eq!(answer.status, 303);
    let code = answer.answer("code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &client_id),
        ("code", &code),
        ("redirect_uri", uri),
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
    ];
    let (status, tokens) = issuer.post_token(&form).await;
    assert_eq!((status, &tokens["scope"]), (200, &"food:read".into()), "{tokens}");
    let sub = issuer.app.store.users().await.unwrap();
    assert_eq!(sub[0].user_id, user_id);
}

#[actix_web::test]
async fn one_page_gives_one_code_however_often_it_is_sent() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut person = issuer.signed_in_person("alex").await;
    let page = consent(&issuer, &mut person, "", "http://localhost:5000/callback").await;
    let (csrf, request) = (page.field("csrf"), page.field("request"));
    let clicks = (0..20).map(|_| {
        let (mut person, csrf, request) = (person.clone(), csrf.clone(), request.clone());
        actix_web::rt::spawn(async move {
            person
                .post(
                    "/consent",
                    &[("csrf", &csrf), ("request", &request), ("decision", "allow")],
                )
                .await
        })
    });
    let clicks: Vec<_> = clicks.collect();
    let mut locations = Vec::new();
    for click in clicks {
        locations.push(click.await.unwrap().location());
    }
    // The browser gives up the answer to the first click of a double click, so each gets the same one.
    locations.sort_unstable();
    locations.dedup();
    assert_eq!(locations.len(), 1, "{locations:?}");
    assert_eq!(codes(&issuer).await, 1);
    assert_eq!(person.decide(&page, "deny").await.status, 409, "it was allowed");
    let shown = person.get(&format!("/consent?request={request}")).await;
    assert!(shown.status == 409 && shown.text.contains("You pressed Allow"));
    issuer.advance(10);
    assert_eq!(
        person.decide(&page, "allow").await.status,
        409,
        "nobody clicks that slowly"
    );
    assert_eq!(codes(&issuer).await, 1);
}

/// Allow and Deny at once: one of them counts.
#[actix_web::test]
async fn allow_and_deny_at_once_are_one_decision() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut person = issuer.signed_in_person("alex").await;
    for _ in 0..10 {
        let page = consent(&issuer, &mut person, "", "http://localhost:5000/callback").await;
        let before = codes(&issuer).await;
        let (mut twin, mut other) = (person.clone(), person.clone());
        let answers = tokio::join!(twin.decide(&page, "allow"), other.decide(&page, "deny"));
        let (allowed, denied) = (answers.0.status == 303, answers.1.status == 303);
        assert!(allowed != denied, "{} {}", answers.0.status, answers.1.status);
        assert_eq!(codes(&issuer).await - before, i64::from(allowed));
    }
}

async fn codes(issuer: &TestIssuer) -> i64 {
    issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await
}

#[actix_web::test]
async fn a_server_with_a_name_is_remembered_and_a_program_on_the_computer_is_not() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut person = issuer.signed_in_person("alex").await;
    for (uri, remembered) in [
        (WEB, true),
        ("http://localhost:5000/callback", false),
        ("cursor://x/cb", false),
    ] {
        let client_id = issuer.client_named("Client", &[uri]).await;
        let url = |besides: &str| authorize(&client_id, uri, besides);
        let page = person.visit(&url("&scope=food:read")).await;
        assert_eq!(person.decide(&page, "allow").await.status, 303);
        let again = person.visit(&url("&scope=food:read")).await;
        assert_eq!(
            again.status == 303 && again.answer("code").is_some(),
            remembered,
            "{uri}"
        );
        for asked_anyway in [
            "&scope=food:read&prompt=consent",
            "&scope=food:read%20food:write",
            "&scope=food:read&login_hint=robin",
        ] {
            assert_eq!(
                person.visit(&url(asked_anyway)).await.status,
                200,
                "{uri}{asked_anyway}"
            );
        }
        let silent = person.visit(&url("&scope=food:read&prompt=none")).await;
        let error = if remembered { None } else { Some("consent_required") };
        assert_eq!(silent.answer("error").as_deref(), error);
    }
}

#[actix_web::test]
async fn a_consent_is_one_persons() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    issuer.account("robin").await;
    let client_id = issuer.client_named("Client", &[WEB]).await;
    let url = authorize(&client_id, WEB, "");
    let mut alex = issuer.signed_in_person("alex").await;
    let page = alex.visit(&url).await;
    alex.decide(&page, "allow").await;
    assert_eq!(alex.visit(&url).await.status, 303);
    let mut robin = issuer.signed_in_person("robin").await;
    assert_eq!(robin.visit(&url).await.status, 200);
}

#[actix_web::test]
async fn a_consent_is_for_one_client_and_one_redirect_uri() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut person = issuer.signed_in_person("alex").await;
    let other_uri = "https://client.example/other";
    let client_id = issuer.client_named("Client", &[WEB, other_uri]).await;
    let page = person.visit(&authorize(&client_id, WEB, "")).await;
    person.decide(&page, "allow").await;
    assert_eq!(person.visit(&authorize(&client_id, WEB, "")).await.status, 303);
    assert_eq!(person.visit(&authorize(&client_id, other_uri, "")).await.status, 200);
    let namesake = issuer.client_named("Another", &[WEB, other_uri]).await;
    assert_eq!(person.visit(&authorize(&namesake, WEB, "")).await.status, 200);
}

#[actix_web::test]
async fn prompt_login_asks_for_the_password_again_and_once() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut person = issuer.signed_in_person("alex").await;
    let page = consent(&issuer, &mut person, "&prompt=login", "http://localhost:5000/callback").await;
    assert!(page.title().starts_with("Sign in"), "{}", page.title());
    let around = person
        .visit(&format!("/consent?request={}", page.field("request")))
        .await;
    assert!(
        around.title().starts_with("Sign in"),
        "the consent page was reached without the password"
    );
    let answer = person.sign_in(&page, "alex", super::support::person::PASSWORD).await;
    let page = person.visit(&answer.location()).await;
    assert!(page.title().starts_with("Allow"), "{}", page.title());
    assert_eq!(person.decide(&page, "allow").await.status, 303);
}

#[actix_web::test]
async fn the_consent_page_says_who_asks_for_what_as_whom() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let mut person = issuer.signed_in_person("alex").await;
    let page = consent(&issuer, &mut person, "", "http://localhost:5000/callback").await;
    for words in [
        "A program on this computer (<code>localhost:5000</code>) that calls itself",
        "“Client”",
        "Did you just start this yourself?",
        "look up foods",
        "save foods for you",
        "http://localhost:8081/mcp",
        "<bdi>alex</bdi>",
        "Use another account",
        ">Allow<",
        ">Deny<",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let page = consent(&issuer, &mut person, "", "cursor://anysphere/cb").await;
    assert!(
        page.text.contains("<code>cursor:</code> links") && page.text.contains("Did you just start this yourself?")
    );
    let page = consent(&issuer, &mut person, "", WEB).await;
    assert!(
        page.text
            .contains("The answer goes to <strong class=\"host\">client.example</strong>")
    );
    assert!(!page.text.contains("Did you just start this yourself?"));
}

#[actix_web::test]
async fn an_unknown_client_gets_the_exact_remedy() {
    let issuer = TestIssuer::start().await;
    let page = issuer
        .person()
        .visit(&authorize("gone", "http://localhost:51234/callback", ""))
        .await;
    assert_eq!(page.status, 400);
    for words in [
        "It is probably Claude Code.",
        "claude mcp logout NAME",
        "claude mcp add --transport http NAME URL",
        "gone",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
}

/// As many requests as are kept, of a stranger, which wait as long as any.
const FLOOD: &str = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 50000)
     INSERT INTO authorization_requests (handle_hash, browser_hash, request, created_at, expires_at)
     SELECT 'flood' || n, 'stranger', '{}', CAST($1 AS BIGINT), CAST($1 AS BIGINT) + 899 FROM numbers";

#[actix_web::test]
async fn a_flood_of_requests_keeps_nobody_out() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        let client_id = issuer.client_named("Client", &[WEB]).await;
        let now = issuer.clock.now().to_string();
        issuer.database.execute(FLOOD, &[&now]).await;
        let mut person = issuer.person();
        let page = person.visit(&authorize(&client_id, WEB, "")).await;
        assert!(page.title().starts_with("Sign in"), "{}", page.location());
        let kept = issuer
            .database
            .count("SELECT COUNT(*) FROM authorization_requests")
            .await;
        assert!(kept <= 50_000, "{kept}");
    }
}
