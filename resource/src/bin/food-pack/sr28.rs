//! USDA National Nutrient Database for Standard Reference, Release 28: its text files ("sr28_doc.pdf", chapter
//! "Relational files"). Fields are split by `^`, texts stand in `~`, lines end with CRLF, the encoding is
//! ISO-8859-1.
//!
//! Easy to get wrong: NDB numbers keep their leading zeros; a nutrient without a row is not available, not zero.

use std::collections::BTreeMap;
use std::path::Path;

use resource::food::model::{
    CodeMeaning, Derivation, Food, FoodId, NutrientDefinition, NutrientNumber, NutrientValue, Portion, Refuse, Source,
};
use resource::food::pack::Pack;

use crate::{Failure, inputs};

/// All of SR28, foods and nutrients in ascending order of their numbers.
pub(crate) fn read(folder: &Path) -> Result<Pack, Failure> {
    let derivations = codes(folder, "DERIV_CD.txt")?;
    let mut foods: BTreeMap<String, Food> = BTreeMap::new();
    for food in self::foods(folder)? {
        foods.insert(food.id.id.clone(), food);
    }
    for row in rows(folder, "WEIGHT.txt")? {
        let portion = Portion {
            amount: row.number(2)?,
            description: row.text(3).to_owned(),
            grams: row.number(4)?,
        };
        food_of(&mut foods, &row)?.portions.push(portion);
    }
    for row in rows(folder, "NUT_DATA.txt")? {
        food_of(&mut foods, &row)?.nutrients.push(value(&row, &derivations)?);
    }
    let mut foods: Vec<Food> = foods.into_values().collect();
    for food in &mut foods {
        food.nutrients.sort_by_key(|value| value.number);
    }
    Ok(Pack {
        definitions: definitions(folder)?,
        source_codes: codes(folder, "SRC_CD.txt")?,
        derivations,
        foods,
    })
}

fn food_of<'a>(foods: &'a mut BTreeMap<String, Food>, row: &Row) -> Result<&'a mut Food, Failure> {
    let number = row.text(0);
    Ok(foods
        .get_mut(number)
        .ok_or_else(|| format!("no food has the number {number}"))?)
}

fn foods(folder: &Path) -> Result<Vec<Food>, Failure> {
    let groups = codes(folder, "FD_GROUP.txt")?;
    let group_of = |code: &str| {
        groups
            .iter()
            .find(|group| group.code == code)
            .map(|group| group.meaning.clone())
    };
    let mut foods = Vec::new();
    for row in rows(folder, "FOOD_DES.txt")? {
        foods.push(Food {
            id: FoodId {
                source: Source::Usda,
                id: row.text(0).to_owned(),
            },
            name: row.text(2).to_owned(),
            brand: row.optional(5),
            category: group_of(row.text(1)).ok_or_else(|| format!("no group has the code {}", row.text(1)))?,
            common_names: names(row.text(4)),
            scientific_name: row.optional(9),
            refuse: refuse(&row)?,
            nutrients: Vec::new(),
            portions: Vec::new(),
            fetched: None,
            contains: Vec::new(),
        });
    }
    Ok(foods)
}

/// Common names stand in one field with commas between them.
fn names(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn refuse(row: &Row) -> Result<Option<Refuse>, Failure> {
    let percent = match row.text(8) {
        "" => 0,
        text => text.parse()?,
    };
    Ok((percent > 0).then(|| Refuse {
        percent,
        description: row.text(7).to_owned(),
    }))
}

fn value(row: &Row, derivations: &[CodeMeaning]) -> Result<NutrientValue, Failure> {
    let derivation = match row.text(6) {
        "" => None,
        code => {
            let place = derivations.iter().position(|derivation| derivation.code == code);
            let place = place.ok_or_else(|| format!("no derivation has the code {code}"))?;
            Some(Derivation(u8::try_from(place)?))
        }
    };
    Ok(NutrientValue {
        number: NutrientNumber(row.text(1).parse()?),
        amount: row.number(2)?,
        source_code: Some(row.text(5).parse()?),
        derivation,
    })
}

fn definitions(folder: &Path) -> Result<Vec<NutrientDefinition>, Failure> {
    let mut definitions = Vec::new();
    for row in rows(folder, "NUTR_DEF.txt")? {
        definitions.push(NutrientDefinition {
            number: NutrientNumber(row.text(0).parse()?),
            unit: row.text(1).to_owned(),
            tag: row.optional(2),
            description: row.text(3).to_owned(),
            decimals: row.text(4).parse()?,
        });
    }
    definitions.sort_by_key(|definition| definition.number);
    Ok(definitions)
}

fn codes(folder: &Path, name: &str) -> Result<Vec<CodeMeaning>, Failure> {
    let code = |row: Row| CodeMeaning {
        code: row.text(0).to_owned(),
        meaning: row.text(1).to_owned(),
    };
    Ok(rows(folder, name)?.into_iter().map(code).collect())
}

/// One line of a file.
struct Row(Vec<String>);

impl Row {
    fn text(&self, field: usize) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    fn optional(&self, field: usize) -> Option<String> {
        Some(self.text(field).to_owned()).filter(|text| !text.is_empty())
    }

    fn number(&self, field: usize) -> Result<f64, Failure> {
        Ok(self.text(field).parse()?)
    }
}

fn rows(folder: &Path, name: &str) -> Result<Vec<Row>, Failure> {
    let text: String = inputs::read(folder, name)?.into_iter().map(char::from).collect(); // ISO-8859-1
    let row = |line: &str| {
        Row(line
            .split('^')
            .map(|field| field.trim_matches('~').trim().to_owned())
            .collect())
    };
    Ok(text.lines().filter(|line| !line.is_empty()).map(row).collect())
}
