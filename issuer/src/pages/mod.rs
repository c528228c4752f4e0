//! Pages that belong to no authorization request: home, the first account, signing out.

pub mod home;
pub mod setup;
pub mod sign_out;
