//! A real browser: headless Chromium through chromedriver.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::client;
use super::program::free_address;

/// How long anything in the browser may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser with a profile of its own.
pub struct Chromium {
    driver: Child,
    address: String,
    /// The page.
    pub page: Client,
}

/// The person's computer as the pages show on it.
#[derive(Clone, Copy, Debug)]
pub enum Scheme {
    /// Dark text on light ground.
    Light,
    /// The other way round.
    Dark,
}

impl Chromium {
    /// A browser, or `None` with a plain message where none is installed.
    pub async fn start() -> Option<Self> {
        let address = free_address();
        let port = address.rsplit(':').next().unwrap();
        let started = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(driver) = started else {
            println!("skipped: chromedriver is not installed (Debian: apt-get install chromium chromium-driver)");
            return None;
        };
        let page = connect(&address).await;
        Some(Self { driver, address, page })
    }

    /// Ends the browser.
    pub async fn stop(mut self) {
        self.page.clone().close().await.unwrap();
        self.driver.kill().unwrap();
        self.driver.wait().unwrap();
    }

    /// What Chromium itself wrote to the console: refused content, scripts, missing files.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.command("se/log", json!({"type": "browser"})).await;
        let entries = entries.pointer("/value").and_then(Value::as_array).unwrap().clone();
        entries
            .iter()
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Shows the pages on a screen of this width, in this color scheme.
    pub async fn screen(&self, width: u32, scheme: Scheme) {
        let scheme = if matches!(scheme, Scheme::Dark) {
            "dark"
        } else {
            "light"
        };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", media).await;
        let size = json!({"width": width, "height": 780, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn devtools(&self, method: &str, params: Value) {
        self.command("goog/cdp/execute", json!({"cmd": method, "params": params}))
            .await;
    }

    async fn command(&self, path: &str, body: Value) -> Value {
        let session = self.page.session_id().await.unwrap().unwrap();
        let url = format!("http://{}/session/{session}/{path}", self.address);
        let answer = client().post(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) {
        self.page.goto(url).await.unwrap();
    }

    /// Types into a field, in place of what is there.
    pub async fn fill(&self, id: &str, text: &str) {
        let field = self.found(Locator::Id(id)).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses the button with these words, and waits for the page after it.
    pub async fn press(&self, words: &str) {
        let button = format!("//button[normalize-space()='{words}'] | //a[normalize-space()='{words}']");
        self.found(Locator::XPath(&button)).await.click().await.unwrap();
    }

    /// Presses the button twice, this many milliseconds apart, without waiting for anything in between.
    pub async fn double_click(&self, words: &str, apart: u64) {
        let button = format!("//button[normalize-space()='{words}']");
        let button = self.found(Locator::XPath(&button)).await;
        let click = |actions: MouseActions| {
            actions
                .then(PointerAction::Down {
                    button: MOUSE_BUTTON_LEFT,
                })
                .then(PointerAction::Up {
                    button: MOUSE_BUTTON_LEFT,
                })
        };
        let mouse = MouseActions::new("mouse".to_owned()).then(PointerAction::MoveToElement {
            element: button,
            duration: None,
            x: 0.0,
            y: 0.0,
        });
        let pause = PointerAction::Pause {
            duration: Duration::from_millis(apart),
        };
        let mouse = click(click(mouse).then(pause));
        self.page.perform_actions(mouse).await.unwrap();
    }

    /// The element, as soon as the page that has it is there.
    async fn found(&self, what: Locator<'_>) -> Element {
        let waiting = self.page.wait().at_most(PATIENCE);
        waiting.for_element(what).await.unwrap()
    }

    /// Signs in with the form that is shown.
    pub async fn sign_in(&self, username: &str, password: &str) {
        self.fill("username", username).await;
        self.fill("password", password).await;
        self.press("Sign in").await;
    }

    /// Waits until the page's title begins with these words.
    pub async fn shows(&self, title: &str) {
        let begun = Instant::now();
        while !self.page.title().await.unwrap().starts_with(title) {
            let shown = self.page.title().await.unwrap();
            assert!(
                begun.elapsed() < PATIENCE,
                "{title:?} is not shown, but {shown:?}: {}",
                self.text().await
            );
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// All text of the page.
    pub async fn text(&self) -> String {
        self.page
            .find(Locator::Css("body"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    /// What a script of the test gives; the page has none of its own.
    pub async fn look(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    /// The numbers and texts that such a script gives.
    pub async fn read<T: DeserializeOwned>(&self, script: &str) -> T {
        serde_json::from_value(self.look(script).await).unwrap()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

async fn connect(address: &str) -> Client {
    let options = json!({"args": [
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--window-size=1280,900",
    ]});
    let Value::Object(capabilities) = json!({"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}})
    else {
        unreachable!()
    };
    let mut builder = ClientBuilder::rustls().unwrap();
    builder.capabilities(capabilities);
    let begun = Instant::now();
    loop {
        match builder.connect(&format!("http://{address}")).await {
            Ok(page) => return page,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "Chromium does not start: {error}"),
        }
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The program on the person's computer that waits for the answer.
pub struct Listener {
    /// Its redirect URI.
    pub redirect_uri: String,
    answers: Receiver<String>,
}

impl Listener {
    /// Listens on a free port; the redirect URI says `localhost`, as Claude Code's does.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let redirect_uri = format!("http://localhost:{}/callback", listener.local_addr().unwrap().port());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut line = String::new();
                let mut reader = BufReader::new((&mut stream).take(16_384));
                drop(reader.read_line(&mut line));
                let page =
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<title>Arrived</title>ok";
                drop(stream.write_all(page.as_bytes()));
                if line.starts_with("GET /callback") && sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { redirect_uri, answers }
    }

    /// The parameters of the answer that arrived.
    pub fn answer(&self) -> Vec<(String, String)> {
        parameters(&self.answers.recv_timeout(PATIENCE).unwrap())
    }

    /// What more arrived.
    pub fn further(&self) -> Vec<BTreeMap<String, String>> {
        let lines = self.answers.try_iter();
        lines.map(|line| parameters(&line).into_iter().collect()).collect()
    }
}

fn parameters(line: &str) -> Vec<(String, String)> {
    let target = line.split(' ').nth(1).unwrap();
    url_of(target).query_pairs().into_owned().collect()
}

fn url_of(target: &str) -> reqwest::Url {
    reqwest::Url::parse("http://localhost").unwrap().join(target).unwrap()
}
