//! What is written is read back; damaged bytes are refused.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::food::model::{Derivation, FoodId, NutrientValue, Portion, Refuse, Source};

fn code(code: &str) -> CodeMeaning {
    CodeMeaning {
        code: code.to_owned(),
        meaning: format!("the meaning of {code}"),
    }
}

fn definition(number: u16) -> NutrientDefinition {
    NutrientDefinition {
        number: NutrientNumber(number),
        unit: "µg".to_owned(),
        tag: number.is_multiple_of(2).then(|| format!("TAG{number}")),
        description: format!("nutrient {number}"),
        decimals: 2,
    }
}

prop_compose! {
    fn amount()(whole in 0_u32..1_000_000, decimals in 0_i32..5) -> f64 {
        f64::from(whole) / 10_f64.powi(decimals)
    }
}

prop_compose! {
    fn portion()(amount in amount(), description in "\\PC{0,12}", grams in amount()) -> Portion {
        Portion { amount, description, grams }
    }
}

prop_compose! {
    fn food(source: Source)(
        id in "[0-9a-z-]{1,9}",
        name in "\\PC{0,30}",
        brand in option::of("\\PC{1,9}"),
        common_names in vec("\\PC{0,9}", 0..3),
        scientific_name in option::of("\\PC{1,9}"),
        refuse in option::of((1_u8..=100, "\\PC{0,9}")),
        nutrients in btree_map(0_u16..9, (amount(), option::of(1_u8..14), option::of(0_u8..3)), 0..9),
        portions in vec(portion(), 0..4),
    ) -> Food {
        let value = |(number, (amount, source_code, derivation)): (u16, (f64, Option<u8>, Option<u8>))| NutrientValue {
            number: NutrientNumber(number),
            amount,
            source_code,
            derivation: derivation.map(Derivation),
        };
        Food {
            id: FoodId { source, id },
            name,
            brand,
            category: "Fruits".to_owned(),
            common_names,
            scientific_name,
            refuse: refuse.map(|(percent, description)| Refuse { percent, description }),
            nutrients: nutrients.into_iter().map(value).collect(),
            portions,
            fetched: None,
            contains: Vec::new(),
        }
    }
}

prop_compose! {
    fn pack()(usda in vec(food(Source::Usda), 0..5), survey in vec(food(Source::Survey), 0..5)) -> Pack {
        Pack {
            definitions: (0..9).map(definition).collect(),
            source_codes: vec![code("1"), code("4")],
            derivations: vec![code("A"), code("BFZN"), code("Z")],
            foods: usda.into_iter().chain(survey).collect(),
        }
    }
}

proptest! {
    #[test]
    fn a_pack_comes_back_whole(pack in pack()) {
        let bytes = write(&pack).unwrap();
        prop_assert_eq!(&write(&pack).unwrap(), &bytes);
        prop_assert_eq!(read(&bytes).unwrap(), pack);
    }

    #[test]
    fn a_pack_cut_short_is_refused(pack in pack(), keep in any::<proptest::sample::Index>()) {
        let plain = zstd::stream::decode_all(write(&pack).unwrap().as_slice()).unwrap();
        let cut = keep.index(plain.len());
        let bytes = zstd::bulk::compress(&plain[..cut], 1).unwrap();
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn damaged_bytes_never_panic(pack in pack(), place in any::<proptest::sample::Index>(), byte: u8) {
        let mut plain = zstd::stream::decode_all(write(&pack).unwrap().as_slice()).unwrap();
        let place = place.index(plain.len());
        plain[place] = byte;
        let _ = read(&zstd::bulk::compress(&plain, 1).unwrap());
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_err());
        let plain = [MAGIC, &bytes].concat();
        let _ = read(&zstd::bulk::compress(&plain, 1).unwrap());
    }
}

#[test]
fn other_formats_and_versions_are_refused() {
    let other = zstd::bulk::compress(b"FOODPACK9\n", 1).unwrap();
    assert!(matches!(read(&other), Err(PackError::NotAPack)));
    assert!(matches!(read(b"not compressed"), Err(PackError::Compression(_))));
}

#[test]
fn what_the_format_has_no_place_for_is_refused() {
    let mut food = Food {
        id: FoodId {
            source: Source::Custom,
            id: "1".to_owned(),
        },
        name: String::new(),
        brand: None,
        category: String::new(),
        common_names: Vec::new(),
        scientific_name: None,
        refuse: None,
        nutrients: Vec::new(),
        portions: Vec::new(),
        fetched: None,
        contains: Vec::new(),
    };
    let packed = |food: &Food| {
        write(&Pack {
            foods: vec![food.clone()],
            ..Pack::default()
        })
    };
    assert!(matches!(packed(&food), Err(PackError::NotPackable(_))));
    food.id.source = Source::Usda;
    assert!(packed(&food).is_ok());
    food.portions.push(Portion {
        amount: f64::NAN,
        description: String::new(),
        grams: 1.0,
    });
    assert!(matches!(packed(&food), Err(PackError::NotPackable(_))));
}
