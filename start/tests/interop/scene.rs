//! Our resource server, somebody else's issuer and a client, each a process, in a folder of their own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::installed::{Language, program};
use crate::e2e::pair::http;

pub(super) struct Scene {
    folder: TempDir,
    pub(super) issuer: String,
    pub(super) issuer_port: u16,
    pub(super) mcp_url: String,
    resource_port: u16,
    processes: Vec<(&'static str, Child)>,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Scene {
    /// Places for an issuer with this path, and for the resource server.
    pub(super) fn new(issuer_path: &str) -> Self {
        let (issuer_port, resource_port) = (free_port(), free_port());
        Self {
            folder: tempfile::tempdir().unwrap(),
            issuer: format!("http://localhost:{issuer_port}{issuer_path}"),
            issuer_port,
            mcp_url: format!("http://localhost:{resource_port}/mcp"),
            resource_port,
            processes: Vec::new(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts a program that serves until the end of the scene, and waits until this address answers.
    pub(super) async fn serve(&mut self, name: &'static str, mut command: Command, ready: &str) {
        let log = File::create(self.path(&format!("{name}.log"))).unwrap();
        command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        self.processes.push((name, command.spawn().unwrap()));
        let end = Instant::now() + Duration::from_mins(1);
        while !http()
            .get(ready)
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            assert!(Instant::now() < end, "{ready} is not ready\n{}", self.logs());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Starts one of the programs in `node/` as the issuer; `None` where it cannot be installed.
    pub(super) async fn node_issuer(&mut self, name: &'static str, settings: &[(&str, &str)]) -> Option<()> {
        let mut command = program(Language::Node, &format!("{name}.mjs"))?;
        command
            .envs([("ISSUER", &self.issuer), ("RESOURCE", &self.mcp_url)])
            .envs(settings.iter().copied());
        let ready = format!("{}/.well-known/openid-configuration", self.issuer);
        self.serve(name, command, &ready).await;
        Some(())
    }

    /// Starts the resource server with this file of issuers.
    pub(super) async fn resource(&mut self, issuers: &str) {
        fs::write(self.path("issuers.toml"), issuers).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        command
            .args(["resource", "serve"])
            .env_clear()
            .env("RESOURCE_LISTEN", format!("127.0.0.1:{}", self.resource_port))
            .env("RESOURCE_PUBLIC_URL", &self.mcp_url)
            .env("RESOURCE_ISSUERS_FILE", "issuers.toml");
        let ready = format!("http://127.0.0.1:{}/readyz", self.resource_port);
        self.serve("resource", command, &ready).await;
    }

    /// Runs the client that knows the resource server's address and nothing else; what it says when
    /// anything fails.
    pub(super) fn client(&self, settings: &[(&str, &str)]) -> Result<(), String> {
        let mut client = program(Language::Node, "any-issuer.mjs").unwrap();
        let output = client
            .env("RESOURCE", &self.mcp_url)
            .envs(settings.iter().copied())
            .output()
            .unwrap();
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("{said}\n{}", self.logs()))
    }

    pub(super) fn logs(&self) -> String {
        let log = |(name, _): &(&str, Child)| fs::read_to_string(self.path(&format!("{name}.log"))).unwrap_or_default();
        self.processes.iter().map(log).collect()
    }
}

/// A file of `deploy/providers`, for this issuer in place of the one that is named there.
pub(super) fn provider(name: &str, named: &str, issuer: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../deploy/providers/{name}.toml"));
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(named), "{text}");
    text.replace(named, issuer)
}

impl Drop for Scene {
    fn drop(&mut self) {
        for (_, process) in &mut self.processes {
            drop(process.kill());
            drop(process.wait());
        }
    }
}
