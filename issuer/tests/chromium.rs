//! The pages in real headless Chromium.

use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;

use super::support::TestIssuer;
use super::support::chromium::{Chromium, Listener, Scheme};
use super::support::person::{PASSWORD, authorize};
use issuer::pages::setup;

/// A client whose document ships with the issuer.
const CLAUDE_CODE: &str = "https://claude.ai/oauth/claude-code-client-metadata";

/// A browser, an issuer with the account alex, a program that listens, and its authorization URL.
struct Scene {
    browser: Chromium,
    issuer: TestIssuer,
    program: Listener,
    url: String,
}

async fn scene() -> Option<Scene> {
    let browser = Chromium::start().await?;
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    let program = Listener::start();
    let client_id = issuer
        .client_named("Claude Code (food)", &[&program.redirect_uri])
        .await;
    let url = format!(
        "{}{}",
        issuer.url,
        authorize(&client_id, &program.redirect_uri, "&state_of_mind=calm")
    );
    Some(Scene {
        browser,
        issuer,
        program,
        url,
    })
}

fn answer_of(program: &Listener, name: &str) -> Option<String> {
    program
        .answer()
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

#[actix_web::test]
async fn sign_in_and_allow_reach_the_program() {
    let Some(Scene {
        browser,
        issuer,
        program,
        url,
    }) = scene().await
    else {
        return;
    };
    browser.open(&url).await;
    browser.shows("Sign in").await;
    assert!(browser.text().await.contains("“Claude Code (food)” asks for access"));
    browser.sign_in("alex", PASSWORD).await;
    browser.shows("Allow “Claude Code (food)”?").await;
    browser.press("Allow").await;
    let answer = program.answer();
    let names: Vec<_> = answer.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["code", "state", "iss"]);
    assert_eq!(
        (answer[1].1.as_str(), answer[2].1.as_str()),
        ("st4te", issuer.url.as_str())
    );
    browser.shows("Arrived").await;
    assert_eq!(
        browser.console().await,
        Vec::<String>::new(),
        "Chromium refused something on the pages"
    );
    issuer.advance(10);
    browser.page.back().await.unwrap();
    browser.press("Allow").await;
    browser.shows("You already answered this").await;
    assert!(browser.text().await.contains("You pressed Allow"));
    assert_eq!(program.further().len(), 0);
    browser.stop().await;
}

#[actix_web::test]
async fn deny_reaches_the_program_as_an_error() {
    let Some(Scene {
        browser,
        program,
        url,
        issuer: _issuer,
    }) = scene().await
    else {
        return;
    };
    browser.open(&url).await;
    browser.sign_in("alex", PASSWORD).await;
    browser.shows("Allow “Claude Code (food)”?").await;
    browser.press("Deny").await;
    assert_eq!(answer_of(&program, "error").as_deref(), Some("access_denied"));
    browser.stop().await;
}

/// Clicks that come while the first is still on its way make the browser give up the first one's answer.
#[actix_web::test]
async fn a_double_click_still_signs_in_and_still_reaches_the_program() {
    let Some(Scene {
        browser,
        program,
        url,
        issuer: _issuer,
    }) = scene().await
    else {
        return;
    };
    browser.open(&url).await;
    browser.fill("username", "alex").await;
    browser.fill("password", PASSWORD).await;
    browser.double_click("Sign in", 30).await;
    for apart in [0, 5, 10, 20, 40] {
        browser.open(&url).await;
        browser.shows("Allow “Claude Code (food)”?").await;
        browser.double_click("Allow", apart).await;
        browser.shows("Arrived").await;
        let mut codes = vec![answer_of(&program, "code").unwrap()];
        codes.extend(
            program
                .further()
                .into_iter()
                .map(|answer| answer.get("code").unwrap().clone()),
        );
        codes.dedup();
        assert_eq!(codes.len(), 1, "{apart} ms apart");
    }
    browser.stop().await;
}

#[actix_web::test]
async fn a_wrong_password_keeps_the_name_and_says_so() {
    let Some(Scene {
        browser,
        url,
        issuer: _issuer,
        program: _program,
    }) = scene().await
    else {
        return;
    };
    browser.open(&url).await;
    browser.sign_in("alex", "wrong password").await;
    browser.shows("Error: Sign in").await;
    assert!(browser.text().await.contains("The user name or the password is wrong."));
    let look = "const p = document.getElementById('password'), u = document.getElementById('username');
        return [u.value, p.value, p.getAttribute('aria-invalid'), document.getElementById(p.getAttribute('aria-describedby')).textContent,
            document.activeElement.id, document.querySelector('.summary a').getAttribute('href')]";
    let expected = serde_json::json!([
        "alex",
        "",
        "true",
        "The user name or the password is wrong.",
        "password",
        "#password"
    ]);
    assert_eq!(browser.look(look).await, expected);
    browser.sign_in("alex", PASSWORD).await;
    browser.shows("Allow “Claude Code (food)”?").await;
    browser.stop().await;
}

#[actix_web::test]
async fn a_request_that_waited_too_long_says_what_to_do() {
    let Some(Scene {
        browser,
        issuer,
        program,
        url,
    }) = scene().await
    else {
        return;
    };
    browser.open(&url).await;
    browser.sign_in("alex", PASSWORD).await;
    browser.shows("Allow “Claude Code (food)”?").await;
    issuer.advance(901);
    browser.press("Allow").await;
    browser.shows("This request has ended").await;
    assert!(browser.text().await.contains("start signing in again there"));
    assert_eq!(program.further().len(), 0);
    browser.stop().await;
}

#[actix_web::test]
async fn the_first_account_is_made_in_the_browser_and_signed_in() {
    let Some(browser) = Chromium::start().await else { return };
    let issuer = TestIssuer::start().await;
    let link = setup::link(&issuer.app).await.unwrap().unwrap();
    browser.open(&link).await;
    browser.shows("Make your account").await;
    for (id, text) in [("username", "alex"), ("password", PASSWORD), ("repeat", "another one")] {
        browser.fill(id, text).await;
    }
    browser.press("Make account").await;
    browser.shows("Error: Make your account").await;
    assert_eq!(
        browser.look("return document.getElementById('username').value").await,
        "alex"
    );
    browser.fill("password", PASSWORD).await;
    browser.fill("repeat", PASSWORD).await;
    browser.press("Make account").await;
    browser.shows("Signed in").await;
    let text = browser.text().await;
    assert!(
        text.contains("As alex") && text.contains("claude mcp add --transport http food"),
        "{text}"
    );
    browser.press("Sign out").await;
    browser.shows("Signed out").await;
    browser.open(&link).await;
    browser.shows("This link is used up").await;
    browser.stop().await;
}

/// A name full of markup must be text, and a page must run no script, fetch nothing from elsewhere, and
/// report nothing refused.
#[actix_web::test]
async fn hostile_names_are_text_and_no_script_runs() {
    let Some(browser) = Chromium::start().await else { return };
    let issuer = TestIssuer::start().await;
    issuer.account("alex").await;
    for name in [
        "<script>document.title='owned'</script>",
        "<img src=x onerror=\"document.title='owned'\">",
        "</title><svg/onload=document.title='owned'>",
        "\"><iframe src=\"javascript:parent.document.title='owned'\">",
        "<style>@import url(http://localhost:1/x)</style>",
        "{{7*7}}<a href='http://localhost:1/'>click</a>",
    ] {
        let client_id = issuer.client_named(name, &["https://client.example/cb"]).await;
        browser
            .open(&format!(
                "{}{}",
                issuer.url,
                authorize(&client_id, "https://client.example/cb", "")
            ))
            .await;
        if browser.page.title().await.unwrap().starts_with("Sign in") {
            browser.sign_in("alex", PASSWORD).await;
        }
        browser.shows("Allow “").await;
        let found = browser
            .look("return document.querySelectorAll('script, iframe, img, style, main a[href^=http]').length")
            .await;
        assert_eq!(found, 0, "{name}");
        assert!(browser.text().await.contains("client.example"));
        assert_eq!(browser.console().await, Vec::<String>::new(), "{name}");
    }
    browser.stop().await;
}

/// A loopback program whose own page goes on to a second place: Chromium applies `form-action` to every hop.
#[actix_web::test]
async fn a_second_hop_after_allow_is_not_blocked() {
    let Some(Scene {
        browser,
        issuer,
        program,
        url: _url,
    }) = scene().await
    else {
        return;
    };
    let hop = hop_to(&program.redirect_uri);
    let client_id = issuer.client_named("Two hops", &[&hop]).await;
    browser
        .open(&format!("{}{}", issuer.url, authorize(&client_id, &hop, "")))
        .await;
    browser.sign_in("alex", PASSWORD).await;
    browser.shows("Allow “Two hops”?").await;
    browser.press("Allow").await;
    assert!(answer_of(&program, "code").is_some());
    browser.stop().await;
}

/// What opens `cursor:` links is not there, so the page stays; Chromium must not be the one who refuses.
#[actix_web::test]
async fn a_link_of_a_program_after_allow_is_not_blocked() {
    let Some(Scene {
        browser,
        issuer,
        program: _program,
        url: _url,
    }) = scene().await
    else {
        return;
    };
    let uri = "cursor://anysphere.cursor-mcp/oauth/callback";
    let client_id = issuer.client_named("Cursor", &[uri]).await;
    let url = format!("{}{}", issuer.url, authorize(&client_id, uri, ""));
    browser.open(&url).await;
    browser.sign_in("alex", PASSWORD).await;
    browser.shows("Allow “Cursor”?").await;
    browser.press("Allow").await;
    let begun = Instant::now();
    while issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the form did not get out");
        sleep(Duration::from_millis(20)).await;
    }
    browser.open(&url).await;
    browser.shows("Allow “Cursor”?").await;
    let refused = browser.console().await;
    assert!(
        !refused.iter().any(|line| line.contains("Content Security Policy")),
        "{refused:?}"
    );
    browser.stop().await;
}

/// A redirect URI that answers with a redirect to another origin, with the same query.
fn hop_to(next: &str) -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let next = next.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            let query = line.split(['?', ' ']).nth(2).unwrap_or_default();
            let answer = format!(
                "HTTP/1.1 302 Found\r\nLocation: {next}?{query}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    format!("http://127.0.0.1:{}/hop", address.port())
}

/// Nothing sticks out at 320 px (WCAG 2.2 section 1.4.10), and text has the contrast of level AA in both schemes.
#[actix_web::test]
async fn pages_fit_small_screens_and_can_be_read_in_both_schemes() {
    let Some(Scene {
        browser,
        issuer,
        url,
        program: _program,
    }) = scene().await
    else {
        return;
    };
    let shots = std::env::var_os("ISSUER_SCREENSHOTS");
    let link = setup::link(&issuer.app).await.unwrap();
    assert_eq!(link, None, "there is an account");
    let unknown = format!(
        "{}{}",
        issuer.url,
        authorize("gone", "http://localhost:51234/callback", "")
    );
    browser.open(&url).await;
    check_page(&browser, "sign-in", shots.as_ref()).await;
    browser.sign_in("alex", "wrong password").await;
    browser.shows("Error").await;
    check_page(&browser, "sign-in-error", shots.as_ref()).await;
    browser.sign_in("alex", PASSWORD).await;
    browser.shows("Allow").await;
    check_page(&browser, "consent", shots.as_ref()).await;
    browser.press("Use another account").await;
    browser.shows("Sign in").await;
    check_page(&browser, "switch", shots.as_ref()).await;
    let web = issuer
        .client_named("Claude", &["https://claude.ai/api/mcp/auth_callback"])
        .await;
    let web = authorize(
        &web,
        "https://claude.ai/api/mcp/auth_callback",
        "&scope=food:read%20food:write%20openid%20profile",
    );
    let document = authorize(CLAUDE_CODE, "http://localhost:51234/callback", "");
    let no_document = authorize(
        "https://a-client.example/some/long/path/document.json",
        "http://localhost:1/cb",
        "",
    );
    for (name, address) in [
        ("consent-https", format!("{}{web}", issuer.url)),
        ("consent-document", format!("{}{document}", issuer.url)),
        ("no-document", format!("{}{no_document}", issuer.url)),
        ("home", issuer.url.clone()),
        ("unknown-client", unknown),
        ("setup-dead", format!("{}/setup?link=x", issuer.url)),
    ] {
        browser.open(&address).await;
        check_page(&browser, name, shots.as_ref()).await;
    }
    browser.open(&issuer.url).await;
    browser.press("Sign out").await;
    browser.shows("Signed out").await;
    check_page(&browser, "signed-out", shots.as_ref()).await;
    browser.stop().await;
}

#[actix_web::test]
async fn the_pages_of_a_new_server_fit_and_can_be_read_too() {
    let Some(browser) = Chromium::start().await else { return };
    let issuer = TestIssuer::start().await;
    let shots = std::env::var_os("ISSUER_SCREENSHOTS");
    let link = setup::link(&issuer.app).await.unwrap().unwrap();
    for (name, address) in [("home-new", issuer.url.as_str()), ("setup", link.as_str())] {
        browser.open(address).await;
        check_page(&browser, name, shots.as_ref()).await;
    }
    browser.open(&link).await;
    for (id, text) in [
        ("username", "alex"),
        ("password", PASSWORD),
        ("repeat", "something else"),
    ] {
        browser.fill(id, text).await;
    }
    browser.press("Make account").await;
    browser.shows("Error").await;
    check_page(&browser, "setup-error", shots.as_ref()).await;
    browser.stop().await;
}

/// The text and its ground, of everything that has text of its own: the lowest contrast ratio, and whose.
const CONTRAST: &str = r"
    const parse = c => c.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
    let worst = [99, ''];
    for (const e of document.querySelectorAll('body *')) {
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 80)];
    }
    return worst";

/// The first ordinary word that is broken in its middle, or nothing: a line too narrow for what stands in it.
const BROKEN_WORD: &str = r"
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
    for (let text; text = texts.nextNode();) {
        for (const word of text.data.matchAll(/(?<!\S)[A-Za-z]{2,14}(?!\S)/g)) {
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map(line => line.top)).size > 1) return word[0];
        }
    }
    return ''";

/// Checks a page at three widths in both schemes, and takes pictures into `shots`.
pub async fn check_page(browser: &Chromium, name: &str, shots: Option<&std::ffi::OsString>) {
    for (scheme, word) in [(Scheme::Light, "light"), (Scheme::Dark, "dark")] {
        for width in [320, 360, 1280] {
            browser.screen(width, scheme).await;
            let widths = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]";
            let (content, screen): (u32, u32) = browser.read(widths).await;
            assert!(content <= screen, "{name} is {content} px wide at {width} px");
            let broken: String = browser.read(BROKEN_WORD).await;
            assert_eq!(broken, "", "{name} breaks a word at {width} px");
            if let Some(folder) = shots {
                let picture = browser.page.screenshot().await.unwrap();
                std::fs::write(
                    std::path::Path::new(folder).join(format!("{name}-{word}-{width}.png")),
                    picture,
                )
                .unwrap();
            }
        }
        let (contrast, element): (f64, String) = browser.read(CONTRAST).await;
        assert!(contrast >= 4.5, "{name} in {word}: {contrast} at {element}");
    }
    let states = browser.look("return [document.documentElement.lang, document.querySelectorAll('h1').length, document.querySelectorAll('main').length,
        [...document.querySelectorAll('input:not([type=hidden], [hidden])')].every(i => i.labels.length === 1),
        document.querySelectorAll('[style], script').length]").await;
    assert_eq!(states, serde_json::json!(["en", 1, 1, true, 0]), "{name}");
    let console = browser.console().await;
    let told: Vec<_> = console
        .iter()
        .filter(|line| !line.contains("status of 4") && !line.contains("status of 503"))
        .collect();
    assert!(told.is_empty(), "{name}: {told:?}");
}
