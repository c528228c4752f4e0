//! Who calls. The transport checked the token and put an `Arc` of a [`Principal`] into the request's extensions.
//!
//! A caller that sent a `progressToken` is told how far a long call is (MCP 2026-07-28, basic/patterns/progress). Easy to
//! get wrong: the first notification makes a stream of the answer, so nobody else is sent any.

use std::sync::Arc;

use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{Extensions, ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use rmcp::{ErrorData, RoleServer};

use crate::food::custom::Owner;
use crate::food::providers::Asker;
use crate::principal::Principal;

/// A call with fewer steps is over before anybody could read how far it is.
const LONG: usize = 20;
/// How many steps are told at once.
const STEPS: usize = 10;

/// The caller of a tool, or whoever asks for anything else.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    principal: Arc<Principal>,
    asker: Asker,
    told: Option<(Peer<RoleServer>, ProgressToken)>,
}

impl Caller {
    /// Whoever sends this request.
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Result<Self, ErrorData> {
        let token = context.meta.get_progress_token();
        let principal = principal(&context.extensions)?;
        Ok(Self {
            told: token.map(|token| (context.peer.clone(), token)),
            ..Self::from_principal(&principal)
        })
    }

    /// The same, who is told of no progress.
    pub(super) fn from_principal(principal: &Arc<Principal>) -> Self {
        Self {
            asker: Asker::new(&principal.iss, &principal.sub),
            principal: Arc::clone(principal),
            told: None,
        }
    }

    /// Tells how many steps of a long call are done, if the caller asked for that; the last is told by the result.
    pub(super) async fn progressed(&self, done: usize, total: usize) {
        let Some((peer, token)) = &self.told else { return };
        if total < LONG || done == 0 || done >= total || !done.is_multiple_of(STEPS) {
            return;
        }
        let [done, total] = [done, total].map(|steps| u32::try_from(steps).map_or(f64::INFINITY, f64::from));
        let progress = ProgressNotificationParam::new(token.clone(), done).with_total(total);
        if peer.notify_progress(progress).await.is_err() {
            log::debug!("the caller is gone and learns of no progress");
        }
    }

    /// Whose saved foods the tool works on.
    pub(super) fn owner(&self) -> Owner<'_> {
        Owner {
            iss: &self.principal.iss,
            sub: &self.principal.sub,
        }
    }

    /// Who calls, as the transport knows it.
    pub(super) fn principal(&self) -> &Principal {
        &self.principal
    }

    /// For whom live providers are asked.
    pub(super) fn asker(&self) -> &Asker {
        &self.asker
    }

    /// Whether it is somebody without a token.
    pub(super) fn is_nobody(&self) -> bool {
        self.principal.iss.is_empty()
    }

    /// Whether the token has a scope.
    pub(super) fn has(&self, scope: &str) -> bool {
        self.principal.scope.contains(scope)
    }
}

impl<S> FromContextPart<ToolCallContext<'_, S>> for Caller {
    fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
        Self::of(context.request_context())
    }
}

fn principal(extensions: &Extensions) -> Result<Arc<Principal>, ErrorData> {
    let parts = extensions.get::<http::request::Parts>();
    let principal = parts.and_then(|parts| parts.extensions.get::<Arc<Principal>>());
    principal.cloned().ok_or_else(|| {
        log::error!("a request came without a principal");
        ErrorData::internal_error(super::FAILED, None)
    })
}
