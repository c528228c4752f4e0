//! What takes minutes: the numbers of the threats' table in full, each with a shorter form in the usual tests.
//!
//! `cargo test --release -p issuer --test issuer long_runs -- --ignored --test-threads=1 --nocapture`

#![expect(clippy::indexing_slicing, reason = "tests, and what they share")]

mod codes_and_refreshes;
mod fuzz;
mod locked_database;
mod purge;
mod rotations;
mod sign_in_load;
mod sign_ins;
mod slow;
mod status_list;
mod tokens;
