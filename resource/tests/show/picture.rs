//! The picture of MCP Apps: how it is offered, and how it looks and reads in real headless Chromium, with results of the
//! running server.

use serde_json::{Value, json};

use super::host::Host;
use super::{CURRENT, Client, LEGACY};
use crate::support::Chromium;

const URI: &str = "ui://food/nutrition.html";

pub(super) fn banana() -> Value {
    json!({"name": "get_nutrition", "arguments": {"foodId": "09040", "amount": 2, "unit": "medium", "nutrients": "all"}})
}

pub(super) fn meal() -> Value {
    json!({"name": "calculate_meal", "arguments": {"servings": 2, "strict": false, "items": [
        {"foodId": "09040", "amount": 2, "unit": "medium"},
        {"foodId": "01123", "amount": 3, "unit": "large"},
        {"foodId": "01001", "amount": 1, "unit": "tbsp"},
        {"foodId": "99999", "amount": 1, "unit": "g"},
    ]}})
}

#[actix_web::test]
async fn the_tools_that_have_a_picture_name_it_and_it_is_there() {
    let client = Client::start().await;
    for revision in [LEGACY, CURRENT] {
        let listed = client.result(revision, "tools/list", json!({})).await;
        for tool in listed["tools"].as_array().unwrap() {
            let drawn = ["get_nutrition", "calculate_meal"].contains(&tool["name"].as_str().unwrap());
            let expected = if drawn {
                json!({"resourceUri": URI})
            } else {
                Value::Null
            };
            assert_eq!(tool["_meta"]["ui"], expected, "{}", tool["name"]);
        }
        let read = client.result(revision, "resources/read", json!({"uri": URI})).await;
        let contents = &read["contents"][0];
        assert_eq!(
            (&contents["uri"], &contents["mimeType"]),
            (&json!(URI), &json!("text/html;profile=mcp-app"))
        );
        assert_eq!(
            contents["_meta"]["ui"]["csp"],
            json!({}),
            "it needs nothing from anywhere"
        );
        assert!(contents["text"].as_str().unwrap().starts_with("<!DOCTYPE html>"));
    }
    let discovered = client.result(CURRENT, "server/discover", json!({})).await;
    let extension = &discovered["capabilities"]["extensions"]["io.modelcontextprotocol/ui"];
    assert_eq!(extension["mimeTypes"], json!(["text/html;profile=mcp-app"]));
}

#[actix_web::test]
async fn who_draws_nothing_reads_the_same_in_words() {
    let client = Client::start().await;
    for call in [banana(), meal()] {
        let result = client.result(LEGACY, "tools/call", call).await;
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("kcal") && text.contains("protein"), "{text}");
    }
}

/// A browser, a host that shows the server's picture, and the server.
pub(super) struct Scene {
    pub(super) browser: Chromium,
    host: Host,
    pub(super) client: Client,
}

impl Scene {
    pub(super) async fn set() -> Option<Self> {
        let browser = Chromium::start().await?;
        let client = Client::start().await;
        let read = client.result(LEGACY, "resources/read", json!({"uri": URI})).await;
        let host = Host::start(read["contents"][0]["text"].as_str().unwrap());
        Some(Self { browser, host, client })
    }

    /// Shows a result and looks into the view.
    pub(super) async fn show(&self, result: &Value, context: &Value, width: u32) {
        let dark = context["theme"] == "dark";
        self.browser.screen(width, 900, dark).await;
        self.browser.open(&self.host.showing(result, context)).await;
        self.browser
            .until("return seen.some((one) => one.method === 'ui/notifications/size-changed')")
            .await;
        self.browser.enter_frame().await;
        self.browser
            .until("return document.getElementById('view').getAttribute('aria-busy') === 'false'")
            .await;
    }

    /// Everything can be seen and read.
    pub(super) async fn check(&self, shown: &str) {
        self.browser.until(FITS).await;
        let wrong: Vec<String> = self.browser.look(include_str!("measure.js")).await;
        assert_eq!(wrong, Vec::<String>::new(), "{shown}");
    }

    async fn text(&self) -> String {
        self.browser.look("return document.body.innerText").await
    }
}

#[actix_web::test]
async fn a_food_is_a_label_that_reads_as_its_figures() {
    let Some(scene) = Scene::set().await else { return };
    let result = scene.client.result(LEGACY, "tools/call", banana()).await;
    scene.show(&result, &json!({"theme": "light"}), 760).await;
    let text = scene.text().await;
    for shown in [
        "Bananas, raw",
        "Nutrition Facts",
        "2 medium (236 g)",
        "210",
        "Dietary fiber",
        "6.1 g",
        "22%",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(
        text.contains("Where the energy comes from") && text.contains("Source: U.S."),
        "{text}"
    );
    // What no source tells is told to be unknown, also to those who hear it.
    let added: Vec<String> = scene
        .browser
        .look("return [...document.querySelectorAll('tr')].filter((row) => row.textContent.startsWith('Added sugars')).map((row) => row.cells[1].textContent)")
        .await;
    assert_eq!(added, ["–unknown"]);
    // Little is not nothing, and what is not on a label has a Daily Value as well.
    let rows: Vec<Vec<String>> = scene
        .browser
        .look("return [...document.querySelectorAll('tr')].filter((row) => /^(Copper|Magnesium)/.test(row.textContent)).map((row) => [...row.cells].slice(1).map((cell) => cell.textContent))")
        .await;
    assert_eq!(rows, [["0.18 mg", "20%"], ["63.7 mg", "15%"]]);
    assert_eq!(scene.browser.console().await, Vec::<String>::new());
    let asked = scene.host.asked();
    assert!(
        asked
            .iter()
            .all(|path| path.starts_with("/host-") || path == "/view.html"),
        "{asked:?}"
    );
    scene.browser.stop().await;
}

#[actix_web::test]
async fn a_meal_shows_its_foods_and_what_is_not_in_the_sums() {
    let Some(scene) = Scene::set().await else { return };
    let result = scene.client.result(LEGACY, "tools/call", meal()).await;
    let totals = &result["structuredContent"]["perServing"]["calories"]["value"];
    scene.show(&result, &json!({"theme": "dark"}), 760).await;
    let text = scene.text().await;
    let calories = format!("{}", totals.as_f64().unwrap().round());
    for shown in [
        "Meal",
        "One serving",
        &calories,
        "Egg, whole, raw, fresh",
        "1 of 4 items are not in the totals",
        "Food 4: there is no food",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    let notes = scene
        .browser
        .look::<usize>("return document.querySelectorAll('.note li').length");
    assert_eq!(notes.await, 2, "nothing is told twice: {text}");
    let wrong = json!({"name": "get_nutrition", "arguments": {"foodId": "99999"}});
    let wrong = scene.client.result(LEGACY, "tools/call", wrong).await;
    scene.show(&wrong, &json!({}), 320).await;
    assert!(scene.text().await.contains("there is no food with the id"));
    scene.browser.stop().await;
}

#[actix_web::test]
async fn a_meal_cites_each_live_provider_once() {
    let Some(scene) = Scene::set().await else { return };
    let mut result = scene.client.result(LEGACY, "tools/call", meal()).await;
    scene.show(&result, &json!({}), 760).await;
    assert!(
        !scene.text().await.contains("Source:"),
        "nothing of it is of a live provider"
    );
    let items = result["structuredContent"]["items"].as_array_mut().unwrap();
    let cited = ["© One <b>", "© One <b>", "© Other"];
    for (item, whom) in items.iter_mut().zip(cited) {
        item["attribution"] = whom.into();
    }
    scene.show(&result, &json!({}), 760).await;
    let text = scene.text().await;
    for whom in ["Source: © One <b>", "Source: © Other"] {
        assert_eq!(text.matches(whom).count(), 1, "{text}");
    }
    scene.check("a meal of live foods").await;
    scene.browser.stop().await;
}

#[actix_web::test]
async fn names_are_text_and_a_strangers_message_is_nothing() {
    let Some(scene) = Scene::set().await else { return };
    let own = scene.client.token_of("user-1");
    let hostile = "<img src=x onerror=document.title=1> ${x} </script>";
    let id = scene.client.save(&own, hostile).await;
    let call = json!({"name": "get_nutrition", "arguments": {"foodId": id, "source": "custom"}});
    let result = scene.client.result(LEGACY, "tools/call", call).await;
    let name = result["structuredContent"]["food"]["name"].as_str().unwrap().to_owned();
    scene.show(&result, &json!({}), 760).await;
    let title: String = scene
        .browser
        .look("return document.querySelector('h1').textContent")
        .await;
    assert_eq!(title, name);
    assert_eq!(scene.browser.look::<usize>("return document.images.length").await, 0);
    // The page that plays a stranger is the view itself: only its parent is the host.
    let stranger =
        "window.postMessage({jsonrpc: '2.0', method: 'ui/notifications/tool-cancelled', params: {}}, '*'); return true";
    assert!(scene.browser.look::<bool>(stranger).await);
    scene
        .browser
        .until("return new Promise((done) => setTimeout(() => done(true)))")
        .await;
    assert!(!scene.text().await.contains("cancelled"));
    assert_eq!(scene.browser.console().await, Vec::<String>::new());
    scene.browser.stop().await;
}

const WIDTHS: [u32; 6] = [280, 320, 400, 599, 600, 800];

#[actix_web::test]
async fn it_is_readable_from_280_to_800_pixels_in_light_and_dark() {
    let Some(scene) = Scene::set().await else { return };
    for (name, call) in [("food", banana()), ("meal", meal())] {
        let result = scene.client.result(LEGACY, "tools/call", call).await;
        for theme in ["light", "dark"] {
            for width in WIDTHS {
                let context = json!({"theme": theme, "containerDimensions": {"width": width}});
                scene.show(&result, &context, width).await;
                scene.browser.until(OPENED).await;
                scene.check(&format!("{name} {theme} {width}")).await;
            }
        }
    }
    scene.browser.stop().await;
}

/// What is folded away is looked at, too.
const OPENED: &str = "document.querySelectorAll('details').forEach((one) => { one.open = true; }); return true";

/// The host made the frame as high as the view said.
const FITS: &str = "return document.documentElement.scrollHeight <= window.innerHeight + 1";

#[actix_web::test]
async fn those_who_hear_it_are_told_as_much() {
    let Some(mut scene) = Scene::set().await else { return };
    // The driver tells no roles of a frame that has an origin of its own.
    scene.host.sandbox = "allow-scripts allow-same-origin";
    let result = scene.client.result(LEGACY, "tools/call", banana()).await;
    scene.show(&result, &json!({}), 760).await;
    let heard = async |selector| scene.browser.heard(selector).await;
    let of = |role: &str, names: &[&str]| -> Vec<(String, String)> {
        names.iter().map(|name| (role.to_owned(), (*name).to_owned())).collect()
    };
    let headings = ["Bananas, raw", "Nutrition Facts", "Where the energy comes from"];
    assert_eq!(heard("h1, h2").await, of("heading", &headings));
    assert_eq!(
        heard("table").await[0],
        ("table".to_owned(), "Nutrients in this amount".to_owned())
    );
    let columns = heard(".label > table thead th").await;
    assert_eq!(columns, of("columnheader", &["Nutrient", "Amount", "% Daily Value"]));
    let rows = heard(".part > th").await;
    assert!(
        rows.contains(&("rowheader".to_owned(), "Dietary fiber".to_owned())),
        "{rows:?}"
    );
    let pictures = heard("svg").await;
    assert!(
        pictures.len() == 1 && pictures[0].0 == "image" && pictures[0].1.starts_with("Energy: Protein "),
        "{pictures:?}"
    );
    scene.browser.stop().await;
}

#[actix_web::test]
async fn the_hosts_colors_language_and_theme_are_taken_over() {
    let Some(scene) = Scene::set().await else { return };
    let result = scene.client.result(LEGACY, "tools/call", banana()).await;
    let variables = json!({"--color-text-primary": "rgb(0, 0, 90)", "color": "red", "--font-sans": "serif"});
    let context = json!({"theme": "light", "locale": "de-DE", "styles": {"variables": variables}});
    scene.show(&result, &context, 760).await;
    assert!(scene.text().await.contains("6,1 g"));
    let color: String = scene.browser.look("return getComputedStyle(document.body).color").await;
    assert_eq!(color, "rgb(0, 0, 90)");
    scene.browser.leave_frame().await;
    let change = "send({method: 'ui/notifications/host-context-changed', params: {theme: 'dark', locale: 'en-US'}}); \
        send({id: 'end', method: 'ui/resource-teardown', params: {reason: 'test'}}); \
        send({id: 'odd', method: 'made/up'}); return true";
    assert!(scene.browser.look::<bool>(change).await);
    scene.browser.until("return seen.some((one) => one.id === 'end' && one.result) && seen.some((one) => one.id === 'odd' && one.error.code === -32601)").await;
    scene.browser.enter_frame().await;
    assert!(scene.text().await.contains("6.1 g"));
    let scheme: String = scene
        .browser
        .look("return getComputedStyle(document.documentElement).colorScheme")
        .await;
    assert_eq!(scheme, "dark");
    scene.browser.stop().await;
}
