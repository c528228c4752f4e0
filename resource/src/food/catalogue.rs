//! The foods this program is shipped with: the pack, unpacked once at the start and kept in memory.
//!
//! Ids are unique over both sources: USDA numbers are digits, survey ids begin with "s-".

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::model::{CodeMeaning, Derivation, Food, FoodId, NutrientDefinition};
use super::pack::{self, Pack, PackError};
use super::search::{Index, OwnFoods, SearchRequest, SearchResults};

/// The committed pack; `resource/data/README.md` tells how it is made.
const PACK: &[u8] = include_bytes!("../../data/foods.pack.zst");

/// The nutrients of the shipped foods, without unpacking these.
pub fn nutrient_definitions() -> Result<Vec<NutrientDefinition>, PackError> {
    pack::definitions(PACK)
}

/// All shipped foods, and what is needed to find them.
#[derive(Debug)]
pub struct Catalogue {
    foods: Vec<Arc<Food>>,
    by_id: HashMap<String, usize>,
    definitions: Vec<NutrientDefinition>,
    source_codes: Vec<CodeMeaning>,
    derivations: Vec<CodeMeaning>,
    index: Index,
}

impl Catalogue {
    /// Unpacks the shipped foods. It takes tens of milliseconds: do it once, beside the rest of the start.
    pub fn load() -> Result<Self, PackError> {
        pack::read(PACK).map(Self::new)
    }

    /// A catalogue of a pack.
    pub fn new(pack: Pack) -> Self {
        let mut foods: Vec<Arc<Food>> = pack.foods.into_iter().map(Arc::new).collect();
        // They were collected where the foods themselves had stood.
        foods.shrink_to_fit();
        let places = foods.iter().enumerate();
        Self {
            by_id: places.map(|(place, food)| (food.id.id.clone(), place)).collect(),
            index: Index::new(&foods),
            foods,
            definitions: pack.definitions,
            source_codes: pack.source_codes,
            derivations: pack.derivations,
        }
    }

    /// The food of an id and its source.
    pub fn food(&self, id: &FoodId) -> Option<&Arc<Food>> {
        self.by_bare_id(&id.id).filter(|food| food.id.source == id.source)
    }

    /// The food of an id whose source is not told.
    pub fn by_bare_id(&self, id: &str) -> Option<&Arc<Food>> {
        self.by_id.get(id).and_then(|place| self.foods.get(*place))
    }

    /// All foods, those of one source together, in the order of their ids or names.
    pub fn foods(&self) -> impl ExactSizeIterator<Item = &Arc<Food>> {
        self.foods.iter()
    }

    /// All food groups, in alphabetical order.
    pub fn categories(&self) -> BTreeSet<&str> {
        self.foods.iter().map(|food| food.category.as_str()).collect()
    }

    /// All nutrients, in ascending order of their number.
    pub fn nutrient_definitions(&self) -> &[NutrientDefinition] {
        &self.definitions
    }

    /// What a source code of a value means.
    pub fn source_code(&self, code: u8) -> Option<&CodeMeaning> {
        let code = code.to_string();
        self.source_codes.iter().find(|known| known.code == code)
    }

    /// The meanings of derivation codes, in the order that [`Derivation`] counts.
    pub fn derivations(&self) -> &[CodeMeaning] {
        &self.derivations
    }

    /// What the derivation of a value means.
    pub fn derivation(&self, derivation: Derivation) -> Option<&CodeMeaning> {
        self.derivations.get(usize::from(derivation.0))
    }

    /// Makes the index of a caller's own foods, which takes milliseconds for each hundred of them.
    pub fn prepare(&self, own: &OwnFoods) {
        self.index.prepare(own);
    }

    /// The shipped foods and the caller's own ones that a query may mean, best first.
    pub fn search(&self, request: &SearchRequest) -> SearchResults {
        self.index.search(&self.foods, request)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::food::model::{NutrientNumber, Source};

    pub(in crate::food) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::load().unwrap());

    fn usda(id: &str) -> &'static Food {
        let id = FoodId {
            source: Source::Usda,
            id: id.to_owned(),
        };
        CATALOGUE.food(&id).unwrap()
    }

    #[test]
    fn the_whole_of_sr28_is_there() {
        let foods = || CATALOGUE.foods().filter(|food| food.id.source == Source::Usda);
        assert_eq!(foods().count(), 8789);
        assert_eq!(foods().map(|food| food.nutrients.len()).sum::<usize>(), 679_045);
        assert_eq!(foods().map(|food| food.portions.len()).sum::<usize>(), 15_438);
        let groups: BTreeSet<&str> = foods().map(|food| food.category.as_str()).collect();
        assert_eq!(groups.len(), 25);
        assert_eq!(CATALOGUE.nutrient_definitions().len(), 150);
    }

    #[test]
    fn the_survey_foods_are_there_with_ids_of_their_own() {
        let foods: Vec<_> = CATALOGUE
            .foods()
            .filter(|food| food.id.source == Source::Survey)
            .collect();
        assert_eq!(foods.len(), 4262);
        let guacamole = foods.iter().find(|food| food.name == "Guacamole, NFS").unwrap();
        assert_eq!(guacamole.id.id.len(), 10);
        assert_eq!(CATALOGUE.by_bare_id(&guacamole.id.id).unwrap(), *guacamole);
        assert_eq!(guacamole.nutrients.len(), 31);
    }

    /// The list is what ids mean for ever; the program that makes the pack takes them from it.
    #[test]
    fn every_listed_id_means_the_food_it_always_did() {
        let listed: Vec<(&str, &str)> = include_str!("../../data/survey-ids.tsv")
            .lines()
            .map(|line| line.split_once('\t').unwrap())
            .collect();
        for (id, name) in &listed {
            let food = CATALOGUE.by_bare_id(id).unwrap();
            assert_eq!((food.name.as_str(), food.id.source), (*name, Source::Survey), "{id}");
        }
        let foods = CATALOGUE.foods().filter(|food| food.id.source == Source::Survey);
        assert_eq!(foods.count(), listed.len(), "a food is not listed");
    }

    /// Figures of the published tables.
    #[test]
    #[expect(clippy::float_cmp, reason = "both sides are rounded to the same decimal")]
    fn known_figures() {
        let calories = |id: &str, portion: &str| {
            let food = usda(id);
            let portion = food
                .portions
                .iter()
                .find(|known| known.description.starts_with(portion))
                .unwrap();
            let kcal = food.amount(NutrientNumber(208)).unwrap() * portion.grams / portion.amount / 100.0;
            (kcal * 10.0).round() / 10.0
        };
        assert_eq!(calories("09040", "medium"), 105.0);
        assert_eq!(calories("01123", "large"), 71.5);
        assert_eq!(calories("01001", "tbsp"), 101.8);
        assert_eq!(calories("01077", "cup"), 148.8);
    }

    #[test]
    fn a_food_has_everything_its_source_tells() {
        let banana = usda("09040");
        assert_eq!(banana.name, "Bananas, raw");
        assert_eq!(banana.scientific_name.as_deref(), Some("Musa acuminata Colla"));
        assert_eq!(banana.refuse.as_ref().unwrap().percent, 36);
        let energy = banana.value(NutrientNumber(208)).unwrap();
        assert_eq!(
            CATALOGUE.source_code(energy.source_code.unwrap()).unwrap().meaning,
            "Calculated or imputed"
        );
        assert_eq!(CATALOGUE.derivation(energy.derivation.unwrap()).unwrap().code, "NC");
        assert_eq!(banana.amount(NutrientNumber(221)), Some(0.0));
        assert_eq!(banana.amount(NutrientNumber(9)), None);
        let micro = CATALOGUE
            .nutrient_definitions()
            .iter()
            .find(|nutrient| nutrient.number.0 == 320)
            .unwrap();
        assert_eq!(micro.unit, "µg");
    }

    #[test]
    fn the_nutrients_are_known_before_the_foods() {
        assert_eq!(nutrient_definitions().unwrap(), CATALOGUE.nutrient_definitions());
    }

    #[test]
    fn a_source_and_an_id_belong_together() {
        let id = FoodId {
            source: Source::Survey,
            id: "09040".to_owned(),
        };
        assert_eq!(CATALOGUE.food(&id), None);
        assert!(CATALOGUE.by_bare_id("9040").is_none());
    }
}
