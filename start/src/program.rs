//! One of the two programs as a child process.
//!
//! Its standard input is a pipe that nobody writes to: closing it asks the child to end, and the
//! system closes it when this process dies in any way (`shared::shutdown`). It has a process group of its own,
//! so that Ctrl-C reaches this process alone, which then ends both in order.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use shared::shutdown::WITH_PARENT;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// How long a program may take to end by itself; it gives running requests five seconds.
const GRACE: Duration = Duration::from_secs(10);

/// The lines that a program prints.
pub(crate) type Output = Lines<BufReader<ChildStdout>>;

/// A running program.
#[derive(Debug)]
pub(crate) struct Program {
    /// The argument that chooses it.
    name: &'static str,
    child: Child,
    /// Held open as long as the program shall run.
    lifeline: Option<ChildStdin>,
}

impl Program {
    /// Starts `name serve` out of this same binary, with this process's environment.
    pub(crate) fn start(name: &'static str) -> io::Result<(Self, Option<Output>)> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([name, "serve"]).env(WITH_PARENT, "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.process_group(0).kill_on_drop(true).spawn()?;
        let lifeline = child.stdin.take();
        let output = child.stdout.take().map(|stdout| BufReader::new(stdout).lines());
        Ok((Self { name, child, lifeline }, output))
    }

    /// For people.
    pub(crate) fn title(&self) -> &'static str {
        match self.name {
            "issuer" => "the issuer",
            _ => "the resource server",
        }
    }

    /// Complete when the program has ended.
    pub(crate) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Asks the program to end and waits for it; ends it by force when it takes too long. The error
    /// says what did not go well.
    pub(crate) async fn end(mut self) -> Result<(), String> {
        drop(self.lifeline.take());
        let title = self.title();
        match timeout(GRACE, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("{title} ended with {status}")),
            Ok(Err(error)) => Err(format!("{title} is lost: {error}")),
            Err(_) => {
                let killed = self.child.kill().await;
                let killed = killed.map_or_else(|error| format!("could not be: {error}"), |()| "is now".to_owned());
                Err(format!("{title} had to be ended by force, and {killed}"))
            }
        }
    }
}
