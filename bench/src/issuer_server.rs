//! An issuer to be measured: its processes, and what is said to it before the load.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::noop::RESOURCE;
use crate::server::{Server, Start, free_address};
use crate::tokens::{FORM, authorize};
use crate::wire::{Connection, get, header, post};

/// Where codes go: consent is remembered for clients that are known by such an address.
pub const REDIRECT_URI: &str = "https://client.example.com/callback";

/// The running issuer, and what is in it.
#[derive(Debug)]
pub struct IssuerServer {
    /// Its process, or the first of several.
    pub server: Server,
    /// The others, which have the same database, the same keys and the same address for the public.
    pub others: Vec<Server>,
    /// The URL of its database.
    pub database: String,
    /// Its folder, which goes away with it.
    pub folder: TempDir,
    /// A public client that registered.
    pub client_id: String,
}

/// A client that authenticates.
#[derive(Clone, Debug)]
pub struct Confidential {
    /// Its identifier.
    pub client_id: String,
    /// Its secret.
    pub secret: String,
}

/// What is needed to sign in.
#[derive(Clone, Debug)]
pub struct SignInForm {
    /// The line of the header with the cookie of the browser.
    pub cookie: String,
    /// What shows that the form came from the page.
    pub csrf: String,
    /// The name of the account.
    pub name: String,
    /// Its password.
    pub password: &'static str,
}

/// What a process of it is started with.
#[derive(Clone, Copy, Debug)]
struct Settings<'a> {
    name: &'a str,
    cores: &'a str,
    folder: &'a Path,
    database: &'a str,
}

impl Settings<'_> {
    /// Starts one; of several, all say that they are at the address of the first.
    async fn start(self, first: Option<SocketAddr>) -> Result<Server, String> {
        let address = free_address()?;
        let start = Start {
            name: self.name,
            program: std::env::current_exe().map_err(|error| error.to_string())?,
            arguments: vec!["issuer".to_owned(), "serve".to_owned()],
            variables: self.variables(address, first.unwrap_or(address)),
            address,
            ready: "/healthz",
            folder: self.folder,
            cores: self.cores,
        };
        start.run().await
    }

    fn variables(self, listen: SocketAddr, public: SocketAddr) -> Vec<(String, String)> {
        let variables = [
            ("ISSUER_LISTEN", listen.to_string()),
            ("ISSUER_PUBLIC_URL", format!("http://{public}")),
            ("ISSUER_DATABASE_URL", self.database.to_owned()),
            ("ISSUER_KEYS_DIR", self.folder.join("keys").display().to_string()),
            ("ISSUER_RESOURCES", RESOURCE.to_owned()),
            ("ISSUER_RATE_LIMITS", "off".to_owned()),
        ];
        variables.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }
}

impl IssuerServer {
    /// Starts one with an empty SQLite file, and registers a client.
    pub async fn start(name: &str, cores: &str) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let database = format!("sqlite:{}", folder.path().join("issuer.db").display());
        Self::on(name, &[cores], folder, database).await
    }

    /// Starts one process for each of these processors, on this empty database, and registers a client.
    pub async fn on(name: &str, cores: &[&str], folder: TempDir, database: String) -> Result<Self, String> {
        let (mut server, mut others): (Option<Server>, _) = (None, Vec::new());
        for (at, cores) in cores.iter().enumerate() {
            let name = if at == 0 {
                name.to_owned()
            } else {
                format!("{name} {at}")
            };
            let settings = Settings {
                name: &name,
                cores,
                folder: folder.path(),
                database: &database,
            };
            let started = settings.start(server.as_ref().map(|first| first.address)).await?;
            match server {
                None => server = Some(started),
                Some(_) => others.push(started),
            }
        }
        let server = server.ok_or("no processor was named")?;
        let started = Self {
            client_id: register(&server).await?,
            server,
            others,
            database,
            folder,
        };
        started.insert_account().await?;
        // A client that refreshes was allowed by somebody once, and has its row since.
        started.browser().await?;
        Ok(started)
    }

    /// All of its processes.
    pub fn servers(&self) -> Vec<&Server> {
        std::iter::once(&self.server).chain(&self.others).collect()
    }

    /// Ends the process and starts it again on the same folder; how long that took is in its server.
    pub async fn restart(self, name: &str, cores: &str) -> Result<Self, String> {
        drop(self.server);
        let settings = Settings {
            name,
            cores,
            folder: self.folder.path(),
            database: &self.database,
        };
        let server = settings.start(None).await?;
        Ok(Self { server, ..self })
    }

    /// A new account with a password, and the page of the sign-in in a new browser.
    pub async fn sign_in_form(&self, name: &str) -> Result<SignInForm, String> {
        let password = "correct-horse-battery";
        self.command(&["user", "add", name, "--password-stdin", "--json"], password)?;
        let connection = Connection::open(self.server.address).await;
        let mut connection = connection.map_err(|error| error.to_string())?;
        let page = connection
            .send(&get("/sign-in", &[]))
            .await
            .map_err(|error| error.to_string())?;
        let cookie = header(page.head, "set-cookie").and_then(|cookie| cookie.split(';').next());
        Ok(SignInForm {
            cookie: format!("Cookie: {}", cookie.ok_or("the sign-in page sets no cookie")?),
            csrf: field(page.body, "csrf")?,
            name: name.to_owned(),
            password,
        })
    }

    /// Presses Allow for the client, in the browser with these cookies; it is not asked again.
    pub(crate) async fn allow(&self, cookies: &str) -> Result<(), String> {
        let connection = Connection::open(self.server.address).await;
        let mut connection = connection.map_err(|error| error.to_string())?;
        let answer = connection.send(&authorize(&self.client_id, cookies)).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let page = header(answer.head, "location").ok_or("the authorization endpoint shows no page")?;
        if page.contains("code=") {
            // It was allowed before.
            return Ok(());
        }
        let request = get(page, &[cookies.to_owned()]);
        let page = connection.send(&request).await.map_err(|error| error.to_string())?;
        let (csrf, request) = (field(page.body, "csrf")?, field(page.body, "request")?);
        let body = format!("csrf={csrf}&request={request}&decision=allow");
        let request = post("/consent", FORM, &[cookies.to_owned()], &body);
        let answer = connection.send(&request).await.map_err(|error| error.to_string())?;
        match header(answer.head, "location") {
            Some(location) if location.contains("code=") => Ok(()),
            _ => Err(format!("Allow brings no code: {}", answer.status)),
        }
    }

    /// A client that authenticates, added with these arguments beside its name.
    pub fn confidential(&self, arguments: &[&str]) -> Result<Confidential, String> {
        let command = ["client", "add", "bench", "--json"];
        let told = self.command(&[&command, arguments].concat(), "")?;
        Ok(Confidential {
            client_id: text(&told, "client_id"),
            secret: text(&told, "client_secret"),
        })
    }

    fn variables(&self) -> Vec<(String, String)> {
        let settings = Settings {
            name: "",
            cores: "",
            folder: self.folder.path(),
            database: &self.database,
        };
        settings.variables(self.server.address, self.server.address)
    }

    /// What a command of the issuer tells as JSON.
    fn command(&self, arguments: &[&str], stdin: &str) -> Result<Value, String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut child = Command::new(own)
            .arg("issuer")
            .args(arguments)
            .env_clear()
            .envs(self.variables())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        // Closed at once, so that whoever reads it gets to its end; who does not read it may be gone.
        drop(child.stdin.take().map(|mut pipe| pipe.write_all(stdin.as_bytes())));
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// The value of a hidden field of a page.
fn field(page: &[u8], name: &str) -> Result<String, String> {
    let page = String::from_utf8_lossy(page);
    let begin = format!("name=\"{name}\" value=\"");
    let value = page.split_once(&begin).and_then(|(_, rest)| rest.split_once('"'));
    let (value, _) = value.ok_or_else(|| format!("the page has no field {name}"))?;
    Ok(value.to_owned())
}

async fn register(server: &Server) -> Result<String, String> {
    let metadata = json!({"client_name": "bench", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"]});
    let request = post("/oauth/register", "application/json", &[], &metadata.to_string());
    let connection = Connection::open(server.address).await;
    let mut connection = connection.map_err(|error| error.to_string())?;
    let answer = connection.send(&request).await.map_err(|error| error.to_string())?;
    let told: Value = serde_json::from_slice(answer.body).map_err(|error| error.to_string())?;
    Ok(text(&told, "client_id"))
}

fn text(told: &Value, name: &str) -> String {
    told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
