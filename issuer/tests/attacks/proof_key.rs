//! threats.md B2: no way around the proof key (RFC 7636, RFC 9700 section 4.8), also not by changing the page's form.

use super::{WEB, codes};
use crate::support::person::{CHALLENGE, Person, Shown, VERIFIER, authorize};
use crate::support::{TestIssuer, text};

/// The request as it may not be, and once as it should; put in the place of the good challenge.
const CHALLENGES: [&str; 5] = [
    "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
    "x=y",
    "code_challenge=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&code_challenge_method=plain",
    "code_challenge=&code_challenge_method=S256",
    "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw&code_challenge_method=S256",
];

fn verifiers() -> [String; 12] {
    [
        VERIFIER.to_owned(),
        String::new(),
        CHALLENGE.to_owned(),
        VERIFIER[..42].to_owned(),
        format!("{VERIFIER}A"),
        format!(" {VERIFIER}"),
        VERIFIER.to_ascii_uppercase(),
        "a".repeat(42),
        "a".repeat(43),
        "a".repeat(128),
        "a".repeat(129),
        "%00".repeat(20),
    ]
}

/// A client whose consent is remembered, so that a request is answered without a page.
async fn scene() -> (TestIssuer, Person, String) {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let client_id = issuer.client_named("Client", &[WEB]).await;
    let mut alex = issuer.signed_in_person("alex").await;
    let page = alex.visit(&authorize(&client_id, WEB, "")).await;
    assert_eq!(alex.decide(&page, "allow").await.status, 303);
    (issuer, alex, client_id)
}

async fn redeem(issuer: &TestIssuer, client_id: &str, code: &str, verifier: &str) -> u16 {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client_id),
        ("code", code),
        ("code_verifier", verifier),
    ];
    let (status, tokens) = issuer.post_token(&form).await;
    assert_eq!(status == 200, tokens.get("access_token").is_some());
    status
}

#[actix_web::test]
async fn of_sixty_ways_to_prove_it_exactly_one_passes() {
    let (issuer, mut alex, client_id) = scene().await;
    let (mut cells, mut passed) = (0, Vec::new());
    for challenge in CHALLENGES {
        let good = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        let url = authorize(&client_id, WEB, "").replace(&good, challenge);
        for verifier in verifiers() {
            cells += 1;
            let answer = alex.get(&url).await;
            assert_eq!(answer.status, 303, "{challenge}");
            // Without a code there is nothing to redeem; what was refused is what the endpoint gets then.
            let code = answer.answer("code").unwrap_or_default();
            assert_eq!(code.is_empty(), challenge != good, "{challenge}");
            if redeem(&issuer, &client_id, &code, &verifier).await == 200 {
                passed.push((challenge, verifier));
            }
        }
    }
    assert_eq!(cells, 60);
    assert_eq!(passed, [(CHALLENGES[0], VERIFIER.to_owned())]);
}

/// The form of a consent page with one field changed, or with one more.
async fn sent(alex: &mut Person, page: &Shown, name: &str, value: Option<&str>) -> Shown {
    let fields = [
        ("csrf", page.field("csrf")),
        ("request", page.field("request")),
        ("before", page.field("before")),
        ("decision", "allow".to_owned()),
    ];
    let others = fields.iter().filter(|(field, _)| *field != name);
    let others = others.map(|(field, value)| (*field, value.as_str()));
    let all: Vec<_> = others.chain(value.map(|value| (name, value))).collect();
    alex.post("/consent", &all).await
}

#[actix_web::test]
async fn a_field_of_the_form_that_is_changed_gives_no_code() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let client_id = issuer.client_named("Client", &[WEB]).await;
    let mut alex = issuer.signed_in_person("alex").await;
    let page = alex.visit(&authorize(&client_id, WEB, "&scope=food:read")).await;
    let (csrf, request) = (page.field("csrf"), page.field("request"));
    for (name, good) in [("csrf", &csrf), ("request", &request)] {
        let cut = &good[..good.len() - 1];
        let twice = format!("{good}{good}");
        let other = format!("{cut}{}", if good.ends_with('A') { "B" } else { "A" });
        for value in [
            None,
            Some(""),
            Some(cut),
            Some(&twice),
            Some(&other),
            Some("'"),
            Some("\0"),
        ] {
            let answer = sent(&mut alex, &page, name, value).await;
            assert!(
                (400..500).contains(&answer.status),
                "{name}={value:?}: {}",
                answer.status
            );
        }
    }
    for value in [None, Some(""), Some("Allow"), Some("allow "), Some("yes"), Some("1")] {
        assert_eq!(sent(&mut alex, &page, "decision", value).await.status, 400, "{value:?}");
    }
    assert_eq!(codes(&issuer).await, 0);
}

#[actix_web::test]
async fn a_field_that_is_added_to_the_form_changes_nothing_in_the_request() {
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let local = "http://localhost:5000/callback";
    for (name, value) in [
        ("redirect_uri", "https://evil.example/cb"),
        ("client_id", "evil"),
        ("scope", "food:read food:write openid"),
        ("before", "food:read food:write openid"),
        ("code_challenge", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ("code_challenge_method", "plain"),
        ("resource", "http://localhost:8082/mcp"),
        ("state", "other"),
        ("nonce", "other"),
        ("iss", "https://evil.example"),
        ("response_mode", "fragment"),
        ("dpop_jkt", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        ("user_id", "somebody"),
        ("username", "somebody"),
    ] {
        let client_id = issuer.client_named(name, &[local]).await;
        let mut alex = issuer.signed_in_person("alex").await;
        let page = alex.visit(&authorize(&client_id, local, "&scope=food:read")).await;
        let answer = sent(&mut alex, &page, name, Some(value)).await;
        assert!(answer.location().starts_with(&format!("{local}?code=")), "{name}");
        assert_eq!(answer.answer("state").as_deref(), Some("st4te"));
        assert_eq!(answer.answer("iss").as_deref(), Some(issuer.url.as_str()));
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &client_id),
            ("code", &answer.answer("code").unwrap()),
            ("code_verifier", VERIFIER),
            ("redirect_uri", local),
            ("resource", "http://localhost:8081/mcp"),
        ];
        let (status, tokens) = issuer.post_token(&form).await;
        assert_eq!((status, text(&tokens, "scope")), (200, "food:read"), "{name}");
        assert_eq!(text(&tokens, "token_type"), "Bearer");
    }
}
