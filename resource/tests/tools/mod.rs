//! The four tools, called through rmcp, on the whole of SR28.

mod meals;
mod nutrition;
mod plain_words;
mod protocol;
mod readme;
mod saved;
mod saved_changes;
mod schema;
mod search;
pub(crate) mod support;
