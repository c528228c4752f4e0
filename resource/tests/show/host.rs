//! A page that plays the host of MCP Apps, on an origin of its own, and what it lets its view do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

const PAGE: &str = include_str!("host.html");

/// What a host must enforce where a resource asks for nothing: MCP Apps, "Host Behavior".
const RESTRICTIVE: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; media-src 'self' data:; connect-src 'none'";

/// A running host.
pub(crate) struct Host {
    origin: String,
    pages: Arc<Mutex<BTreeMap<String, (String, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
    /// What the view may do beside running its script.
    pub(crate) sandbox: &'static str,
}

impl Host {
    /// A host that shows this document as a view.
    pub(crate) fn start(view: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            pages: Arc::default(),
            asked: Arc::default(),
            sandbox: "allow-scripts",
        };
        host.add("/view.html", RESTRICTIVE, view.to_owned());
        let (pages, asked) = (Arc::clone(&host.pages), Arc::clone(&host.asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut line = String::new();
                drop(BufReader::new((&mut stream).take(16_384)).read_line(&mut line));
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                let page = pages.lock().unwrap().get(&path).cloned();
                asked.lock().unwrap().push(path);
                let answer = page.map_or_else(
                    || "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
                    |(policy, body)| {
                        format!(
                            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Security-Policy: \
                             {policy}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                            body.len()
                        )
                    },
                );
                drop(stream.write_all(answer.as_bytes()));
            }
        });
        host
    }

    fn add(&self, path: &str, policy: &str, body: String) {
        let page = (policy.to_owned(), body);
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    /// The address of a page that gives its view this result of a tool, in this context.
    pub(crate) fn showing(&self, result: &Value, context: &Value) -> String {
        let scene = json!({"result": result, "context": context, "view": "/view.html"});
        let scene = scene.to_string().replace('<', "\\u003c");
        let path = format!("/host-{}.html", self.pages.lock().unwrap().len());
        self.add(
            &path,
            "default-src 'self' 'unsafe-inline' data:",
            PAGE.replace("SANDBOX", self.sandbox).replace("SCENE", &scene),
        );
        format!("{}{path}", self.origin)
    }

    /// The paths that were asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}
