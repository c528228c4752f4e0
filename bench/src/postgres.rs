//! A PostgreSQL of the benchmark's own: its own folder, its own socket, as durable as it is by default.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;

use crate::server::with_children;

/// How long the server may take until it answers.
const START: Duration = Duration::from_mins(1);

/// A running server; stopped when it goes out of scope.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    server: Child,
}

impl Postgres {
    /// Starts one with nothing in it.
    pub async fn start() -> Result<Self, String> {
        let programs = installed().ok_or("PostgreSQL is not installed")?;
        let folder = tempfile::Builder::new().prefix("pg").tempdir();
        let folder = folder.map_err(|error| error.to_string())?;
        if let Some((uid, gid)) = other_user() {
            chown(folder.path(), Some(uid), Some(gid)).map_err(|error| error.to_string())?;
        }
        let data = folder.path().join("data");
        let made = as_server(&programs.join("initdb"))
            .args(["-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C", "-D"])
            .arg(&data)
            .output()
            .map_err(|error| error.to_string())?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let server = as_server(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-k"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let started = Self {
            folder,
            programs,
            server,
        };
        started.wait().await?;
        Ok(started)
    }

    async fn wait(&self) -> Result<(), String> {
        let begun = Instant::now();
        while self.psql("SELECT 1").is_err() {
            if begun.elapsed() > START {
                return Err("PostgreSQL does not answer".to_owned());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    fn psql(&self, statement: &str) -> Result<(), String> {
        let said = as_server(&self.programs.join("psql"))
            .args(["-q", "-U", "bench", "-d", "postgres", "-c", statement, "-h"])
            .arg(self.folder.path())
            .output()
            .map_err(|error| error.to_string())?;
        let error = || String::from_utf8_lossy(&said.stderr).into_owned();
        if said.status.success() { Ok(()) } else { Err(error()) }
    }

    /// The URL of a new, empty database of this name.
    pub fn new_database(&self, name: &str) -> Result<String, String> {
        self.psql(&format!("CREATE DATABASE {name}"))?;
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        Ok(format!("postgres://bench@{socket}/{name}"))
    }

    /// The processor time that it used so far, with those of its processes that still are.
    pub fn processor_time(&self) -> Result<Duration, String> {
        with_children(self.server.id())
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
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders.filter(|programs| programs.join("initdb").exists()).max()
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

/// The user to run the server as when we are root; `None` when we are somebody else already.
fn other_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let named = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    named("postgres").or_else(|| named("nobody"))
}
