//! A running `start` with a folder and ports of its own, and what a person can see of it.

use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// For anything that a slow machine may take its time for.
const PATIENCE: Duration = Duration::from_mins(1);
/// The last thing that is printed when both programs are ready.
const READY: &str = "Ctrl-C ends both.";

/// A folder and two ports, kept over several starts.
pub(super) struct Place {
    pub(super) folder: TempDir,
    pub(super) issuer_port: u16,
    pub(super) resource_port: u16,
}

/// One start in a place.
pub(super) struct Running {
    start: Child,
    out: PathBuf,
    err: PathBuf,
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Place {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            issuer_port: free_port(),
            resource_port: free_port(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn issuer(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.issuer_port)
    }

    pub(super) fn mcp_url(&self) -> String {
        format!("http://localhost:{}/mcp", self.resource_port)
    }

    /// The program with this place's settings, and nothing else in its environment.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        command
            .args(arguments)
            .env_clear()
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
            .env("ISSUER_LISTEN", format!("127.0.0.1:{}", self.issuer_port))
            .env("ISSUER_PUBLIC_URL", self.issuer(""))
            .env("ISSUER_RESOURCES", self.mcp_url())
            .env("RESOURCE_LISTEN", format!("127.0.0.1:{}", self.resource_port))
            .env("RESOURCE_PUBLIC_URL", self.mcp_url())
            .env("OAUTH_ISSUER", self.issuer(""));
        command
    }

    /// Starts both; does not wait.
    pub(super) fn begin(&self) -> Running {
        let (out, err) = (self.path("out.log"), self.path("err.log"));
        let mut command = self.command(&[]);
        command
            .stdout(File::create(&out).unwrap())
            .stderr(File::create(&err).unwrap());
        Running {
            start: command.spawn().unwrap(),
            out,
            err,
        }
    }

    /// Starts both and waits until they are ready.
    pub(super) async fn start(&self) -> Running {
        let mut running = self.begin();
        running.wait_for_text(READY).await;
        running
    }

    /// Starts both where that must fail: everything that was said on stderr.
    pub(super) async fn start_in_vain(&self) -> String {
        let mut running = self.begin();
        let status = running.ended().await;
        assert!(!status.success(), "{status}: {}", running.said());
        assert!(!running.printed().contains(READY), "{}", running.printed());
        fs::read_to_string(&running.err).unwrap()
    }

    /// One of the programs' sub-commands, with this text as its standard input.
    pub(super) fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Whether nobody listens on either port any more.
    pub(super) fn ports_are_free(&self) -> bool {
        let ports = [self.issuer_port, self.resource_port];
        ports
            .into_iter()
            .all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
    }
}

impl Running {
    pub(super) fn printed(&self) -> String {
        fs::read_to_string(&self.out).unwrap()
    }

    /// What was printed and logged, for messages.
    pub(super) fn said(&self) -> String {
        format!("{}\n{}", self.printed(), fs::read_to_string(&self.err).unwrap())
    }

    pub(super) async fn wait_for_text(&mut self, text: &str) {
        until(text, || {
            let ended = self.start.try_wait().unwrap();
            let there = self.printed().contains(text);
            assert!(there || ended.is_none(), "ended before {text:?}: {}", self.said());
            there
        })
        .await;
    }

    pub(super) fn signal(&self, name: &str) {
        signal(self.start.id(), name);
    }

    pub(super) async fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        until("the end of start", || {
            status = self.start.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap()
    }

    /// The processes that start has started: those that serve as `issuer` and as `resource`.
    pub(super) fn children(&self) -> [u32; 2] {
        let of = |program: &str| {
            let mut found = processes()
                .into_iter()
                .filter(|process| process.parent == self.start.id());
            found
                .find(|process| process.arguments.contains(program))
                .map(|process| process.id)
        };
        [of("issuer").unwrap(), of("resource").unwrap()]
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.start.kill());
        drop(self.start.wait());
    }
}

struct Process {
    id: u32,
    parent: u32,
    arguments: String,
}

/// Every process of this machine that is not a zombie.
fn processes() -> Vec<Process> {
    let entries = fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| process(&entry.unwrap().path())).collect()
}

/// A process by its folder in `/proc`; none when it has ended meanwhile.
fn process(folder: &Path) -> Option<Process> {
    let id = folder.file_name()?.to_str()?.parse().ok()?;
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // The name before it, in parentheses, may hold anything.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
    let arguments = fs::read_to_string(folder.join("cmdline")).ok()?;
    (state != "Z").then_some(Process { id, parent, arguments })
}

pub(super) fn is_alive(id: u32) -> bool {
    process(Path::new(&format!("/proc/{id}"))).is_some()
}

/// Sends a signal, by its name without SIG.
pub(super) fn signal(id: u32, name: &str) {
    let script = format!("kill -{name} {id}");
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
}

/// Waits until it holds.
pub(super) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
