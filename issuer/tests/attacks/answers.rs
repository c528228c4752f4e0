//! threats.md B4 and B37: what the browser is sent on with. Every answer to a client says who gives it (RFC 9207 section 2),
//! and no answer to a form sends the form's body on (RFC 9700 section 4.12).

use std::fs;
use std::path::Path;

use super::WEB;
use crate::device::{self, Device};
use crate::support::database::TestDatabase;
use crate::support::person::{PASSWORD, Shown, authorize};
use crate::support::{TestIssuer, read, text};

/// `iss` and `state` once each, as they should be.
fn is_signed(issuer: &TestIssuer, answer: &Shown, what: &str) {
    assert!(answer.location().starts_with(WEB), "{what}: {}", answer.location());
    let url = reqwest::Url::parse(&answer.location()).unwrap();
    for (name, expected) in [("iss", issuer.url.as_str()), ("state", "st4te")] {
        let found: Vec<_> = url
            .query_pairs()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value)
            .collect();
        assert_eq!(found, [expected], "{what}: {name}");
    }
    assert_eq!((answer.status, url.fragment()), (303, None), "{what}");
}

async fn pushed(issuer: &TestIssuer, client_id: &str) -> String {
    let link = authorize(client_id, WEB, "");
    let query = link.split_once('?').unwrap().1;
    let request = issuer.request("POST", "/oauth/par").body(query.to_owned());
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let (status, body) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 201, "{body}");
    format!(
        "/oauth/authorize?client_id={client_id}&request_uri={}",
        text(&body, "request_uri")
    )
}

#[actix_web::test]
async fn every_answer_to_a_client_says_who_gives_it() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let client_id = issuer.client_named("Client", &[WEB]).await;
    let url = |besides: &str| authorize(&client_id, WEB, besides);
    let mut nobody = issuer.person();
    is_signed(&issuer, &nobody.get(&url("&prompt=none")).await, "login_required");
    let mut alex = issuer.signed_in_person("alex").await;
    is_signed(&issuer, &alex.get(&url("&prompt=none")).await, "consent_required");
    let page = alex.visit(&url("")).await;
    is_signed(&issuer, &alex.decide(&page, "deny").await, "Deny");
    let page = alex.visit(&url("")).await;
    is_signed(&issuer, &alex.decide(&page, "allow").await, "Allow");
    is_signed(&issuer, &alex.decide(&page, "allow").await, "Allow, clicked twice");
    is_signed(&issuer, &alex.visit(&url("")).await, "allowed before");
    is_signed(
        &issuer,
        &alex.visit(&url("&prompt=none")).await,
        "allowed before, without a page",
    );
    let link = pushed(&issuer, &client_id).await;
    is_signed(&issuer, &alex.visit(&link).await, "pushed");
    let mut another = issuer.person();
    let page = another.visit(&url("")).await;
    let signed_in = another.sign_in(&page, "alex", PASSWORD).await;
    is_signed(&issuer, &signed_in, "after signing in");
    for mistake in [
        "&response_type=token",
        "&scope=%22",
        "&resource=https://other.example/",
        "&request=x",
        "&max_age=x",
    ] {
        let url = url(mistake).replacen(
            "response_type=code&",
            if mistake.contains("response") {
                ""
            } else {
                "response_type=code&"
            },
            1,
        );
        is_signed(&issuer, &alex.get(&url).await, mistake);
    }
}

/// What has to be in one place for that to stay true.
#[test]
fn answers_leave_in_one_place_and_with_one_status() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut redirecting) = (vec![source.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for other in [
                "TemporaryRedirect",
                "PermanentRedirect",
                "MovedPermanently",
                "::Found()",
                "web::redirect",
            ] {
                assert!(!text.contains(other), "{other} in {}", path.display());
            }
            if text.contains("LOCATION,") || text.contains("\"location\",") || text.contains("\"Location\",") {
                redirecting.push(path.strip_prefix(&source).unwrap().display().to_string());
            }
        }
    }
    assert_eq!(redirecting, ["browser/mod.rs"], "see_other alone");
}

#[actix_web::test]
async fn every_form_that_succeeds_is_answered_with_303() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &device::ON).await;
    let (mut alex, mut answers) = (issuer.person(), Vec::new());
    answers.push((
        "/setup",
        issuer.first_account(&mut alex, &issuer.setup_link().await).await.status,
    ));
    answers.push(("/sign-out", alex.press("/sign-out", &[]).await.status));
    let page = alex.get("/sign-in").await;
    answers.push(("/sign-in", alex.sign_in(&page, "alex", PASSWORD).await.status));
    let client_id = issuer.client_named("Client", &[WEB]).await;
    let url = authorize(&client_id, WEB, "");
    let pairs: Vec<_> = url::form_urlencoded::parse(url.split_once('?').unwrap().1.as_bytes())
        .into_owned()
        .collect();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    answers.push(("/oauth/authorize", alex.post("/oauth/authorize", &pairs).await.status));
    for decision in ["deny", "allow"] {
        let page = alex.visit(&url).await;
        answers.push(("/consent", alex.decide(&page, decision).await.status));
    }
    let headless = device::headless(&issuer, "Tool").await;
    let waiting = Device::begin(&issuer, &headless, &[]).await;
    let csrf = alex.get("/device").await.field("csrf");
    let form = [("csrf", csrf.as_str()), ("user_code", &waiting.user_code)];
    let typed = alex.post("/device", &form).await;
    answers.push(("/device", typed.status));
    let waiting = alex.get(&typed.location()).await.field("waiting");
    let form = [("csrf", csrf.as_str()), ("waiting", &waiting), ("decision", "allow")];
    answers.push(("/device/decide", alex.post("/device/decide", &form).await.status));
    let new = "another good one";
    answers.push((
        "/apps",
        alex.press("/account/apps", &[("client_id", &client_id)]).await.status,
    ));
    answers.push((
        "/browsers",
        alex.press("/account/browsers", &[("session", "others")]).await.status,
    ));
    let fields = [("password", PASSWORD), ("new", new), ("repeat", new)];
    answers.push(("/password", alex.press("/account/password", &fields).await.status));
    let csrf = alex.get("/oauth/end-session").await.field("csrf");
    let mut leaving = alex.clone();
    let confirm = "/oauth/end-session/confirm";
    answers.push((
        "end_session::PATH",
        leaving.post("/oauth/end-session", &[("state", "x")]).await.status,
    ));
    answers.push((confirm, leaving.post(confirm, &[("csrf", &csrf)]).await.status));
    let mut alex = issuer.person();
    let page = alex.get("/sign-in").await;
    assert_eq!(alex.sign_in(&page, "alex", new).await.status, 303);
    let fields = [("username", "alex"), ("password", new)];
    answers.push(("/delete", alex.press("/account/delete", &fields).await.status));
    for (path, status) in &answers {
        assert_eq!(*status, 303, "{path}");
    }
    // No page takes a form that is not above.
    let routes = include_str!("../../src/routes.rs").split("fn pages(").nth(1).unwrap();
    let forms = routes.matches("post().to(").count();
    let mut tried: Vec<_> = answers.iter().map(|(path, _)| *path).collect();
    tried.dedup();
    assert_eq!(tried.len(), forms, "{tried:?}");
    for path in tried {
        assert!(routes.contains(path), "{path}");
    }
}
