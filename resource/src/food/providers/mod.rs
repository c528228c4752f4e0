//! Live providers of foods: FoodData Central and Open Food Facts, for what is not clearly at hand.
//!
//! Off unless switched on, and never asked where the foods at hand will do. The way of a question (`ask`):
//!
//! 1. All who ask the same at the same time wait for one answer (`flights`).
//! 2. The cache in the database answers while it is fresh (`cache`).
//! 3. The provider is asked, if it may be asked now (`limits`, `provider`), and its answer is read (`fdc`,
//!    `open_food_facts`) and kept.
//! 4. Where it does not answer, an older answer does, and is told as stale; else there is none.
//!
//! What it told stays in a table of its own with whom to cite: Open Food Facts is under the Open Database License.

mod ask;
mod asker;
mod cache;
mod fdc;
mod flights;
mod limits;
mod open_food_facts;
mod provider;
mod quantity;
mod question;
mod record;

use std::sync::Arc;

use futures_util::future::join_all;
use secrecy::SecretString;
use shared::clock::Clock;
use shared::database::Database;
use shared::fetch::{Fetch, FetchError};
use url::Url;

use self::ask::{On, Told};
pub use self::asker::Asker;
use self::provider::{Provider, Trouble};
use self::question::{Id, Question};
use self::record::Units;
use super::custom::Gtin;
use super::model::{Food, Source};
use super::nutrients::Nutrients;

/// What FoodData Central needs.
#[derive(Clone, Debug)]
pub struct FdcSettings {
    /// The key of api.data.gov.
    pub key: SecretString,
    /// Where it is, without the version.
    pub url: Url,
}

/// What Open Food Facts needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFoodFactsSettings {
    /// Whom it can write to about our requests.
    pub contact: String,
    /// Where it is.
    pub url: Url,
}

/// Which providers are switched on; none by default.
#[derive(Clone, Debug, Default)]
pub struct ProviderSettings {
    /// FoodData Central.
    pub fdc: Option<FdcSettings>,
    /// Open Food Facts.
    pub open_food_facts: Option<OpenFoodFactsSettings>,
}

/// The providers that are switched on. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    on: Option<Arc<On>>,
    asker: Option<Asker>,
}

/// A provider has no answer, and none is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// Which one.
    pub source: Source,
    /// Why, in words that go on after its name.
    pub why: String,
    /// In how many seconds it may be asked again, where that is known.
    pub retry_after: Option<i64>,
    /// Whether it was not asked, which may be for how much this asker asked before.
    is_of_asker: bool,
}

/// What providers told about a name or a barcode.
#[derive(Debug, Default)]
pub struct Reached {
    /// The foods, in the order of the providers and theirs.
    pub foods: Vec<Food>,
    /// The providers that did not tell anything.
    pub unavailable: Vec<Unavailable>,
}

impl Providers {
    /// Those that are switched on, over the table in `database`.
    pub fn new(
        settings: &ProviderSettings,
        nutrients: &Nutrients,
        database: Database,
        clock: Clock,
    ) -> Result<Self, FetchError> {
        if settings.fdc.is_none() && settings.open_food_facts.is_none() {
            return Ok(Self::default());
        }
        let (fetch, units) = (Fetch::new()?, Units::new(nutrients));
        let off = settings.open_food_facts.as_ref();
        let off = off.map(|settings| Provider::open_food_facts(settings, fetch.clone(), units.clone()));
        let fdc = settings.fdc.as_ref();
        let fdc = fdc.map(|settings| Provider::fdc(settings, fetch.clone(), units.clone()));
        let providers: Vec<_> = off.into_iter().chain(fdc).map(Arc::new).collect();
        Ok(Self {
            on: Some(Arc::new(On::new(providers, database, clock))),
            asker: None,
        })
    }

    /// The same, asked by somebody, whose share it is.
    #[must_use]
    pub fn asked_by(&self, asker: &Asker) -> Self {
        Self {
            on: self.on.clone(),
            asker: Some(asker.clone()),
        }
    }

    /// Whether any is switched on.
    pub fn is_on(&self) -> bool {
        self.on.is_some()
    }

    /// Whether the one of a source is switched on.
    pub fn has(&self, source: Source) -> bool {
        self.of(source).is_some()
    }

    fn of(&self, source: Source) -> Option<(&Arc<On>, &Arc<Provider>)> {
        let on = self.on.as_ref()?;
        Some((on, on.providers.iter().find(|provider| provider.source() == source)?))
    }

    /// The food of a provider's id; `None` where it has none, or is not switched on.
    pub async fn food(&self, source: Source, id: &str) -> Result<Option<Food>, Unavailable> {
        let (Some((on, provider)), Some(id)) = (self.of(source), Id::parse(id)) else {
            return Ok(None);
        };
        Ok(on
            .ask(provider, provider.about(id), self.asker.as_ref())
            .await?
            .foods(source)
            .next())
    }

    /// The product with a barcode, from the first provider that has it, or from that of a source.
    pub async fn by_barcode(&self, barcode: &Gtin, source: Option<Source>) -> Reached {
        let mut reached = Reached::default();
        for (on, provider) in self.all(source) {
            let told = on.ask(provider, Question::barcode(barcode), self.asker.as_ref()).await;
            reached.add(provider.source(), told);
            if !reached.foods.is_empty() {
                break;
            }
        }
        reached
    }

    /// Foods that a name may mean, from all providers, or from that of a source.
    pub async fn by_name(&self, name: &str, source: Option<Source>) -> Reached {
        let asked = self.all(source).map(async |(on, provider)| {
            let told = on.ask(provider, Question::name(name), self.asker.as_ref()).await;
            (provider.source(), told)
        });
        let mut reached = Reached::default();
        for (source, told) in join_all(asked).await {
            reached.add(source, told);
        }
        reached
    }

    /// Those of a source, which may be none, or all.
    fn all(&self, source: Option<Source>) -> impl Iterator<Item = (&Arc<On>, &Arc<Provider>)> {
        let all = self
            .on
            .iter()
            .flat_map(|on| on.providers.iter().map(move |provider| (on, provider)));
        all.filter(move |(_, provider)| source.is_none_or(|source| source == provider.source()))
    }
}

impl Reached {
    fn add(&mut self, source: Source, told: Told) {
        match told {
            Ok(answer) => self.foods.extend(answer.foods(source)),
            Err(unavailable) => self.unavailable.push(unavailable),
        }
    }
}

impl Unavailable {
    fn new(source: Source, trouble: &Trouble) -> Self {
        let retry_after = match trouble {
            Trouble::Wait(seconds) => Some(*seconds),
            _ => None,
        };
        Self {
            source,
            why: trouble.to_string(),
            retry_after,
            is_of_asker: matches!(trouble, Trouble::Wait(_) | Trouble::TooMany),
        }
    }
}

impl std::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} cannot be asked: {}", name(self.source), self.why)
    }
}

/// What a provider is called.
pub fn name(source: Source) -> &'static str {
    match source {
        Source::OpenFoodFacts => "Open Food Facts",
        _ => "FoodData Central",
    }
}

/// Whom to cite for what a provider told, and under which license it is.
pub fn attribution(source: Source) -> &'static str {
    match source {
        Source::OpenFoodFacts => {
            "© Open Food Facts contributors, https://world.openfoodfacts.org, under the Open Database License (ODbL) 1.0, https://opendatacommons.org/licenses/odbl/1-0/"
        }
        _ => {
            "U.S. Department of Agriculture, Agricultural Research Service: FoodData Central, https://fdc.nal.usda.gov"
        }
    }
}
