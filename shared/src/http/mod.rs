//! What both programs do alike around their endpoints: listening, request ids, access log, CORS, health.

pub mod access_log;
pub mod cors;
pub mod health;
pub mod listen;
