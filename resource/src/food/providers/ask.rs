//! The way of a question to one provider, from those who ask together to an answer that is kept or stands in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt;
use shared::clock::{Clock, NumericDate};
use shared::database::Database;

use super::asker::Asker;
use super::cache::{Cache, Kept};
use super::flights::Flights;
use super::provider::{Provider, Trouble};
use super::question::Question;
use super::{Unavailable, attribution, name};
use crate::food::model::{Food, Freshness, Source};

/// How often old answers are deleted, in seconds.
const TIDY_SECONDS: i64 = 3600;

/// The providers that are switched on, and what is remembered of them.
#[derive(Debug)]
pub(super) struct On {
    pub(super) providers: Vec<Arc<Provider>>,
    flights: Flights<(Source, Question), Told>,
    cache: Cache,
    clock: Clock,
    tidied_at: AtomicI64,
}

/// What came of a question.
pub(super) type Told = Result<Answer, Unavailable>;

/// What a provider told, now or before.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    kept: Arc<Kept>,
    freshness: Freshness,
}

impl Answer {
    /// The foods, as told then.
    pub(super) fn foods(&self, source: Source) -> impl Iterator<Item = Food> {
        self.kept
            .foods
            .iter()
            .map(move |record| record.food(source, self.freshness, self.kept.told_at))
    }
}

impl On {
    /// These, over the table in `database`.
    pub(super) fn new(providers: Vec<Arc<Provider>>, database: Database, clock: Clock) -> Self {
        Self {
            providers,
            flights: Flights::default(),
            cache: Cache::new(database),
            // A process that never lives for an hour tidies as well.
            tidied_at: AtomicI64::new(NumericDate::MIN),
            clock,
        }
    }

    /// Joins those who ask the same, or begins. Whoever begins has asked, and where that was once too often, those who
    /// joined have not: the next of them begins.
    pub(super) async fn ask(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
        question: Question,
        asker: Option<&Asker>,
    ) -> Told {
        let key = (provider.source(), question);
        loop {
            let mut began = false;
            let flight = self.flights.join(key.clone(), || {
                began = true;
                let (on, provider, asker) = (Arc::clone(self), Arc::clone(provider), asker.cloned());
                let question = key.1.clone();
                async move { on.answer(&provider, question, asker).await }.boxed()
            });
            match flight.await {
                Err(refused) if refused.is_of_asker && !began => {}
                told => return told,
            }
        }
    }

    async fn answer(&self, provider: &Provider, question: Question, asker: Option<Asker>) -> Told {
        let (source, key, now) = (provider.source(), question.key(), self.clock.now());
        let kept = self.cache.get(source.as_str(), &key).await.unwrap_or_else(|error| {
            log::error!("the answers of providers cannot be read: {error}");
            None
        });
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(now)) {
            return Ok(Answer::new(kept.clone(), Freshness::Cache));
        }
        let answered = provider.ask(&question, asker.as_ref(), &self.clock).await;
        self.tidy(now).await;
        match answered {
            Ok(foods) => {
                let fresh_until = provider.fresh_until(&question, &foods, now);
                let told = Kept {
                    foods,
                    told_at: now,
                    fresh_until,
                };
                self.keep(provider, &question, &told).await;
                Ok(Answer::new(told, Freshness::Live))
            }
            Err(trouble) => {
                log_trouble(source, &trouble);
                let stale = kept.filter(|kept| kept.may_stand_in(now));
                let stale = stale.map(|kept| Answer::new(kept, Freshness::Stale));
                stale.ok_or_else(|| Unavailable::new(source, &trouble))
            }
        }
    }

    /// An answer that cannot be kept is told all the same.
    async fn keep(&self, provider: &Provider, question: &Question, told: &Kept) {
        let (source, now) = (provider.source(), told.told_at);
        let mut kept = self.put(source, question, told).await;
        for (question, foods) in provider.answered_by_the_way(question, &told.foods) {
            let fresh_until = provider.fresh_until(&question, &foods, now);
            let told = Kept {
                foods,
                told_at: now,
                fresh_until,
            };
            kept = kept.and(self.put(source, &question, &told).await);
        }
        if let Err(error) = kept {
            log::error!("an answer of a provider cannot be kept: {error}");
        }
    }

    async fn put(&self, source: Source, question: &Question, told: &Kept) -> Result<(), sqlx::Error> {
        let key = question.key();
        self.cache.put(source.as_str(), &key, attribution(source), told).await
    }

    /// Also while no provider answers: what is too old must go then as well.
    async fn tidy(&self, now: NumericDate) {
        if self.is_time_to_tidy(now)
            && let Err(error) = self.cache.tidy(now).await
        {
            log::error!("old answers of providers cannot be deleted: {error}");
        }
    }

    /// True for one of those who ask in an hour.
    fn is_time_to_tidy(&self, now: NumericDate) -> bool {
        let last = self.tidied_at.load(Ordering::Relaxed);
        let is_due = !(last..last.saturating_add(TIDY_SECONDS)).contains(&now);
        is_due
            && self
                .tidied_at
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

impl Answer {
    fn new(kept: Kept, freshness: Freshness) -> Self {
        let kept = Arc::new(kept);
        Self { kept, freshness }
    }
}

/// Nothing of the question stands in the log.
fn log_trouble(source: Source, trouble: &Trouble) {
    let name = name(source);
    match trouble {
        Trouble::Wait(seconds) => log::debug!("{name} is not asked for {seconds} s"),
        Trouble::TooMany => log::debug!("{name} is not asked: the call has asked enough"),
        Trouble::NoAnswer(cause) => log::warn!("{name} did not answer: {cause}"),
        Trouble::ShutOut(status) => {
            log::error!("{name} answered with status {status}: look at RESOURCE_FDC_API_KEY or the contact");
        }
        Trouble::Status(status) => log::warn!("{name} answered with status {status}"),
        Trouble::Garbage => log::warn!("{name} answered with something else than its JSON, or too much of it"),
    }
}
