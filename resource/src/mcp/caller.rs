//! Who calls. The transport checked the token and put a [`Principal`] into the request's extensions.

use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::Extensions;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use crate::food::custom::Owner;
use crate::principal::Principal;

/// The caller of a tool, or whoever asks for anything else.
#[derive(Clone, Debug)]
pub(super) struct Caller(Principal);

impl Caller {
    /// Whoever sends this request.
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Result<Self, ErrorData> {
        Self::in_extensions(&context.extensions)
    }

    fn in_extensions(extensions: &Extensions) -> Result<Self, ErrorData> {
        let parts = extensions.get::<http::request::Parts>();
        let principal = parts.and_then(|parts| parts.extensions.get::<Principal>());
        principal.cloned().map(Self).ok_or_else(|| {
            log::error!("a request came without a principal");
            ErrorData::internal_error(super::FAILED, None)
        })
    }

    /// Whose saved foods the tool works on.
    pub(super) fn owner(&self) -> Owner<'_> {
        Owner {
            iss: &self.0.iss,
            sub: &self.0.sub,
        }
    }

    /// Whether the token has a scope.
    pub(super) fn has(&self, scope: &str) -> bool {
        self.0.scope.contains(scope)
    }
}

impl<S> FromContextPart<ToolCallContext<'_, S>> for Caller {
    fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
        Self::in_extensions(&context.request_context().extensions)
    }
}
