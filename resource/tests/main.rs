//! Integration tests: the program on real HTTP, with its own database and a clock that stands still.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod api_keys;
mod auth;
mod cli;
mod doctor;
mod http;
mod live;
mod metrics;
mod protect;
mod providers;
mod saved_foods;
mod search_quality;
mod show;
mod support;
mod tools;
