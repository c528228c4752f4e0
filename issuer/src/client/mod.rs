//! Clients: who asks for tokens (RFC 6749 section 2, RFC 7591).

mod assertion;
pub mod authentication;
mod block;
pub mod cimd;
mod find;
mod jwks;
pub mod key_sets;
pub mod management;
pub mod metadata;
pub mod method;
mod model;
pub mod recent;
pub mod registration;
pub mod remote;
pub mod secret;
mod self_describing;
pub mod stored;

pub use block::{block, unblock};
pub use find::{Sought, find, find_for_authorization, kept, list, pinned};
pub use metadata::ClientMetadata;
pub use model::{Client, ClientId, Source};
