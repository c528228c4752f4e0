//! What the issuer and the resource server must agree on, and what both need to run.
//!
//! Nothing here knows either program: `issuer` and `resource` import `shared`, never the other way.

pub mod audience;
pub mod claims;
pub mod clock;
pub mod command_line;
pub mod database;
pub mod dpop;
pub mod fetch;
pub mod http;
pub mod jwk;
pub mod jws;
pub mod knobs;
pub mod logging;
pub mod members;
pub mod metadata;
pub mod params;
pub mod random;
pub mod scope;
pub mod settings;
pub mod shutdown;
pub mod status_list;
