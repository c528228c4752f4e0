//! The foods of a pack, column by column: identity and names, portions, then a block of columns for each nutrient.

use super::bytes::{Decimal, Reader, Writer};
use super::{Pack, PackError};
use crate::food::model::{
    Derivation, Food, FoodId, NutrientDefinition, NutrientNumber, NutrientValue, Portion, Refuse, Source,
};

/// Foods that get their nutrients together: column by column, and so few that they stay at hand. Tests have few foods and
/// several blocks.
const BLOCK: usize = if cfg!(test) { 3 } else { 64 };
/// The sources that a pack may hold, in the order of their foods.
const SOURCES: [Source; 2] = [Source::Usda, Source::Survey];

pub(super) fn write(writer: &mut Writer, pack: &Pack) -> Result<(), PackError> {
    let mut rest = pack.foods.as_slice();
    for source in SOURCES {
        let count = rest.iter().take_while(|food| food.id.source == source).count();
        let (foods, after) = rest.split_at(count);
        rest = after;
        writer.count(count);
        write_names(writer, foods);
        write_portions(writer, foods)?;
        for definition in &pack.definitions {
            write_nutrient(writer, foods, definition)?;
        }
    }
    match rest.first() {
        None => Ok(()),
        Some(food) => Err(PackError::NotPackable(format!(
            "{} is not where its source belongs",
            food.id
        ))),
    }
}

pub(super) fn read(
    reader: &mut Reader,
    definitions: &[NutrientDefinition],
    derivations: usize,
) -> Result<Vec<Food>, PackError> {
    let mut all = Vec::new();
    for source in SOURCES {
        let count = reader.count()?;
        let mut foods = read_names(reader, source, count)?;
        read_portions(reader, &mut foods)?;
        let column = |definition| Column::read(reader, definition, count, derivations);
        let mut columns = definitions
            .iter()
            .map(column)
            .collect::<Result<Vec<Column>, PackError>>()?;
        for (block, foods) in foods.chunks_mut(BLOCK).enumerate() {
            fill(foods, block, &mut columns)?;
        }
        all.reserve_exact(foods.len());
        all.append(&mut foods);
    }
    Ok(all)
}

/// Adds the nutrients of a block of foods.
fn fill(foods: &mut [Food], block: usize, columns: &mut [Column]) -> Result<(), PackError> {
    let mut counts = [0; BLOCK];
    for column in &*columns {
        for (count, has) in counts.iter_mut().zip(column.of(block)) {
            *count += usize::from(*has);
        }
    }
    // As many as there will be: what grows bit by bit leaves as much again behind it.
    for (food, count) in foods.iter_mut().zip(counts) {
        food.nutrients.reserve_exact(count);
    }
    columns.iter_mut().try_for_each(|column| column.fill(foods, block))
}

fn write_names(writer: &mut Writer, foods: &[Food]) {
    writer.texts(foods.iter().map(|food| food.id.id.as_str()));
    writer.texts(foods.iter().map(|food| food.name.as_str()));
    writer.texts(foods.iter().map(|food| food.category.as_str()));
    writer.texts(foods.iter().map(|food| food.brand.as_deref().unwrap_or_default()));
    writer.texts(
        foods
            .iter()
            .map(|food| food.scientific_name.as_deref().unwrap_or_default()),
    );
    for food in foods {
        writer.count(food.common_names.len());
        writer.texts(food.common_names.iter().map(String::as_str));
    }
    for food in foods {
        let refuse = food.refuse.as_ref();
        writer.byte(refuse.map_or(0, |refuse| refuse.percent));
        writer.text(refuse.map_or("", |refuse| &refuse.description));
    }
}

fn read_names(reader: &mut Reader, source: Source, count: usize) -> Result<Vec<Food>, PackError> {
    let ids = reader.many(count, Reader::text)?;
    let names = reader.many(count, Reader::text)?;
    let categories = reader.many(count, Reader::text)?;
    let brands = reader.many(count, Reader::optional_text)?;
    let scientific_names = reader.many(count, Reader::optional_text)?;
    let common_names = reader.many(count, |reader| {
        let count = reader.count()?;
        reader.many(count, Reader::text)
    })?;
    let refuses = reader.many(count, read_refuse)?;
    let texts = ids.into_iter().zip(names).zip(categories).zip(brands);
    let more = scientific_names.into_iter().zip(common_names).zip(refuses);
    let foods = texts.zip(more).map(
        |((((id, name), category), brand), ((scientific_name, common_names), refuse))| Food {
            id: FoodId { source, id },
            name,
            brand,
            category,
            common_names,
            scientific_name,
            refuse,
            nutrients: Vec::new(),
            portions: Vec::new(),
            fetched: None,
            contains: Vec::new(),
        },
    );
    Ok(foods.collect())
}

fn read_refuse(reader: &mut Reader) -> Result<Option<Refuse>, PackError> {
    let percent = reader.byte()?;
    let description = reader.text()?;
    match percent {
        0 => Ok(None),
        1..=100 => Ok(Some(Refuse { percent, description })),
        _ => Err(PackError::Damaged("a refuse is above 100 percent")),
    }
}

fn write_portions(writer: &mut Writer, foods: &[Food]) -> Result<(), PackError> {
    for food in foods {
        writer.count(food.portions.len());
    }
    let portions = || foods.iter().flat_map(|food| &food.portions);
    writer.texts(portions().map(|portion| portion.description.as_str()));
    portions().try_for_each(|portion| write_decimal(writer, portion.amount))?;
    portions().try_for_each(|portion| write_decimal(writer, portion.grams))
}

fn read_portions(reader: &mut Reader, foods: &mut [Food]) -> Result<(), PackError> {
    let counts = reader.many(foods.len(), Reader::count)?;
    let all = counts.iter().sum();
    let descriptions = reader.many(all, Reader::text)?;
    let amounts = reader.many(all, read_decimal)?;
    let grams = reader.many(all, read_decimal)?;
    let rows = descriptions.into_iter().zip(amounts).zip(grams);
    let mut portions = rows.map(|((description, amount), grams)| Portion {
        amount,
        description,
        grams,
    });
    for (food, count) in foods.iter_mut().zip(counts) {
        food.portions = portions.by_ref().take(count).collect();
    }
    Ok(())
}

fn decimal(value: f64) -> Result<Decimal, PackError> {
    Decimal::of(value).ok_or_else(|| PackError::NotPackable(format!("{value} is no decimal")))
}

fn write_decimal(writer: &mut Writer, value: f64) -> Result<(), PackError> {
    let decimal = decimal(value)?;
    writer.byte(decimal.decimals());
    writer.number(decimal.at(decimal.decimals()).unwrap_or_default());
    Ok(())
}

fn read_decimal(reader: &mut Reader) -> Result<f64, PackError> {
    let decimals = reader.byte()?;
    Ok(Decimal::read(reader.number()?, decimals)?.value())
}

/// One nutrient of all foods: which have it, how much, and how that is known.
fn write_nutrient(writer: &mut Writer, foods: &[Food], definition: &NutrientDefinition) -> Result<(), PackError> {
    let column: Vec<Option<&NutrientValue>> = foods.iter().map(|food| food.value(definition.number)).collect();
    write_runs(writer, &column);
    let values: Vec<&NutrientValue> = column.into_iter().flatten().collect();
    let amounts = values.iter().map(|value| decimal(value.amount));
    let amounts = amounts.collect::<Result<Vec<Decimal>, PackError>>()?;
    let decimals = amounts.iter().map(|amount| amount.decimals()).max().unwrap_or(0);
    writer.byte(decimals);
    for amount in amounts {
        let whole = amount.at(decimals);
        let too_long = || PackError::NotPackable(format!("a value of {} has too many digits", definition.description));
        writer.number(whole.ok_or_else(too_long)?);
    }
    for value in &values {
        writer.byte(value.source_code.unwrap_or(0));
    }
    for value in &values {
        let place = value
            .derivation
            .map_or(Some(0), |Derivation(place)| place.checked_add(1));
        writer.byte(place.ok_or_else(|| PackError::NotPackable("more than 255 derivation codes".to_owned()))?);
    }
    Ok(())
}

/// What is known of one nutrient.
struct Column<'a> {
    number: NutrientNumber,
    /// For each food whether it has a value.
    which: Vec<bool>,
    decimals: u8,
    /// Each stands where those of the next food are.
    amounts: Reader<'a>,
    source_codes: Reader<'a>,
    derivation_codes: Reader<'a>,
}

impl<'a> Column<'a> {
    fn read(
        reader: &mut Reader<'a>,
        definition: &NutrientDefinition,
        foods: usize,
        derivations: usize,
    ) -> Result<Self, PackError> {
        let which = read_runs(reader, foods)?;
        let count = which.iter().filter(|has| **has).count();
        let decimals = reader.byte()?;
        let amounts = reader.clone();
        for _ in 0..count {
            reader.number()?;
        }
        let source_codes = Reader::new(reader.take(count)?);
        let derivation_codes = reader.take(count)?;
        if derivation_codes.iter().any(|code| usize::from(*code) > derivations) {
            return Err(PackError::Damaged("a derivation code has no meaning"));
        }
        Ok(Self {
            number: definition.number,
            which,
            decimals,
            amounts,
            source_codes,
            derivation_codes: Reader::new(derivation_codes),
        })
    }

    /// For each food of a block whether it has a value.
    fn of(&self, block: usize) -> &[bool] {
        self.which.chunks(BLOCK).nth(block).unwrap_or_default()
    }

    /// Adds the values of the next block of foods.
    fn fill(&mut self, foods: &mut [Food], block: usize) -> Result<(), PackError> {
        let which = self.which.chunks(BLOCK).nth(block).unwrap_or_default();
        for (food, _) in foods.iter_mut().zip(which).filter(|(_, has)| **has) {
            food.nutrients.push(NutrientValue {
                number: self.number,
                amount: Decimal::read(self.amounts.number()?, self.decimals)?.value(),
                source_code: Some(self.source_codes.byte()?).filter(|code| *code != 0),
                derivation: self.derivation_codes.byte()?.checked_sub(1).map(Derivation),
            });
        }
        Ok(())
    }
}

/// Lengths of runs, by turns without and with a value, up to the last food.
fn write_runs(writer: &mut Writer, column: &[Option<&NutrientValue>]) {
    let mut rest = column;
    let mut has = false;
    while !rest.is_empty() {
        let run = rest.iter().take_while(|value| value.is_some() == has).count();
        writer.count(run);
        rest = rest.split_at(run).1;
        has = !has;
    }
}

fn read_runs(reader: &mut Reader, foods: usize) -> Result<Vec<bool>, PackError> {
    let mut which = Vec::with_capacity(foods);
    let mut has = false;
    while which.len() < foods {
        let left = foods - which.len();
        let run = usize::try_from(reader.number()?).unwrap_or(usize::MAX);
        if run > left || (run == 0 && !which.is_empty()) {
            return Err(PackError::Damaged("the runs of a column do not add up"));
        }
        which.resize(which.len() + run, has);
        has = !has;
    }
    Ok(which)
}
