//! The resource server: a food-tracking MCP server that checks JWT access tokens locally.

pub mod food;
pub mod principal;
