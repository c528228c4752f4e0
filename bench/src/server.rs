//! A server to be measured: a process of its own on a core of its own, and what the operating system counts of it.
//!
//! What is measured runs on the first processor and the generator on the second, by `taskset`; where there is none,
//! both share what there is, and the report says so.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::load::{Driver, Same};
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
    begun: Instant,
    log: PathBuf,
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
            begun,
            log,
            child,
        };
        server.started_in = server
            .first(&mut Same {
                request: get(self.ready, &[]),
                status: 200,
                holds: None,
            })
            .await?;
        Ok(server)
    }
}

impl Server {
    /// From its start to the first answer as this driver expects it. Until then its request is sent again and again.
    pub async fn first(&mut self, driver: &mut impl Driver) -> Result<Duration, String> {
        while self.begun.elapsed() < START {
            if TcpStream::connect(self.address).await.is_ok()
                && let Ok(mut connection) = Connection::open(self.address).await
                && let Ok(answer) = connection.send(driver.request()).await
                && driver.answered(&answer).is_ok()
            {
                return Ok(self.begun.elapsed());
            }
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            sleep(Duration::from_millis(1)).await;
        }
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        Err(format!("{} does not answer: {said}", self.name))
    }

    /// The processor time that it and its processes used so far, of all their threads.
    pub fn processor_time(&self) -> Result<Duration, String> {
        with_children(self.child.id())
    }

    /// Its resident memory, in KiB.
    pub fn resident_kib(&self) -> Result<u64, String> {
        let status = proc(self.child.id(), "status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| "no VmRSS in status".to_owned())
    }
}

/// The processor time that a process used so far, of all its threads.
pub fn processor_time(process: u32) -> Result<Duration, String> {
    let fields = stat(process)?;
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u32>().ok());
    // utime and stime are the 14th and 15th field of all.
    let ticks = ticks(11).zip(ticks(12)).map(|(user, system)| user + system);
    ticks
        .map(|ticks| TICK * ticks)
        .ok_or_else(|| "no times in stat".to_owned())
}

/// The same with the processes that it started and that still are.
pub fn with_children(process: u32) -> Result<Duration, String> {
    let children = children(process).into_iter();
    let times = children.filter_map(|child| processor_time(child).ok());
    Ok(processor_time(process)? + times.sum::<Duration>())
}

fn children(process: u32) -> Vec<u32> {
    let all = std::fs::read_dir("/proc").into_iter().flatten();
    let all = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let parent = |child: u32| stat(child).ok()?.get(1)?.parse::<u32>().ok();
    all.filter(|child| parent(*child) == Some(process)).collect()
}

/// What `/proc/PID/stat` has behind the name in parentheses, which may hold spaces.
fn stat(process: u32) -> Result<Vec<String>, String> {
    let stat = proc(process, "stat")?;
    let behind = stat.rsplit_once(')').map(|(_, behind)| behind).unwrap_or_default();
    Ok(behind.split_whitespace().map(str::to_owned).collect())
}

fn proc(process: u32, file: &str) -> Result<String, String> {
    let path = format!("/proc/{process}/{file}");
    std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Whether processes can be put on a core of their own.
pub fn can_pin() -> bool {
    static CAN_PIN: LazyLock<bool> = LazyLock::new(|| {
        let there = Command::new("taskset").arg("--version").stdout(Stdio::null()).status();
        cores() > 1 && there.is_ok_and(|status| status.success())
    });
    *CAN_PIN
}

/// How many processors there are: as it was before the generator confined itself to one of them.
pub fn cores() -> usize {
    static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));
    *CORES
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
