//! What clients publish at addresses of their own: which addresses may be asked, how often, and for how long an answer
//! is good.

pub mod budget;
pub mod freshness;
pub mod url;
