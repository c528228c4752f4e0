//! The MCP server behind its transport.

mod message;
pub mod transport;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};

/// Each tool and the scopes it needs.
pub const SCOPES: &[(&str, &[&str])] = &[("search_food", &["food:read"]), ("save_food", &["food:write"])];

/// The server that answers MCP requests.
#[derive(Clone, Debug)]
pub struct FoodServer;

impl ServerHandler for FoodServer {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = |(name, _): &(&'static str, _)| Tool::new(*name, "a tool", serde_json::Map::new());
        Ok(ListToolsResult::with_all_items(SCOPES.iter().map(tool).collect()))
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let parts = context.extensions.get::<http::request::Parts>();
        let principal = parts.and_then(|parts| parts.extensions.get::<crate::principal::Principal>());
        let sub = principal.map(|principal| principal.sub.clone()).unwrap_or_default();
        Ok(CallToolResult::success(vec![ContentBlock::text(sub)]).into())
    }
}
