//! Pages that belong to no authorization request: home, the account, the first account, signing out.

pub mod account;
pub mod help;
mod help_texts;
pub mod home;
pub mod setup;
pub mod sign_out;
