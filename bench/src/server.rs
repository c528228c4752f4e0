//! A server to be measured: a process of its own on a core of its own, and what the operating system counts of it.
//!
//! What is measured runs on the first processor and the generator on the second, by `taskset`; where there is none,
//! both share what there is, and the report says so.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::wire::{Connection, get};

/// How long a server may take until it answers.
const START: Duration = Duration::from_mins(1);
/// What the kernel counts processor time in (`USER_HZ`, the same on every Linux).
const TICK: Duration = Duration::from_millis(10);

/// A running server; killed when it goes out of scope.
#[derive(Debug)]
pub struct Server {
    /// What it is called in the report.
    pub name: String,
    /// Where it answers.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started_in: Duration,
    child: Child,
}

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// What it is called in the report.
    pub name: &'a str,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment, and nothing else.
    pub variables: Vec<(String, String)>,
    /// Where it will answer.
    pub address: SocketAddr,
    /// What answers 200 when it is ready.
    pub ready: &'a str,
    /// The folder for what it logs.
    pub folder: &'a Path,
    /// Which processors it may use, as `taskset` takes them.
    pub cores: &'a str,
}

impl Start<'_> {
    /// Starts it, and waits until it answers.
    pub async fn run(self) -> Result<Server, String> {
        let log = self.folder.join(format!("{}.log", self.name.replace([' ', '/'], "-")));
        let file = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let again = file.try_clone().map_err(|error| error.to_string())?;
        let begun = Instant::now();
        let child = pinned(self.cores, &self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(self.variables)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(again)
            .spawn()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        let mut server = Server {
            name: self.name.to_owned(),
            address: self.address,
            started_in: Duration::ZERO,
            child,
        };
        server.answers(&get(self.ready, &[]), &log).await?;
        server.started_in = begun.elapsed();
        Ok(server)
    }
}

impl Server {
    async fn answers(&mut self, request: &[u8], log: &Path) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < START {
            if TcpStream::connect(self.address).await.is_ok()
                && let Ok(mut connection) = Connection::open(self.address).await
                && connection.send(request).await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            sleep(Duration::from_millis(1)).await;
        }
        let said = std::fs::read_to_string(log).unwrap_or_default();
        Err(format!("{} does not answer: {said}", self.name))
    }

    /// The processor time that it used so far, of all its threads.
    pub fn processor_time(&self) -> Result<Duration, String> {
        let stat = self.proc("stat")?;
        // The name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
        let behind = stat.rsplit_once(')').map(|(_, behind)| behind).unwrap_or_default();
        let fields: Vec<&str> = behind.split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u32>().ok());
        let ticks = ticks(11).zip(ticks(12)).map(|(user, system)| user + system);
        ticks
            .map(|ticks| TICK * ticks)
            .ok_or_else(|| "no times in stat".to_owned())
    }

    /// Its resident memory, in KiB.
    pub fn resident_kib(&self) -> Result<u64, String> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| "no VmRSS in status".to_owned())
    }

    fn proc(&self, file: &str) -> Result<String, String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Whether processes can be put on a core of their own.
pub fn can_pin() -> bool {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let there = Command::new("taskset").arg("--version").stdout(Stdio::null()).status();
    cores > 1 && there.is_ok_and(|status| status.success())
}

fn pinned(cores: &str, program: &Path) -> Command {
    if !can_pin() {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", cores]).arg(program);
    command
}

/// Puts this process on the second core.
pub fn pin_generator() {
    if can_pin() {
        let own = std::process::id().to_string();
        let pinned = Command::new("taskset")
            .args(["-acp", "1", &own])
            .stdout(Stdio::null())
            .status();
        drop(pinned);
    }
}

/// An address that is free now.
pub fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map_err(|error| error.to_string())
}
