//! What both programs do alike around their endpoints: listening, request ids, access log, CORS, health, who asks, slow
//! connections, TLS, metrics.

pub mod access_log;
pub mod answered;
pub mod client_address;
pub mod connections;
pub mod cors;
pub mod health;
pub mod listen;
pub mod metrics;
pub mod tls;
