//! One provider: how it is asked, how often, and what its answers are worth.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use shared::clock::{Clock, NumericDate};
use shared::fetch::{Fetch, FetchError, seconds_ahead};

use super::asker::Asker;
use super::limits::{Limit, Rate, Wait};
use super::question::{Id, Question, Request};
use super::record::{Record, Units};
use super::{FdcSettings, OpenFoodFactsSettings, fdc, open_food_facts};
use crate::food::model::Source;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// How long it is believed that there is nothing.
const NOTHING_SECONDS: i64 = HOUR;
/// The largest answer, in bytes.
const MOST_BYTES: usize = 2 << 20;
/// How long nobody asks again after a failure, in seconds.
const FAILED_PAUSE: i64 = 30;
/// The same after being told to slow down without a word for how long.
const THROTTLED_PAUSE: i64 = 60;
/// The same after the key was refused: only the operator can help.
const KEY_PAUSE: i64 = 600;
/// The key that everybody may use a little.
const DEMO_KEY: &str = "DEMO_KEY";

/// Who is asked, with what it needs to know of us.
#[derive(Debug)]
enum Kind {
    Fdc(SecretString),
    OpenFoodFacts { contact: String },
}

/// A provider that is switched on.
#[derive(Debug)]
pub(super) struct Provider {
    kind: Kind,
    base: String,
    fetch: Fetch,
    products: Limit,
    /// Where names are counted apart.
    searches: Option<Limit>,
    units: Units,
}

/// Why a provider did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It must not be asked for so many seconds.
    Wait(i64),
    /// The call has asked as often as one may.
    TooMany,
    /// It could not be reached, took too long, or told too much.
    NoAnswer(String),
    /// It answered with this status, which is about this server and not about the question.
    ShutOut(u16),
    /// It answered with this status.
    Status(u16),
    /// It did not answer in its own words.
    Garbage,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait(seconds) => write!(f, "it may be asked again in {seconds} s"),
            Self::NoAnswer(_) => f.write_str("it did not answer"),
            Self::Status(429 | 503) => f.write_str("it is busy"),
            Self::TooMany => {
                f.write_str("this call has asked about as many foods as one may; ask about the others in another")
            }
            Self::ShutOut(_) => f.write_str("it does not let this server in"),
            Self::Status(_) => f.write_str("it refused the request"),
            Self::Garbage => f.write_str("its answer makes no sense"),
        }
    }
}

impl Provider {
    pub(super) fn fdc(settings: &FdcSettings, fetch: Fetch, units: Units) -> Self {
        let is_demo = settings.key.expose_secret() == DEMO_KEY;
        let rate = |most| Rate { most, window: HOUR };
        Self {
            kind: Kind::Fdc(settings.key.clone()),
            base: base(&settings.url),
            fetch,
            products: Limit::new(rate(if is_demo { 30 } else { 1000 })),
            searches: None,
            units,
        }
    }

    pub(super) fn open_food_facts(settings: &OpenFoodFactsSettings, fetch: Fetch, units: Units) -> Self {
        let rate = |most| Rate { most, window: 60 };
        Self {
            kind: Kind::OpenFoodFacts {
                contact: settings.contact.clone(),
            },
            base: base(&settings.url),
            fetch,
            products: Limit::new(rate(15)),
            searches: Some(Limit::new(rate(10))),
            units,
        }
    }

    /// Which source its foods have.
    pub(super) fn source(&self) -> Source {
        match self.kind {
            Kind::Fdc(_) => Source::Fdc,
            Kind::OpenFoodFacts { .. } => Source::OpenFoodFacts,
        }
    }

    /// What to ask about an id. At Open Food Facts it is a barcode, and one question however it came up.
    pub(super) fn about(&self, id: Id) -> Question {
        match self.kind {
            Kind::OpenFoodFacts { .. } => Question::Barcode(format!("{:0>14}", id.as_str())),
            Kind::Fdc(_) => Question::Food(id),
        }
    }

    /// Questions that an answer to another one answers as well: what Open Food Facts finds by a name is told in full.
    pub(super) fn answered_by_the_way(&self, question: &Question, foods: &[Record]) -> Vec<(Question, Vec<Record>)> {
        if !matches!((&self.kind, question), (Kind::OpenFoodFacts { .. }, Question::Name(_))) {
            return Vec::new();
        }
        let about = |food: &Record| Some((self.about(Id::parse(&food.id)?), vec![food.clone()]));
        foods.iter().filter_map(about).collect()
    }

    /// Until when an answer is as good as new.
    pub(super) fn fresh_until(&self, question: &Question, foods: &[Record], now: NumericDate) -> NumericDate {
        let seconds = match (question, &self.kind) {
            _ if foods.is_empty() => NOTHING_SECONDS,
            (Question::Name(_), _) => DAY,
            (_, Kind::Fdc(_)) => 30 * DAY,
            (_, Kind::OpenFoodFacts { .. }) => 7 * DAY,
        };
        now + seconds
    }

    /// Asks it, if it may be asked now.
    pub(super) async fn ask(
        &self,
        question: &Question,
        asker: Option<&Asker>,
        clock: &Clock,
    ) -> Result<Vec<Record>, Trouble> {
        let limit = match (question, &self.searches) {
            (Question::Name(_), Some(searches)) => searches,
            _ => &self.products,
        };
        if asker.is_some_and(|asker| !asker.take()) {
            return Err(Trouble::TooMany);
        }
        limit
            .take(clock.now(), asker.map(Asker::who))
            .map_err(|Wait(seconds)| Trouble::Wait(seconds))?;
        let answered = self.send(self.request(question)).await;
        let now = clock.now();
        let read = answered.and_then(|(status, retry_after, body)| match status {
            200 | 404 => self.read(question, status, &body),
            429 | 503 => {
                let told = retry_after.and_then(|told| seconds(&told, now));
                limit.pause(now, told.unwrap_or(THROTTLED_PAUSE));
                Err(Trouble::Status(status))
            }
            401 | 403 if is_shut_out(question, status, &body) => Err(Trouble::ShutOut(status)),
            _ => Err(Trouble::Status(status)),
        });
        match &read {
            Err(Trouble::ShutOut(_)) => self.pause(now, KEY_PAUSE),
            Err(Trouble::NoAnswer(_) | Trouble::Status(500..=502 | 504..)) => self.pause(now, FAILED_PAUSE),
            _ => {}
        }
        read
    }

    fn pause(&self, now: NumericDate, seconds: i64) {
        for limit in std::iter::once(&self.products).chain(&self.searches) {
            limit.pause(now, seconds);
        }
    }

    fn request(&self, question: &Question) -> Request {
        match &self.kind {
            Kind::Fdc(key) => fdc::request(&self.base, key.expose_secret(), question),
            Kind::OpenFoodFacts { contact } => open_food_facts::request(&self.base, contact, question),
        }
    }

    /// The status, `Retry-After`, and the body.
    async fn send(&self, request: Request) -> Result<(u16, Option<String>, Vec<u8>), Trouble> {
        let headers: Vec<(&str, &str)> = request
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let fetched = match request.body {
            None => self.fetch.get_with(&request.url, &headers, MOST_BYTES).await,
            Some(body) => self.fetch.post_with(&request.url, &headers, body, MOST_BYTES).await,
        };
        let fetched = fetched.map_err(|error| match error {
            FetchError::TooLarge(_) => Trouble::Garbage,
            error => Trouble::NoAnswer(error.to_string()),
        })?;
        let retry_after = fetched.headers.get("retry-after").and_then(|value| value.to_str().ok());
        Ok((fetched.status, retry_after.map(str::to_owned), fetched.body))
    }

    /// A 404 is "not there" in JSON, and an address that is wrong in anything else.
    fn read(&self, question: &Question, status: u16, body: &[u8]) -> Result<Vec<Record>, Trouble> {
        if status == 404 && matches!((&self.kind, question), (Kind::Fdc(_), Question::Food(_))) {
            return Ok(Vec::new());
        }
        let answer: Value = serde_json::from_slice(body).map_err(|_| Trouble::Garbage)?;
        let read = match self.kind {
            Kind::Fdc(_) => fdc::read(question, &answer, &self.units),
            Kind::OpenFoodFacts { .. } => open_food_facts::read(question, &answer, &self.units),
        };
        read.ok_or(Trouble::Garbage)
    }
}

/// `Retry-After`: seconds, or a date, which is of no use when it has passed (RFC 9110 section 10.2.3).
fn seconds(told: &str, now: NumericDate) -> Option<i64> {
    let told = told.trim();
    told.parse()
        .ok()
        .or_else(|| seconds_ahead(told, now).filter(|seconds| *seconds > 0))
}

/// Whether a refusal is about this server. That of a name may be about its words, which one user could choose so that
/// nobody is answered any more; api.data.gov tells in JSON what it has against a key.
fn is_shut_out(question: &Question, status: u16, body: &[u8]) -> bool {
    let told = || serde_json::from_slice::<Value>(body).ok();
    let is_key = || {
        let told = told()?;
        Some(told.pointer("/error/code")?.as_str()?.starts_with("API_KEY"))
    };
    status == 401 || !matches!(question, Question::Name(_)) || is_key().unwrap_or(false)
}

fn base(url: &url::Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
