//! A private PostgreSQL for the tests: its own folder, its own socket, stopped when the last test lets go.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long the server may take until it answers.
const START: Duration = Duration::from_mins(1);

/// A running server.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    server: Child,
    databases: AtomicU32,
}

static RUNNING: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

impl Postgres {
    /// The server of this test run, or `None`, said plainly, where PostgreSQL is not installed.
    pub fn shared() -> Option<Arc<Self>> {
        let mut running = RUNNING.lock().unwrap();
        if let Some(server) = running.upgrade() {
            return Some(server);
        }
        let Some(programs) = installed() else {
            // Past the capture of the test harness: nobody should believe that this ran.
            let mut stderr = std::io::stderr();
            writeln!(stderr, "PostgreSQL is not installed: only SQLite is tested").unwrap();
            return None;
        };
        let server = Arc::new(Self::start(programs));
        *running = Arc::downgrade(&server);
        Some(server)
    }

    fn start(programs: PathBuf) -> Self {
        let folder = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        chown_to_server(folder.path());
        let data = folder.path().join("data");
        let made = as_server(&programs.join("initdb"))
            .args([
                "--no-sync",
                "-A",
                "trust",
                "-U",
                "issuer",
                "-E",
                "UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let server = as_server(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=200",
                "-k",
            ])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self {
            folder,
            programs,
            server,
            databases: AtomicU32::new(0),
        };
        started.wait();
        started
    }

    fn wait(&self) {
        let begun = Instant::now();
        while !self.psql("SELECT 1") {
            assert!(begun.elapsed() < START, "PostgreSQL does not answer");
            std::thread::yield_now();
        }
    }

    fn psql(&self, statement: &str) -> bool {
        let answer = as_server(&self.programs.join("psql"))
            .args(["-q", "-U", "issuer", "-d", "postgres", "-c", statement, "-h"])
            .arg(self.folder.path())
            .output();
        answer.unwrap().status.success()
    }

    /// The URL of what is as good as a new, empty database: a schema. A database has three hundred files, and a run
    /// of the tests takes hundreds.
    pub fn new_database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::SeqCst));
        assert!(self.psql(&format!("CREATE SCHEMA {name}")), "CREATE SCHEMA failed");
        let socket = self.folder.path().to_str().unwrap().replace('/', "%2F");
        format!("postgres://issuer@{socket}/postgres?options[search_path]={name}")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stop = as_server(&self.programs.join("pg_ctl"))
            .args(["-s", "-w", "-m", "immediate", "stop", "-D"])
            .arg(self.folder.path().join("data"))
            .status();
        if !stop.is_ok_and(|status| status.success()) {
            drop(self.server.kill());
        }
        drop(self.server.wait());
    }
}

/// The folder of the newest installed server programs.
fn installed() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|programs| programs.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

/// A command that does not run as root, which PostgreSQL refuses to.
fn as_server(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if let Some((uid, gid)) = other_user() {
        command.uid(uid).gid(gid);
    }
    command
}

fn chown_to_server(folder: &Path) {
    if let Some((uid, gid)) = other_user() {
        chown(folder, Some(uid), Some(gid)).unwrap();
    }
}

/// The user to run the server as when we are root; `None` when we are somebody else already.
fn other_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let named = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(named("postgres").or_else(|| named("nobody")).unwrap())
}
