//! threats.md B5: somebody who has a consent page of their own, or the person's browser at a page of theirs, gets no code
//! (RFC 9700 sections 4.7 and 4.16).

use super::codes;
use crate::support::TestIssuer;
use crate::support::person::{PASSWORD, Person, authorize};

const LOCAL: &str = "http://localhost:5000/callback";

/// What the attacker's page makes a browser send beside the form.
const FROM_ELSEWHERE: [&[(&str, &str)]; 8] = [
    &[("origin", "https://evil.example")],
    &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    &[("origin", "http://localhost:5000"), ("sec-fetch-site", "same-site")],
    &[("origin", "null"), ("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", "file://")],
    &[("origin", "http://localhost")],
];

/// The attacker, with a request of their own, and the person, signed in, with one that waits.
struct Scene {
    alex: Person,
    /// What the person's own pages put into forms.
    csrf: String,
    /// The request that waits for the person.
    waits: String,
    /// The attacker's request.
    captured: String,
    mallorys_csrf: String,
}

async fn scene(issuer: &TestIssuer) -> Scene {
    let client_id = issuer.client_named("Client", &[LOCAL]).await;
    let url = authorize(&client_id, LOCAL, "");
    let (mut alex, mut mallory) = (
        issuer.signed_in_person("alex").await,
        issuer.signed_in_person("mallory").await,
    );
    let (own, captured) = (alex.visit(&url).await, mallory.visit(&url).await);
    Scene {
        alex,
        csrf: own.field("csrf"),
        waits: own.field("request"),
        captured: captured.field("request"),
        mallorys_csrf: captured.field("csrf"),
    }
}

/// Every attempt: where it goes, which fields it has, and which headers; the person's browser sends it.
async fn attempts(scene: &Scene, headers: &[(&str, &str)]) -> Vec<(u16, String)> {
    let mut answers = Vec::new();
    let allow = ("decision", "allow");
    let forms: [&[(&str, &str)]; 4] = [
        &[("csrf", &scene.csrf), ("request", &scene.waits), allow],
        &[("csrf", &scene.mallorys_csrf), ("request", &scene.captured), allow],
        &[("csrf", &scene.csrf), ("request", &scene.captured), allow],
        &[("request", &scene.waits), allow],
    ];
    for form in forms {
        let answer = scene.alex.clone().post_with("/consent", form, headers).await;
        answers.push((answer.status, answer.location()));
    }
    for request in [&scene.waits, &scene.captured] {
        let credentials = [("username", "mallory"), ("password", PASSWORD)];
        for csrf in [&scene.mallorys_csrf, ""] {
            let form = [&credentials[..], &[("csrf", csrf), ("request", request)]].concat();
            let answer = scene.alex.clone().post_with("/sign-in", &form, headers).await;
            answers.push((answer.status, answer.location()));
        }
    }
    answers
}

/// The links that the attacker may send; each is opened in the person's browser, and in one of nobody.
async fn links(issuer: &TestIssuer, scene: &Scene) -> Vec<(u16, String)> {
    let mut answers = Vec::new();
    for besides in ["", "&decision=allow", "&decision=allow&before=food:read"] {
        let csrf = format!("{besides}&csrf={}", scene.csrf);
        for link in [
            format!("/consent?request={}{besides}", scene.captured),
            format!("/consent?request={}{csrf}", scene.captured),
            format!("/sign-in?request={}{besides}", scene.captured),
        ] {
            for mut browser in [scene.alex.clone(), issuer.person()] {
                let answer = browser.get(&link).await;
                answers.push((answer.status, answer.location()));
            }
        }
    }
    answers
}

#[actix_web::test]
async fn two_hundred_attempts_to_consent_for_somebody_else_give_no_code() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    issuer.account("mallory").await;
    let mut tried = 0;
    for round in 0..3 {
        let scene = scene(&issuer).await;
        let mut answers = links(&issuer, &scene).await;
        for headers in FROM_ELSEWHERE {
            answers.extend(attempts(&scene, headers).await);
        }
        tried += answers.len();
        for (at, (status, location)) in answers.iter().enumerate() {
            assert_eq!((*status, location.as_str()), (403, ""), "attempt {at} of round {round}");
        }
        assert_eq!(codes(&issuer).await, round, "the person's own Allow is the only one");
        let mut alex = scene.alex.clone();
        let home = alex.visit("/").await;
        assert!(home.text.contains("<bdi>alex</bdi>"), "still oneself");
        let form = [
            ("csrf", scene.csrf.as_str()),
            ("request", &scene.waits),
            ("decision", "allow"),
        ];
        assert_eq!(
            alex.post("/consent", &form).await.status,
            303,
            "what waited still waits"
        );
        issuer.advance(10);
        let again = scene.alex.clone().post("/consent", &form).await;
        assert_eq!(
            (again.status, again.location().as_str()),
            (409, ""),
            "and is answered once"
        );
        tried += 1;
    }
    assert!(tried > 200, "{tried}");
}
