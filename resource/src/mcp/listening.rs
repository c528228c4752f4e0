//! What HTTP knows of sessions: 2025-06-18, basic/transports, "Session Management" and "Listening for Messages".
//!
//! 1. `Mcp-Session-Id` comes with the answer to `initialize`.
//! 2. A request with another's or an unknown one is 404, after which clients begin anew. One without is served.
//! 3. `GET` with one is a stream that tells of changed foods (`subscriptions`): it stays open until the token, the
//!    session or the server ends.
//! 4. `DELETE` ends the session.
//!
//! A stream lasts a quarter of an hour at most: whoever was locked out meanwhile is found when the client comes again.
//! Easy to get wrong: the revision 2026-07-28 has no sessions, so that what its clients send under that name means
//! nothing.

use actix_web::body::MessageBody;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{Stream, StreamExt, stream};
use prometheus_client::metrics::gauge::Gauge;
use serde_json::{Value, json};
use shared::http::metrics::InFlight;
use shared::scope::Scope;
use tokio::time::{Duration, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::message::{FAILED, INVALID_REQUEST, RpcError};
use super::sessions::{Listening, SessionId, Sessions};
use super::subscriptions::{Begun, News, NoPlace, Subscription, Subscriptions};
use crate::protect::Admission;

/// As servers call it that know no other; the transport's own error codes begin here.
const SESSION_NOT_FOUND: i32 = -32001;
/// Somebody cannot listen for now.
const NO_PLACE: i32 = -32000;
const SESSION_ID: &str = "mcp-session-id";
/// The first revision without sessions; revisions are dates and compare as text.
const WITHOUT_SESSIONS: &str = "2026-07-28";
/// How often a comment is sent, so that proxies keep the connection.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// When to try again where the database could not be read.
const AFTER_A_FAILURE: Duration = Duration::from_secs(10);
/// The longest stream; the end of an API key can be years away, and its revocation near.
pub(super) const LONGEST_STREAM: Duration = Duration::from_mins(15);

/// What streams need.
pub(super) struct Streams<'a> {
    /// Ends them all.
    pub(super) shutdown: &'a CancellationToken,
    /// Counts those that are open.
    pub(super) open: &'a Gauge,
    /// Where there is something to be told on them.
    pub(super) subscriptions: Option<&'a Subscriptions>,
}

/// What is to be done before a message is read: `Ok(None)` for a request that goes on, `Ok(Some(..))` for one that is
/// answered here.
pub(super) async fn turn(
    sessions: &Sessions,
    admission: &Admission,
    request: &HttpRequest,
    streams: Streams<'_>,
) -> Result<Option<HttpResponse>, HttpResponse> {
    let Some(id) = session_id(request) else {
        return Ok(None);
    };
    let principal = admission.principal();
    match *request.method() {
        Method::GET => {
            admission.require(request, &Scope::default())?;
            if !accepts_streams(request) {
                return Err(refused(
                    StatusCode::NOT_ACCEPTABLE,
                    INVALID_REQUEST,
                    "Accept must list text/event-stream",
                ));
            }
            // Before a place is taken: whoever has no such session must learn that, and begin anew.
            if !sessions.touch(id, principal) {
                return Err(unknown());
            }
            let begun = begin(streams.subscriptions, admission).await;
            let subscription = begun.map_err(|none| no_place(&none, Value::Null))?;
            let open = Open {
                listening: sessions.listen(id, principal).ok_or_else(unknown)?,
                subscription,
                _counted: InFlight::new(streams.open),
            };
            let (left, shutdown) = (admission.seconds_left(), streams.shutdown.clone());
            Ok(Some(stream_of(open, left, shutdown)))
        }
        Method::DELETE => {
            admission.require(request, &Scope::default())?;
            let ended = sessions.end(id, principal).then(|| HttpResponse::NoContent().finish());
            ended.ok_or_else(unknown).map(Some)
        }
        _ if sessions.touch(id, principal) => Ok(None),
        _ => Err(unknown()),
    }
}

/// The answer to `initialize`, with a session where the client got a result and there is room.
pub(super) fn welcome(sessions: &Sessions, admission: &Admission, answer: HttpResponse) -> HttpResponse {
    let (mut head, body) = answer.into_parts();
    match body.try_into_bytes() {
        Ok(bytes) => {
            let id = is_result(&bytes)
                .then(|| sessions.begin(admission.principal()))
                .flatten();
            if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id).ok()) {
                head.headers_mut().insert(HeaderName::from_static(SESSION_ID), id);
            }
            head.set_body(bytes).map_into_boxed_body()
        }
        Err(body) => head.set_body(body),
    }
}

/// Takes a place among those who listen, or says why there is none.
pub(super) async fn begin(
    subscriptions: Option<&Subscriptions>,
    admission: &Admission,
) -> Result<Option<Subscription>, NoPlace> {
    let Some(subscriptions) = subscriptions else {
        return Ok(None);
    };
    subscriptions.begin(admission.principal()).await.map(Some)
}

/// What the server finds in a request beside its caller.
pub(super) fn extensions(request: &HttpRequest, begun: Option<Subscription>) -> http::Extensions {
    let mut extensions = http::Extensions::new();
    if let Some(id) = session_id(request) {
        extensions.insert(SessionId(id.to_owned()));
    }
    if let Some(subscription) = begun {
        extensions.insert(Begun::new(subscription));
    }
    extensions
}

/// The answer to the request with this id, whose caller cannot listen.
pub(super) fn no_place(none: &NoPlace, id: Value) -> HttpResponse {
    let (status, text, wait) = match none {
        NoPlace::OfOne => (StatusCode::TOO_MANY_REQUESTS, none.to_string(), LONGEST_STREAM),
        NoPlace::InAll => (StatusCode::SERVICE_UNAVAILABLE, none.to_string(), LONGEST_STREAM),
        NoPlace::Store(cause) => {
            log::error!("nobody can listen: {cause}");
            (StatusCode::SERVICE_UNAVAILABLE, FAILED.to_owned(), AFTER_A_FAILURE)
        }
    };
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((RETRY_AFTER, wait.as_secs()))
        .json(RpcError::new(NO_PLACE, &text).to(id))
}

/// What the client calls its session; text that is none names no session.
fn session_id(request: &HttpRequest) -> Option<&str> {
    let headers = request.headers();
    let revision = headers
        .get("mcp-protocol-version")
        .and_then(|value| value.to_str().ok());
    if revision.is_some_and(|revision| revision >= WITHOUT_SESSIONS) {
        return None;
    }
    let mut ids = headers.get_all(SESSION_ID);
    let id = ids.next()?.to_str().unwrap_or_default();
    Some(if ids.next().is_some() { "" } else { id })
}

fn accepts_streams(request: &HttpRequest) -> bool {
    let mut accepted = request
        .headers()
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok());
    accepted.any(|value| value.contains("text/event-stream") || value.contains("*/*"))
}

fn is_result(answer: &[u8]) -> bool {
    serde_json::from_slice(answer).is_ok_and(|answer: Value| answer.get("result").is_some())
}

fn unknown() -> HttpResponse {
    refused(
        StatusCode::NOT_FOUND,
        SESSION_NOT_FOUND,
        "there is no such session; begin a new one with initialize",
    )
}

fn refused(status: StatusCode, code: i32, message: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(RpcError::new(code, message))
}

/// A stream, for as long as it is open.
struct Open {
    listening: Listening,
    subscription: Option<Subscription>,
    _counted: InFlight,
}

/// A stream of what is new. `left` is how many seconds the token has.
fn stream_of(open: Open, left: i64, shutdown: CancellationToken) -> HttpResponse {
    let ended = open.listening.ended.clone();
    let left = Duration::from_secs(u64::try_from(left).unwrap_or(0)).min(LONGEST_STREAM);
    let end = async move {
        tokio::select! {
            () = sleep(left) => {}
            () = ended.cancelled() => {}
            () = shutdown.cancelled() => {}
        }
    };
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events(open).take_until(Box::pin(end)))
}

/// A comment comes at once, so that the client sees that it is connected, and what may have changed while it was not; the
/// next event is only looked for when the
/// client has read the one before.
fn events(open: Open) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    let comment = || Bytes::from_static(b":\n\n");
    let missed = [comment(), open.missed()].concat();
    let later = stream::unfold(open, move |mut open| async move {
        let event = timeout(COMMENT_EVERY, open.next()).await;
        Some((Ok(event.unwrap_or_else(|_| comment())), open))
    });
    stream::once(async move { Ok(missed.into()) }).chain(later)
}

impl Open {
    /// What may have changed while nobody listened in this session: what the owner wants to know of and, after an earlier
    /// stream, the list. It is not known what did.
    fn missed(&self) -> Bytes {
        if self.subscription.is_none() {
            return Bytes::new();
        }
        self.told(&self.listening.subscribed(), self.listening.again).into()
    }

    fn told(&self, updated: &[String], list_changed: bool) -> String {
        let wanted = updated.iter().filter(|uri| self.listening.wants(uri));
        let updated = wanted.map(|uri| event("notifications/resources/updated", &json!({ "uri": uri })));
        let list = list_changed.then(|| event("notifications/resources/list_changed", &json!({})));
        updated.chain(list).collect()
    }

    /// The next events that the session's owner wants.
    async fn next(&mut self) -> Bytes {
        loop {
            let Some(subscription) = &mut self.subscription else {
                return std::future::pending().await;
            };
            let News { updated, list_changed } = subscription.next().await;
            let events = self.told(&updated, list_changed);
            if !events.is_empty() {
                return events.into();
            }
        }
    }
}

/// A notification, as 2025-11-25 wraps it.
fn event(method: &str, params: &Value) -> String {
    format!(
        "data: {}\n\n",
        json!({ "jsonrpc": "2.0", "method": method, "params": params })
    )
}

#[cfg(test)]
mod tests {
    use shared::clock::Clock;
    use tokio::time::Instant;

    use super::super::sessions::Limits;
    use super::*;
    use crate::principal::Principal;

    async fn lasts(left: i64) -> (Duration, usize) {
        let ann = Principal {
            iss: "https://a".to_owned(),
            sub: "ann".to_owned(),
            client_id: None,
            scope: Scope::default(),
        };
        let sessions = Sessions::new(Limits::default(), Clock::fixed(0));
        let listening = sessions.listen(&sessions.begin(&ann).unwrap(), &ann).unwrap();
        let begun = Instant::now();
        let streams = Gauge::default();
        let open = Open {
            listening,
            subscription: None,
            _counted: InFlight::new(&streams),
        };
        let stream = stream_of(open, left, CancellationToken::new());
        assert_eq!(streams.get(), 1);
        let told = actix_web::body::to_bytes(stream.into_body()).await.unwrap();
        assert_eq!(streams.get(), 0);
        (begun.elapsed(), told.len() / 3)
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_lasts_as_long_as_the_token_and_a_quarter_of_an_hour_at_most() {
        assert_eq!(lasts(40).await, (Duration::from_secs(40), 3));
        for (left, lasts_for) in [(-5, Duration::ZERO), (i64::MAX, LONGEST_STREAM)] {
            let lasted = lasts(left).await.0;
            assert!(lasted.abs_diff(lasts_for) < Duration::from_millis(2), "{lasted:?}");
        }
    }
}
