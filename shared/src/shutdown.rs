//! When a program has to end: Ctrl-C, SIGTERM, or the end of the program that started it.
//!
//! A parent that sets [`WITH_PARENT`] gives its child a pipe as standard input and never writes to
//! it. The pipe ends when the parent closes it, and also when the parent dies in any way, kill -9
//! included, so a child never outlives it; no signal and no unsafe system call is needed for that.
//!
//! Easy to get wrong: an asynchronous read of standard input keeps the runtime from shutting down
//! until a key is pressed. Hence a thread of its own, which nobody waits for.

use std::io::{self, Read};
use std::process;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// The variable with which a parent says that its child's standard input is the pipe described above.
pub const WITH_PARENT: &str = "END_WITH_PARENT";
/// How long a program may take to end by itself once its parent is gone.
const GRACE: Duration = Duration::from_secs(10);

/// Complete when a terminal, a supervisor or the parent asks the program to end. Call it within a
/// Tokio runtime; from then on signals are caught, also while nobody waits.
pub fn asked_to_end() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let parent = std::env::var_os(WITH_PARENT).map(|_| end_of(io::stdin(), give_up_later));
    Ok(async move {
        let by = tokio::select! {
            _ = interrupt.recv() => "Ctrl-C",
            _ = terminate.recv() => "SIGTERM",
            () = told(parent) => "the program that started this one",
        };
        log::info!(by; "asked to end");
    })
}

async fn told(parent: Option<oneshot::Receiver<()>>) {
    match parent {
        Some(parent) => drop(parent.await),
        None => std::future::pending().await,
    }
}

/// Complete when `pipe` ends; then `after` runs on the thread that saw it.
fn end_of(mut pipe: impl Read + Send + 'static, after: fn()) -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    thread::spawn(move || {
        // A pipe that cannot be read is one that has ended.
        drop(io::copy(&mut pipe, &mut io::sink()));
        let _ = tell.send(());
        after();
    });
    told
}

/// Ends the process by force when it hangs: nobody is left who could do it.
fn give_up_later() {
    let (_keep, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(GRACE);
    eprintln!("ended by force: the program that started this one is gone");
    process::exit(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_of_the_parents_pipe_is_told_and_not_before() {
        let (read, write) = io::pipe().unwrap();
        let mut ended = end_of(read, || {});
        assert!(ended.try_recv().is_err());
        drop(write);
        tokio::time::timeout(Duration::from_secs(10), ended)
            .await
            .unwrap()
            .unwrap();
    }
}
