//! What the tests share, in words of the domain.

pub mod database;
pub mod postgres;
