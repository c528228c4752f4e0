//! Asking the issuer about a token: RFC 7662; Google's `tokeninfo`, which is like it.
//!
//! 1. An answer that was given before counts for a while: `cache_s` for a token that is good, never beyond its end,
//!    `negative_cache_s` for one that is not.
//! 2. All who bring the same token at the same time wait for one answer.
//! 3. The question: a form with the token in it, and our own credentials (RFC 6749 section 2.3.1).
//! 4. `active` must be `true`; then the answer is judged like the claims of a signed token.
//!
//! Easy to get wrong: an endpoint that is away or slow must not be asked once per request, so after a failure nothing
//! is asked for a moment, whatever the token, and only so many questions are open at once; and tokens are invented
//! more easily than questions are answered, so what is kept is bounded by number.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_cache::sync::{Cache, EntryAction, EntryResult};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::clock::Clock;
use shared::fetch::{Fetch, Fetched};
use shared::members::Members;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use url::form_urlencoded::{Serializer, byte_serialize};

use super::claims::Claims;
use super::metrics::IssuerMetrics;
use super::refusal::{Got, Refusal};
use super::trust::{Introspection, Issuer, Mode};
use super::verified::Verified;

/// Largest answer, in bytes.
const MOST_BYTES: usize = 64 << 10;
/// Answers that are kept, good and bad.
const KEPT: usize = 10_000;
/// Questions that are open at once; more wait.
const MOST_OPEN: usize = 32;
/// How long a question waits until it may be asked.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long nothing is asked after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks one issuer.
#[derive(Debug)]
pub(super) struct Introspector {
    issuer: Arc<Issuer>,
    endpoint: Introspection,
    fetch: Fetch,
    clock: Clock,
    answers: Cache<[u8; 32], Answer>,
    open: Semaphore,
    /// Until when nothing is asked, after a failure.
    away: Mutex<Option<Instant>>,
    metrics: IssuerMetrics,
}

/// What became of a token, and until when that counts.
#[derive(Clone, Debug)]
struct Answer {
    outcome: Result<Verified, Refusal>,
    until: Instant,
}

impl Introspector {
    /// One that has asked nothing yet.
    pub(super) fn new(
        issuer: Arc<Issuer>,
        endpoint: Introspection,
        fetch: Fetch,
        clock: Clock,
        metrics: IssuerMetrics,
    ) -> Self {
        Self {
            issuer,
            endpoint,
            fetch,
            clock,
            answers: Cache::new(KEPT),
            open: Semaphore::new(MOST_OPEN),
            away: Mutex::default(),
            metrics,
        }
    }

    /// Whom it asks.
    pub(super) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Who sent this token, or why it is refused.
    pub(super) async fn verify(&self, token: &str) -> Result<Verified, Refusal> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let kept = |_: &[u8; 32], answer: &mut Answer| {
            if Instant::now() < answer.until {
                EntryAction::Retain(answer.outcome.clone())
            } else {
                EntryAction::ReplaceWithGuard
            }
        };
        match self.answers.entry_async(&digest, kept).await {
            EntryResult::Retained(outcome) => outcome,
            EntryResult::Vacant(place) | EntryResult::Replaced(place, _) => {
                let answer = self.ask(token).await;
                // An error means that the place is gone; then nobody waits for it.
                drop(place.insert(answer.clone()));
                answer.outcome
            }
            EntryResult::Removed(..) | EntryResult::Timeout => Err(Refusal::IntrospectionUnavailable),
        }
    }

    async fn ask(&self, token: &str) -> Answer {
        let judged = match self.question(token).await {
            Ok(fetched) => self.judge(fetched),
            Err(why) => Err(why),
        };
        let answered = judged.as_ref().err().is_none_or(Refusal::is_the_tokens_fault);
        self.metrics.questions.count(answered);
        let now = Instant::now();
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        match judged {
            Ok(claims) => {
                let left = u64::try_from(claims.exp.saturating_sub(self.clock.now())).unwrap_or(0);
                let until = now + seconds(self.endpoint.cache_s).min(Duration::from_secs(left));
                Answer {
                    outcome: Ok(Verified::by_answer(claims, until)),
                    until,
                }
            }
            Err(why) if why.is_the_tokens_fault() => Answer {
                outcome: Err(why),
                until: now + seconds(self.endpoint.negative_cache_s),
            },
            Err(why) => Answer {
                outcome: Err(why),
                until: now + PAUSE,
            },
        }
    }

    /// The endpoint's answer, whatever it is.
    async fn question(&self, token: &str) -> Result<Fetched, Refusal> {
        let turn = timeout(LONGEST_WAIT, self.open.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Refusal::IntrospectionUnavailable);
        };
        if self.is_away() {
            return Err(Refusal::IntrospectionUnavailable);
        }
        let name = if self.issuer.mode == Mode::Tokeninfo {
            "access_token"
        } else {
            "token"
        };
        let mut form = Serializer::new(String::new());
        form.append_pair(name, token);
        if self.issuer.mode != Mode::Tokeninfo {
            form.append_pair("token_type_hint", "access_token");
        }
        let (url, credentials) = (self.endpoint.url.as_str(), self.credentials());
        let asked = self
            .fetch
            .post_form(url, credentials.as_deref(), form.finish(), MOST_BYTES);
        asked.await.map_err(|error| self.failed(&error.to_string()))
    }

    /// RFC 6749 section 2.3.1: each part is encoded as in a form before they are joined.
    fn credentials(&self) -> Option<String> {
        let (id, secret) = self.endpoint.client.as_ref()?;
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let joined = format!("{}:{}", encoded(id), encoded(secret.expose_secret()));
        Some(format!("Basic {}", STANDARD.encode(joined)))
    }

    fn judge(&self, fetched: Fetched) -> Result<Claims, Refusal> {
        let members = self.active(fetched)?;
        let now = self.clock.now();
        let claims = Claims::of_answer(members, &self.issuer, now)?;
        if claims.iss != self.issuer.issuer {
            return Err(Refusal::Issuer {
                expected: self.issuer.issuer.clone(),
                got: Got::new(&claims.iss),
            });
        }
        self.issuer.accept(&claims, now)?;
        Ok(claims)
    }

    /// What the answer says of a token that is good.
    fn active(&self, Fetched { status, body, .. }: Fetched) -> Result<Members, Refusal> {
        let tokeninfo = self.issuer.mode == Mode::Tokeninfo;
        match status {
            200 => {}
            400 if tokeninfo => return Err(Refusal::Inactive),
            401 | 403 if !tokeninfo => return Err(self.failed("it does not take our client id and secret")),
            other => return Err(self.failed(&format!("it answered with status {other}"))),
        }
        let members = Members::read(&body).ok_or_else(|| self.failed("its answer is not a JSON object"))?;
        if tokeninfo {
            return Ok(with_numbers(members));
        }
        match members.get("active") {
            Some(Value::Bool(true)) => Ok(members),
            Some(Value::Bool(false)) => Err(Refusal::Inactive),
            _ => Err(self.failed("its answer does not say whether the token is active")),
        }
    }

    /// Notes a failure that is not the token's: the first of a pause is told.
    fn failed(&self, why: &str) -> Refusal {
        log::warn!(target: "security", kind = "introspection_failed", issuer = self.issuer.issuer.as_str();
            "cannot ask {} about tokens: {why}", self.endpoint.url);
        *self.away.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + PAUSE);
        Refusal::IntrospectionUnavailable
    }

    fn is_away(&self) -> bool {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.is_some_and(|until| Instant::now() < until)
    }
}

/// Google writes its times as texts.
fn with_numbers(mut members: Members) -> Members {
    for name in ["exp", "iat"] {
        if let Some(number) = members.text(name).and_then(|text| text.parse::<i64>().ok()) {
            members.set(name, number.into());
        }
    }
    members
}
