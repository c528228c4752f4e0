//! The resource server: a food-tracking MCP server that checks JWT access tokens locally.

pub mod answer;
pub mod app;
pub mod auth;
pub mod challenge;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod documentation;
pub mod food;
pub mod identifier;
pub mod mcp;
pub mod principal;
pub mod protect;
pub mod rebinding;
pub mod routes;
pub mod scopes;
pub mod scrape;
pub mod server;

pub use cli::run;
