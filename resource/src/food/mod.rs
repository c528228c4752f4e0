//! Foods: the catalogue, the search and the arithmetic. Knows no HTTP, no MCP and no tokens.

pub mod model;
