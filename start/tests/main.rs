//! Tests of both programs together, and of the tree they are built from.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod both_databases;
mod e2e;
mod interop;
// They read /proc to see what is left running.
#[cfg(target_os = "linux")]
mod one_command;
mod tree;
