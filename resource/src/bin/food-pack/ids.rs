//! The ids of the supplement, which has none of its own: a committed list, so that an id means the same food for ever.
//!
//! 1. A name in the list keeps the id it has there, however ids are made by then.
//! 2. A new name gets an id made from it, and a line at the list's end.
//! 3. A name of the list that the sources no longer have is an error: people have meals with its id. Whoever takes
//!    a new release writes the food's new name into its line, or keeps the food.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::{Failure, inputs};

/// The list, a line for each food: its id, a tab, its name.
#[derive(Debug)]
pub(crate) struct Ids {
    text: String,
    of_names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    used: BTreeSet<String>,
}

impl Ids {
    /// Reads the list; an error where an id or a name stands twice.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(text)
    }

    fn parse(text: String) -> Result<Self, Failure> {
        let mut ids = Self {
            of_names: BTreeMap::new(),
            taken: BTreeSet::new(),
            used: BTreeSet::new(),
            text: String::new(),
        };
        for line in text.lines() {
            let (id, name) = line
                .split_once('\t')
                .ok_or_else(|| format!("\"{line}\" is no id and name"))?;
            let again = !ids.taken.insert(id.to_owned());
            if ids.of_names.insert(name.to_owned(), id.to_owned()).is_some() || again {
                return Err(format!("{id} or {name} stands twice").into());
            }
        }
        ids.text = text;
        Ok(ids)
    }

    /// The id of a food, the same whenever its name is asked for.
    pub(crate) fn of(&mut self, name: &str) -> Result<String, Failure> {
        self.used.insert(name.to_owned());
        if let Some(id) = self.of_names.get(name) {
            return Ok(id.clone());
        }
        let id = new_id(name);
        if !self.taken.insert(id.clone()) {
            return Err(format!("the id {id} of {name} is taken; give it another one in the list").into());
        }
        self.text.extend([id.as_str(), "\t", name, "\n"]);
        self.of_names.insert(name.to_owned(), id.clone());
        Ok(id)
    }

    /// The list with all new foods; an error where a listed one was not asked for.
    pub(crate) fn finish(self) -> Result<String, Failure> {
        match self.of_names.keys().find(|name| !self.used.contains(*name)) {
            Some(name) => Err(format!("the sources have no {name}, whose id must stay good").into()),
            None => Ok(self.text),
        }
    }
}

fn new_id(name: &str) -> String {
    let hash = inputs::hex(&Sha256::digest(name));
    format!("s-{}", hash.get(..8).unwrap_or(&hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "s-1\tGuacamole\ns-2\tSushi\n";

    #[test]
    fn listed_foods_keep_their_ids_and_new_ones_are_added() {
        let mut ids = Ids::parse(LIST.to_owned()).unwrap();
        assert_eq!(ids.of("Sushi").unwrap(), "s-2");
        let pad_thai = ids.of("Pad Thai").unwrap();
        assert_eq!(ids.of("Pad Thai").unwrap(), pad_thai);
        assert_eq!(ids.of("Guacamole").unwrap(), "s-1");
        assert_eq!(ids.finish().unwrap(), format!("{LIST}{pad_thai}\tPad Thai\n"));
    }

    #[test]
    fn an_id_is_not_lost() {
        let mut ids = Ids::parse(LIST.to_owned()).unwrap();
        ids.of("Sushi").unwrap();
        assert!(ids.finish().unwrap_err().to_string().contains("Guacamole"));
    }

    #[test]
    fn an_id_has_one_food() {
        assert!(Ids::parse("s-1\tA\ns-1\tB\n".to_owned()).is_err());
        assert!(Ids::parse("s-1\tA\ns-2\tA\n".to_owned()).is_err());
        assert!(Ids::parse("s-1\n".to_owned()).is_err());
        let taken = format!("{}\tSushi\n", new_id("Pad Thai"));
        assert!(Ids::parse(taken).unwrap().of("Pad Thai").is_err());
    }
}
