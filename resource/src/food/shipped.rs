//! The shipped foods while they are unpacked, which takes longer than all the rest of the start: on a thread of their
//! own, so that the server answers at once.
//!
//! 1. [`Shipped::unpack`] begins. What nutrients there are is known from then on: they stand first in the pack.
//! 2. Whoever needs a food waits for all of them ([`Shipped::catalogue`]).
//!
//! Easy to get wrong: foods that cannot be read never come, so whoever began must look what became of it, and end the
//! program; nobody may wait for ever.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::sync::{SetOnce, oneshot};

use super::catalogue::Catalogue;
use super::model::NutrientDefinition;
use super::pack::PackError;

/// The shipped foods, as soon as they are there. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Shipped {
    nutrients: Arc<[NutrientDefinition]>,
    catalogue: Arc<SetOnce<Arc<Catalogue>>>,
}

impl Shipped {
    /// Begins to `load` foods of these nutrients. The future tells when they are there, or why they never will be.
    pub fn unpack(
        nutrients: Vec<NutrientDefinition>,
        load: impl FnOnce() -> Result<Catalogue, PackError> + Send + 'static,
    ) -> io::Result<(Self, impl Future<Output = Result<(), String>>)> {
        let catalogue = Arc::new(SetOnce::new());
        let (tell, told) = oneshot::channel();
        let place = Arc::clone(&catalogue);
        let work = move || {
            let loaded = load().map(|foods| drop(place.set(Arc::new(foods))));
            // Nobody listens any more when the program ends meanwhile.
            drop(tell.send(loaded.map_err(|error| error.to_string())));
        };
        thread::Builder::new().name("foods".to_owned()).spawn(work)?;
        let shipped = Self {
            nutrients: nutrients.into(),
            catalogue,
        };
        let panicked = |_| Err("the thread that unpacks the foods panicked".to_owned());
        Ok((shipped, async move { told.await.unwrap_or_else(panicked) }))
    }

    /// All nutrients, in ascending order of their number.
    pub fn nutrient_definitions(&self) -> &[NutrientDefinition] {
        &self.nutrients
    }

    /// Whether the foods are there.
    pub fn is_there(&self) -> bool {
        self.catalogue.initialized()
    }

    /// The foods, once they are there.
    pub async fn catalogue(&self) -> &Arc<Catalogue> {
        self.catalogue.wait().await
    }
}

impl From<Arc<Catalogue>> for Shipped {
    /// Foods that are there already.
    fn from(catalogue: Arc<Catalogue>) -> Self {
        Self {
            nutrients: catalogue.nutrient_definitions().into(),
            catalogue: Arc::new(SetOnce::new_with(Some(catalogue))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn foods_that_never_come_are_told_of() {
        let (shipped, unpacked) = Shipped::unpack(Vec::new(), || Err(PackError::Truncated)).unwrap();
        assert_eq!(unpacked.await, Err("the pack is cut short".to_owned()));
        assert!(!shipped.is_there());
        let (_, unpacked) = Shipped::unpack(Vec::new(), || panic!("planted")).unwrap();
        assert!(unpacked.await.unwrap_err().contains("panicked"));
    }
}
