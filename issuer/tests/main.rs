//! The issuer's integration tests: one program, one file a subject.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]
#![expect(unreachable_pub, reason = "one program; nothing outside it")]

mod account;
mod authorization_code;
mod authorize;
mod browser;
mod chromium;
mod chromium_account;
mod cimd;
mod cli;
mod confidential;
mod discovery;
mod dpop;
mod end_session;
mod first_account;
mod help;
mod key_cli;
mod key_rotation;
mod keys;
mod kill_9;
mod locked_database;
mod metrics;
mod openid;
mod proxies;
mod purge;
mod pushed;
mod pushed_dpop;
mod races;
mod rate_limits;
mod refresh_token;
mod registration;
mod requests;
mod resources;
mod revocation;
mod rotation;
mod secrets;
mod self_describing;
mod sign_in;
mod slow;
mod status_list;
mod step_up;
mod support;
mod tls;
mod user;
mod userinfo;
