//! The real program, as its own process.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::program::free_address;
use super::{TestIssuer, client};

/// How long the program may take until it answers.
const START: Duration = Duration::from_mins(2);

/// A running program; killed when it goes out of scope.
pub struct Process {
    child: Child,
    /// Where it answers.
    pub url: String,
}

impl Process {
    /// Starts the program on the database and keys of a test's issuer, which must not run any more;
    /// what it logs goes to `log`.
    pub async fn start(of: &TestIssuer, settings: &[(&str, &str)], log: File) -> Self {
        Self::on(&of.database.url(), &of.keys_dir(), settings, log).await
    }

    /// Starts the program on this database and this folder of keys.
    pub async fn on(database_url: &str, keys_dir: &Path, settings: &[(&str, &str)], log: File) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_issuer"));
        command.arg("serve");
        Self::of(command, database_url, keys_dir, settings, log).await
    }

    /// Starts what this command runs, on this database and this folder of keys.
    pub async fn of(
        mut command: Command,
        database_url: &str,
        keys_dir: &Path,
        settings: &[(&str, &str)],
        log: File,
    ) -> Self {
        let address = free_address();
        let child = command
            .env_clear()
            .env("ISSUER_LISTEN", &address)
            .env("ISSUER_PUBLIC_URL", format!("http://{address}"))
            .env("ISSUER_DATABASE_URL", database_url)
            .env("ISSUER_KEYS_DIR", keys_dir)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let process = Self {
            child,
            url: format!("http://{address}"),
        };
        process.wait().await;
        process
    }

    async fn wait(&self) {
        let begun = Instant::now();
        let http = client();
        while http.get(format!("{}/healthz", self.url)).send().await.is_err() {
            assert!(begun.elapsed() < START, "the program does not answer");
            actix_web::rt::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`: no destructor, no flush, no goodbye.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
