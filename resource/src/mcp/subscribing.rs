//! What clients subscribe to, in the words of their revision: `subscriptions/listen` (MCP 2026-07-28,
//! basic/patterns/subscriptions), `resources/subscribe` and `resources/unsubscribe` (2025-11-25, server/resources).
//!
//! 1. Only own foods change while the server runs, so only their URIs are acknowledged, and the list of resources.
//! 2. A capability is told where it works: of the revisions before 2026-07-28 to those that can have a session.
//! 3. What is told on a stream went through the acknowledged filter.
//!
//! Easy to get wrong: rmcp compares all URIs of a filter with each other, so a filter must not have any number of them.
//! And an acknowledgment tells nobody whether a food is there: it names all URIs that could be.

use rmcp::model::{ErrorCode, ServerCapabilities, SubscriptionFilter};
use rmcp::service::{RequestContext, SubscriptionContext, SubscriptionSendError};
use rmcp::{ErrorData, RoleServer};

use super::FoodServer;
use super::caller::Caller;
use super::sessions::{NotSubscribed, SessionId, Sessions};
use super::subscriptions::{Begun, News};
use super::uri::FoodUri;
use crate::food::custom::MOST_FOODS;
use crate::food::model::Source;

/// Who may listen.
#[derive(Clone, Debug, Default)]
pub(super) enum Subscribing {
    /// Nobody: nothing hands over what becomes of foods.
    #[default]
    Off,
    /// Clients of 2026-07-28, and of the revisions before where there are sessions.
    On(Option<Sessions>),
}

impl Subscribing {
    /// Tells in the capabilities of resources what a client can listen to; `is_current` for 2026-07-28.
    pub(super) fn advertise(&self, capabilities: &mut ServerCapabilities, is_current: bool) {
        let works = match self {
            Self::Off => false,
            Self::On(sessions) => is_current || sessions.is_some(),
        };
        if let Some(resources) = &mut capabilities.resources {
            resources.subscribe = works.then_some(true);
            resources.list_changed = works.then_some(true);
        }
    }

    /// The part of a filter that is honored; `None` where nobody can listen.
    pub(super) fn accepted(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        if matches!(self, Self::Off) {
            return None;
        }
        let mut accepted = SubscriptionFilter::new();
        accepted.resources_list_changed = Some(true);
        let asked = requested.resource_subscriptions.as_deref().unwrap_or_default();
        if asked.len() <= MOST_FOODS {
            accepted.resource_subscriptions = Some(asked.iter().filter(|uri| is_own(uri)).cloned().collect());
        }
        Some(accepted)
    }
}

/// Whether it could be the URI of an own food.
fn is_own(uri: &str) -> bool {
    FoodUri::parse(uri).is_some_and(|uri| uri.source == Source::Custom)
}

/// Tells what is new until the client is gone or the server ends.
pub(super) async fn tell(context: SubscriptionContext) -> Result<(), ErrorData> {
    let parts = context.request_context().extensions.get::<http::request::Parts>();
    let begun = parts.and_then(|parts| parts.extensions.get::<Begun>());
    let Some(mut subscription) = begun.and_then(Begun::take) else {
        log::error!("somebody listens without a place");
        return Err(ErrorData::internal_error(super::FAILED, None));
    };
    loop {
        let news = tokio::select! {
            () = context.cancelled() => return Ok(()),
            news = subscription.next() => news,
        };
        if send(&context, news).await.is_err() {
            return Ok(());
        }
    }
}

/// Sends what the client asked for.
async fn send(context: &SubscriptionContext, news: News) -> Result<(), SubscriptionSendError> {
    let (accepted, sink) = (context.accepted(), context.sink());
    let wanted = accepted.resource_subscriptions.as_deref().unwrap_or_default();
    for uri in news.updated.into_iter().filter(|uri| wanted.contains(uri)) {
        sink.notify_resource_updated(uri).await?;
    }
    if news.list_changed && accepted.resources_list_changed == Some(true) {
        sink.notify_resource_list_changed().await?;
    }
    Ok(())
}

impl FoodServer {
    /// `resources/subscribe`: a food that the caller can read. Those that never change are never told of.
    pub(super) async fn note_subscription(
        &self,
        context: &RequestContext<RoleServer>,
        uri: &str,
    ) -> Result<(), ErrorData> {
        let (sessions, id) = self.session(context, "resources/subscribe")?;
        let caller = Caller::of(context)?;
        self.read_food(&caller, uri).await?;
        let noted = sessions.subscribe(&id.0, caller.principal(), uri);
        noted.map_err(|refused| ErrorData::invalid_request(refused.to_string(), None))
    }

    /// `resources/unsubscribe`.
    pub(super) fn forget_subscription(&self, context: &RequestContext<RoleServer>, uri: &str) -> Result<(), ErrorData> {
        let (sessions, id) = self.session(context, "resources/unsubscribe")?;
        let forgotten = sessions.unsubscribe(&id.0, Caller::of(context)?.principal(), uri);
        forgotten.then_some(()).ok_or_else(no_session)
    }

    /// The session of a request; without sessions there is no such method.
    fn session<'a>(
        &'a self,
        context: &'a RequestContext<RoleServer>,
        method: &'static str,
    ) -> Result<(&'a Sessions, &'a SessionId), ErrorData> {
        let Subscribing::On(Some(sessions)) = &self.subscribing else {
            return Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method, None));
        };
        let parts = context.extensions.get::<http::request::Parts>();
        let id = parts.and_then(|parts| parts.extensions.get::<SessionId>());
        Ok((sessions, id.ok_or_else(no_session)?))
    }
}

fn no_session() -> ErrorData {
    ErrorData::invalid_request(NotSubscribed::NoSession.to_string(), None)
}
