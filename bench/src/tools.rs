//! The resource server under load: `tools/call` on both wires, of revision 2025-06-18 and of 2026-07-28.

use serde_json::{Value, json};

use crate::issuer_server::IssuerServer;
use crate::load::{Driver, Same, must_be};
use crate::noop::RESOURCE;
use crate::server::{Server, Start, free_address};
use crate::wire::{Answer, post};

/// A revision of MCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Each request by itself, as most clients of today send it.
    V2025,
    /// With what the revision puts into headers and `_meta`.
    V2026,
}

impl Wire {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V2025, Self::V2026];

    /// Its name in the specification.
    pub fn name(self) -> &'static str {
        match self {
            Self::V2025 => "2025-06-18",
            Self::V2026 => "2026-07-28",
        }
    }

    /// A call of a tool.
    pub fn call(self, tool: &str, arguments: &Value, token: Option<&str>) -> Called {
        let mut params = json!({"name": tool, "arguments": arguments});
        let mut headers = self.headers();
        headers.extend(token.map(|token| format!("Authorization: Bearer {token}")));
        if self == Self::V2026 {
            headers.extend(["Mcp-Method: tools/call".to_owned(), format!("Mcp-Name: {tool}")]);
            let meta = json!({
                "io.modelcontextprotocol/protocolVersion": self.name(),
                "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {},
            });
            if let Some(params) = params.as_object_mut() {
                params.insert("_meta".to_owned(), meta);
            }
        }
        Called(Same {
            request: message("tools/call", &params, &headers),
            status: 200,
            holds: None,
        })
    }

    /// A request that asks nothing of any tool.
    pub fn ping(self, token: &str) -> Vec<u8> {
        let mut headers = self.headers();
        headers.push(format!("Authorization: Bearer {token}"));
        message("ping", &json!({}), &headers)
    }

    fn headers(self) -> Vec<String> {
        vec![
            "Accept: application/json, text/event-stream".to_owned(),
            format!("MCP-Protocol-Version: {}", self.name()),
        ]
    }
}

fn message(method: &str, params: &Value, headers: &[String]) -> Vec<u8> {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    post("/mcp", "application/json", headers, &message.to_string())
}

/// A call whose answer must be a result and no error.
#[derive(Clone, Debug)]
pub struct Called(Same);

impl Driver for Called {
    fn request(&mut self) -> &[u8] {
        self.0.request()
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        must_be(200, answer)?;
        let is_result = answer.body.windows(8).any(|eight| eight == b"\"result\"");
        let failed = answer.body.windows(14).any(|part| part == b"\"isError\":true");
        if is_result && !failed {
            return Ok(());
        }
        Err(String::from_utf8_lossy(answer.body).into_owned())
    }
}

/// A call that differs from all others before: its marks, which the search passes over, are written anew each time.
#[derive(Clone, Debug)]
pub struct Anew {
    called: Called,
    marks: usize,
    number: u64,
}

/// What stands for the marks in a call that is sent [`Anew`].
pub const MARKS: &str = "????????????????????????????????";

impl Anew {
    /// So many calls that differ from each other, too.
    pub fn several(called: &Called, count: usize) -> Result<Vec<Self>, String> {
        let windows = called.0.request.windows(MARKS.len());
        let marks = windows.enumerate().find(|(_, part)| *part == MARKS.as_bytes());
        let (marks, _) = marks.ok_or("no marks are in the call")?;
        let anew = |number: usize| Self {
            called: called.clone(),
            marks,
            // Each counts in a range of its own.
            number: (number as u64) << 24,
        };
        Ok((0..count).map(anew).collect())
    }
}

impl Driver for Anew {
    fn request(&mut self) -> &[u8] {
        self.number += 1;
        let marks = self.called.0.request.iter_mut().skip(self.marks);
        for (bit, mark) in marks.take(MARKS.len()).enumerate() {
            *mark = if self.number >> bit & 1 == 1 { b'!' } else { b'?' };
        }
        self.called.request()
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        self.called.answered(answer)
    }
}

/// A server that takes the tokens of this issuer, as the `role` of this program; `resource` is the product itself.
pub async fn start(role: &str, name: &str, issuer: &IssuerServer, settings: &[(&str, &str)]) -> Result<Server, String> {
    start_on("0", role, name, issuer, settings).await
}

/// The product itself, which has answered, but may not be ready.
pub async fn start_early(name: &str, issuer: &IssuerServer) -> Result<Server, String> {
    launch("/healthz", "0", "resource", name, issuer, &[]).await
}

/// The same on other processors than the first.
pub async fn start_on(
    cores: &str,
    role: &str,
    name: &str,
    issuer: &IssuerServer,
    settings: &[(&str, &str)],
) -> Result<Server, String> {
    let ready = if role == "noop" { "/" } else { "/readyz" };
    launch(ready, cores, role, name, issuer, settings).await
}

async fn launch(
    ready: &str,
    cores: &str,
    role: &str,
    name: &str,
    issuer: &IssuerServer,
    settings: &[(&str, &str)],
) -> Result<Server, String> {
    let address = free_address()?;
    let trusted = format!("http://{}", issuer.server.address);
    let file = format!("sqlite:{}", issuer.folder.path().join(format!("{name}.db")).display());
    let listen = address.to_string();
    let arguments = match role {
        "resource" => vec![role, "serve"],
        "noop" => vec![role, &listen],
        _ => vec![role, &listen, &trusted],
    };
    let own = [
        ("RESOURCE_LISTEN", listen.as_str()),
        ("RESOURCE_PUBLIC_URL", RESOURCE),
        ("RESOURCE_DATABASE_URL", &file),
        ("OAUTH_ISSUER", &trusted),
    ];
    let variables = own.iter().chain(settings);
    let start = Start {
        name,
        program: std::env::current_exe().map_err(|error| error.to_string())?,
        variables: variables
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        address,
        ready,
        folder: issuer.folder.path(),
        cores,
    };
    start.run().await
}
