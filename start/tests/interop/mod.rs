//! Both programs with software that nobody here wrote. The programs in `node/` and `python/` are short, and show how to
//! connect.

mod clients;
mod installed;
mod oauth2_mock_server;
mod oidc_provider;
mod scene;
