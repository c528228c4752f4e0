//! Work that takes a processor for long, on a thread that gives way to all others.
//!
//! Such a thread has a niceness, which the system keeps for each thread on Linux; elsewhere it has none, or the whole
//! process would have it. A thread cannot take its niceness back, so it does nothing else afterwards.

use std::{io, thread};

use tokio::sync::oneshot;

/// 0 is usual and 19 the most. With this the thread gets a tenth of what another one gets that wants
/// the same processor, and all of what nobody wants.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Does the work; the answer fails when the work panicked.
pub(super) fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<oneshot::Receiver<T>> {
    let (tell, told) = oneshot::channel();
    let work = move || {
        step_back();
        // Who asked may have gone away.
        drop(tell.send(work()));
    };
    thread::Builder::new().name("password".to_owned()).spawn(work)?;
    Ok(told)
}

#[cfg(target_os = "linux")]
fn step_back() {
    // `None` is the thread that asks.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        log::debug!("a password is hashed at the priority of everything else: {error}");
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::getpriority_process;

    use super::*;

    #[actix_web::test]
    async fn its_thread_gives_way_and_no_other_does() {
        let before = getpriority_process(None).unwrap();
        let within = run(|| getpriority_process(None).unwrap()).unwrap().await.unwrap();
        let later = tokio::task::spawn_blocking(|| getpriority_process(None).unwrap());
        assert_eq!(within, before.max(NICENESS));
        assert_eq!([getpriority_process(None).unwrap(), later.await.unwrap()], [before; 2]);
    }

    #[actix_web::test]
    async fn work_that_panics_is_an_error() {
        assert!(run(|| panic!("as planned")).unwrap().await.is_err());
    }
}
