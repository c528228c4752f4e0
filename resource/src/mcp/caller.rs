//! Who calls a tool. The transport checked the token and put a [`Principal`] into the request's extensions.

use rmcp::ErrorData;
use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::tool::ToolCallContext;

use crate::food::custom::Owner;
use crate::principal::Principal;

/// The caller of a tool.
#[derive(Clone, Debug)]
pub(super) struct Caller(Principal);

impl Caller {
    /// Whose saved foods the tool works on.
    pub(super) fn owner(&self) -> Owner<'_> {
        Owner {
            iss: &self.0.iss,
            sub: &self.0.sub,
        }
    }
}

impl<S> FromContextPart<ToolCallContext<'_, S>> for Caller {
    fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
        let parts = context.request_context().extensions.get::<http::request::Parts>();
        let principal = parts.and_then(|parts| parts.extensions.get::<Principal>());
        principal.cloned().map(Self).ok_or_else(|| {
            log::error!("a tool was called without a principal");
            ErrorData::internal_error(super::FAILED, None)
        })
    }
}
