//! Both programs as processes, on free ports, in a folder of their own.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::both_databases::again;
use crate::both_databases::postgres::Postgres;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct Pair {
    folder: TempDir,
    issuer_port: u16,
    resource_port: u16,
    issuer: Option<Child>,
    resource: Option<Child>,
    databases: Option<Databases>,
    pub(crate) mcp_url: String,
}

/// Where the two store, when it is not in their folder.
struct Databases {
    issuer: String,
    resource: String,
    _server: Arc<Postgres>,
}

impl Databases {
    fn of_this_run() -> Option<Self> {
        let server = again::server()?;
        Some(Self {
            issuer: server.new_database(),
            resource: server.new_database(),
            _server: server,
        })
    }
}

/// A client that knows no proxy.
#[expect(clippy::disallowed_methods, reason = "a test, on loopback")]
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Pair {
    pub(crate) async fn start() -> Self {
        let (issuer_port, resource_port) = (free_port(), free_port());
        let mcp_url = format!("http://localhost:{resource_port}/mcp");
        let folder = tempfile::tempdir().unwrap();
        let mut pair = Self {
            folder,
            issuer_port,
            resource_port,
            issuer: None,
            resource: None,
            databases: Databases::of_this_run(),
            mcp_url,
        };
        // The resource server first: it must wait for the issuer, not fail.
        pair.resource = Some(pair.spawn("resource"));
        pair.start_issuer().await;
        pair.wait_for(&format!("http://127.0.0.1:{resource_port}/readyz")).await;
        pair
    }

    /// A program with the settings of this pair.
    pub(crate) fn command(&self, program: &str) -> Command {
        let issuer = format!("http://localhost:{}", self.issuer_port);
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        command.arg(program).env_clear().current_dir(self.folder.path());
        match program {
            "issuer" => command
                .env("ISSUER_LISTEN", format!("127.0.0.1:{}", self.issuer_port))
                .env("ISSUER_PUBLIC_URL", issuer)
                .env("ISSUER_RESOURCES", &self.mcp_url),
            _ => command
                .env("RESOURCE_LISTEN", format!("127.0.0.1:{}", self.resource_port))
                .env("RESOURCE_PUBLIC_URL", &self.mcp_url)
                .env("OAUTH_ISSUER", issuer),
        };
        if let Some(databases) = &self.databases {
            command.env("ISSUER_DATABASE_URL", &databases.issuer);
            command.env("RESOURCE_DATABASE_URL", &databases.resource);
        }
        command
    }

    fn spawn(&self, program: &str) -> Child {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join(format!("{program}.log")))
            .unwrap();
        let mut command = self.command(program);
        command
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    pub(crate) async fn start_issuer(&mut self) {
        self.issuer = Some(self.spawn("issuer"));
        self.wait_for(&self.issuer("/readyz")).await;
    }

    pub(crate) fn stop_issuer(&mut self) {
        end(&mut self.issuer);
    }

    pub(crate) fn restart_resource(&mut self) {
        end(&mut self.resource);
        self.resource = Some(self.spawn("resource"));
    }

    pub(crate) fn add_user(&self, name: &str) {
        let mut command = self.command("issuer");
        command
            .args(["user", "add", name, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// What a sub-command of the issuer prints with `--json`.
    pub(crate) fn issuer_says(&self, arguments: &[&str]) -> Value {
        let output = self.command("issuer").args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn issuer(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.issuer_port)
    }

    /// The status of one `server/discover` with this token; 0 when nothing answers.
    pub(crate) async fn discover(&self, access_token: &str) -> u16 {
        let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {}});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}});
        let request = http().post(&self.mcp_url).bearer_auth(access_token).json(&body);
        let request = request
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "server/discover");
        request.send().await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Asks until the status is `wanted` or the time is up; the last status.
    pub(crate) async fn wait_for_status(&self, access_token: &str, wanted: u16, most: Duration) -> u16 {
        let end = Instant::now() + most;
        loop {
            let status = self.discover(access_token).await;
            if status == wanted || Instant::now() > end {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn wait_for(&self, url: &str) {
        let end = Instant::now() + Duration::from_mins(2);
        while !http()
            .get(url)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            assert!(Instant::now() < end, "{url} is not ready; logs:\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) fn logs(&self) -> String {
        format!("{}{}", self.log_of("issuer"), self.log_of("resource"))
    }

    /// What one of the programs logged.
    pub(crate) fn log_of(&self, program: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("{program}.log"))).unwrap_or_default()
    }
}

fn end(child: &mut Option<Child>) {
    if let Some(mut child) = child.take() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        end(&mut self.issuer);
        end(&mut self.resource);
    }
}
