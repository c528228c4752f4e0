//! A person's own foods with their index, which is made at the first search and once: for some hundred foods with many
//! names it costs more than a search, and a meal searches for each of its items.

use std::ops::Deref;
use std::sync::OnceLock;

use super::{Pieces, Prepared, Tables};
use crate::food::model::Food;

/// Foods that are searched together with the shipped ones.
#[derive(Debug, Default)]
pub struct OwnFoods {
    foods: Vec<Food>,
    prepared: OnceLock<Prepared>,
    /// Which thread made the index.
    #[cfg(test)]
    by: OnceLock<std::thread::ThreadId>,
}

impl OwnFoods {
    /// These foods.
    pub fn new(foods: Vec<Food>) -> Self {
        Self {
            foods,
            ..Self::default()
        }
    }

    /// The thread that made their index, if it is made.
    #[cfg(test)]
    pub(crate) fn indexed_by(&self) -> Option<std::thread::ThreadId> {
        self.by.get().copied()
    }

    /// Their index, by the tables that the shipped ones are indexed by.
    pub(super) fn prepared(&self, tables: &Tables) -> &Prepared {
        self.prepared.get_or_init(|| {
            #[cfg(test)]
            self.by.get_or_init(|| std::thread::current().id());
            Prepared::new(self.foods.iter(), &[], tables, Pieces::default())
        })
    }
}

impl Deref for OwnFoods {
    type Target = [Food];

    fn deref(&self) -> &[Food] {
        &self.foods
    }
}
