//! What keeps the pages safe: forms of ours only, cookies, headers, sessions that end.

use super::support::TestIssuer;
use super::support::database::TestDatabase;
use super::support::person::{PASSWORD, Person, Shown, authorize};
use issuer::pages::setup;

const LOCAL: &str = "http://localhost:5000/callback";

async fn with_alex() -> TestIssuer {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    issuer
}

async fn consent(issuer: &TestIssuer, person: &mut Person) -> Shown {
    let client_id = issuer.client_named("Client", &[LOCAL]).await;
    let page = person.visit(&authorize(&client_id, LOCAL, "")).await;
    assert!(page.title().starts_with("Allow"), "{}", page.title());
    page
}

async fn codes(issuer: &TestIssuer) -> i64 {
    issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await
}

async fn sessions(issuer: &TestIssuer) -> i64 {
    issuer
        .database
        .count("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL")
        .await
}

/// Every form of the pages, good but for its token: the path and the other fields.
fn forms(request: &str) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let request = || ("request", request.to_owned());
    vec![
        ("/consent", vec![request(), ("decision", "allow".to_owned())]),
        ("/consent", vec![request(), ("decision", "deny".to_owned())]),
        (
            "/sign-in",
            vec![
                request(),
                ("username", "alex".to_owned()),
                ("password", PASSWORD.to_owned()),
            ],
        ),
        ("/sign-out", vec![]),
        (
            "/setup",
            vec![
                ("link", "x".repeat(43)),
                ("username", "eve".to_owned()),
                ("password", PASSWORD.to_owned()),
                ("repeat", PASSWORD.to_owned()),
            ],
        ),
    ]
}

#[actix_web::test]
async fn no_form_is_taken_without_its_token_with_anothers_or_from_another_site() {
    let issuer = with_alex().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let page = consent(&issuer, &mut alex).await;
    let own = page.field("csrf");
    let foreign = issuer.signed_in_person("alex").await.visit("/").await.field("csrf");
    let before_signing_in = issuer.person().visit("/sign-in").await.field("csrf");
    for (path, fields) in forms(&page.field("request")) {
        for (token, headers) in [
            (None, vec![]),
            (Some(foreign.as_str()), vec![]),
            (Some(before_signing_in.as_str()), vec![]),
            (Some(own.as_str()), vec![("origin", "https://evil.example")]),
            (Some(own.as_str()), vec![("origin", "http://localhost:1")]),
            (Some(own.as_str()), vec![("sec-fetch-site", "cross-site")]),
            (Some(own.as_str()), vec![("sec-fetch-site", "same-site")]),
        ] {
            let mut sent: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            sent.extend(token.map(|token| ("csrf", token)));
            let mut attacker = alex.clone();
            let answer = attacker.post_with(path, &sent, &headers).await;
            assert_eq!(answer.status, 403, "{path} {headers:?}");
            assert!(answer.headers.get("set-cookie").is_none());
        }
    }
    assert_eq!((codes(&issuer).await, sessions(&issuer).await), (0, 2));
    let ours = [("origin", issuer.url.as_str()), ("sec-fetch-site", "same-origin")];
    let fields = [
        ("csrf", own.as_str()),
        ("request", &page.field("request")),
        ("decision", "allow"),
    ];
    assert_eq!(alex.post_with("/consent", &fields, &ours).await.status, 303);
}

#[actix_web::test]
async fn a_null_origin_is_what_our_own_pages_send() {
    let issuer = with_alex().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let page = consent(&issuer, &mut alex).await;
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("request", &*page.field("request")),
        ("decision", "deny"),
    ];
    let headers = [("origin", "null"), ("sec-fetch-site", "same-origin")];
    assert_eq!(alex.post_with("/consent", &fields, &headers).await.status, 303);
}

#[actix_web::test]
async fn a_link_to_somebody_elses_consent_gives_nothing() {
    let issuer = with_alex().await;
    issuer.account("mallory").await;
    let mut mallory = issuer.signed_in_person("mallory").await;
    let captured = consent(&issuer, &mut mallory).await;
    let url = format!("/consent?request={}", captured.field("request"));
    let mut alex = issuer.signed_in_person("alex").await;
    let shown = alex.visit(&url).await;
    assert_eq!(
        (shown.status, shown.text.contains("belongs to another browser")),
        (403, true)
    );
    let csrf = alex.visit("/").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("request", &captured.field("request")),
        ("decision", "allow"),
    ];
    assert_eq!(alex.post("/consent", &fields).await.status, 403);
    let sign_in = alex
        .visit(&format!("/sign-in?request={}", captured.field("request")))
        .await;
    assert_eq!(sign_in.status, 403);
    assert_eq!(issuer.person().visit(&url).await.status, 403);
    assert_eq!(codes(&issuer).await, 0);
}

#[actix_web::test]
async fn opening_the_consent_page_never_consents() {
    let issuer = with_alex().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let request = consent(&issuer, &mut alex).await.field("request");
    for query in ["", "&decision=allow", "&decision=allow&csrf=x"] {
        assert_eq!(
            alex.get(&format!("/consent?request={request}{query}")).await.status,
            200
        );
    }
    for nonsense in ["", "x", &"x".repeat(43), "%00", &"x".repeat(4000)] {
        let page = alex.get(&format!("/consent?request={nonsense}")).await;
        assert_eq!((page.status, page.location()), (410, String::new()), "{nonsense}");
    }
    assert_eq!(codes(&issuer).await, 0);
}

#[actix_web::test]
async fn a_decision_that_is_neither_is_none() {
    let issuer = with_alex().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let page = consent(&issuer, &mut alex).await;
    for odd in ["", "maybe", "ALLOW"] {
        assert_eq!(alex.decide(&page, odd).await.status, 400);
    }
    assert_eq!(codes(&issuer).await, 0);
    assert_eq!(alex.decide(&page, "allow").await.status, 303);
}

#[actix_web::test]
async fn a_request_waits_for_fifteen_minutes() {
    let issuer = with_alex().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let page = consent(&issuer, &mut alex).await;
    issuer.advance(899);
    assert_eq!(
        alex.get(&format!("/consent?request={}", page.field("request")))
            .await
            .status,
        200
    );
    issuer.advance(1);
    assert_eq!(alex.decide(&page, "allow").await.status, 410);
    assert_eq!(codes(&issuer).await, 0);
}

#[actix_web::test]
async fn signing_in_gives_a_new_id_and_ends_the_old_session() {
    let issuer = with_alex().await;
    let mut person = issuer.person();
    let page = person.visit("/sign-in").await;
    // Somebody planted these before: they must be worth nothing afterwards.
    let planted = person.clone();
    person.sign_in(&page, "alex", PASSWORD).await;
    let mut attacker = planted;
    assert!(!attacker.visit("/").await.text.contains("You are signed in"));
    assert_ne!(
        attacker.visit("/sign-in").await.field("csrf"),
        person.visit("/").await.field("csrf")
    );
    let first = person.clone();
    let page = person.visit("/sign-in").await;
    person.sign_in(&page, "alex", PASSWORD).await;
    assert_ne!(person.cookies["issuer_session"], first.cookies["issuer_session"]);
    let mut old = first;
    assert!(!old.visit("/").await.text.contains("You are signed in"));
    assert!(person.visit("/").await.text.contains("You are signed in"));
    assert_eq!(sessions(&issuer).await, 1);
}

#[actix_web::test]
async fn a_chosen_session_id_is_never_taken() {
    let issuer = with_alex().await;
    let mut person = issuer.person();
    person.cookies.insert("issuer_session".to_owned(), "A".repeat(43));
    let page = person.visit("/sign-in").await;
    assert!(!page.text.contains("You are signed in"));
    person.sign_in(&page, "alex", PASSWORD).await;
    assert_ne!(person.cookies["issuer_session"], "A".repeat(43));
}

#[actix_web::test]
async fn signing_out_ends_the_session_on_the_server() {
    let issuer = with_alex().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let mut copy = alex.clone();
    let csrf = alex.visit("/").await.field("csrf");
    let answer = alex.post("/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!((answer.status, answer.location().as_str()), (303, "/signed-out"));
    assert!(!alex.cookies.contains_key("issuer_session"));
    assert!(!copy.visit("/").await.text.contains("You are signed in"));
    assert_eq!(sessions(&issuer).await, 0);
}

#[actix_web::test]
async fn a_session_ends_by_idleness_and_in_any_case() {
    let issuer = with_alex().await;
    let mut alex = issuer.signed_in_person("alex").await;
    for _ in 0..13 {
        issuer.advance(86_399);
        assert!(alex.visit("/").await.text.contains("You are signed in"));
    }
    issuer.advance(86_399);
    assert!(alex.visit("/").await.text.contains("You are signed in"));
    issuer.advance(14);
    assert!(
        !alex.visit("/").await.text.contains("You are signed in"),
        "14 days after signing in"
    );
    let mut robin = issuer.signed_in_person("alex").await;
    issuer.advance(86_400);
    assert!(
        !robin.visit("/").await.text.contains("You are signed in"),
        "a day without use"
    );
}

#[actix_web::test]
async fn cookies_have_every_attribute_and_over_https_the_prefix() {
    let issuer = with_alex().await;
    for (person, page, prefix, secure) in [(issuer.person(), "/sign-in", "", false)] {
        check_cookies(person, page, prefix, secure).await;
    }
    let settings = [("ISSUER_PUBLIC_URL", "https://id.example.com")];
    let behind_proxy = TestIssuer::with(TestDatabase::of_this_run(), &settings).await;
    behind_proxy.account("alex").await;
    check_cookies(behind_proxy.person(), "/sign-in", "__Host-", true).await;
    let home = behind_proxy.person().get("/").await;
    assert_eq!(home.header("strict-transport-security"), "max-age=63072000");
    assert_eq!(issuer.person().get("/").await.header("strict-transport-security"), "");
}

async fn check_cookies(mut person: Person, page: &str, prefix: &str, secure: bool) {
    let page = person.visit(page).await;
    let answer = person.sign_in(&page, "alex", PASSWORD).await;
    let cookies: Vec<_> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap())
        .collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for (cookie, name) in cookies.iter().zip(["issuer_browser", "issuer_session"]) {
        assert!(cookie.starts_with(&format!("{prefix}{name}=")), "{cookie}");
        for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age="] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[actix_web::test]
async fn every_page_has_every_header() {
    let issuer = with_alex().await;
    let mut alex = issuer.signed_in_person("alex").await;
    let waiting = consent(&issuer, &mut alex).await.field("request");
    for path in [
        "/",
        "/sign-in",
        "/signed-out",
        "/setup",
        "/consent",
        "/oauth/authorize",
        "/oauth/authorize?client_id=x",
        "/oauth/end-session/confirm",
        "/sign-out",
        "/assets/none.css",
        &format!("/consent?request={waiting}"),
        &format!("/sign-in?request={waiting}"),
    ] {
        let page = alex.get(path).await;
        let policy = page.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self' data:",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        // Chromium applies form-action to the redirects after the form as well.
        assert_eq!(
            policy.contains("form-action 'self'"),
            !path.contains(&waiting) && path != "/sign-in",
            "{path}: {policy}"
        );
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(page.header(name), value, "{path}: {name}");
        }
        assert!(page.header("permissions-policy").contains("camera=()"), "{path}");
        assert_eq!(page.header("access-control-allow-origin"), "", "{path}");
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}: {}",
            page.header("content-type")
        );
        assert!(
            page.text.contains("<html lang=\"en\">")
                && !page.text.contains("<script")
                && !page.text.contains("style=\""),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn the_stylesheet_may_be_kept_and_names_its_content() {
    let issuer = with_alex().await;
    let page = issuer.person().get("/").await;
    let href = page
        .text
        .split("rel=\"stylesheet\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let style = issuer.person().get(href).await;
    assert_eq!(
        (style.status, style.header("content-type").as_str()),
        (200, "text/css; charset=utf-8")
    );
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(style.header("x-content-type-options"), "nosniff");
}

#[actix_web::test]
async fn an_issuer_under_a_path_has_its_pages_there() {
    let settings = [("ISSUER_PUBLIC_URL", "https://example.com/id")];
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &settings).await;
    issuer.account("alex").await;
    let link = setup::link(&issuer.app).await.unwrap();
    assert_eq!(link, None);
    let mut person = issuer.person();
    let page = person.get("/id/sign-in").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("action=\"/id/sign-in\"") && page.text.contains("href=\"/id/assets/style-"),
        "{}",
        page.text
    );
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("username", "alex"),
        ("password", PASSWORD),
    ];
    let answer = person.post("/id/sign-in", &fields).await;
    assert_eq!((answer.status, answer.location().as_str()), (303, "/id/"));
    assert!(person.get("/id/").await.text.contains("You are signed in"));
}

#[actix_web::test]
async fn bodies_that_are_no_forms_are_refused_with_a_page() {
    let issuer = with_alex().await;
    for (kind, body, status) in [
        ("application/json", "{}".to_owned(), 415),
        ("application/x-www-form-urlencoded", "a=".repeat(600_000), 413),
        ("", String::new(), 415),
    ] {
        let request = issuer
            .request("POST", "/sign-in")
            .header("content-type", kind)
            .body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{kind}");
        assert!(answer.text().await.unwrap().contains("<h1>"));
    }
}

/// RFC 9110 sections 9.1 and 15.5.6.
#[actix_web::test]
async fn a_page_answers_head_as_get_and_says_which_methods_it_knows() {
    let issuer = with_alex().await;
    for (path, allow) in [
        ("/", "GET, HEAD"),
        ("/sign-in", "GET, HEAD, POST"),
        ("/help/errors/invalid_grant", "GET, HEAD"),
        ("/account/apps", "POST"),
    ] {
        let answer = issuer.request("DELETE", path).send().await.unwrap();
        let told = answer
            .headers()
            .get("allow")
            .map(|allow| allow.to_str().unwrap().to_owned());
        assert_eq!(
            (answer.status().as_u16(), told.as_deref()),
            (405, Some(allow)),
            "{path}"
        );
        assert!(answer.text().await.unwrap().contains("<h1>"), "{path}");
        let [get, head] = ["GET", "HEAD"].map(|method| issuer.request(method, path).send());
        let (get, head) = (get.await.unwrap(), head.await.unwrap());
        assert_eq!(get.status(), head.status(), "{path}");
        let type_of = |answer: &reqwest::Response| answer.headers().get("content-type").cloned();
        assert_eq!(type_of(&get), type_of(&head), "{path}");
        assert_eq!(head.text().await.unwrap(), "");
    }
    for path in ["/oauth/authorize", "/oauth/end-session"] {
        let answer = issuer.request("HEAD", path).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["allow"].as_bytes()),
            (405, &b"GET, POST"[..])
        );
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            issuer.request("HEAD", path).send().await.unwrap().status(),
            200,
            "{path}"
        );
    }
}
