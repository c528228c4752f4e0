//! Most tests ask for a database and do not say which. They run on SQLite, and again on PostgreSQL, in a second run of
//! the same program. The tests of both programs together share it.
//!
//! `TEST_DATABASE=postgres cargo test -p issuer --test issuer FILTER` does the same for a few.

use std::env;
use std::io::Write;
use std::process::Command;
use std::sync::Arc;

use super::postgres::Postgres;

const KIND: &str = "TEST_DATABASE";
const POSTGRES: &str = "postgres";

/// The server, where this run of the tests is the one on PostgreSQL.
pub fn server() -> Option<Arc<Postgres>> {
    let kind = env::var_os(KIND)?;
    assert_eq!(kind, POSTGRES, "{KIND}");
    let server = Postgres::shared();
    assert!(server.is_some(), "a run on PostgreSQL takes its programs");
    server
}

/// Runs those of this program's tests that the arguments choose again, on PostgreSQL: all must pass, and at least so many.
pub fn on_postgresql(chosen: &[&str], least: usize) {
    if Postgres::shared().is_none() {
        return; // that it is missing has been said
    }
    let mut again = Command::new(env::current_exe().unwrap());
    let output = again.args(chosen).env(KIND, POSTGRES).output().unwrap();
    let (said, log) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "on PostgreSQL:\n{said}\n{log}");
    let passed = said.lines().filter(|line| line.ends_with(" ... ok")).count();
    assert!(passed >= least, "{passed} tests on PostgreSQL: {said}");
    // Past the capture of the test harness, as is what is said where PostgreSQL is missing.
    let mut stderr = std::io::stderr();
    writeln!(stderr, "on PostgreSQL as well: {passed} tests passed").unwrap();
}
