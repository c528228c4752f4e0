//! Other servers for the same purposes, installed by `scripts/bench-peers.sh`, to be measured beside ours.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;

use crate::issuer_server::{Confidential, IssuerServer};
use crate::noop::RESOURCE;
use crate::server::{Server, Start, free_address};
use crate::tokens::Endpoints;

/// Where the script puts them.
#[derive(Clone, Copy, Debug)]
pub struct Peers<'a> {
    /// The folder.
    pub folder: &'a Path,
}

/// An authorization server of somebody else.
#[derive(Debug)]
pub struct Peer {
    /// Its process.
    pub server: Server,
    /// Where it answers.
    pub endpoints: Endpoints,
    /// What it made for the load.
    pub made: Made,
    _folder: TempDir,
}

/// What a peer made for the load.
#[derive(Debug, Deserialize)]
pub struct Made {
    client_id: String,
    client_secret: String,
    /// The client whose grants they are.
    pub public_client_id: String,
    /// The refresh token of each grant.
    pub refresh_tokens: Vec<String>,
}

impl Made {
    /// The client that authenticates.
    pub fn service(&self) -> Confidential {
        Confidential {
            client_id: self.client_id.clone(),
            secret: self.client_secret.clone(),
        }
    }
}

impl Peers<'_> {
    /// Whether they were installed.
    pub fn are_there(&self) -> bool {
        self.folder.is_dir()
    }

    /// Those of the authorization servers that are installed, each with so many grants.
    pub async fn authorization_servers(&self, grants: usize) -> Result<Vec<Peer>, String> {
        let node = Endpoints {
            token: "/token",
            introspection: "/token/introspection",
        };
        let django = Endpoints {
            token: "/o/token/",
            introspection: "/o/introspect/",
        };
        let all = [
            ("node-oidc-provider.mjs", "/.well-known/openid-configuration", node),
            ("django_oauth_toolkit.py", "/readyz", django),
        ];
        let mut started = Vec::new();
        for (file, ready, endpoints) in all {
            let Some(program) = self.program(file) else { continue };
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            let data = folder.path().display().to_string();
            let server = self
                .start(&program, file, &[&data, &grants.to_string()], ready, folder.path())
                .await?;
            let made = std::fs::read(folder.path().join("peer.json")).map_err(|error| format!("{file}: {error}"))?;
            started.push(Peer {
                made: serde_json::from_slice(&made).map_err(|error| format!("{file}: {error}"))?,
                server,
                endpoints,
                _folder: folder,
            });
        }
        Ok(started)
    }

    /// Those of the MCP servers that are installed, for tokens of this issuer.
    pub async fn mcp_servers(&self, issuer: &IssuerServer) -> Result<Vec<Server>, String> {
        let trusted = format!("http://{}", issuer.server.address);
        let mut started = Vec::new();
        for file in ["mcp-typescript-sdk.mjs", "fastmcp_server.py"] {
            let Some(program) = self.program(file) else { continue };
            let server = self
                .start(&program, file, &[&trusted, RESOURCE], "/readyz", issuer.folder.path())
                .await?;
            started.push(server);
        }
        Ok(started)
    }

    /// What runs this file, where both are there.
    fn program(&self, file: &str) -> Option<PathBuf> {
        let python = self.folder.join("venv/bin/python");
        let is_python = Path::new(file).extension().is_some_and(|extension| extension == "py");
        let packages = if is_python {
            &python
        } else {
            &self.folder.join("node_modules")
        };
        let program = if is_python {
            python.clone()
        } else {
            PathBuf::from("node")
        };
        (packages.exists() && self.folder.join(file).exists()).then_some(program)
    }

    async fn start(
        &self,
        program: &Path,
        file: &str,
        arguments: &[&str],
        ready: &str,
        folder: &Path,
    ) -> Result<Server, String> {
        let address = free_address()?;
        let own = [self.folder.join(file).display().to_string(), address.port().to_string()];
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        let path = std::env::var("PATH").unwrap_or_default();
        let start = Start {
            name: file.split('.').next().unwrap_or(file),
            program: program.to_owned(),
            arguments: own.into_iter().chain(arguments).collect(),
            variables: vec![
                ("PATH".to_owned(), path),
                ("NODE_ENV".to_owned(), "production".to_owned()),
            ],
            address,
            ready,
            folder,
            cores: "0",
        };
        start.run().await
    }
}
