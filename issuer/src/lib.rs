//! The issuer: an OAuth 2.1 authorization server for MCP.

pub mod account;
pub mod app;
pub mod authorize;
pub mod body;
pub mod browser;
pub mod cli;
pub mod client;
pub mod config;
pub mod discovery;
pub mod display_text;
pub mod dpop;
pub mod end_session;
pub mod error;
pub mod form;
pub mod grant_types;
pub mod hash;
pub mod keys;
pub mod limits;
pub mod pages;
pub mod password;
pub mod pkce;
pub mod purge;
pub mod rates;
pub mod redirect_uri;
pub mod resource;
pub mod revocation;
pub mod routes;
pub mod scopes;
pub mod server;
pub mod store;
pub mod throttle;
pub mod token;
pub mod tokens;
pub mod userinfo;

pub use cli::run;
