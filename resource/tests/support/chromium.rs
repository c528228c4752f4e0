//! A real browser: headless Chromium through chromedriver, in the words of W3C WebDriver.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{client, free_address};

/// How long anything in the browser may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser with a profile of its own.
pub(crate) struct Chromium {
    driver: Child,
    session: String,
}

impl Chromium {
    /// A browser, or `None` with a plain message where none is installed.
    pub(crate) async fn start() -> Option<Self> {
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
        let session = connect(&address).await;
        Some(Self { driver, session })
    }

    /// Ends the browser.
    pub(crate) async fn stop(self) {
        let ended = client().delete(&self.session).send().await.unwrap();
        assert!(ended.status().is_success());
    }

    /// Opens an address.
    pub(crate) async fn open(&self, url: &str) {
        self.command("url", json!({"url": url})).await;
    }

    /// Looks into the first frame of the page.
    pub(crate) async fn enter_frame(&self) {
        self.command("frame", json!({"id": 0})).await;
    }

    /// Looks at the page itself again.
    pub(crate) async fn leave_frame(&self) {
        self.command("frame", json!({"id": null})).await;
    }

    /// What is seen of the page, as PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        STANDARD.decode(self.read("screenshot").await).unwrap()
    }

    /// What Chromium itself wrote to the console: refused content, scripts, missing files.
    pub(crate) async fn console(&self) -> Vec<String> {
        let entries = self.command("se/log", json!({"type": "browser"})).await;
        let entries = entries.as_array().unwrap();
        entries
            .iter()
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Shows pages on a screen of this size; whether the person likes them dark.
    pub(crate) async fn screen(&self, width: u32, height: u32, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", media).await;
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// The role and the name that screen readers are told of each element of a selector.
    pub(crate) async fn heard(&self, selector: &str) -> Vec<(String, String)> {
        let found = json!({"using": "css selector", "value": selector});
        let found = self.command("elements", found).await;
        let mut heard = Vec::new();
        for element in found.as_array().unwrap() {
            let id = element.as_object().unwrap().values().next().unwrap();
            let of_element = format!("element/{}", id.as_str().unwrap());
            let role = self.read(&format!("{of_element}/computedrole")).await;
            let name = self.read(&format!("{of_element}/computedlabel")).await;
            heard.push((role, name));
        }
        heard
    }

    /// What a script of the test gives.
    pub(crate) async fn look<T: DeserializeOwned>(&self, script: &str) -> T {
        let value = self
            .command("execute/sync", json!({"script": script, "args": []}))
            .await;
        serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
    }

    /// Waits until a script gives true.
    pub(crate) async fn until(&self, script: &str) {
        let begun = Instant::now();
        while !self.look::<bool>(script).await {
            assert!(begun.elapsed() < PATIENCE, "not in time: {script}");
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn devtools(&self, method: &str, params: Value) -> Value {
        self.command("goog/cdp/execute", json!({"cmd": method, "params": params}))
            .await
    }

    async fn read(&self, name: &str) -> String {
        let url = format!("{}/{name}", self.session);
        let text = client().get(url).send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["value"].as_str().unwrap_or_else(|| panic!("{text}")).to_owned()
    }

    async fn command(&self, name: &str, body: Value) -> Value {
        post(&format!("{}/{name}", self.session), &body).await.unwrap()
    }
}

/// The value of an answer, or why there is none.
async fn post(url: &str, body: &Value) -> Result<Value, String> {
    let request = client().post(url).header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await;
    let answer = answer.map_err(|error| error.to_string())?;
    let (fine, text) = (answer.status().is_success(), answer.text().await.unwrap());
    let answer: Value = serde_json::from_str(&text).map_err(|_| text.clone())?;
    if fine { Ok(answer["value"].clone()) } else { Err(text) }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

/// The address of a session, as soon as the driver listens.
async fn connect(address: &str) -> String {
    let options = json!({"args": [
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
    ]});
    let wanted = json!({"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}});
    let body = json!({"capabilities": {"alwaysMatch": wanted}});
    let begun = Instant::now();
    loop {
        match post(&format!("http://{address}/session"), &body).await {
            Ok(session) => return format!("http://{address}/session/{}", session["sessionId"].as_str().unwrap()),
            Err(error) => assert!(begun.elapsed() < PATIENCE, "Chromium does not start: {error}"),
        }
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    }
}
