//! Who is told of changed foods: MCP 2026-07-28, basic/patterns/subscriptions, and `resources/subscribe` of the
//! revisions before (2025-11-25, server/resources, "Subscriptions").
//!
//! 1. The transport takes a place before a stream begins, and until it ends no change is missed.
//! 2. 2026-07-28: rmcp acknowledges `subscriptions/listen`, and `subscribing` tells what the client's filter lets through.
//! 3. Before: `listening` tells it on a session's stream, of resources that `resources/subscribe` noted in the session.
//!
//! Easy to get wrong: a stream hears of its own user's foods alone, by (`iss`, `sub`), whatever URIs it names; and who
//! may not read foods hears of none, as their list is empty and stays so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::metrics::gauge::Gauge;
use shared::http::metrics::{InFlight, Registry};
use shared::scope::Scope;

use super::uri::FoodUri;
use crate::food::custom::Owner;
use crate::food::custom::store::{SavedFoods, StoreError};
use crate::food::custom::watch::Watch;
use crate::principal::{Principal, User};

/// How many may listen at a time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one user, in all clients together.
    pub of_one: usize,
    /// For all together: each looks into the database every few seconds.
    pub in_all: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            of_one: 32,
            in_all: 1000,
        }
    }
}

/// Those who listen on one server. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Subscriptions {
    saved: SavedFoods,
    reading: Scope,
    limits: Limits,
    taken: Arc<Mutex<Taken>>,
    open: Gauge,
}

#[derive(Debug, Default)]
struct Taken {
    of_users: HashMap<User, usize>,
    in_all: usize,
}

/// One who listens.
#[derive(Debug)]
pub struct Subscription {
    /// `None` where there is nothing to be told.
    watch: Option<Watch>,
    _place: Place,
}

/// A place that was taken for a request, which one answer can take over.
#[derive(Clone, Debug)]
pub struct Begun(Arc<Mutex<Option<Subscription>>>);

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The resources that are not as before, or not there any more.
    pub updated: Vec<String>,
    /// Whether the list of resources is another.
    pub list_changed: bool,
}

/// A place among those who listen, until it is dropped.
#[derive(Debug)]
struct Place {
    user: User,
    taken: Arc<Mutex<Taken>>,
    _counted: InFlight,
}

/// Why somebody cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum NoPlace {
    /// The user's clients listen often enough.
    #[error("the user listens on as many streams as one may; close another first")]
    OfOne,
    /// Nobody can listen now.
    #[error("too many listen at the moment; try again later")]
    InAll,
    /// It cannot be known what the user's foods are.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Subscriptions {
    /// Nobody listens yet. Who is to be told of foods needs the scope `reading`.
    pub fn new(saved: SavedFoods, reading: Scope, limits: Limits) -> Self {
        Self {
            saved,
            reading,
            limits,
            taken: Arc::default(),
            open: Gauge::default(),
        }
    }

    /// Adds what is counted to a registry.
    pub fn register_metrics(&self, registry: &mut Registry) {
        let help = "Streams on which clients are told of changed foods";
        registry.register("resource_subscriptions", help, self.open.clone());
    }

    /// Takes a place; what happens to the caller's foods from now on is told.
    pub async fn begin(&self, principal: &Principal) -> Result<Subscription, NoPlace> {
        let place = self.place(principal.user())?;
        let owner = Owner {
            iss: &principal.iss,
            sub: &principal.sub,
        };
        let watch = if principal.scope.covers(&self.reading) {
            Some(self.saved.watch(owner).await?)
        } else {
            None
        };
        Ok(Subscription { watch, _place: place })
    }

    fn place(&self, user: User) -> Result<Place, NoPlace> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.of_users.get(&user).is_some_and(|own| *own >= self.limits.of_one) {
            return Err(NoPlace::OfOne);
        }
        if taken.in_all >= self.limits.in_all {
            return Err(NoPlace::InAll);
        }
        taken.in_all += 1;
        *taken.of_users.entry(user.clone()).or_default() += 1;
        Ok(Place {
            user,
            taken: Arc::clone(&self.taken),
            _counted: InFlight::new(&self.open),
        })
    }
}

impl Subscription {
    /// What is new; waits for ever where there is nothing to be told. Whoever stops waiting misses nothing.
    pub async fn next(&mut self) -> News {
        let Some(watch) = &mut self.watch else {
            return std::future::pending().await;
        };
        let changes = watch.next().await;
        let uris = changes.foods.into_iter().map(|id| FoodUri::custom(id).to_string());
        News {
            updated: uris.collect(),
            list_changed: changes.list,
        }
    }
}

impl Begun {
    /// For a request.
    pub fn new(subscription: Subscription) -> Self {
        Self(Arc::new(Mutex::new(Some(subscription))))
    }

    /// Takes it over. `None` where that was done before.
    pub fn take(&self) -> Option<Subscription> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.in_all = taken.in_all.saturating_sub(1);
        if let Some(own) = taken.of_users.get_mut(&self.user) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.of_users.remove(&self.user);
            }
        }
    }
}
